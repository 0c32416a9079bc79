"""Cells of ECP5 circuits in the four elements of the simulator.

Logic as in Project Trellis's and Yosys's descriptions of CCU2C, TRELLIS_DPR16X4 and TRELLIS_FF;
block RAM after Lattice FPGA-TN-02204, multiplier after FPGA-TN-02205, PLL after FPGA-TN-02200.
Kinds and settings: boards/bitstream/ecp5.
"""

from ...boards.bitstream.circuit import Circuit
from .lowering import Place, lowered
from .network import FabricNet

__all__ = ["lower"]

WRITE_MODES = {"NORMAL": "hold", "WRITETHROUGH": "new", "READBEFOREWRITE": "old"}
AND, MUX = 0b1000, 0b11001010
# inputs[1] & ~inputs[0]
GATED = 0b0100


def lower(circuit: Circuit, network: FabricNet):
    """Add every cell of an ECP5 circuit to a network.

    The level from outside at the pad at place p is (p, "PAD"), which is not driven here; what the
    chip drives there (p, "PAD_OUT"). A pad that is not driven reads as 1. The PLL is a wire, and
    locked from the beginning; the block RAM's clocks may be any.

    Raises
    ------
    ValueError
        A cell is used in a mode that has no model; the message names its place.
    """
    lowered(circuit, network, BUILDERS, _Place)


class _Place(Place):
    """An ECP5 cell, some of whose pins may be inverted."""

    def pin(self, name):
        """Net of an input pin, inverted if the setting of its multiplexer says so."""
        net = super().pin(name)
        return self.gate(0b01, net) if self.settings.get(f"{name}MUX") == "INV" else net


def _table(cell):
    if cell.uses("O"):
        inputs = [cell.pin(f"I{number}") for number in range(cell.settings["K"])]
        cell.gate(cell.settings["INIT"], *inputs, out=cell.out("O"))


def _carry(cell):
    settings = cell.settings
    table_inputs = [cell.pin(f"I{number}") for number in range(settings["K"])]
    generate_inputs = [cell.pin(f"G{number}") for number in range(settings["GENERATE_K"])]
    carry = cell.pin("FCI")
    nets = list(dict.fromkeys([*table_inputs, *generate_inputs, carry]))
    total = chain = 0
    for index in range(1 << len(nets)):
        level = {net: index >> place & 1 for place, net in enumerate(nets)} | {0: 0, 1: 1}
        t, g = (settings[name] >> sum(level[net] << place for place, net in enumerate(inputs)) & 1
                for name, inputs in (("INIT", table_inputs), ("GENERATE", generate_inputs)))
        before, injected = level[carry], settings["INJECT1"] == "YES"
        total |= (t ^ (0 if injected else before)) << index
        chain |= (before if t else 0 if injected else g) << index
    for pin, table in (("F", total), ("FCO", chain)):
        if cell.uses(pin):
            cell.gate(table, *nets, out=cell.out(pin))


def _dpram(cell):
    # WAD3, WAD1, WAD2, WAD0 are written where A, B, C, D read.
    strides = (1, 2, 4, 8)
    enable = cell.pin("WRE")
    write = cell.network.port(
        clock=cell.network.net(cell.inputs["WCK"]), falling=cell.settings["WCKMUX"] == "INV",
        address=[(cell.pin(f"WAD{number}"), stride)
                 for number, stride in zip((3, 1, 2, 0), strides, strict=True)],
        inputs=[(cell.pin("WD"), 0, enable)], enable=enable)
    read = cell.network.port(
        clock=0, asynchronous=True, outputs=[(cell.out("F"), 0)],
        address=[(cell.pin(pin), stride) for pin, stride in zip("ABCD", strides, strict=True)])
    cell.network.memory(16, cell.settings["INITVAL"], [write, read])


def _register(cell):
    settings = cell.settings
    if settings["LSRMODE"] != "LSR":
        cell.refuse("a register that is loaded (LSRMODE PRLD)")
    value = int(settings["REGSET"] == "SET")
    cell.network.register(
        cell.out("Q"), cell.pin("D"), cell.network.net(cell.inputs["CLK"]),
        falling=settings["CLKMUX"] == "INV", enable=cell.pin("CE"), reset=cell.pin("LSR"),
        asynchronous=settings["SRMODE"] == "ASYNC", value=value, initial=value)


