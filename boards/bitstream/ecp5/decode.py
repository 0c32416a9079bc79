"""A .bit file as a circuit."""

import re

from ..circuit import Circuit, Decoded, DecodeError
from . import stream
from .blocks import CLOCK_BUFFER, MULTIPLIER, PAD, PLL, RAM, blocks
from .database import chip
from .empty import EMPTY, idle
from .hard import Hard
from .logic import PINS_OF_RAMW, Logic
from .routing import Configuration
from .uses import Uses

__all__ = ["board_chip", "circuit_of", "decode", "package"]

# How Amaranth calls the packages, and how the database does.
PACKAGES = {"BG256": "CABGA256", "MG285": "CSFBGA285", "BG381": "CABGA381", "BG554": "CABGA554",
            "BG756": "CABGA756"}
# Wires that cells drive, and their pins.
TABLE_OUTPUT = re.compile(r"F([0-7])_SLICE$")
REGISTER_OUTPUT = re.compile(r"Q([0-7])_SLICE$")
WIDE_OUTPUT = re.compile(r"F([5X])([A-D])_SLICE$")
CARRY_OUTPUT = re.compile(r"FCO([A-D])?_SLICE$")
RAMW_OUTPUT = re.compile(r"(W[AD]+O[0-3])C_SLICE$")
RAM_OUTPUT = re.compile(r"J(DO[AB]\d+)_EBR$")
MULTIPLIER_OUTPUT = re.compile(r"J(P\d+|SIGNEDP|RO[ABC]\d+)_MULT18$")
PLL_OUTPUT = re.compile(r"J(CLKOP|CLKOS[23]?|LOCK|INTLOCK)_PLL$")
PAD_OUTPUT = re.compile(r"JPADDI([A-D])_PIO$")
QUARTER_CLOCK = re.compile(r"G_[UL][LR]PCLK(\d+)$")
BUFFER_OUTPUT = re.compile(r"G_CLKO_([LRTB]DCC\d+)$")


def package(board):
    """Package of a board's chip, as the database calls it."""
    return PACKAGES[board.platform.package]


def board_chip(board):
    """The `Ecp5Database` of the chip on a board."""
    return chip(board.platform.device)


class Ecp5Decoder:
    """Follows wires to the cells that drive them, and collects the cells.

    Attributes
    ----------
    cells : dict
        Place -> Cell.
    """

    def __init__(self, bits, contents, board):
        self.chip = board_chip(board)
        self.configuration = Configuration(self.chip, bits)
        self.logic = Logic(self)
        self.hard = Hard(self, contents, self.chip.pads(package(board)))
        self.cells, self._needed, self._sources = {}, [], {}
        self._blocks = blocks(self.chip)
        self._at = {}
        for place, kind in self._blocks.items():
            column, row, name = place.split("/")
            self._at.setdefault((int(column[1:]), int(row[1:])), []).append((kind, place, name))
        self._buffers = {place.split("/")[2]: place for place, kind in self._blocks.items()
                         if kind is CLOCK_BUFFER}

    def need(self, place):
        """The cell at a place belongs to the circuit."""
        if place not in self.cells:
            self.cells[place] = None
            self._needed.append(place)

    def run(self):
        """Find all cells."""
        for place, kind in self._blocks.items():
            if self.hard.used(place, kind):
                self.need(place)
        for place in self.logic.roots():
            self.need(place)
        while self._needed:
            place = self._needed.pop()
            kind = self._blocks.get(place)
            self.cells[place] = self.hard.cell(place, kind) if kind else self.logic.cell(place)
        self.cells = {place: self.cells[place] for place in sorted(self.cells)}

    def source(self, wire):
        """The driver of a wire: a constant, (place, pin), or None."""
        if wire in self._sources:
            return self._sources[wire]
        path, cursor, found = [], wire, None
        while True:
            if cursor in self._sources:
                found = self._sources[cursor]
                break
            if len(path) > 1000:
                raise DecodeError(f"wire {wire} is driven by itself")
            path.append(cursor)
            if (output := self._output(cursor)) is not None:
                found = self._driver(output)
                break
            drivers = self.configuration.drivers(cursor)
            if isinstance(drivers, int):
                found = drivers
                break
            if not drivers:
                break
            if len(drivers) > 1:
                found = self._one_of(cursor, drivers)
                break
            cursor = drivers[0]
        for passed in path:
            self._sources[passed] = found
        return found

    def _one_of(self, wire, drivers):
        """Blocks that exclude each other drive the same wire: the one that is in use does."""
        found = {self.source(driver) for driver in drivers} - {None}
        if len(found) > 1:
            raise DecodeError(f"wire {wire} must have one driver, not {sorted(map(str, found))}")
        return found.pop() if found else None

    def _driver(self, output):
        """The source that an output stands for; its cell belongs to the circuit."""
        place, pin = output
        if place.endswith(".RAMW"):
            x, y = (int(part[1:]) for part in place.split("/")[:2])
            name = PINS_OF_RAMW[pin]
            return self.source((x, y, f"{name[0]}{4 + int(name[1])}_SLICE"))
        kind = self._blocks.get(place)
        if kind not in (None, CLOCK_BUFFER) and not self.hard.used(place, kind):
            return None
        self.need(place)
        if pin == "F" and self._is_table(place) or place.endswith(".OFX"):
            return place, "O"
        return place, pin

    def _is_table(self, place):
        column, row, name = place.split("/")
        return self.logic.mode(int(column[1:]), int(row[1:]), name[5]) not in ("CCU2", "DPRAM")

    def _output(self, wire):
        """(Place, pin) if a wire is the output of a cell."""
        x, y, name = wire
        if name.endswith("_SLICE"):
            here = f"X{x}/Y{y}/SLICE"
            if match := TABLE_OUTPUT.match(name):
                number = int(match[1])
                return f"{here}{'ABCD'[number // 2]}.K{number % 2}", "F"
            if match := REGISTER_OUTPUT.match(name):
                number = int(match[1])
                return f"{here}{'ABCD'[number // 2]}.FF{number % 2}", "Q"
            if match := WIDE_OUTPUT.match(name):
                return f"{here}{match[2]}.K{int(match[1] == 'X')}.OFX", "O"
            if match := CARRY_OUTPUT.match(name):
                return f"{here}{match[1] or 'D'}.K1", "FCO"
            if match := RAMW_OUTPUT.match(name):
                return f"{here}C.RAMW", match[1]
            return None
        for pattern, kind in ((RAM_OUTPUT, RAM), (MULTIPLIER_OUTPUT, MULTIPLIER),
                              (PLL_OUTPUT, PLL)):
            if match := pattern.match(name):
                for other, place, _ in self._at.get((x, y), ()):
                    if other is kind:
                        return place, match[1]
        if match := PAD_OUTPUT.match(name):
            return f"X{x}/Y{y}/PIO{match[1]}", "O"
        if match := BUFFER_OUTPUT.match(name):
            return self._buffers[match[1]], "CLKO"
        return None


