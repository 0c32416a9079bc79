"""GW5A's slices: as `gowin.logic`, but four with registers, each half a carry cell by itself.

The fourth slice hears clock, enable and reset of the third. The first cell of a chain may have a
constant carry.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from ..circuit import DecodeError
from ..gowin.database import fuses
from ..gowin.logic import slice_domain

__all__ = ["CARRIES", "SLICES", "GW5aSlice", "controls", "read_slice"]

SLICES, CHAINED = 4, 3  # of a tile; those with carries
CARRIES = {"COUT": None, "GND": 0, "VCC": 1}  # of the first carry cell of a tile
_RESETS = {"none": {}, "sync": {"LSRONMUX": "LSRMUX"},
           "async": {"LSRONMUX": "LSRMUX", "SRMODE": "ASYNC"}}


@dataclass(frozen=True)
class GW5aSlice:
    """How a slice is set.

    Parameters
    ----------
    carries : (bool, bool)
        Its tables are those of carry cells.
    first : str
        A key of `CARRIES`: the carry of its lower carry cell.
    reset : str
        "none", "sync" or "async".
    falling : bool
        Registers take their data at the falling edge.
    values : (int, int)
        What the registers are reset to, and start with.
    """

    carries: tuple[bool, bool] = (False, False)
    first: str = "COUT"
    reset: str = "none"
    falling: bool = False
    values: tuple[int, int] = (0, 0)

    def attributes(self, slot):
        """Attributes as apycula's packer sets them (gowin_pack, set_slice_fuses)."""
        found = {f"REG{number}_REGSET": "SET" if value else "RESET"
                 for number, value in enumerate(self.values)}
        found |= {"REGMODE": "FF", "CEMUX_1": "UNKNOWN", "CEMUX_CE": "SIG",
                  "CLKMUX_CLK": "INV" if self.falling else "SIG", **_RESETS[self.reset]}
        for number, carries in enumerate(self.carries):
            if carries:
                found |= {"MODE": "ALU", f"MODE_5A_{number}": "ALU"}
        if any(self.carries) or slot == 0:
            found["ALU_CIN_MUX"] = f"ALU_5A_CIN_{self.first}"
        return found


def _every_slice(slot):
    """All slices, the simplest first."""
    either = (False, True) if slot < CHAINED else (False,)
    for lower, upper in product(either, either):
        for first in CARRIES if slot == 0 and (lower or upper) else ("COUT",):
            for reset, falling, low, high in product(_RESETS, (False, True), (0, 1), (0, 1)):
                yield GW5aSlice((lower, upper), first, reset, falling, (low, high))


@lru_cache
def _slices(chip, number, slot):
    """Fuses of a slice -> GW5aSlice, of a type of tile."""
    table, found = chip.db.shortval[number][f"CLS{slot}"], {}
    for made in _every_slice(slot):
        pattern = frozenset(fuses(table, chip.codes("SLICE", made.attributes(slot))))
        if pattern in found:
            raise AssertionError(f"{made} and {found[pattern]} have the same fuses")
        found[pattern] = made
    # One of which nothing is used.
    found.setdefault(frozenset(), GW5aSlice())
    return found


def read_slice(chip, bitmap, row, column, slot):
    """`GW5aSlice` number `slot`, 0 … 3, of a tile.

    Raises
    ------
    DecodeError
        Its settings are not known.
    """
    number = chip.type(row, column)
    found = frozenset(bitmap.fuses(row, column) & slice_domain(chip, number, slot))
    known = _slices(chip, number, slot).get(found)
    if known is None:
        raise DecodeError(f"X{column}Y{row}: the fuses {sorted(found)} of slice {slot} have no "
                          "meaning that is known")
    return known


def controls(slot):
    """Number of the clock, enable and reset that a slice hears."""
    return min(slot, 2)