def _ram(cell):
    """DP16KD, or PDPW16KD: port A writes 36 bits, port B reads."""
    wide = cell.kind == "PDPW16KD"
    widths = {"A": 36 if wide else int(cell.settings["DATA_WIDTH_A"]),
              "B": int(cell.settings["DATA_WIDTH_R" if wide else "DATA_WIDTH_B"])}
    ports = []
    for name in "AB":
        ports += _ram_ports(cell, name, widths[name], wide)
    cell.network.memory(18432, cell.settings["CONTENTS"], ports)


def _ram_ports(cell, name, width, wide):
    """One port and the register behind it: as two ports where it writes and holds what it shows."""
    settings, network = cell.settings, cell.network
    chosen = 1 << settings[f"CSDECODE_{name}"]
    enable = cell.gate(chosen << 8, *(cell.pin(f"CS{name}{bit}") for bit in range(3)),
                       cell.pin(f"CE{name}"))
    reset = cell.pin(f"RST{name}")
    if settings["RESETMODE"] == "ASYNC" and reset != 0:
        cell.refuse("a block RAM with asynchronous reset")
    address = [cell.pin(f"AD{name}{bit}") if f"AD{name}{bit}" in cell.inputs else 0
               for bit in range(14)]
    inputs, outputs, asked = [], [], 0
    if not wide or name == "A":
        asked = write = enable if wide else cell.gate(AND, enable, cell.pin(f"WE{name}"))
        write = cell.gate(GATED, reset, write)  # nothing is written during a reset
        for bit, pin in enumerate(_data_in(name, width)):
            allowed = cell.gate(AND, write, address[bit // 9]) if width >= 18 else write
            if allowed:
                inputs.append((cell.pin(pin), bit, allowed))
    registered = settings[f"REGMODE_{name}"] == "OUTREG"
    if not wide or name == "B":
        for bit, pin in enumerate(_data_out(name, width, wide)):
            if not cell.uses(pin):
                continue
            latch = cell.out(f"{pin}_LATCH") if registered else cell.out(pin)
            outputs.append((latch, bit))
            if registered:
                network.register(cell.out(pin), latch, _clock(cell, name),
                                 falling=_falls(cell, name), enable=cell.pin(f"OCE{name}"),
                                 reset=reset)
    # An address counts bits of the eight that are data in each nine.
    lowest = {1: 0, 2: 1, 4: 2, 9: 3, 18: 4, 36: 5}[width]
    strides = [1 << bit if bit < 3 else 9 << bit - 3 for bit in range(14)]
    shared = {"clock": _clock(cell, name), "falling": _falls(cell, name), "reset": reset,
              "address": [(address[bit], strides[bit]) for bit in range(lowest, 14)
                          if address[bit]]}
    mode = WRITE_MODES[settings.get(f"WRITEMODE_{name}", "NORMAL").split("|")[0]]
    if mode != "hold" or not inputs or not outputs:
        return [network.port(**shared, enable=enable, inputs=inputs, outputs=outputs, mode=mode)]
    # It holds whenever it is told to write, even if all of its bytes are disabled.
    reads = cell.gate(GATED, asked, enable)
    return [network.port(**shared, enable=enable, inputs=inputs),
            network.port(**shared, enable=reads, outputs=outputs)]


def _clock(cell, name):
    return cell.network.net(cell.inputs[f"CLK{name}"])


def _falls(cell, name):
    return cell.settings[f"CLK{name}MUX"] == "INV"


def _data_in(name, width):
    if width == 36:
        return [f"DI{port}{bit}" for port in "AB" for bit in range(18)]
    return [f"DI{name}{bit}" for bit in range(width)]


def _data_out(name, width, wide):
    """Pins of a word; of 36 bits the lower half is at DOA, as Yosys's mapping of memories has it.

    Lattice's PDPW16KD counts them the other way round: its DO18 to DO35 are the word's lower half,
    and DOA of the block (nextpnr, ecp5/pack.cc, pack_ebr).
    """
    if wide and width == 36:
        return [f"DO{port}{bit}" for port in "AB" for bit in range(18)]
    return [f"DO{name}{bit}" for bit in range(width)]


def _multiplier(cell):
    settings, network = cell.settings, cell.network
    if "B_SHIFT" not in settings["SOURCEB_MODE"].split("|"):
        cell.refuse(f"a multiplier with SOURCEB_MODE {settings['SOURCEB_MODE']}")
    if not any(cell.uses(f"P{bit}") for bit in range(36)):
        return
    operands = {}
    for name in "AB":
        # Operands that come from the neighbour are not modelled: they are 0.
        source = cell.pin(f"SOURCE{name}")
        bits = [cell.gate(GATED, source, cell.pin(f"{name}{bit}")) for bit in range(18)]
        operands[name] = _held(cell, [*bits, cell.pin(f"SIGNED{name}")], f"INPUT{name}")
    out = [network.fresh() for _ in range(36)]
    network.product(out, operands["A"][:18], operands["B"][:18], operands["A"][18],
                    operands["B"][18])
    out = _held(cell, _held(cell, out, "PIPELINE"), "OUTPUT")
    for bit, net in enumerate(out):
        if cell.uses(f"P{bit}"):
            network.wire(cell.out(f"P{bit}"), net)


def _held(cell, nets, name):
    """Nets behind a register of a multiplier, or themselves if it is not in use."""
    settings = cell.settings
    clock = settings[f"REG_{name}_CLK"]
    if clock == "NONE":
        return nets
    if clock not in ("CLK0", "CLK1", "CLK2", "CLK3"):
        cell.refuse(f"a multiplier whose clock of {name} may be {clock}")
    enable = cell.pin(settings.get(f"REG_{name}_CE", "CE0"))
    reset = cell.pin(settings.get(f"REG_{name}_RST", "RST0"))
    found = []
    for net in nets:
        held = cell.network.fresh()
        cell.network.register(held, net, cell.network.net(cell.inputs[clock]),
                              falling=settings[f"{clock}MUX"] == "INV", enable=enable,
                              reset=reset, asynchronous=settings["RESETMODE"] == "ASYNC")
        found.append(held)
    return found


def _pll(cell):
    settings = cell.settings
    for pin, name in (("RST", "PLLRST_ENA"), ("STDBY", "STDBY_ENABLE")):
        if settings[name] != "DISABLED" and cell.pin(pin) != 0:
            cell.refuse(f"a PLL with {pin}")
    for pin in ("CLKOP", "CLKOS", "CLKOS2", "CLKOS3"):
        if cell.uses(pin):
            source = cell.pin("CLKI") if settings[f"{pin}_ENABLE"] == "ENABLED" else 0
            cell.network.wire(cell.out(pin), source)
    for pin in ("LOCK", "INTLOCK"):
        if cell.uses(pin):
            cell.network.table(cell.out(pin), 1, [])


def _buffer(cell):
    if cell.pin("CE") != 1:
        cell.refuse("a clock buffer that can be stopped")
    cell.network.wire(cell.out("CLKO"), cell.pin("CLKI"))


def _pad(cell):
    if cell.uses("O"):
        cell.network.wire(cell.out("O"), cell.out("PAD"))
    if cell.settings["DIRECTION"] != "INPUT":
        cell.gate(MUX, cell.pin("I"), 1, cell.pin("T"), out=cell.out("PAD_OUT"))


def _clock_pin(cell):
    """A pin that nothing on the chip hears."""


BUILDERS = {"LUT": _table, "CARRY": _carry, "DPRAM": _dpram, "TRELLIS_FF": _register,
            "DP16KD": _ram, "PDPW16KD": _ram, "MULT18X18D": _multiplier, "EHXPLLL": _pll,
            "DCCA": _buffer, "TRELLIS_IO": _pad, "USRMCLK": _clock_pin}
