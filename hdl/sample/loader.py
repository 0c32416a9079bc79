"""The loader: turns arriving samples into column events while the sample before is learned."""

from amaranth.hdl import Array, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..synapse.events import EventLists, event_layout

__all__ = ["Loader"]


class Loader(wiring.Component):
    """Two event lists of inputs: one is filled while the other is used.

    A sample is n_0 inputs in design.sample format, `design.feed_width` a cycle, then its label.

    Parameters
    ----------
    design : Design

    Members
    -------
    samples : stream of 8 bits for each input of a cycle
        Accepts whenever a list is free. The label is in the lowest 8.
    train : 1 bit
        Sampled with the label.
    ready : 1 bit
        A whole sample is there; of it `sample_train`, `sample_label`, `count`.
    more : 1 bit
        Another whole sample is there.
    release : 1 bit
        The sample is done with.
    position, event
        Entry `position` of the sample's list, one cycle later.
    loading : 1 bit
        Part of a sample has arrived.
    """

    def __init__(self, design: Design):
        self._design = design
        count = unsigned(design.network.sizes[0].bit_length())
        super().__init__({
            "samples": In(stream.Signature(unsigned(8 * design.feed_width))), "train": In(1),
            "ready": Out(1), "more": Out(1), "sample_train": Out(1), "sample_label": Out(8),
            "count": Out(count),
            "release": In(1), "position": In(count), "event": Out(event_layout(design)),
            "loading": Out(1),
        } | self._members())

    def _members(self):
        """Further members of a subclass."""
        return {}

    def elaborate(self, platform):
        m = Module()
        inputs = -(-self._design.network.sizes[0] // self._design.feed_width)  # transfers of them
        filling, using = Signal(), Signal()
        full = Signal(2)
        trains, labels = Signal(2), [Signal(8, name=f"label_{i}") for i in range(2)]
        arrived = Signal(range(inputs + 1))
        transfer = self.samples.valid & self.samples.ready
        m.d.comb += [
            self.samples.ready.eq(~full.bit_select(filling, 1)),
            self.ready.eq(self._inputs(m, transfer & (arrived != inputs), arrived, filling, using,
                                       full.bit_select(using, 1))),
            self.more.eq(full.all()),
            self.sample_train.eq(trains.bit_select(using, 1)),
            self.loading.eq(arrived != 0),
        ]
        for i in range(2):
            with m.If(using == i):
                m.d.comb += self.sample_label.eq(labels[i])
        with m.If(transfer):
            m.d.sync += arrived.eq(arrived + 1)
            with m.If(arrived == inputs):
                m.d.sync += [arrived.eq(0), filling.eq(~filling)]
                for i in range(2):
                    with m.If(filling == i):
                        m.d.sync += [full[i].eq(1), trains[i].eq(self.train),
                                     labels[i].eq(self.samples.payload[:8])]
        with m.If(self.release):
            m.d.sync += using.eq(~using)
            for i in range(2):
                with m.If(using == i):
                    m.d.sync += full[i].eq(0)
        return m

    def _inputs(self, m, write, arrived, filling, using, full):
        """Take input number `arrived`; returns whether the sample in use, if `full`, is ready."""
        inputs, width = self._design.network.sizes[0], self._design.feed_width
        m.submodules.lists = lists = EventLists(self._design, [inputs, inputs], width=width)
        shift = self._design.rate.fraction - self._design.sample.fraction
        # From registers: the label comes a cycle after the last inputs, or later, and the list is
        # walked three cycles after that at the earliest.
        for k in range(width):
            value = Signal(self._design.sample.width, name=f"value_{k}")
            there = 1 if k < (inputs - 1) % width + 1 else arrived != inputs // width
            m.d.sync += [lists.write[k].eq(write & there),
                         value.eq(self.samples.payload.word_select(k, 8))]
            m.d.comb += lists.rate[k].eq(value << shift)
        m.d.sync += [lists.first.eq(arrived == 0), lists.list.eq(filling)]
        m.d.comb += [
            lists.read_list.eq(using), lists.read_position.eq(self.position),
            self.event.eq(lists.entry), self.count.eq(Array(lists.count)[using]),
        ]
        return full
