"""ECP5: MULT18X18D, DP16KD and USRMCLK (Lattice FPGA-TN-02205, FPGA-TN-02204, FPGA-TN-02039)."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Signal

__all__ = ["flash_clock", "memory", "multiplier"]

WIDTH = 18  # of the multiplier's operands
# Bits of a word -> words of a block RAM, address pin of the lowest address bit.
GEOMETRY = {18: (1024, 4), 9: (2048, 3), 4: (4096, 2), 2: (8192, 1), 1: (16384, 0)}


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
        ports = {f"i_{name}{i}": wide[k][i] for k, name in enumerate("AB") for i in range(WIDTH)}
        ports |= {f"i_C{i}": Const(0, 1) for i in range(WIDTH)}
        ports |= {f"o_P{i}": out[i] for i in range(2 * WIDTH)}
        clocks = {f"p_REG_{name}_CLK": "CLK0" for name in ("INPUTA", "INPUTB", "OUTPUT")}
        m.submodules.block = Instance(
            "MULT18X18D", **ports, **clocks, p_REG_PIPELINE_CLK="NONE", p_RESETMODE="SYNC",
            p_GSR="DISABLED",
            i_CLK0=ClockSignal(), i_CE0=Const(1, 1), i_RST0=Const(0, 1),
            **{f"i_{name}{k}": Const(0, 1) for name in ("CLK", "CE", "RST") for k in (1, 2, 3)},
            i_SIGNEDA=Const(1, 1), i_SIGNEDB=Const(1, 1), i_SOURCEA=Const(0, 1),
            i_SOURCEB=Const(0, 1),
        )

    return build


def memory(width, depth):
    """``build(m, read_address, write_address, write_enable, write_data, read_data)``, or None.

    One write port, one read port with the block's output register: latency 2. None if `depth` is
    more than one block RAM has.
    """
    fitting = {bits: -(-width // bits) for bits, (words, _) in GEOMETRY.items() if words >= depth}
    if not fitting:
        return None
    bits = min(fitting, key=lambda b: (fitting[b], -b))

    def build(m: Module, read_address, write_address, write_enable, write_data, read_data):
        for number in range(fitting[bits]):
            place = slice(number * bits, min(width, (number + 1) * bits))
            _block(m, f"block_{number}", bits, read_address, write_address, write_enable,
                   write_data[place], read_data[place])

    return build


def flash_clock(m: Module, clock):
    """Drive the pin that clocks the memory which the chip was configured from: USRMCLK.

    It has no other way to the fabric (FPGA-TN-02039).
    """
    m.submodules.flash_clock = Instance("USRMCLK", i_USRMCLKI=clock, i_USRMCLKTS=Const(0, 1))


def _block(m, name, bits, read_address, write_address, write_enable, write_data, read_data):
    """One DP16KD: port A writes, port B reads."""
    def address(value):
        # With 18 bits the lowest two pins are byte enables.
        return Cat(Const(0b11 if bits == 18 else 0, GEOMETRY[bits][1]), value, Const(0, 14))[:14]

    a, b = Signal(14), Signal(14)
    data, out = Signal(18), Signal(18)
    m.d.comb += [a.eq(address(write_address)), b.eq(address(read_address)),
                 data.eq(write_data), read_data.eq(out)]
    ports = {}
    for i in range(18):
        ports |= {f"i_DIA{i}": data[i], f"i_DIB{i}": Const(0, 1), f"o_DOB{i}": out[i]}
    for i in range(14):
        ports |= {f"i_ADA{i}": a[i], f"i_ADB{i}": b[i]}
    for port in "AB":
        ports |= {
            f"p_DATA_WIDTH_{port}": bits, f"p_WRITEMODE_{port}": "NORMAL",
            f"p_CSDECODE_{port}": "0b000", f"p_CLK{port}MUX": f"CLK{port}",
            f"i_CLK{port}": ClockSignal(), f"i_CE{port}": Const(1, 1), f"i_OCE{port}": Const(1, 1),
            f"i_RST{port}": Const(0, 1),
            **{f"i_CS{port}{k}": Const(0, 1) for k in range(3)},
        }
    m.submodules[name] = Instance(
        "DP16KD", **ports, p_REGMODE_A="NOREG", p_REGMODE_B="OUTREG", p_RESETMODE="SYNC",
        p_ASYNC_RESET_RELEASE="SYNC", p_GSR="DISABLED",
        i_WEA=write_enable, i_WEB=Const(0, 1))
