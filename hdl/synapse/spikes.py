"""What a lane computes for spikes: signs and shifts in the place of a multiplier."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.microcircuit import feedback_masks

__all__ = ["SpikeProduct"]


class SpikeProduct(wiring.Component):
    """Product of one lane in two cycles, where one factor is -1, 0 or 1.

        forward    W s        s: 0 or 1
        backward   B z        B = |M| sgn(W), |M| by `feedback_masks`; z: -1, 0 or 1
        update     z p

    Parameters
    ----------
    design : Design
    index : int
        Of the lane.

    Members
    -------
    update, backward : 1 bit
        Neither: forward.
    weight, post, pre : raw, stage 4 (`Lane`)
    address : of the weight's word
    product : signed, two cycles later
    """

    def __init__(self, design: Design, index, pre, address_bits):
        self._design, self._index = design, index
        width = max(design.weight.width, pre.width + 1) + design.rate.fraction + 1
        super().__init__({
            "update": In(1), "backward": In(1), "weight": In(signed(design.weight.width)),
            "post": In(signed(design.difference.width)), "pre": In(pre),
            "address": In(unsigned(address_bits)), "product": Out(signed(width)),
        })

    def elaborate(self, platform):
        m = Module()
        rule, fraction = self._design.rule, self._design.rate.fraction
        *magnitude, random = [(self.address & mask).xor() ^ flip for mask, flip in feedback_masks(
            rule.feedback_seed, self._index)]
        size = Cat(magnitude[:rule.magnitude_bits]) if rule.magnitude_bits > 1 else 1
        minus = self.weight[-1] if rule.concordant else random
        # Stage 5: what is added or taken off, and which.
        value, negative = Signal.like(self.product), Signal()
        with m.If(self.update):
            m.d.sync += [value.eq(Mux(self.post.any(), self.pre << fraction, 0)),
                         negative.eq(self.post[-1])]
        with m.Elif(self.backward):
            m.d.sync += [value.eq(Mux(self.post.any(), size << fraction, 0)),
                         negative.eq(self.post[-1] ^ minus)]
        with m.Else():
            m.d.sync += [value.eq(Mux(self.pre.any(), self.weight << fraction, 0)),
                         negative.eq(0)]
        m.d.sync += self.product.eq(Mux(negative, -value, value))
        return m
