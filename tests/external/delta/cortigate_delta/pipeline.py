"""Neurons of the delta rule."""

from amaranth.hdl import Const, Module

from cortigate.hdl.lib import requantise
from cortigate.hdl.neuron.pipeline import Chains, NeuronPipeline, activate

__all__ = ["DeltaPipeline", "pipeline"]


class DeltaPipeline(NeuronPipeline):
    """Drive to rate in 4 cycles: round, saturate, activate, compare."""

    LATENCY = 4

    def elaborate(self, platform):
        m = Module()
        design = self._design
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        # Stage 0: one rounding for each neuron and drive.
        m.d.comb += self.drive_address.eq(self._address(m, valid[0], first[0], tag[0]))
        discard = design.drive_fraction - design.state.fraction
        exact = self.drive.raw
        rounded_1 = delayed(requantise.add_with_carry(
            requantise.divide(exact, discard), Const(0, 1),
            requantise.rounding_bit(exact, discard, design.state.rounding)), 0, 1, "rounded")

        # Stage 1: within the state's format.
        narrowed, clipped = requantise.saturate(rounded_1, design.state)
        s_2 = delayed(narrowed[:design.state.width].as_signed(), 1, 2, "s")
        clipped_3 = delayed(clipped, 1, 3, "clipped")
        index_2, target_2 = self._target(m, valid[1], first[1])

        # Stage 2: the rate, and which output is the largest.
        self._winner(m, valid[2] & at.is_output(2), first[2], s_2, index_2)
        rate_3 = delayed(activate(s_2, design, at.is_output(2)), 2, 3, "rate")
        s_3 = delayed(s_2, 2, 3, "s")
        target_3 = delayed(target_2, 2, 3, "target")

        # Stage 3: the error.
        m.d.sync += [self.rate.raw.eq(rate_3), self.state.raw.eq(s_3),
                     self.saturated.eq(clipped_3 & valid[3])]
        self._leave(m, {"list_rate": rate_3, "words_post": target_3 - rate_3})
        return m


def pipeline(design):
    """Class of a design's neurons."""
    return DeltaPipeline
