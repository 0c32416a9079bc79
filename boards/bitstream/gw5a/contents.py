"""First contents of GW5A's block RAM, of which a file has whole columns of blocks."""

from functools import lru_cache

import numpy as np

from ..gowin.memory import WORD, WORDS

__all__ = ["read"]

BITS = 72  # of a block, of a frame
FIRST, STEP = 1, 3  # column of tiles of column 0 of blocks; tiles of a block


@lru_cache
def _positions(chip):
    """(Frames, bits of them) of the bits of a block's contents, bit b of word w being 18 w + b.

    The order is apycula's (gowin_pack, store_bsram_init_val; the table BSRAM_INIT).
    """
    order = chip.db.rev_logicinfo("BSRAM_INIT")
    number = np.arange(WORDS * WORD)
    word, bit = number // WORD, number % WORD
    line = np.array([order[n][0] - 1 for n in range(WORD * 4)])
    quarter = np.array([0x00, 0x80, 0x40, 0xc0])[word & 3]
    return quarter + (word >> 2 & 0x3f), BITS - 1 - line[bit * 4 + (word >> 8)]


def read(chip, contents, row, column):
    """First contents of the block whose first tile this is: bit 18 w + b is bit b of word w.

    Parameters
    ----------
    chip : gowin.database.GowinDatabase
    contents : dict
        As of `frames.ColumnFile`.
    row, column : int
    """
    found = contents.get((column - FIRST) // STEP)
    if found is None:
        return 0  # a file without contents
    rows, columns = _positions(chip)
    bits = found[rows, columns + BITS * chip.bram_rows.index(row)]
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