def decode(path, board):
    """The circuit in a .bit file.

    Parameters
    ----------
    path : path
    board : Board
        Whose chip the file is for.

    Returns
    -------
    Decoded
        Its bits are (frame, bit) of the configuration, and ("contents", WID, bit) of block RAMs.

    Raises
    ------
    DecodeError
        The file is damaged or for another chip, or a bit that is set is not understood.
    """
    file = stream.read(path)
    if file.device.name != board.platform.device:
        raise DecodeError(f"{path} is for {file.device.name}; {board.name} has a "
                          f"{board.platform.device}")
    return circuit_of(file, board)


def circuit_of(file, board):
    """`Decoded` of a file that was read.

    Parameters
    ----------
    file : stream.ConfigurationStream
    board : Board

    Raises
    ------
    DecodeError
        A bit that is set is not understood.
    """
    decoder = Ecp5Decoder(file.bits, file.contents, board)
    decoder.run()
    _account(decoder)
    unused = file.contents.keys() - decoder.hard.memories.keys()
    if unused:
        raise DecodeError(f"the file has contents for block RAM {sorted(unused)}, which is not in "
                          "use")
    pads = {decoder.hard.pins[place]: place for place, cell in decoder.cells.items()
            if PAD.search(place)}
    circuit = Circuit(decoder.cells, dict(sorted(pads.items())))
    return Decoded(circuit, Uses(decoder.configuration.fields, file.contents,
                                 decoder.hard.memories))


def _account(decoder):
    """Every bit that is set must be understood, or be one that an empty chip has."""
    configuration = decoder.configuration
    device = decoder.chip.device.name
    expected = EMPTY[device]
    names = {tile.name: tile for tile in decoder.chip.tiles}
    for name, bits in expected.items():
        missing = bits - configuration.ones.get(names[name], frozenset())
        if missing:
            raise DecodeError(f"{name} {_text(missing)} must be 1, as in every file for {device}, "
                              "not 0")
        configuration.explain(names[name], bits)
    quarters = configuration.read_from(QUARTER_CLOCK)
    for wire, source, tile, bits in configuration.unread():
        quarter = QUARTER_CLOCK.match(wire[2])
        # nextpnr brings a clock to all four quarters (ecp5/globals.cc, route_onto_global).
        if idle(tile, wire[2], source) or quarter and (quarter[1], source) in quarters:
            configuration.explain(tile, bits)
        else:
            raise DecodeError(f"{tile.name} {_text(bits)} drives wire {wire[2]}, which nothing "
                              "reads")
    left = configuration.left()
    if left:
        shown = ", ".join(f"{tile.name} {_text([bit])}" for tile, bit in left[:8])
        raise DecodeError(f"{len(left)} bits are set that are not understood: {shown}")


def _text(bits):
    return " ".join(f"F{bit >> 8}B{bit & 255}" for bit in sorted(bits))
