"""Gowin's logic tiles: eight lookup tables, six registers, selectors, carries, or a small RAM.

A slice is two lookup tables and two registers with common clock, enable and reset (UG288). Wires
of table i: A, B, C and D, with its number, are its inputs, F its output; Q is register i, whose
data input is F; OF are the selectors that make tables of 5, 6, 7 and 8 inputs. A fuse that is set
makes a 0 of a table. In a slice that carries a table is that of a carry cell (see `carry`).
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from ..circuit import Cell, DecodeError, lookup
from .database import domain, fuses

__all__ = ["FULL", "RAM_WIRES", "SELECTORS", "Slice", "carry_cell", "contents", "lut_cell",
           "ram_cell", "ram_fuses", "read_slice", "register_cell", "selector_cell",
           "settle_carries", "slice_domain", "table"]

# Selector -> wires of its inputs I0, I1; in the next column to the right if the wire begins with >.
SELECTORS = {0: ("F0", "F1"), 2: ("F2", "F3"), 4: ("F4", "F5"), 6: ("F6", "F7"),
             1: ("OF2", "OF0"), 5: ("OF6", "OF4"), 3: ("OF5", "OF1"), 7: (">OF3", "OF3")}
FULL = 0xffff  # table of a lookup table that is not used
# Pin of a RAM, which takes the tables 0 to 5 -> wire (apycula, chipdb.fse_luts).
RAM_WIRES = {"CLK": "CLK2", "CE": "CE2", "WRE": "LSR2",
             **{f"DI{n}": f"{letter}5" for n, letter in enumerate("ABCD")},
             **{f"WAD{n}": f"{letter}4" for n, letter in enumerate("ABCD")},
             **{f"RAD{n}_{bit}": f"{letter}{bit}" for n, letter in enumerate("ABCD")
                for bit in range(4)}}


@dataclass(frozen=True)
class Slice:
    """How a slice is set.

    Parameters
    ----------
    carries : bool
        Its tables are those of carry cells.
    reset : str
        "none", "sync" or "async"; "write" where it is the write enable of a RAM.
    falling : bool
        Registers take their data at the falling edge.
    values : (int, int)
        What the registers are reset to, and start with.
    """

    carries: bool = False
    reset: str = "none"
    falling: bool = False
    values: tuple[int, int] = (0, 0)

    def attributes(self):
        """Attributes as apycula's packer sets them (gowin_pack, set_slice_fuses)."""
        found = {"CLKMUX_CLK": "INV" if self.falling else "SIG", "REGMODE": "FF"}
        for number, value in enumerate(self.values):
            found[f"REG{number}_REGSET"] = "SET" if value else "RESET"
        if self.carries:
            found["MODE"] = "ALU"
        if self.reset != "none":
            found["LSRONMUX"] = "LSRMUX"
        if self.reset == "async":
            found["SRMODE"] = "ASYNC"
        elif self.reset == "write":
            found["LSR_MUX_LSR"] = "INV"
        return found


@lru_cache
def _slices(chip, number, name):
    """Fuses of a slice -> Slice, of a type of tile."""
    tables = chip.db.shortval[number][name]
    found = {}
    for carries, reset, falling, first, second in product(
            (False, True), ("none", "sync", "async", "write"), (False, True), (0, 1), (0, 1)):
        if reset == "write" and (carries or falling or not first or not second):
            continue
        made = Slice(carries, reset, falling, (first, second))
        pattern = frozenset(fuses(tables, chip.codes("SLICE", made.attributes())))
        if pattern in found:
            raise AssertionError(f"{made} and {found[pattern]} have the same fuses")
        found[pattern] = made
    return found


@lru_cache
def slice_domain(chip, number, slot):
    """All fuses of slice `slot`, 0 … 2, of a type of tile."""
    return domain(chip.db.shortval[number][f"CLS{slot}"])


def read_slice(chip, bitmap, row, column, slot):
    """`Slice` number `slot`, 0 … 2, of a tile.

    Raises
    ------
    DecodeError
        Its settings are not known: latches, inverted enables, data from another wire.
    """
    number = chip.type(row, column)
    found = frozenset(bitmap.fuses(row, column) & slice_domain(chip, number, slot))
    known = _slices(chip, number, f"CLS{slot}").get(found)
    if known is None:
        raise DecodeError(f"X{column}Y{row}: the fuses {sorted(found)} of slice {slot} have no "
                          "meaning that is known")
    return known


