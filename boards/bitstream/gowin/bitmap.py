"""The bits of a file, tile by tile, and which of them are accounted for."""

import numpy as np

from ..circuit import BitUse, DecodeError

__all__ = ["Bitmap"]


class Bitmap:
    """Bits of a file.

    Parameters
    ----------
    chip : database.GowinDatabase
    bits : ndarray of uint8
        As of `frames.File`.

    Attributes
    ----------
    uses : dict
        (Row, column) in the file -> BitUse.
    """

    def __init__(self, chip, bits):
        self._chip, self.bits = chip, bits
        self._tiles, self._known = {}, []
        self.uses = {}

    def fuses(self, row, column):
        """Fuses of a tile that are set."""
        found = self._tiles.get((row, column))
        if found is None:
            top, left = self._chip.top, self._chip.left
            part = self.bits[top[row]:top[row + 1], left[column]:left[column + 1]]
            found = set(zip(*(places.tolist() for places in np.nonzero(part)), strict=True))
            self._tiles[row, column] = found
        return found

    def expect(self, row, column, domain, fuses, what):
        """Refuse a tile whose fuses within `domain` are not `fuses`.

        Parameters
        ----------
        row, column : int
        domain, fuses : set
        what : str
            What these fuses are for, in the message.
        """
        wrong = (self.fuses(row, column) & domain) ^ fuses
        if wrong:
            place = f"X{column}Y{row} (type {self._chip.type(row, column)})"
            raise DecodeError(f"{place}: {what}: " + ", ".join(
                f"fuse {fuse} is {'not ' if fuse in fuses else ''}set" for fuse in sorted(wrong)))
        self.know(row, column, domain)

    def know(self, row, column, fuses):
        """Account for fuses of a tile."""
        top, left = self._chip.top[row], self._chip.left[column]
        self._known += [(top + r, left + c) for r, c in fuses]

    def use(self, row, column, fuses, category, place, name):
        """Account for fuses of a tile by what is in use; they are set or not."""
        top, left = self._chip.top[row], self._chip.left[column]
        used, uses = BitUse(category, place, name), self.uses
        for r, c in fuses:
            uses[top + r, left + c] = used

    def use_each(self, row, column, names, category, place):
        """Account for fuses of a tile, each with a name of its own: fuse -> name."""
        top, left = self._chip.top[row], self._chip.left[column]
        for (r, c), name in names.items():
            self.uses[top + r, left + c] = BitUse(category, place, name)

    def use_bit(self, row, column, used):
        """Account for a bit by its place in the file."""
        self.uses[row, column] = used

    def complete(self):
        """DecodeError if a bit that is set is not accounted for; it names the tile and the fuse."""
        left = self.bits.copy()
        known = np.array([*self.uses, *self._known])
        left[known[:, 0], known[:, 1]] = 0
        rows, columns = np.nonzero(left)
        if not len(rows):
            return
        row, column = int(rows[0]), int(columns[0])
        if row >= self._chip.height:
            raise DecodeError(f"{len(rows)} bits are not understood, the first in row "
                              f"{row - self._chip.height} of the contents, column {column}")
        r = max(n for n in range(self._chip.rows) if self._chip.top[n] <= row)
        c = max(n for n in range(self._chip.columns) if self._chip.left[n] <= column)
        raise DecodeError(f"{len(rows)} bits are not understood, the first is fuse "
                          f"{(row - self._chip.top[r], column - self._chip.left[c])} of X{c}Y{r} "
                          f"(type {self._chip.type(r, c)})")
