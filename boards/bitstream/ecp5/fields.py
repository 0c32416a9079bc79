"""Settings and words whose bits are spread over several tiles."""

from functools import cache

from ..circuit import DecodeError
from .database import tile_type

__all__ = ["Fields"]


@cache
def _values(types, name):
    """Value of a setting -> (ones, zeros): sets of (index of the tile, bit)."""
    found = {}
    for index, kind in enumerate(types):
        for value in tile_type(kind).settings.get(name, ()):
            ones, zeros = found.setdefault(value.name, (set(), set()))
            ones.update((index, bit) for bit in value.ones)
            zeros.update((index, bit) for bit in value.zeros)
    return {value: (frozenset(ones), frozenset(zeros)) for value, (ones, zeros) in found.items()}


@cache
def _all(types, name):
    """All bits of a setting."""
    return frozenset().union(*(ones | zeros for ones, zeros in _values(types, name).values()))


@cache
def _alike(types, name):
    """Value -> all values that have the same bits, as one text."""
    values = _values(types, name)
    return {value: "|".join(sorted(other for other, theirs in values.items() if theirs == bits))
            for value, bits in values.items()}


@cache
def _words(types, name):
    """For each bit of a word: (ones, zeros) for a 1, sets of (index of the tile, bit)."""
    found = []
    for index, kind in enumerate(types):
        for place, value in enumerate(tile_type(kind).words.get(name, ())):
            if place == len(found):
                found.append((set(), set()))
            found[place][0].update((index, bit) for bit in value.ones)
            found[place][1].update((index, bit) for bit in value.zeros)
    return [(frozenset(ones), frozenset(zeros)) for ones, zeros in found]


@cache
def _by_tile(pairs):
    """[(index of the tile, bits)] of a set of (index of the tile, bit)."""
    found = {}
    for index, bit in pairs:
        found.setdefault(index, set()).add(bit)
    return [(index, frozenset(bits)) for index, bits in found.items()]


class Fields:
    """One block's fields, as the bits of some tiles say them.

    Values that have the same bits cannot be told apart in a file; they go by one name, that of all
    of them with | between.

    Parameters
    ----------
    tiles : sequence of Tile
    configuration : Configuration or None
        Without one only `alike` works.
    category, place : str
        Of `circuit.BitUse`.
    """

    def __init__(self, tiles, configuration=None, category=None, place=None):
        self._tiles = tuple(tiles)
        self._types = tuple(tile.type for tile in tiles)
        self._configuration, self._category, self._place = configuration, category, place
        if configuration:
            self._ones = configuration.ones_of(self._tiles)

    def has(self, name):
        """Whether there is such a setting."""
        return bool(_values(self._types, name))

    def default(self, name):
        """The value of a setting where nothing is said."""
        return next(tile_type(kind).defaults[name] for kind in self._types
                    if name in tile_type(kind).defaults)

    def alike(self, name, value):
        """The name of all values that have the bits of `value`."""
        values = _alike(self._types, name)
        if value not in values:
            raise DecodeError(f"{self._place}: {name} must be one of {', '.join(values)}, "
                              f"not {value}")
        return values[value]

    def empty(self, name):
        """Whether no bit of a setting is 1."""
        return not _all(self._types, name) & self._ones

    def setting(self, name, *, use=True):
        """The value of a setting; its bits are explained if it is in `use`.

        Raises
        ------
        DecodeError
            Its bits are not those of any value.
        """
        values = _values(self._types, name)
        fitting = [value for value, (ones, zeros) in values.items()
                   if ones <= self._ones and not zeros & self._ones]
        most = max((len(values[value][0]) for value in fitting), default=0)
        best = {_alike(self._types, name)[value] for value in fitting
                if len(values[value][0]) == most}
        if len(best) != 1:
            raise DecodeError(f"{self._place}: the bits of {name} "
                              f"({self._text(_all(self._types, name))}) must have one meaning, not "
                              f"{' and '.join(sorted(best)) or 'none'}")
        if use:
            self._explain(values[next(iter(best)).split("|")[0]][0], _all(self._types, name), name)
        return best.pop()

    def word(self, name):
        """The value of a word; its bits are explained.

        Raises
        ------
        DecodeError
            The bits that stand for one bit of it contradict each other.
        """
        value = 0
        for place, (ones, zeros) in enumerate(_words(self._types, name)):
            right = len(ones & self._ones) + len(zeros - self._ones)
            if right not in (0, len(ones) + len(zeros)):
                raise DecodeError(f"{self._place}: bit {place} of {name} is neither 0 nor 1")
            if right:
                value |= 1 << place
            self._explain(ones if right else zeros, ones | zeros, f"{name}[{place}]")
        return value

    def _explain(self, ones, every, name):
        assert self._configuration is not None, "values are read of a configuration"
        for index, bits in _by_tile(ones):
            self._configuration.explain(self._tiles[index], bits)
        for index, bits in _by_tile(every):
            self._configuration.use(self._tiles[index], bits, self._category, self._place, name)

    def _text(self, bits):
        return ", ".join(f"{self._tiles[index].name} F{bit >> 8}B{bit & 255}"
                         for index, bit in sorted(bits & self._ones)) or "none set"
