"""The circuit that nextpnr has placed and routed for a Gowin chip."""

import re

from ..circuit import Circuit, DecodeError, understood
from . import configuration, logic, memory, multiplier, pads, pll
from .carry import alu_table
from .database import chip as chip_of
from .routing import GowinRouting

__all__ = ["PlacedGowin", "circuit_of", "placed", "position"]

BUFFERS = ("IBUF", "OBUF", "TBUF", "IOBUF")
CLOCK_BUFFERS = ("BUFG",)  # wires, for the fuses
MEMORIES = ("SP", "SDP", "DP", "ROM")
_PLACE = re.compile(r"X(\d+)Y(\d+)/(.+)")
_REGISTER = re.compile(r"DFF(?P<falling>N?)(?P<reset>[SRPC]?)E?")
_RESETS = {"": (None, "none", 0), "S": ("SET", "sync", 1), "R": ("RESET", "sync", 0),
           "P": ("PRESET", "async", 1), "C": ("CLEAR", "async", 0)}
# A register whose data do not come through the lookup table beside it.
_PASSED = re.compile(r"X\d+Y\d+/XD\d/[^F]\w*")


def placed(design, board):
    """The circuit that nextpnr has made for a board.

    Parameters
    ----------
    design : dict
        What its option --write gives after routing, mended (`mending.mend`).
    board : boards.board.Board

    Returns
    -------
    Circuit

    Raises
    ------
    DecodeError
        A cell or a parameter is not known.
    """
    return circuit_of(PlacedGowin, design, board, configuration.options_of(board))


def circuit_of(kind, design, board, options):
    """The circuit of a netlist by a class such as `PlacedGowin`, with settings of the chip."""
    platform = board.platform()
    chip = chip_of(platform.chip)
    cells = kind(design["modules"]["top"], chip, options).run()
    pins = chip.pins(platform.part)
    return Circuit(cells, {pins[place]: place for place, cell in cells.items()
                           if cell.kind == "PAD"})


