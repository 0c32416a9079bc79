"""Cells of iCE40 UltraPlus circuits in the four elements of the simulator.

Logic, pads and multiplier as in Yosys's descriptions of SB_CARRY, SB_DFF…, SB_IO and SB_MAC16;
block RAM after Lattice FPGA-TN-02002, single-port RAM after FPGA-TN-02022, PLL after FPGA-TN-02052.
Kinds and settings: boards/bitstream/ice40.
"""

from ...boards.bitstream.circuit import Circuit
from .lowering import Place, lowered
from .network import FabricNet

__all__ = ["lower"]

WORD = 16
# READ_MODE, WRITE_MODE -> data pins in use, lowest bit first; the others read as 0 and are not
# written. Between two of them lie the places that the upper address bits choose from.
DATA_PINS = {0: tuple(range(16)), 1: tuple(range(0, 16, 2)), 2: (1, 5, 9, 13), 3: (3, 11)}
LARGE_WORDS, LARGE_ADDRESS, NIBBLE = 16384, 14, 4
MAJORITY, AND, AND_NOT, OR_NOT = 0b11101000, 0b1000, 0b0010, 0b1011
# Settings of a multiplier that have a model, but for A_REG, B_REG, PIPELINE_16x16_MULT_REG2, the
# signs, and those of the adders, which the product passes by.
PRODUCT = {"MODE_8x8": 0, "TOPOUTPUT_SELECT": 3, "BOTOUTPUT_SELECT": 3, "TOP_8x8_MULT_REG": 0,
           "BOT_8x8_MULT_REG": 0, "PIPELINE_16x16_MULT_REG1": 0}


def lower(circuit: Circuit, network: FabricNet):
    """Add every cell of an iCE40 UltraPlus circuit to a network.

    The level from outside at the pad at place p is (p, "PAD"), which is not driven here; what the
    chip drives there (p, "PAD_OUT"), 1 while it does not. The PLL is a wire, and locked from the
    beginning. What a single-port RAM shows after a write is undefined; here it is the new word.

    Raises
    ------
    ValueError
        A cell is used in a mode that has no model; the message names its place.
    """
    lowered(circuit, network, BUILDERS, _Place)


class _Place(Place):
    """An iCE40 cell."""

    def pins(self, name, width):
        """Nets of the pins name_0, name_1, …"""
        return [self.pin(f"{name}_{bit}") for bit in range(width)]

    def demand(self, pin, level):
        """Refuse the cell if a pin is not this constant."""
        if self.pin(pin) != level:
            self.refuse(f"{pin} that is not {level}")


def _table(cell):
    inputs = [cell.pin(f"I{number}") for number in range(cell.settings["K"])]
    cell.network.table(cell.out("O"), cell.settings["INIT"], inputs)


def _carry(cell):
    cell.network.table(cell.out("CO"), MAJORITY, [cell.pin("A"), cell.pin("B"), cell.pin("CI")])


def _register(cell):
    settings = cell.settings
    cell.network.register(
        cell.out("Q"), cell.pin("D"), cell.pin("CLK"), falling=bool(settings["NEG_CLK"]),
        enable=cell.pin("CEN"), reset=cell.pin("SR"), asynchronous=bool(settings["ASYNC_SR"]),
        value=settings["SET_NORESET"], initial=0, enable_over_reset=True)


