"""iCE40 UltraPlus: SB_MAC16 and SB_SPRAM256KA (Lattice FPGA-TN-02007 and FPGA-TN-02022).

SB_RAM40_4K is inferred. It has no output register, so that a register belongs before its address,
which is narrower than its data.
"""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Signal, unsigned
from amaranth.lib.memory import Memory

__all__ = ["memory", "multiplier", "single_port"]

WIDTH = 16  # of the multiplier's operands
UNUSED = ("AHOLD", "BHOLD", "CHOLD", "DHOLD", "IRSTTOP", "IRSTBOT", "ORSTTOP", "ORSTBOT",
          "OLOADTOP", "OLOADBOT", "ADDSUBTOP", "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT", "CI",
          "ACCUMCI", "SIGNEXTIN")


def multiplier(a_width, b_width):
    """``build(m, a, b, product)`` of a signed multiplier, or None if the operands are too wide.

    Latency 2: registers at both operands and at the product.
    """
    if max(a_width, b_width) > WIDTH:
        return None

    def build(m: Module, a, b, product):
        wide = [Signal(WIDTH), Signal(WIDTH)]
        out = Signal(2 * WIDTH)
        m.d.comb += [wide[0].eq(a), wide[1].eq(b), product.eq(out)]
        m.submodules.block = Instance(
            "SB_MAC16", p_A_SIGNED=Const(1, 1), p_B_SIGNED=Const(1, 1), p_MODE_8x8=Const(0, 1),
            p_A_REG=Const(1, 1), p_B_REG=Const(1, 1), p_PIPELINE_16x16_MULT_REG2=Const(1, 1),
            p_TOPOUTPUT_SELECT=Const(3, 2), p_BOTOUTPUT_SELECT=Const(3, 2),
            i_CLK=ClockSignal(), i_CE=Const(1, 1), i_A=wide[0], i_B=wide[1],
            i_C=Const(0, WIDTH), i_D=Const(0, WIDTH), o_O=out,
            **{f"i_{name}": Const(0, 1) for name in UNUSED})

    return build


def memory(width, depth):
    """``build(m, read_address, write_address, write_enable, write_data, read_data)``.

    One write port, one read port with a register before its address: latency 2. What is written in
    the cycle after a read's address is undefined to it, too.
    """
    def build(m: Module, read_address, write_address, write_enable, write_data, read_data):
        m.submodules.block = block = Memory(shape=unsigned(width), depth=depth, init=[])
        read, write = block.read_port(), block.write_port()
        m.d.sync += read.addr.eq(read_address)
        m.d.comb += [read_data.eq(read.data), write.addr.eq(write_address),
                     write.en.eq(write_enable), write.data.eq(write_data)]

    return build


def single_port(m: Module, name, address, write_enable, write_data, read_data):
    """One SPRAM of 16384 words of 16 bits; `read_data` a cycle after `address`, not held.

    Parameters
    ----------
    write_enable : 2 bits, one a byte; the mask has one a nibble
    """
    m.submodules[name] = Instance(
        "SB_SPRAM256KA", i_CLOCK=ClockSignal(), i_ADDRESS=address, i_DATAIN=write_data,
        i_MASKWREN=Cat(write_enable[0].replicate(2), write_enable[1].replicate(2)),
        i_WREN=write_enable.any(), i_CHIPSELECT=Const(1, 1), i_STANDBY=Const(0, 1),
        i_SLEEP=Const(0, 1), i_POWEROFF=Const(1, 1), o_DATAOUT=read_data)