@lru_cache
def _table_fuses(chip, number):
    """Fuse of each bit of each lookup table of a type of tile."""
    bels = chip.db.tiles[number].bels
    return [[tuple(next(iter(bels[f"LUT{n}"].flags[bit]))) for bit in range(16)] for n in range(8)]


def contents(chip, row, column, number):
    """Fuses of the 16 bits of lookup table `number`, 0 … 7, of a tile."""
    return _table_fuses(chip, chip.type(row, column))[number]


def table(chip, bitmap, row, column, number):
    """Lookup table `number` of a tile: bit i is the output where the inputs are i."""
    found = bitmap.fuses(row, column)
    return sum(1 << bit for bit, fuse in enumerate(contents(chip, row, column, number))
               if fuse not in found)


def lut_cell(value, sources):
    """Cell of a lookup table of up to four inputs."""
    value, sources = lookup(value, sources)
    return Cell("LUT", {"INIT": value, "K": len(sources)},
                {f"I{number}": source for number, source in enumerate(sources)})


def carry_cell(value, sources):
    """Cell of a carry.

    Parameters
    ----------
    value : int
        Its table.
    sources : dict
        I0 … I3 and CIN -> source; an open CIN is None, until `settle_carries`.
    """
    # The sum looks at these places of the table, the carry at the first four. Of the inputs only I2
    # is a constant by the tools' design; the others may be open, and show what is not meant.
    constant = sources["I2"] if isinstance(sources["I2"], int) else None
    places = [i for i in range(16) if constant is None or i >> 2 & 1 == constant]
    inputs = {}
    for number in range(4):
        mask = 1 << number
        compared = places if mask > 2 else [*places, *range(4)]
        matters = any((value >> i ^ value >> (i ^ mask)) & 1 for i in compared)
        inputs[f"I{number}"] = sources[f"I{number}"] if matters else 0
    return Cell("ALU", {"TABLE": value}, {**inputs, "CIN": sources["CIN"]})


def settle_carries(cells):
    """Make the carry a constant that a carry cell does not look at.

    That is the case where the sum goes nowhere and the carry that leaves the cell is its own. Then
    CIN may be open, or what a neighbour happens to have.

    Parameters
    ----------
    cells : dict
        Place -> Cell; it is changed.

    Raises
    ------
    DecodeError
        An open carry is looked at.
    """
    summed = {source[0] for cell in cells.values() for source in cell.inputs.values()
              if isinstance(source, tuple) and source[1] == "SUM"}
    for place, cell in cells.items():
        if cell.kind != "ALU":
            continue
        passes, _ = lookup(cell.settings["TABLE"], [cell.inputs[f"I{bit}"] for bit in range(4)])
        if not passes and place not in summed:
            cell.inputs["CIN"] = 0
        elif cell.inputs["CIN"] is None:
            raise DecodeError(f"{place} reads a carry that nothing drives")


def selector_cell(sources):
    """Cell of a selector: O is I1 where S0 is 1, else I0."""
    return Cell("MUX2", {}, sources)


def register_cell(made, slot, sources):
    """Cell of a register.

    Parameters
    ----------
    made : Slice
    slot : int
        Which of the two, 0 or 1.
    sources : dict
        D, CLK, CE and RESET -> source.
    """
    reset = made.reset
    return Cell("DFF", {"EDGE": "falling" if made.falling else "rising", "RESET": reset,
                        "VALUE": made.values[slot], "INIT": made.values[slot]},
                {**sources, "RESET": 0 if reset == "none" else sources["RESET"]})


def ram_fuses(chip, row, column):
    """Fuses of a tile that make a RAM of its tables."""
    return domain(chip.table(row, column, "CLS3"))


def ram_cell(tables, sources):
    """Cell of a RAM of 16 words of 4 bits, with one port that writes and one that reads.

    Parameters
    ----------
    tables : sequence of int
        Contents of its bits.
    sources : dict
        CLK, CE, WRE, DI0 …, WAD0 …, and RADa_b: address input a of bit b.
    """
    return Cell("RAM16SDP4", {f"INIT_{bit}": value for bit, value in enumerate(tables)}, sources)
