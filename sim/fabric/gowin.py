"""Cells of Gowin circuits in the four elements of the simulator.

Logic after Gowin UG288, block RAM after UG285, multipliers after UG287. Kinds and settings:
boards/bitstream/gowin.
"""

from ...boards.bitstream.circuit import Circuit
from .lowering import Place, lowered
from .network import FabricNet

__all__ = ["BUILDERS", "GowinPlace", "lower"]

WRITE_MODES = ("hold", "new", "old")
AND, NOT, CHOICE, OPEN_OR = 0b1000, 0b01, 0b11001010, 0b1110
RAM_BITS, BLOCK_BITS = 64, 18432


def lower(circuit: Circuit, network: FabricNet):
    """Add every cell of a Gowin circuit to a network.

    The level from outside at the pad at place p is (p, "PAD"), which is not driven here; what the
    chip drives there (p, "PAD_OUT"). A pad that is not driven reads as 1. The PLL is a wire, and
    locked from the beginning.

    Raises
    ------
    ValueError
        A cell is used in a mode that has no model; the message names its place.
    """
    lowered(circuit, network, BUILDERS, GowinPlace)


class GowinPlace(Place):
    """A Gowin cell."""

    def registers(self, nets, wanted, names=("CLK", "CE", "RESET"), asynchronous=False):
        """Nets behind registers, or themselves if they are not `wanted`."""
        if not wanted:
            return nets
        clock, enable, reset = (self.pin(name) for name in names)
        found = []
        for net in nets:
            found.append(self.network.fresh())
            self.network.register(found[-1], net, clock, enable=enable, reset=reset,
                                  asynchronous=asynchronous)
        return found

    def show(self, pin, net):
        """Drive an output pin, if it is read."""
        if self.uses(pin):
            self.network.wire(self.out(pin), net)


def _table(cell):
    inputs = [cell.pin(f"I{number}") for number in range(cell.settings["K"])]
    cell.network.table(cell.out("O"), cell.settings["INIT"], inputs)


def _selector(cell):
    cell.network.table(cell.out("O"), CHOICE, [cell.pin(pin) for pin in ("I0", "I1", "S0")])


def _carry(cell):
    nets = [cell.pin(pin) for pin in ("I0", "I1", "I2", "I3", "CIN")]
    table, total, chain = cell.settings["TABLE"], 0, 0
    for index in range(32):
        passes, carry = table >> (index & 15) & 1, index >> 4
        total |= (passes ^ carry) << index
        chain |= (carry if passes else table >> (index & 3) & 1) << index
    for pin, value in (("SUM", total), ("COUT", chain)):
        if cell.uses(pin):
            cell.show(pin, cell.gate(value, *nets))


def _register(cell):
    settings = cell.settings
    if settings["RESET"] not in ("none", "sync", "async"):
        cell.refuse(f"a register with reset {settings['RESET']}")
    cell.network.register(
        cell.out("Q"), cell.pin("D"), cell.pin("CLK"), falling=settings["EDGE"] == "falling",
        enable=cell.pin("CE"), reset=cell.pin("RESET"), value=settings["VALUE"],
        asynchronous=settings["RESET"] == "async", initial=settings["INIT"])


def _small_ram(cell):
    """Sixteen words of four bits: bit b of word w is bit 16 b + w."""
    enable = cell.gate(AND, cell.pin("CE"), cell.pin("WRE"))
    ports = [cell.network.port(
        clock=cell.pin("CLK"), enable=enable,
        address=[(cell.pin(f"WAD{n}"), 1 << n) for n in range(4)],
        inputs=[(cell.pin(f"DI{bit}"), 16 * bit, enable) for bit in range(4)])]
    for bit in range(4):
        ports.append(cell.network.port(
            clock=0, asynchronous=True, outputs=[(cell.out(f"DO{bit}"), 16 * bit)],
            address=[(cell.pin(f"RAD{n}_{bit}"), 1 << n) for n in range(4)]))
    contents = sum(cell.settings[f"INIT_{bit}"] << 16 * bit for bit in range(4))
    cell.network.memory(RAM_BITS, contents, ports)


def _block_ram(cell):
    ports = [port for name in "AB" for port in _block_ports(cell, name)]
    cell.network.memory(BLOCK_BITS, cell.settings["INIT"], ports)
    # Outputs of ports that never see a clock, and of those that only write.
    for name in "AB":
        for bit in range(18):
            pin = f"DO{name}{bit}"
            if cell.uses(pin) and not cell.network.drives((cell.place, pin)):
                cell.network.wire(cell.out(pin), 0)


