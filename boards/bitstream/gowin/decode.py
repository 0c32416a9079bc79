"""A .fs file as a circuit: from the pads, memories and multipliers back to all that drives them."""

from ..circuit import BitUse, Circuit, Decoded, DecodeError
from . import configuration, frames, logic, memory, multiplier, pads, pll, routing
from .bitmap import Bitmap
from .database import chip as chip_of

__all__ = ["GowinDecoder", "decode", "decoded", "read_file"]

TABLES = 8  # lookup tables of a tile
LETTERS = "ABCD"


def read_file(path):
    """`frames.File` of a .fs file."""
    return frames.read(path, lambda name: chip_of(name).height, lambda name: chip_of(name).width)


def decode(path, board):
    """The circuit that a .fs file makes of a board's chip.

    Parameters
    ----------
    path : path
    board : boards.board.Board

    Returns
    -------
    Decoded

    Raises
    ------
    DecodeError
        The file is damaged or for another chip, or something in it is not understood.
    """
    file = read_file(path)
    platform = board.platform()
    if file.chip != platform.chip:
        raise DecodeError(f"{path} is for a {file.chip}, not for a {platform.chip}")
    return decoded(GowinDecoder(chip_of(file.chip), file.bits), platform)


def decoded(decoder, platform):
    """Decoded: the circuit that a `GowinDecoder` makes of its file."""
    cells = decoder.run()
    pins = decoder.chip.pins(platform.part)
    found = {}
    for place, cell in cells.items():
        if cell.kind == "PAD":
            if place not in pins:
                raise DecodeError(f"{place} has no pin in this package")
            found[pins[place]] = place
    return Decoded(Circuit(cells, found), decoder.bitmap.uses)


