"""Results as a stream: what was predicted of each sample, and the rates that it left."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.link import RESULT_BITS
from ..sample.results import LATENCY, ResultMemory

__all__ = ["CORRECT", "DAMAGED", "IN_FLIGHT", "ResultStream", "result_layout"]

# Bits of a result's first word, above the prediction.
CORRECT, DAMAGED = 8, 9
WORD = 16
# Samples that may be on their way: two in the core, one that arrives, one whose result waits.
IN_FLIGHT = 4

result_layout = data.StructLayout({"data": WORD, "last": 1})


class ResultStream(wiring.Component):
    """One word for every sample, in their order; then its results, if a layer's are kept.

    Nothing is lost if nobody takes them: a place for every result is kept from the sample's
    beginning, and no further sample may begin without one.

    A result of a layer takes three cycles.

    Parameters
    ----------
    design : Design

    Members
    -------
    o : stream of result_layout
        Prediction in the low byte, then `CORRECT` and `DAMAGED`; `last` with a sample's last word.
    begins, whole, damaged : 1 bit
        From `SampleStream`.
    done, prediction, correct
        From the core.
    room : 1 bit
        Another sample may begin.
    idle : 1 bit
        No sample is on its way.
    layer, result_index, result, result_taken
        Only if the design has results: the layer that is kept, and the core's.
    """

    def __init__(self, design: Design):
        self._design = design
        results = {} if not design.results else {
            name: member.flip() for name, member in ResultMemory.port(design).items()}
        super().__init__({
            "o": Out(stream.Signature(result_layout)),
            "begins": In(1), "whole": In(1), "damaged": In(1),
            "done": In(1), "prediction": In(8), "correct": In(1),
            "room": Out(1), "idle": Out(1),
        } | ({"layer": In(RESULT_BITS), "result_taken": Out(1), "result_index": results["index"],
              "result": results["result"]} if results else {}))

    def elaborate(self, platform):
        m = Module()
        m.submodules.marks = marks = SyncFIFO(width=1, depth=IN_FLIGHT)
        m.submodules.words = words = SyncFIFO(width=DAMAGED + 1, depth=IN_FLIGHT)
        flying, taken = Signal(range(IN_FLIGHT + 1)), Signal()
        m.d.sync += flying.eq(flying + self.begins - taken)
        m.d.comb += [
            self.room.eq(flying != IN_FLIGHT), self.idle.eq(flying == 0),
            marks.w_en.eq(self.whole), marks.w_data.eq(self.damaged), marks.r_en.eq(self.done),
            words.w_en.eq(self.done),
            words.w_data.eq(Cat(self.prediction, self.correct, marks.r_data)),
        ]
        sent = self.o.valid & self.o.ready
        m.d.comb += taken.eq(sent & self.o.p.last)
        if not self._design.results:
            m.d.comb += [self.o.valid.eq(words.r_rdy), self.o.p.data.eq(words.r_data),
                         self.o.p.last.eq(1), words.r_en.eq(self.o.ready)]
            return m
        # The word of the sample, then its results: the core keeps them meanwhile.
        leaving, phase, final = Signal(), Signal(range(LATENCY + 1)), Signal()
        sizes = self._design.network.sizes
        m.d.comb += [
            final.eq(self.result_index == Array([0, *(n - 1 for n in sizes[1:])])[self.layer]),
            self.o.valid.eq(Mux(leaving, phase == LATENCY, words.r_rdy)),
            self.o.p.data.eq(Mux(leaving, self.result, words.r_data)),
            self.o.p.last.eq(Mux(leaving, final, self.layer == 0)),
            words.r_en.eq(self.o.ready & ~leaving),
            self.result_taken.eq(taken & leaving),
        ]
        with m.If(sent):
            m.d.sync += [phase.eq(0), leaving.eq(~self.o.p.last),
                         self.result_index.eq(Mux(leaving & ~final, self.result_index + 1, 0))]
        with m.Elif(phase != LATENCY):
            m.d.sync += phase.eq(phase + 1)
        return m
