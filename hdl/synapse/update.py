"""Plasticity of one lane: round the product post * pre and add it to the weight."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..lib import requantise

__all__ = ["WeightUpdate"]


class WeightUpdate(wiring.Component):
    """W <- saturate(W + round(post * pre * 2**-k)), one weight a cycle, latency 2 cycles.

    What post and pre are is the rule's (golden.spec.steps, UPDATE): they meet in the multiplier
    before this pipeline, and the learning rate 2**-k travels in the presynaptic operand.

    Parameters
    ----------
    design : Design
    product_width : int
        Bits of the exact product.

    Members
    -------
    product : signed
        Together with `weight`.
    weight : raw weight of the same cycle
    random : 8 bits
        For stochastic rounding.
    new_weight : raw weight, 2 cycles later
    saturated : 1 bit, with `new_weight`
    """

    def __init__(self, design: Design, product_width):
        self._design = design
        super().__init__({
            "product": In(signed(product_width)),
            "weight": In(signed(design.weight.width)),
            "random": In(8),
            "new_weight": Out(signed(design.weight.width)),
            "saturated": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        design = self._design
        discard, rounding = design.update_discard, design.weight.rounding
        width = max(len(self.product) - discard, len(self.weight)) + 1
        if design.stochastic:
            # What is added before the cut lies below the weight's last bit: one adder for both.
            exact = self.product + Cat(requantise.offset(self.random, discard),
                                       self.weight).as_signed() >> discard
        else:
            exact = requantise.add_rounded(self.weight, self.product, discard, rounding)
        total = Signal(signed(width))
        m.d.sync += total.eq(exact)
        clipped, outside = requantise.saturate(total, design.weight)
        m.d.sync += [self.new_weight.eq(clipped), self.saturated.eq(outside)]
        return m
