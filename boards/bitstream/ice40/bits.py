"""The configuration bits of an iCE40UP5K by tile and name, and which have been explained."""

from bisect import bisect

import numpy as np

from ..circuit import DecodeError
from .chipdb import ROWS, TILE_TYPES
from .image import CONFIGURATION

__all__ = ["Bits"]

# Bits across a tile, by its column on the chip: nine columns of 54 about a block RAM's of 42 in
# each half (Project IceStorm's documentation of the file format and of the UltraPlus).
COLUMN_BITS, RAM_COLUMN_BITS, RAM_COLUMNS = 54, 42, (6, 19)
FIRST_TOP, FIRST_RIGHT = 21, 13  # rows and columns of tiles from which on it is another bank
# In the tiles of inputs and outputs, which are 18 bits wide: where each column and row lies in its
# place of 54 x 16 bits (icepack, "CramIndexConverter").
PAD_COLUMNS = (23, 25, 26, 27, 16, 17, 18, 19, 20, 14, 32, 33, 34, 35, 36, 37, 4, 5)
PAD_ROWS = (0, 1, 3, 2, 4, 5, 7, 6, 8, 9, 11, 10, 12, 13, 15, 14)


class Bits:
    """Bits of an image, and an account of them.

    Parameters
    ----------
    chip : ChipDatabase
    image : Image

    Attributes
    ----------
    index : array
        [y, x, row, column] of a tile's bit -> its number; -1 where there is none.
    level : array
        Number of a bit -> 0 or 1.
    uses : dict
        Key of a bit, as in `Decoded` -> BitUse.
    """

    def __init__(self, chip, image):
        self._chip = chip
        banks = image.banks[CONFIGURATION]
        self.level = np.concatenate([bank.ravel() for bank in banks])
        self._starts = [0, *np.cumsum([bank.size for bank in banks]).tolist()]
        self._width = banks[0].shape[1]
        self.index = self._indices(banks)
        self._explained = np.zeros(len(self.level), bool)
        self.uses = {}

    def number(self, x, y, name, bit=0):
        """Number of a bit of a named setting in the tile at x, y."""
        row, column = self._chip.settings[self._chip.grid[y, x]][name][bit]
        return int(self.index[y, x, row, column])

    def take(self, x, y, name, use, bit=0):
        """Level of a bit of a setting; from now on it is explained by `use`."""
        return self.take_number(self.number(x, y, name, bit), use)

    def take_number(self, number, use):
        """The same of the bit with a number; `use` is None where the bit has no user."""
        self._explained[number] = True
        if use is not None:
            self.uses[self.key(number)] = use
        return int(self.level[number])

    def key(self, number):
        """(CONFIGURATION, bank, row, column) of a bit."""
        bank = bisect(self._starts, number) - 1
        row, column = divmod(int(number) - self._starts[bank], self._width)
        return CONFIGURATION, bank, row, column

    def outside(self, bank, row, column):
        """Number of a bit that may be in no tile."""
        return self._starts[bank] + row * self._width + column

    def finish(self):
        """Raises DecodeError, which names it, if a bit that is set has not been explained."""
        left = np.flatnonzero((self.level == 1) & ~self._explained)
        if len(left):
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            raise DecodeError(f"a bit is set that configures nothing in use: {self.name(left[0])}"
                              f"{more}")

    def name(self, number):
        """Where a bit is, for people."""
        found = np.argwhere(self.index == number)
        if not len(found):
            _, bank, row, column = self.key(number)
            return f"row {row}, column {column} of bank {bank}, in no tile"
        y, x, row, column = found[0].tolist()
        kind = self._chip.grid[y, x]
        names = [name for name, bits in self._chip.settings[kind].items() if (row, column) in bits]
        what = names[0] if names else "routing"
        return f"X{x}/Y{y} ({TILE_TYPES[kind]}) B{row}[{column}], {what}"

    def _indices(self, banks):
        chip = self._chip
        index = np.full((chip.height, chip.width, ROWS, COLUMN_BITS), -1, np.int32)
        for y in range(chip.height):
            for x in range(chip.width):
                kind = chip.tile_type(x, y)
                if kind == "none":
                    continue
                right, top = x >= FIRST_RIGHT, y >= FIRST_TOP
                bank = top + 2 * right
                # Both directions count from the chip's corner.
                across = chip.width - 1 - x if right else x
                width = RAM_COLUMN_BITS if x in RAM_COLUMNS else COLUMN_BITS
                start = across * COLUMN_BITS
                start -= (COLUMN_BITS - RAM_COLUMN_BITS) * (across > RAM_COLUMNS[0])
                rows, columns = np.arange(ROWS), np.arange(width)
                if kind == "io":
                    rows, columns = ROWS - 1 - np.array(PAD_ROWS), np.array(PAD_COLUMNS)
                elif top:
                    rows = ROWS - 1 - rows
                if right:
                    columns = width - 1 - columns
                rows = rows + ROWS * (chip.height - 1 - y if top else y)
                index[y, x, :, :len(columns)] = (
                    self._starts[bank] + rows[:, None] * banks[bank].shape[1] + start + columns)
        return index