class PlacedGowin:
    """A netlist on its way to a circuit.

    Parameters
    ----------
    top : dict
        Its top module.
    chip : database.GowinDatabase
    options : dict
        Settings of the chip (`configuration.options_of`).

    Attributes
    ----------
    IGNORED : tuple of str
        Types of cells that are no block of the circuit.
    """

    IGNORED = ("DUMMY_CELL", "GSR", "GOWIN_VCC", "GOWIN_GND")

    def __init__(self, top, chip, options):
        self._chip, self._options = chip, options
        # What open pins show: the chip with no multiplexer set.
        self._idle = GowinRouting(chip, {}, set())
        self._top = top["cells"].values()
        self._placed = {place: cell for cell in self._top if cell["type"] not in self.IGNORED
                        and (place := cell["attributes"].get("NEXTPNR_BEL")) is not None}
        # The lookup tables that a RAM takes: nextpnr places them to have its contents written.
        for place in [place for place, cell in self._placed.items()
                      if cell["type"] == "RAM16SDP4"]:
            for bit in range(4):
                self._placed.pop(place.replace("RAM16SDP4", f"LUT{bit}"), None)
        self._sources = self._drivers()
        for name, net in top["netnames"].items():
            for way in net["attributes"].get("ROUTING", "").split(";"):
                if _PASSED.fullmatch(way):
                    raise DecodeError(f"net {name} goes through a lookup table at {way}, which is "
                                      "not understood")

    def run(self):
        """All cells: place -> Cell."""
        made = {}
        for place, cell in self._placed.items():
            if cell["type"] in (*BUFFERS, *CLOCK_BUFFERS):
                continue
            try:
                result = self._made(place, cell)
            except (ValueError, KeyError) as error:
                raise DecodeError(f"{place} ({cell['type']}): {error}") from None
            if result is not None:
                made[place] = result
        reset = [cell for cell in self._top if cell["type"] == "GSR"]
        made[configuration.PLACE] = configuration.configuration_cell(
            self._options, {"GSRI": self._pin(reset[0], "GSRI", 1) if reset else 1})
        made |= self._pads()
        logic.settle_carries(made)
        return made

    # Nets.

    def _drivers(self):
        """Number of a net -> source."""
        found = {}
        for cell in self._top:
            if cell["type"] in ("GOWIN_VCC", "GOWIN_GND"):
                for bits in cell["connections"].values():
                    found.update(dict.fromkeys(bits, int(cell["type"] == "GOWIN_VCC")))
        for place, cell in self._placed.items():
            for pin, bits in cell["connections"].items():
                if cell["port_directions"][pin] == "output":
                    for index, bit in enumerate(bits):
                        found[bit] = self._output(place, cell, pin, index)
        for cell in self._placed.values():
            if cell["type"] in CLOCK_BUFFERS and cell["connections"]["O"]:
                pins = cell["connections"]
                found[pins["O"][0]] = found[pins["I"][0]]
        return found

    def _output(self, place, cell, pin, index):
        """Source that an output pin is."""
        kind = cell["type"]
        if kind.startswith("LUT"):
            return 1 if _table(cell) == logic.FULL else (place, "O")
        if kind == "RAM16SDP4":
            return place, f"{pin}{index}"
        if kind in MEMORIES:
            column, row, bel = position(place)
            return self._block_output((row, column, self._ports(row, column, bel)[pin]))
        return place, pin

    def _block_output(self, name):
        """Source by any name of the wire of a block's output, None if it is none."""
        outputs = self._idle.wires.outputs
        return next((outputs[other] for other in self._idle.wires.drivers(name)
                     if other in outputs), None)

    def _ports(self, row, column, bel):
        return self._chip.tile(row, column).bels[bel].portmap

    def _pin(self, cell, pin, missing=None, index=0):
        """Source of an input pin; `missing` if it is open."""
        bits = cell["connections"].get(pin) or []
        if len(bits) <= index:
            return missing
        return int(bits[index]) if isinstance(bits[index], str) else self._sources[bits[index]]

    def _shown(self, name):
        """Source of the wire of an open pin."""
        driver = self._idle.driver(*name)
        if driver is None or isinstance(driver, int):
            return driver or 0
        source = self._block_output(driver)
        return source if source is not None and source[0] in self._placed else 0

    def _block_sources(self, cell, wires, ports, renamed=None):
        """Sources of the inputs of a block.

        Parameters
        ----------
        cell : dict
        wires : dict
            Pin of the circuit's cell -> name of its wire.
        ports : dict
            Pin of the netlist's cell -> wire of its tile.
        renamed : dict or None
            Pin of the circuit's cell -> that of the netlist's cell, where they differ.
        """
        by_wire = {}
        for pin, bits in cell["connections"].items():
            if bits and cell["port_directions"][pin] == "input" and pin in ports:
                by_wire[self._same(ports[pin], wires)] = pin
        found = {}
        for pin, name in wires.items():
            given = (renamed or {}).get(pin) or by_wire.get(self._same(name[2], wires))
            source = None if given is None else self._pin(cell, given)
            found[pin] = self._shown(name) if source is None else source
        return found

    def _same(self, wire, wires):
        """One name for all names that a tile has for a wire."""
        row, column, _ = next(iter(wires.values()))
        return tuple(self._idle.wires.drivers((row, column, wire)))

    # Cells.

    def _made(self, place, cell):
        """Cell of what is not a pad; None of what decoding cannot see."""
        kind, (column, row, bel) = cell["type"], position(place)
        if kind.startswith("LUT"):
            table = _table(cell)
            sources = [self._pin(cell, f"I{bit}", 0) for bit in range(4)]
            return None if table == logic.FULL else logic.lut_cell(table, sources)
        if kind == "ALU":
            sources = {f"I{bit}": self._pin(cell, f"I{bit}", 0) for bit in range(4)}
            return logic.carry_cell(alu_table(cell["parameters"]),
                                    {**sources, "CIN": self._pin(cell, "CIN")})
        if kind.startswith("MUX2"):
            return logic.selector_cell({"I0": self._pin(cell, "I0", 1),
                                        "I1": self._pin(cell, "I1", 1),
                                        "S0": self._pin(cell, "S0", 1)})
        if kind.startswith("DFF"):
            return self._register(cell)
        if kind == "RAM16SDP4":
            return self._ram(cell)
        if kind in MEMORIES:
            constant = [pin for pin in cell["connections"] if self._pin(cell, pin) in (0, 1)]
            settings, first = memory.settings_of(cell, constant.__contains__)
            return memory.memory_cell(settings, first, self._block_sources(
                cell, memory.wires(self._chip, row, column), self._ports(row, column, bel)))
        if kind == "MULT18X18":
            settings = multiplier.settings_of(cell, int(bel[-1]))
            renamed = {pin: pin for pin in multiplier.CONTROLS}
            return multiplier.multiplier_cell(settings, self._block_sources(
                cell, multiplier.wires(self._chip, row, column, bel, settings),
                self._ports(row, column, bel), renamed))
        if kind == "rPLL":
            return pll.pll_cell(pll.settings_of(cell, self._chip), self._block_sources(
                cell, pll.wires(self._chip, row, column), self._ports(row, column, "RPLLA")))
        raise DecodeError("this type of cell is not known")

    def _register(self, cell):
        match = _REGISTER.fullmatch(cell["type"])
        if match is None or cell["attributes"].get("LATCH", "0").strip("0"):
            raise DecodeError("this register is not known")
        pin, reset, value = _RESETS[match["reset"]]
        first = cell["parameters"].get("INIT", str(value)).strip()[-1]
        if first != str(value):
            raise DecodeError(f"it must start with {value}, not {first}")
        made = logic.Slice(False, reset, bool(match["falling"]), (value, value))
        sources = {"D": self._pin(cell, "D"), "CLK": self._pin(cell, "CLK"),
                   "CE": self._pin(cell, "CE", 1)}
        if pin:
            sources["RESET"] = self._pin(cell, pin)
        return logic.register_cell(made, 0, sources)

    def _ram(self, cell):
        sources = {"CLK": self._pin(cell, "CLK"), "CE": self._pin(cell, "CE", 1),
                   "WRE": self._pin(cell, "WRE")}
        for n in range(4):
            sources[f"DI{n}"] = self._pin(cell, "DI", 0, n)
            sources[f"WAD{n}"] = self._pin(cell, "WAD", 0, n)
            for bit in range(4):
                sources[f"RAD{n}_{bit}"] = self._pin(cell, "RAD", 0, n)
        first = [cell["parameters"].get(f"INIT_{bit}", "0").strip().replace("x", "0")
                 for bit in range(4)]
        return logic.ram_cell([int(bits, 2) for bits in first], sources)

    def _pads(self):
        """Pads and banks, as their fuses would say."""
        found = {place: cell for place, cell in self._placed.items() if cell["type"] in BUFFERS}
        fuses = pads.patterns(self._chip, {place: pads.pad_of(cell)
                                           for place, cell in found.items()})
        reading = pads.read(self._chip, lambda row, column: fuses.get((row, column), set()))
        made = {f"BANK{bank}": pads.bank_cell(voltage)
                for bank, voltage in reading.banks.items()}
        for place, settings in reading.pads.items():
            wires = pads.wires(self._chip, place, settings)
            made[place] = pads.pad_cell(settings, {
                pin: self._shown(name) if (source := self._pin(found[place], pin)) is None
                else source for pin, name in wires.items()})
        return made


def position(place):
    """(Column, row, name) of a place."""
    column, row, bel = understood(_PLACE.fullmatch(place), place).groups()
    return int(column), int(row), bel


def _table(cell):
    """Table of four inputs of a lookup table's cell; nextpnr's own ones have 32 bits."""
    bits = cell["parameters"]["INIT"].strip()[-16:]
    return int(bits * (16 // len(bits)), 2)
