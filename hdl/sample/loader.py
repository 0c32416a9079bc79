"""The loader: turns arriving samples into column events while the sample before is learned."""

from amaranth.hdl import Array, Module, Shape, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.memory_map import MemoryMap
from ...golden.spec.targets import Target
from ..synapse.events import EventLists, event_layout
from .targets import TargetMemory

__all__ = ["Loader"]


class Loader(wiring.Component):
    """Two event lists of inputs: one is filled while the other is used.

    A sample is n_0 inputs in design.sample format, `design.feed_width` a cycle, then, where they
    are stored, n_L target values, one a cycle, then its label.

    Parameters
    ----------
    design : Design

    Members
    -------
    samples : stream of design.feed_bits
        Accepts whenever a list is free. A number is in its lowest bits, the label in the lowest 8.
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
    target_row, target : arrays, one for each neuron lane
        Of the sample in use, unless targets are classes: see `TargetMemory`.
    """

    def __init__(self, design: Design):
        self._design = design
        count = unsigned(design.network.sizes[0].bit_length())
        super().__init__({
            "samples": In(stream.Signature(unsigned(design.feed_bits))), "train": In(1),
            "ready": Out(1), "more": Out(1), "sample_train": Out(1), "sample_label": Out(8),
            "count": Out(count),
            "release": In(1), "position": In(count), "event": Out(event_layout(design)),
            "loading": Out(1),
        } | self._targets() | self._members())

    def _targets(self):
        """Members for target values, if there are any."""
        if self._design.target is Target.CLASS:
            return {}
        port = TargetMemory.port(self._design)
        return {"target_row": port["row"], "target": port["target"]}

    def _members(self):
        """Further members of a subclass."""
        return {}

    def elaborate(self, platform):
        m = Module()
        inputs = -(-self._design.network.sizes[0] // self._design.feed_width)  # transfers of them
        before = inputs + MemoryMap(self._design).target_words  # the label
        filling, using = Signal(), Signal()
        full = Signal(2)
        trains, labels = Signal(2), [Signal(8, name=f"label_{i}") for i in range(2)]
        arrived = Signal(range(before + 1))
        transfer = self.samples.valid & self.samples.ready
        more = arrived != inputs if before == inputs else arrived < inputs  # inputs are to come
        m.d.comb += [
            self.samples.ready.eq(~full.bit_select(filling, 1)),
            self.ready.eq(self._inputs(m, transfer & more, arrived, filling, using,
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
            with m.If(arrived == before):
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
        if self._design.target is not Target.CLASS:
            self._keep_targets(m, transfer, arrived, inputs, before, filling, using)
        return m

    def _keep_targets(self, m, transfer, arrived, inputs, before, filling, using):
        """Keep the target values: those between inputs and label, or the inputs themselves."""
        m.submodules.targets = targets = TargetMemory(self._design)
        first, beyond = (inputs, before) if self._design.target is Target.VECTOR else (0, inputs)
        # From registers, as the inputs: the label comes a cycle later at the earliest.
        m.d.sync += [
            targets.write.eq(transfer & (arrived >= first) & (arrived < beyond)),
            targets.first.eq(arrived == first), targets.value.eq(self.samples.payload),
            targets.filling.eq(filling),
        ]
        m.d.comb += targets.using.eq(using)
        for k in range(self._design.neuron_lanes):
            m.d.comb += [targets.row[k].eq(self.target_row[k]),
                         self.target[k].eq(targets.target[k])]

    def _inputs(self, m, write, arrived, filling, using, full):
        """Take input number `arrived`; returns whether the sample in use, if `full`, is ready."""
        inputs, width = self._design.network.sizes[0], self._design.feed_width
        m.submodules.lists = lists = EventLists(self._design, [inputs, inputs], width=width)
        shift = self._design.rate.fraction - self._design.sample.fraction
        # From registers: the label comes a cycle after the last inputs, or later, and the list is
        # walked three cycles after that at the earliest.
        for k in range(width):
            value = Signal(Shape(self._design.sample.width, self._design.sample.signed),
                           name=f"value_{k}")
            there = 1 if k < (inputs - 1) % width + 1 else arrived != inputs // width
            m.d.sync += [lists.write[k].eq(write & there),
                         value.eq(self.samples.payload[8 * k:])]
            m.d.comb += lists.rate[k].eq(value << shift)
        m.d.sync += [lists.first.eq(arrived == 0), lists.list.eq(filling)]
        m.d.comb += [
            lists.read_list.eq(using), lists.read_position.eq(self.position),
            self.event.eq(lists.entry), self.count.eq(Array(lists.count)[using]),
        ]
        return full