class GowinDecoder:
    """One file on its way to a circuit.

    Attributes
    ----------
    chip : database.GowinDatabase
    bitmap : bitmap.Bitmap
    SLICES : int
        With registers, of a tile.
    RAMS : bool
        Tables may be RAM.
    """

    SLICES, RAMS = 3, True

    def __init__(self, chip, bits):
        self.chip, self.bitmap = chip, Bitmap(chip, bits)
        self._routing = self._read_routing()
        self._cells, self._wanted = {}, []
        self._slices, self._rams, self._registers = {}, set(), {}

    def run(self):
        """All cells in use: place -> Cell."""
        blocks = self._read_blocks()
        self._read_logic()
        self._blocks = {place for place, _, _ in blocks}
        for place, make, wires in blocks:
            self._cells[place] = make({pin: self._source(*name) for pin, name in wires.items()})
        while self._wanted:
            make, *where = self._wanted.pop()
            make(*where)
        logic.settle_carries(self._cells)
        self._finish_slices()
        self._use_routing()
        self.bitmap.complete()
        return self._cells

    def _read_routing(self):
        return routing.read(self.chip, self.bitmap)

    def _use_routing(self):
        routing.use(self._routing, self.bitmap)

    # What drives a wire.

    def _source(self, row, column, wire, missing=0):
        """Source of a wire, `missing` if nothing drives it; what drives it is wanted, too."""
        driver = self._routing.driver(row, column, wire)
        if driver is None:
            return missing
        return driver if isinstance(driver, int) else self._output(driver)

    def _output(self, name):
        """Source by the name of an output."""
        row, column, wire = name
        if "LUT0" not in self.chip.tile(row, column).bels:
            place, pin = self._routing.wires.outputs[name]
            return (place, pin) if place in self._blocks else 0
        kind, number = wire[:-1], int(wire[-1])
        if kind == "F":
            return self._table(row, column, number)
        if kind == "Q":
            place = f"X{column}Y{row}/DFF{number}"
            self._want(place, self._make_register, row, column, number)
            return place, "Q"
        place = f"X{column}Y{row}/MUX{number}"
        self._want(place, self._make_selector, row, column, number)
        return place, "O"

    def _want(self, place, make, *where):
        if place not in self._cells:
            self._cells[place] = None
            self._wanted.append((make, *where))

    def _table(self, row, column, number):
        """Source that is the output of a lookup table, a carry cell or a RAM."""
        here = f"X{column}Y{row}"
        if (row, column) in self._rams and number < 4:
            return f"{here}/RAM16SDP4", f"DO{number}"
        if self._carries(row, column, number):
            return f"{here}/ALU{number}", "SUM"
        if logic.table(self.chip, self.bitmap, row, column, number) == logic.FULL:
            return 1
        self._want(f"{here}/LUT{number}", self._make_table, row, column, number)
        return f"{here}/LUT{number}", "O"

    def _carries(self, row, column, number):
        return number < 2 * self.SLICES and self._slices[row, column, number // 2].carries

    # Blocks and logic that is there because its fuses say so.

    def _read_blocks(self):
        """(Place, function of sources that makes the cell, pin -> wire) of each block in use."""
        chip, bitmap, found = self.chip, self.bitmap, []
        made = configuration.read(chip, bitmap)
        found.append((configuration.PLACE,
                      lambda s, m=made: configuration.configuration_cell(m, s),
                      configuration.wires(chip)))
        reading = pads.read(chip, bitmap.fuses)
        pads.use(chip, bitmap, reading)
        for bank, voltage in reading.banks.items():
            found.append((f"BANK{bank}", lambda _, v=voltage: pads.bank_cell(v), {}))
        for place, settings in reading.pads.items():
            found.append((place, lambda s, settings=settings: pads.pad_cell(settings, s),
                          pads.wires(chip, place, settings)))
        for row in range(chip.rows):
            for column in range(chip.columns):
                bels = chip.tile(row, column).bels
                here = f"X{column}Y{row}"
                if "BSRAM" in bels and (made := memory.read(chip, bitmap, row, column)):
                    first = memory.contents(chip, bitmap, row, column)
                    found.append((f"{here}/BSRAM",
                                  lambda s, m=made, c=first: memory.memory_cell(m, c, s),
                                  memory.wires(chip, row, column)))
                if "DSP" in bels:
                    for name, made in multiplier.read(chip, bitmap, row, column).items():
                        found.append((f"{here}/{name}",
                                      lambda s, m=made: multiplier.multiplier_cell(m, s),
                                      multiplier.wires(chip, row, column, name, made)))
                if "RPLLA" in bels and (made := pll.read(chip, bitmap, row, column)):
                    found.append((f"{here}/PLL", lambda s, m=made: pll.pll_cell(m, s),
                                  pll.wires(chip, row, column)))
        return found

    def _read_logic(self):
        """Read the slices; want every table that has a fuse set, carry and RAM."""
        chip, bitmap = self.chip, self.bitmap
        for row in range(chip.rows):
            for column in range(chip.columns):
                if "LUT0" not in chip.tile(row, column).bels:
                    continue
                for slot in range(self.SLICES):
                    self._slices[row, column, slot] = self._read_slice(row, column, slot)
                fuses = bitmap.fuses(row, column)
                if not fuses:
                    continue
                here = f"X{column}Y{row}"
                first = 0
                if self.RAMS and logic.ram_fuses(chip, row, column) & fuses:
                    self._rams.add((row, column))
                    self._want(f"{here}/RAM16SDP4", self._make_ram, row, column)
                    first = 4
                for number in range(first, TABLES):
                    if self._carries(row, column, number):
                        self._want(f"{here}/ALU{number}", self._make_carry, row, column, number)
                    elif fuses.intersection(logic.contents(chip, row, column, number)):
                        self._want(f"{here}/LUT{number}", self._make_table, row, column, number)

    def _read_slice(self, row, column, slot):
        return logic.read_slice(self.chip, self.bitmap, row, column, slot)

    # Cells of the logic tiles.

    def _inputs(self, row, column, number, value):
        """Sources of the inputs of a lookup table; 0 for those that do not matter and are open."""
        found = []
        for bit, letter in enumerate(LETTERS):
            wire = f"{letter}{number}"
            matters = any((value >> i ^ value >> (i | 1 << bit)) & 1
                          for i in range(16) if not i >> bit & 1)
            if matters or self._routing.is_set(row, column, wire):
                found.append(self._source(row, column, wire))
            else:
                found.append(0)
        return found

    def _use_table(self, row, column, number, category, place):
        for bit, fuse in enumerate(logic.contents(self.chip, row, column, number)):
            self.bitmap.use(row, column, [fuse], category, place, f"bit {bit}")

    def _make_table(self, row, column, number):
        place = f"X{column}Y{row}/LUT{number}"
        value = logic.table(self.chip, self.bitmap, row, column, number)
        self._use_table(row, column, number, "table", place)
        self._cells[place] = logic.lut_cell(value, self._inputs(row, column, number, value))

    def _make_carry(self, row, column, number):
        place = f"X{column}Y{row}/ALU{number}"
        value = logic.table(self.chip, self.bitmap, row, column, number)
        self._use_table(row, column, number, "carry", place)
        inputs = self._inputs(row, column, number, value)
        before = (f"X{column}Y{row}/ALU{number - 1}" if number
                  else f"X{column - 1}Y{row}/ALU5")
        below = (row, column, number - 1) if number else (row, column - 1, 5)
        there = (*below[:2], below[2] // 2) in self._slices and self._carries(*below)
        sources = {f"I{bit}": source for bit, source in enumerate(inputs)}
        sources["CIN"] = self._first_carry(row, column, number, (before, "COUT") if there else None)
        self._cells[place] = logic.carry_cell(value, sources)

    def _first_carry(self, row, column, number, before):
        """Source of the carry of a carry cell, `before` that of the cell before it."""
        return before

    def _make_selector(self, row, column, number):
        sources = {}
        for pin, wire in zip(("I0", "I1"), logic.SELECTORS[number], strict=True):
            right = wire.startswith(">")
            sources[pin] = self._output((row, column + right, wire.removeprefix(">")))
        sources["S0"] = self._source(row, column, f"SEL{number}")
        self._cells[f"X{column}Y{row}/MUX{number}"] = logic.selector_cell(sources)

    @staticmethod
    def _controls(slot):
        """Number of the clock, enable and reset that a slice hears."""
        return slot

    def _make_register(self, row, column, number):
        place, slot = f"X{column}Y{row}/DFF{number}", number // 2
        made = self._slices.get((row, column, slot))
        if made is None or (row, column) in self._rams:
            raise DecodeError(f"{place} is used, but cannot be a register")
        sources = {"D": self._output((row, column, f"F{number}")),
                   "CLK": self._source(row, column, f"CLK{self._controls(slot)}"),
                   "CE": self._source(row, column, f"CE{self._controls(slot)}")}
        if made.reset != "none":
            sources["RESET"] = self._source(row, column, f"LSR{self._controls(slot)}")
        self._cells[place] = logic.register_cell(made, number % 2, sources)
        self._registers.setdefault((row, column, slot), []).append(number % 2)
        self.bitmap.use_each(row, column,
                             self.chip.names("SLICE", self.chip.table(row, column, f"CLS{slot}")),
                             "register", place)

    def _make_ram(self, row, column):
        place, tables = f"X{column}Y{row}/RAM16SDP4", []
        self.bitmap.use(row, column, logic.ram_fuses(self.chip, row, column), "memory", place,
                        "MODE")
        for number in range(4):
            tables.append(logic.table(self.chip, self.bitmap, row, column, number))
            for bit, fuse in enumerate(logic.contents(self.chip, row, column, number)):
                self.bitmap.use(row, column, [fuse], "contents", place, f"bit {number}, {bit}")
        sources = {pin: self._source(row, column, wire) for pin, wire in logic.RAM_WIRES.items()}
        self._cells[place] = logic.ram_cell(tables, sources)

    def _finish_slices(self):
        """Account for the settings of slices; refuse those of registers that are not used."""
        for (row, column, slot), made in self._slices.items():
            found = self.bitmap.fuses(row, column)
            if not found:
                continue
            used = self._registers.get((row, column, slot), [])
            if (row, column) in self._rams:
                wanted = logic.Slice(False, "write" if slot == 2 else "none", False, (1, 1))
            elif not found & logic.slice_domain(self.chip, self.chip.type(row, column), slot):
                continue
            elif used:
                first, second = (made.values[n] if n in used else 0 for n in (0, 1))
                wanted = logic.Slice(made.carries, made.reset, made.falling, (first, second))
            else:
                wanted = logic.Slice(made.carries)
            if made != wanted:
                raise DecodeError(f"X{column}Y{row}: slice {slot} is {made}, but its use requires "
                                  f"{wanted}")
            category, place = (("carry", f"X{column}Y{row}/ALU{2 * slot}") if made.carries
                               else ("register", f"X{column}Y{row}/DFF{2 * slot}"))
            self._use_slice(row, column, slot, category, place)

    def _use_slice(self, row, column, slot, category, place):
        """Account for the fuses of a slice that no register of it has."""
        top, left = self.chip.top[row], self.chip.left[column]
        names = self.chip.names("SLICE", self.chip.table(row, column, f"CLS{slot}"))
        for (r, c), name in names.items():
            if (top + r, left + c) not in self.bitmap.uses or name.startswith("MODE"):
                self.bitmap.use_bit(top + r, left + c, BitUse(category, place, name))
