"""A lane for spikes: signs and shifts in the place of a multiplier."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.spikes import feedback_masks

__all__ = ["SpikeProduct"]


class SpikeProduct(wiring.Component):
    """Product of one lane in two cycles, where one factor is -1, 0 or 1.

        forward    W s        s: 0 or 1
        backward   B z        B = |M| sgn(W), |M| by `feedback_masks`; z: -1, 0 or 1
        update     z p

    A lane with it takes 188 four-input tables on iCE40 and 156 on ECP5; with a multiplier, of which
    spikes need so little, 170 and 147: a tenth less, for a DSP block each.

    Parameters
    ----------
    design : Design
    index : int
        Of the lane.

    Members
    -------
    update, backward : 1 bit
        Neither: forward.
    weight, post, pre : raw, stage 5 (`Lane`)
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
        fixed, fraction = self._design.engine.magnitudes, self._design.rate.fraction
        *magnitude, random = [(self.address & mask).xor() ^ flip for mask, flip in feedback_masks(
            fixed.seed, self._index)]
        size = Cat(magnitude[:fixed.bits]) if fixed.bits > 1 else 1
        minus = self.weight[-1] if fixed.concordant else random
        # Stage 5: what is added or taken off, and which. A spike of either sign is an odd number
        # of ones, so that this bit tells it from none.
        value, negative, some = Signal.like(self.product), Signal(), Signal()
        down = self.update | self.backward
        m.d.comb += some.eq(Mux(down, self.post[fraction], self.pre[fraction]))
        with m.If(self.update):
            m.d.sync += value.eq(self.pre << fraction)
        with m.Elif(self.backward):
            m.d.sync += value.eq(size << fraction)
        with m.Else():
            m.d.sync += value.eq(self.weight << fraction)
        with m.If(~some):
            m.d.sync += value.eq(0)
        m.d.sync += [negative.eq(down & (self.post[-1] ^ self.backward & minus)),
                     self.product.eq(Mux(negative, -value, value))]
        return m
