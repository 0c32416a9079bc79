"""Samples that come as a stream: counted, put right where one ends early, given to the core."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.link import NO_TARGET
from ...golden.spec.memory_map import MemoryMap
from ...golden.spec.targets import Target

__all__ = ["SampleStream", "beats", "sample_layout"]


def beats(design: Design):
    """Transfers of a sample: its inputs, its target values, its label."""
    return -(-design.network.sizes[0] // design.feed_width) + MemoryMap(design).target_words + 1


def sample_layout(design: Design):
    """A transfer of the stream of samples."""
    return data.StructLayout({"data": design.feed_bits, "last": 1})


class SampleStream(wiring.Component):
    """Passes samples on; a damaged one becomes a whole one that is not learned.

    `last` may come with any sample's label and with nothing else. With it too early, the rest of
    the sample is zeros; so the transfer after `last` always begins a sample. A label that is no
    class damages a sample that was to be learned, too.

    Parameters
    ----------
    design : Design

    Members
    -------
    i : stream of sample_layout
    open : 1 bit
        A sample may begin.
    train : 1 bit
        Samples are to be learned.
    samples, learn
        `samples` and `train` of the core.
    begins, whole, damaged : 1 bit
        A sample begins to go to the core; its label goes there; it is damaged.
    """

    def __init__(self, design: Design):
        self._design = design
        super().__init__({
            "i": In(stream.Signature(sample_layout(design))), "open": In(1), "train": In(1),
            "samples": Out(stream.Signature(unsigned(design.feed_bits))), "learn": Out(1),
            "begins": Out(1), "whole": Out(1), "damaged": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        last = beats(self._design) - 1
        place, padding = Signal(range(last + 1)), Signal()
        passes, sent, label = Signal(), Signal(), Signal()
        m.d.comb += [
            passes.eq(~padding & ((place != 0) | self.open)),
            self.samples.valid.eq(passes & self.i.valid | padding),
            self.samples.payload.eq(Mux(padding, 0, self.i.p.data)),
            self.i.ready.eq(passes & self.samples.ready),
            sent.eq(self.samples.valid & self.samples.ready), label.eq(place == last),
            self.begins.eq(sent & (place == 0)), self.whole.eq(sent & label),
            self.damaged.eq(padding | self.train & ~self._is_label(self.i.p.data[:8])),
            self.learn.eq(self.train & ~self.damaged),
        ]
        with m.If(sent):
            m.d.sync += place.eq(place + 1)
            with m.If(self.i.p.last & ~padding):
                m.d.sync += padding.eq(1)
            with m.If(label):
                m.d.sync += [place.eq(0), padding.eq(0)]
        return m

    def _is_label(self, value):
        """Whether a sample can be learned with this label."""
        if self._design.target is not Target.CLASS:
            return 1
        known = value < self._design.network.sizes[-1]
        return known | (value == NO_TARGET) if self._design.engine.always_on else known
