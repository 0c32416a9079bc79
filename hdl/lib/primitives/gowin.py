"""Gowin GW1N and GW2A: MULT18X18 (Gowin UG287).

Block RAM is inferred; its output register stays outside.
"""

from amaranth.hdl import ClockSignal, Const, Instance, Module, Signal

__all__ = ["multiplier"]

WIDTH = 18  # of the multiplier's operands


def multiplier(a_width, b_width):
    """``build(m, a, b, product)`` of a signed multiplier, or None if the operands are too wide.

    Latency 2: registers at both operands and inside, before the product.
    """
    if max(a_width, b_width) > WIDTH:
        return None

    def build(m: Module, a, b, product):
        wide = [Signal(WIDTH), Signal(WIDTH)]
        out = Signal(2 * WIDTH)
        m.d.comb += [wide[0].eq(a), wide[1].eq(b), product.eq(out)]
        m.submodules.block = Instance(
            "MULT18X18", p_AREG=Const(1, 1), p_BREG=Const(1, 1), p_PIPE_REG=Const(1, 1),
            p_OUT_REG=Const(0, 1), p_ASIGN_REG=Const(0, 1), p_BSIGN_REG=Const(0, 1),
            p_SOA_REG=Const(0, 1), p_MULT_RESET_MODE="SYNC",
            i_A=wide[0], i_B=wide[1], i_SIA=Const(0, WIDTH), i_SIB=Const(0, WIDTH),
            i_ASEL=Const(0, 1), i_BSEL=Const(0, 1), i_ASIGN=Const(1, 1), i_BSIGN=Const(1, 1),
            i_CE=Const(1, 1), i_CLK=ClockSignal(), i_RESET=Const(0, 1), o_DOUT=out)

    return build