def _block_ports(cell, name):
    """One port and the register behind it, as ports of a memory; none if its clock is constant."""
    settings, network = cell.settings, cell.network
    clock = cell.pin(f"CLK{name}")
    if clock < 2:
        return []
    # Of doubled words port A only writes and port B only reads, whatever its write enable says;
    # they take the pins of both.
    width = 36 if settings[f"DOUBLE{name}"] else settings[f"WIDTH{name}"]
    writes = name == "A" or not settings["DOUBLEB"]
    reads = name == "B" or not (settings["DOUBLEA"] or settings["DOUBLEB"])
    enable = cell.pin(f"CE{name}")
    if settings["INVERTCEA"] and name == "A":
        enable = cell.gate(NOT, enable)
    for n in range(3):
        # SELECT is 1 where the port answers to a 0.
        select = cell.pin(f"BLKSEL{name}{n}")
        enable = cell.gate(AND, enable, cell.gate(NOT, select)
                           if settings[f"SELECT{name}{n}"] else select)
    reset = cell.pin(f"RESET{name}")
    if settings["ASYNC"] and reset == 1:  # always: it shows zeros
        reads = False
    elif settings["ASYNC"] and reset != 0:
        cell.refuse("a block RAM with asynchronous reset")
    address = [cell.pin(f"AD{name}{n}") for n in range(14)]
    inputs, write = [], 0
    if writes:
        write = cell.gate(AND, enable, cell.pin(f"WRE{name}"))
        for bit, pin in enumerate(_word("DI", name, width)):
            steady = width < 18 or settings[f"BYTES{name}"]
            allowed = write if steady else cell.gate(AND, write, address[bit // 9])
            if allowed:
                inputs.append((cell.pin(pin), bit, allowed))
    outputs = []
    for bit, pin in enumerate(_word("DO", name, width) if reads else ()):
        if not cell.uses(pin):
            continue
        latch = cell.out(f"{pin}_LATCH") if settings[f"REG{name}"] else cell.out(pin)
        outputs.append((latch, bit))
        if settings[f"REG{name}"]:
            network.register(cell.out(pin), latch, clock, enable=cell.pin(f"OCE{name}"),
                             reset=reset)
    # An address counts bits of the eight that are data in each nine.
    lowest = {1: 0, 2: 1, 4: 2, 9: 3, 18: 4, 36: 5}[width]
    strides = [1 << n if n < 3 else 9 << n - 3 for n in range(14)]
    address = [(address[n], strides[n]) for n in range(lowest, 14) if address[n]]
    if settings[f"MODE{name}"] or not outputs:
        return [network.port(clock=clock, enable=enable, reset=reset, inputs=inputs,
                             outputs=outputs, address=address,
                             mode=WRITE_MODES[settings[f"MODE{name}"]])]
    # What is shown stays even where a write changes no byte.
    reading = cell.gate(AND, enable, cell.gate(NOT, write))
    ports = [network.port(clock=clock, enable=reading, reset=reset, outputs=outputs,
                          address=address)]
    if inputs:
        ports.append(network.port(clock=clock, enable=write, inputs=inputs, address=address))
    return ports


def _word(prefix, name, width):
    """Pins of a port's word; those of a doubled word are both ports'."""
    if width == 36:
        return [f"{prefix}{port}{bit}" for port in "AB" for bit in range(18)]
    return [f"{prefix}{name}{bit}" for bit in range(width)]


def _multiplier(cell):
    settings, network = cell.settings, cell.network
    if not any(cell.uses(f"DOUT{bit}") for bit in range(36)):
        return
    late = not settings["SYNC"]
    operands = {}
    for name in "AB":
        if settings[f"{name}SHIFT"] and (settings[f"{name}SHIFT"] == 1
                                         or cell.pin(f"{name}SEL") != 0):
            cell.refuse("a multiplier whose operands come from its neighbour")
        bits = [cell.pin(f"{name}{bit}") for bit in range(18)]
        operands[name] = cell.registers(bits, settings[f"{name}REG"], asynchronous=late)
        operands[name] += cell.registers([cell.pin(f"{name}SIGN")], settings[f"{name}SIGN_REG"],
                                         asynchronous=late)
    out = [network.fresh() for _ in range(36)]
    network.product(out, operands["A"][:18], operands["B"][:18], operands["A"][18],
                    operands["B"][18])
    out = cell.registers(out, settings["PIPE_REG"], asynchronous=late)
    out = cell.registers(out, settings["OUT_REG"], asynchronous=late)
    for bit, net in enumerate(out):
        cell.show(f"DOUT{bit}", net)


def _pll(cell):
    if cell.pin("RESET") != 0 or cell.pin("RESET_P") != 0:
        cell.refuse("a PLL with a reset")
    for pin in ("CLKOUTP", "CLKOUTD", "CLKOUTD3"):
        if cell.uses(pin):
            cell.refuse(f"output {pin} of a PLL")
    cell.show("CLKOUT", cell.pin("CLKIN"))
    cell.show("LOCK", 1)


def _pad(cell):
    kind = cell.settings["KIND"]
    if cell.inputs.get("BOTTOM_IO_PORT_A", 0) or cell.inputs.get("BOTTOM_IO_PORT_B", 0):
        cell.refuse("a pad at the bottom that is not a plain one")
    if cell.uses("O"):
        cell.network.wire(cell.out("O"), cell.out("PAD"))
    if kind == "OBUF":
        cell.network.wire(cell.out("PAD_OUT"), cell.pin("I"))
    elif kind == "TBUF":
        cell.network.wire(cell.out("PAD_OUT"), cell.gate(OPEN_OR, cell.pin("I"), cell.pin("OEN")))


def _chip(cell):
    if cell.inputs["GSRI"] != 1:
        cell.refuse("a global reset")


def _nothing(cell):
    """It has settings only."""


BUILDERS = {"LUT": _table, "MUX2": _selector, "ALU": _carry, "DFF": _register,
            "RAM16SDP4": _small_ram, "BSRAM": _block_ram, "MULT18X18": _multiplier, "rPLL": _pll,
            "PAD": _pad, "CONFIGURATION": _chip, "BANK": _nothing}