def _block_ram(cell):
    settings, network = cell.settings, cell.network
    read_pins, write_pins = (DATA_PINS[settings[mode]] for mode in ("READ_MODE", "WRITE_MODE"))
    enable = cell.gate(AND, cell.pin("WE"), cell.pin("WCLKE"))
    whole = settings["WRITE_MODE"] == 0  # only then there is a mask
    write = network.port(
        clock=cell.pin("WCLK"), falling=bool(settings["NEG_CLK_W"]), enable=enable,
        address=_block_address(cell, "WADDR", settings["WRITE_MODE"]),
        inputs=[(cell.pin(f"WDATA_{pin}"), place * WORD // len(write_pins),
                 cell.gate(AND_NOT, enable, cell.pin(f"MASK_{pin}")) if whole else enable)
                for place, pin in enumerate(write_pins)])
    read = network.port(
        clock=cell.pin("RCLK"), falling=bool(settings["NEG_CLK_R"]),
        enable=cell.gate(AND, cell.pin("RE"), cell.pin("RCLKE")),
        address=_block_address(cell, "RADDR", settings["READ_MODE"]),
        outputs=[(cell.out(f"RDATA_{pin}"), place * WORD // len(read_pins))
                 for place, pin in enumerate(read_pins) if cell.uses(f"RDATA_{pin}")])
    network.memory(256 * WORD, settings["INIT"], [write, read])
    for pin in range(WORD):
        if pin not in read_pins and cell.uses(f"RDATA_{pin}"):
            network.table(cell.out(f"RDATA_{pin}"), 0, [])


def _block_address(cell, name, mode):
    """Address pins of a block RAM with their strides; pins from 8 on choose within a word."""
    return ([(cell.pin(f"{name}_{bit}"), WORD << bit) for bit in range(8)]
            + [(cell.pin(f"{name}_{8 + bit}"), 1 << bit) for bit in range(mode)])


def _large_ram(cell):
    for pin, level in (("STANDBY", 0), ("SLEEP", 0), ("POWEROFF", 1)):
        cell.demand(pin, level)
    select, write = cell.pin("CHIPSELECT"), cell.pin("WREN")
    writes = cell.gate(AND, select, write)
    masks = [cell.gate(AND, writes, mask) for mask in cell.pins("MASKWREN", WORD // NIBBLE)]
    port = cell.network.port(
        clock=cell.pin("CLOCK"), enable=select, mode="new",
        address=[(net, WORD << bit) for bit, net in enumerate(cell.pins("ADDRESS", LARGE_ADDRESS))],
        inputs=[(net, bit, masks[bit // NIBBLE])
                for bit, net in enumerate(cell.pins("DATAIN", WORD))],
        outputs=[(cell.out(f"DATAOUT_{bit}"), bit) for bit in range(WORD)
                 if cell.uses(f"DATAOUT_{bit}")])
    cell.network.memory(LARGE_WORDS * WORD, 0, [port])


def _multiplier(cell):
    settings, network = cell.settings, cell.network
    for name, value in PRODUCT.items():
        if settings[name] != value:
            cell.refuse(f"a multiplier with {name} {settings[name]}")
    if cell.uses("CO"):
        cell.refuse("the carry of a multiplier's adder")
    clock, enable = cell.pin("CLK"), cell.pin("CE")

    def registered(nets, register, hold, reset):
        if not settings[register]:
            return nets
        found = [network.fresh() for _ in nets]
        allowed = cell.gate(AND_NOT, enable, cell.pin(hold)) if hold else enable
        for out, net in zip(found, nets, strict=True):
            network.register(out, net, clock, enable=allowed, reset=cell.pin(reset),
                             asynchronous=True)
        return found

    a = registered(cell.pins("A", WORD), "A_REG", "AHOLD", "IRSTTOP")
    b = registered(cell.pins("B", WORD), "B_REG", "BHOLD", "IRSTBOT")
    product = [network.fresh() for _ in range(2 * WORD)]
    network.product(product, a, b, settings["A_SIGNED"], settings["B_SIGNED"])
    shown = registered(product, "PIPELINE_16x16_MULT_REG2", None, "IRSTBOT")
    for bit, net in enumerate(shown):
        if cell.uses(f"O_{bit}"):
            network.wire(cell.out(f"O_{bit}"), net)


def _pll(cell):
    cell.demand("BYPASS", 0)
    cell.demand("RESETB", 1)
    reference = cell.pin("REFERENCECLK") or cell.pin("PACKAGEPIN")
    for port in ("PLLOUT_A", "PLLOUT_B"):
        if cell.uses(port):
            cell.network.wire(cell.out(port), reference)
    if cell.uses("LOCK"):
        cell.network.table(cell.out("LOCK"), 1, [])
    if cell.uses("SDO"):
        cell.refuse("the serial output of a PLL")


def _buffer(cell):
    cell.network.wire(cell.out("GLOBAL_BUFFER_OUTPUT"), cell.pin("USER_SIGNAL_TO_GLOBAL_BUFFER"))


def _pad(cell):
    settings, network = cell.settings, cell.network
    into, way, driven = (settings["PIN_TYPE"] >> first & 3 for first in (0, 2, 4))
    edge = {"enable": cell.pin("CLOCK_ENABLE"), "falling": bool(settings["NEG_TRIGGER"])}
    if cell.uses("D_IN_1"):
        cell.refuse("a pad's input at both edges")
    if cell.uses("PAD_IN"):
        network.wire(cell.out("PAD_IN"), cell.out("PAD"))
    if cell.uses("D_IN_0"):
        if into == 0b01:
            network.wire(cell.out("D_IN_0"), cell.out("PAD"))
        elif into == 0b00:
            network.register(cell.out("D_IN_0"), cell.out("PAD"), cell.pin("INPUT_CLK"), **edge)
        else:
            cell.refuse("a pad's latch")
    if driven == 0b00:
        return
    if driven == 0b11 or way == 0b00:
        cell.refuse(f"a pad with PIN_TYPE {settings['PIN_TYPE']:06b}")
    level = cell.pin("D_OUT_0")
    if way != 0b10:
        stored = network.fresh()
        network.register(stored, level, cell.pin("OUTPUT_CLK"), **edge)
        level = cell.gate(0b01, stored, 0) if way == 0b11 else stored
    if driven == 0b10:
        level = cell.gate(OR_NOT, level, cell.pin("OUTPUT_ENABLE"))
    network.wire(cell.out("PAD_OUT"), level)


BUILDERS = {"LUT": _table, "ICE40_CARRY": _carry, "ICE40_FF": _register,
            "ICESTORM_RAM": _block_ram, "ICESTORM_SPRAM": _large_ram, "ICESTORM_DSP": _multiplier,
            "ICESTORM_PLL": _pll, "SB_GB": _buffer, "SB_IO": _pad}
