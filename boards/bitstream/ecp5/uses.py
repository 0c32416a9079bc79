"""The use of each bit of a file, found when somebody asks."""

from collections.abc import Mapping
from functools import cached_property

from ..circuit import BitUse

__all__ = ["Uses"]


class Uses(Mapping):
    """Bit -> `BitUse`, of all that belong to something in use.

    Parameters
    ----------
    fields : list of (Tile, bits, category, place, name)
    contents : dict
        Number of a block RAM -> words of 9 bits.
    memories : dict
        The same number -> place of the block RAM.
    """

    def __init__(self, fields, contents, memories):
        self._fields, self._contents, self._memories = fields, contents, memories

    @cached_property
    def _bits(self):
        found = {}
        for tile, bits, category, place, name in self._fields:
            use = BitUse(category, place, name)
            for bit in bits:
                found[tile.frame + (bit >> 8), tile.bit + (bit & 255)] = use
        return found

    def __getitem__(self, bit):
        if bit[0] != "contents":
            return self._bits[bit]
        _, number, index = bit
        if number not in self._memories or not 0 <= index < 9 * len(self._contents[number]):
            raise KeyError(bit)
        return BitUse("contents", self._memories[number], f"CONTENTS[{index}]")

    def __iter__(self):
        yield from self._bits
        for number in self._memories:
            for index in range(9 * len(self._contents[number])):
                yield "contents", number, index

    def __len__(self):
        return len(self._bits) + sum(9 * len(self._contents[number]) for number in self._memories)
