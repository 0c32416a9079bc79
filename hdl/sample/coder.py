"""The coder: turns a sample's inputs into spikes, one time step ahead of the network."""

from amaranth.hdl import Array, Cat, Mux, Signal, unsigned
from amaranth.lib import data
from amaranth.lib.wiring import In, Out

from ...golden.spec.spikes import TRACE_FRACTION
from ..lib.memory import DualPortMemory
from ..synapse.events import EventLists
from .loader import Loader

__all__ = ["Coder"]


class Coder(Loader):
    """A loader that keeps a sample's inputs and lists, time step by time step, who spikes.

    Each input has an accumulator, 1/2 at first, that takes the input in every step and loses 1
    when it spikes (sigma-delta), and a trace p <- p/2 + spike. Two lists of each, spikes and
    traces that are not zero: one is walked while the other is filled, in n_0 + 4 cycles from
    `turn` on.

    Members
    -------
    turn : 1 bit
        A time step begins: the lists change places.
    coded : 1 bit
        The lists of the next time step are complete.
    traces, counts_traces : 1 bit
        `event`, or `count`, is of the list of traces, else of the spikes.
    """

    def _members(self):
        return {"turn": In(1), "coded": Out(1), "traces": In(1),
                "counts_traces": In(1)}

    def _inputs(self, m, write, arrived, filling, using, full):
        design = self._design
        count = design.network.sizes[0]
        one = 1 << TRACE_FRACTION
        m.submodules.samples_kept = kept = DualPortMemory(
            shape=unsigned(TRACE_FRACTION + 1), depth=2 * count)
        value = self.samples.payload[:design.sample.width]
        m.d.comb += [
            kept.write_enable.eq(write), kept.write_address.eq(Mux(filling, count, 0) + arrived),
            kept.write_data.eq(Mux(value > one, one, value)),
        ]

        # Stage 0: an input is addressed; `busy` from the cycle after the beginning.
        busy, first, at, begins = Signal(), Signal(), Signal(range(count)), Signal()
        # The sequencer decides late that there is another turn: only what is shown changes at once.
        turn, ready, shown = Signal(), Signal(), Signal()
        m.d.sync += [turn.eq(self.turn), shown.eq(shown ^ self.turn)]
        valid_1, valid_2 = Signal(), Signal()
        opens = full & ~(busy | valid_1 | valid_2 | self.coded)
        m.d.comb += begins.eq(turn | opens)
        with m.If(busy):
            m.d.sync += at.eq(at + 1)
            with m.If(at == count - 1):
                m.d.sync += busy.eq(0)
        with m.If(begins):
            m.d.sync += [busy.eq(1), at.eq(0), first.eq(~turn)]
        with m.If(turn):
            m.d.sync += [self.coded.eq(0), ready.eq(0)]

        # Stage 1: accumulator and trace; stage 2: what they become.
        layout = data.StructLayout({"charge": TRACE_FRACTION, "trace": TRACE_FRACTION + 1})
        m.submodules.cells = cells = DualPortMemory(shape=unsigned(layout.size), depth=count)
        m.d.comb += [kept.read_address.eq(Mux(using, count, 0) + at), cells.read_address.eq(at)]
        at_1, at_2 = Signal.like(at), Signal.like(at)
        m.d.sync += [valid_1.eq(busy), valid_2.eq(valid_1), at_1.eq(at), at_2.eq(at_1)]
        old = Signal(layout)
        m.d.comb += old.eq(cells.read_data)
        charge_2, trace_2 = Signal(TRACE_FRACTION + 1), Signal(TRACE_FRACTION + 1)
        charge = Mux(first, one // 2, old.charge) + kept.read_data
        m.d.sync += [
            charge_2.eq(charge),
            trace_2.eq(Cat(Mux(first, 0, old.trace[1:]), charge[TRACE_FRACTION])),
        ]
        new, spike = Signal(layout), charge_2[TRACE_FRACTION]
        m.d.comb += [
            new.charge.eq(charge_2), new.trace.eq(trace_2),
            cells.write_enable.eq(valid_2), cells.write_address.eq(at_2),
            cells.write_data.eq(new),
        ]
        with m.If(valid_2 & (at_2 == count - 1)):
            m.d.sync += [self.coded.eq(1), ready.eq(first)]

        # The lists.
        m.submodules.spikes = spikes = EventLists(design, [count, count])
        m.submodules.traces = traces = EventLists(design, [count, count])
        for lists, rate in ((spikes, spike << TRACE_FRACTION), (traces, trace_2)):
            m.d.comb += [
                lists.write.eq(valid_2), lists.first.eq(at_2 == 0), lists.list.eq(~shown),
                lists.rate[0].eq(rate),
                lists.read_list.eq(shown), lists.read_position.eq(self.position),
            ]
        traces_1 = Signal()
        m.d.sync += traces_1.eq(self.traces)
        m.d.comb += [
            self.count.eq(Mux(self.counts_traces, Array(traces.count)[shown],
                              Array(spikes.count)[shown])),
            self.event.eq(Mux(traces_1, traces.entry.as_value(), spikes.entry.as_value())),
        ]
        with m.If(self.release):
            m.d.sync += self.coded.eq(0)
        return full & ready
