"""Gowin GW5A: MULT27X36 (Gowin UG305).

Block RAM is inferred; its output register stays outside.
"""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Signal

__all__ = ["multiplier"]

# Of the multiplier's signed operands. The second is taken no wider than the first, so that either
# operand may be A.
WIDTH, B_WIDTH = 27, 36


def multiplier(a_width, b_width):
    """``build(m, a, b, product)`` of a signed multiplier, or None if the operands are too wide.

    Latency 2: registers at both operands and inside, before the product.
    """
    if max(a_width, b_width) > WIDTH:
        return None

    def build(m: Module, a, b, product):
        wide = [Signal(WIDTH), Signal(B_WIDTH)]
        out = Signal(WIDTH + B_WIDTH)
        m.d.comb += [wide[0].eq(a), wide[1].eq(b), product.eq(out)]
        m.submodules.block = Instance(
            "MULT27X36", p_AREG_CLK="CLK0", p_BREG_CLK="CLK0", p_PREG_CLK="CLK0",
            p_OREG_CLK="BYPASS", p_MULT_RESET_MODE="SYNC",
            i_A=wide[0], i_B=wide[1], i_D=Const(0, 26), i_PSEL=Const(0, 1), i_PADDSUB=Const(0, 1),
            i_CLK=Cat(ClockSignal(), Const(0, 1)), i_CE=Const(0b11, 2), i_RESET=Const(0, 2),
            o_DOUT=out)

    return build
