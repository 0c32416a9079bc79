"""The multiplier of a lane: the single place through which every one of them is made."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.qformat import check_integer
from .primitives import family

__all__ = ["Multiplier"]


class Multiplier(wiring.Component):
    """Signed multiplier with registered operands and a registered product.

    Latency 2 cycles, one product a cycle. The registers are those that a DSP block has inside:
    the family's own block where hdl.lib.primitives knows it.

    Parameters
    ----------
    a_width, b_width : int
        Operand widths in bits, 1 .. 32.

    Members
    -------
    a, b : signed
    product : signed, a_width + b_width bits

    Raises
    ------
    TypeError, ValueError
        A width is not an integer or out of range.
    """

    def __init__(self, *, a_width, b_width):
        self._a_width = check_integer("a_width", a_width, 1, 32)
        self._b_width = check_integer("b_width", b_width, 1, 32)
        super().__init__({
            "a": In(signed(a_width)),
            "b": In(signed(b_width)),
            "product": Out(signed(a_width + b_width)),
        })

    @property
    def a_width(self):
        """Bits of operand a."""
        return self._a_width

    @property
    def b_width(self):
        """Bits of operand b."""
        return self._b_width

    def elaborate(self, platform):
        m = Module()
        known = family(platform)
        build = known.multiplier(self._a_width, self._b_width) if known else None
        if build:
            build(m, self.a, self.b, self.product)
            return m
        # They start at 0 but are not reset: Yosys packs registers into iCE40's SB_MAC16 only so
        # (8 lanes: 214 logic cells less). Every user pairs a product with a valid bit, which is.
        a_r, b_r = Signal.like(self.a, reset_less=True), Signal.like(self.b, reset_less=True)
        product = Signal.like(self.product, reset_less=True)
        m.d.sync += [a_r.eq(self.a), b_r.eq(self.b), product.eq(a_r * b_r)]
        m.d.comb += self.product.eq(product)
        return m
