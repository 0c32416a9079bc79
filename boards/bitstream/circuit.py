"""A configured chip as a circuit: cells at places, their settings, and what drives their inputs.

The same form is read from what nextpnr writes after routing and decoded from the file that goes
into the chip. Both are canonical, so that equal circuits are equal dictionaries: a cell is named
by its place, a net by the cell and the pin that drive it, a constant is 0 or 1, and a lookup table
is the function of what drives it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["BitUse", "Cell", "Circuit", "DecodeError", "Decoded", "Source", "lookup", "understood"]

# What drives an input: (place of a cell, its output pin), or a constant 0 or 1.
Source = tuple[str, str] | int


class DecodeError(ValueError):
    """A file, or what was placed, has something that is not understood; the message says where."""


def understood(match: re.Match[str] | None, text: str) -> re.Match[str]:
    """The match of a pattern in a text; DecodeError if the text is of another form."""
    if match is None:
        raise DecodeError(f"{text!r} is not understood")
    return match


@dataclass(frozen=True)
class Cell:
    """One block of a chip that is in use.

    Parameters
    ----------
    kind : str
        Name of its model; LUT is a lookup table (see `lookup`).
    settings : dict
        Name -> int or str: every setting, also where it is the default. Contents of memories are
        settings, too.
    inputs : dict
        Pin -> source: every input pin, an open one with the constant that it reads as. One bit
        each.
    """

    kind: str
    settings: Mapping[str, int | str]
    inputs: dict[str, Source]


@dataclass(frozen=True)
class Circuit:
    """The circuit that a chip is configured to be.

    Parameters
    ----------
    cells : dict
        Place, as nextpnr names it (NEXTPNR_BEL) -> Cell. Cells of which nothing is used are left
        out.
    pads : dict
        Package pin, as a board's description names it -> place of its input/output cell; those in
        use.
    """

    cells: dict[str, Cell]
    pads: dict[str, str]


@dataclass(frozen=True)
class BitUse:
    """The use of one configuration bit.

    Parameters
    ----------
    category : str
        "table", "register", "carry", "memory" (settings of a block RAM or a large RAM),
        "contents", "multiplier", "pll", "clock" or "routing", or "pad".
    place : str
        Of the cell; for routing the wire that is driven.
    name : str
        Of the setting or the contents' bit, or the wire that drives.
    """

    category: str
    place: str
    name: str


@dataclass(frozen=True)
class Decoded:
    """A file as a circuit, and the bits in it.

    Parameters
    ----------
    circuit : Circuit
    uses : dict
        Bit, as the family's module counts it (hashable, such as (row, column)) -> BitUse: every
        configuration bit, set or not, that belongs to something in use.
    """

    circuit: Circuit
    uses: Mapping[tuple, BitUse] = field(default_factory=dict)


def lookup(table: int, sources: Sequence[Source]) -> tuple[int, tuple[Source, ...]]:
    """A lookup table as the function of what drives it: (table, sources), canonical.

    Parameters
    ----------
    table : int
        Bit sum(value_i << i) is the output.
    sources : sequence of Source
        Constants are folded, equal sources merged, sources without influence dropped; the others
        are sorted.

    Returns
    -------
    (int, tuple of Source)
    """
    distinct = sorted({source for source in sources if not isinstance(source, int)})
    places = [source if isinstance(source, int) else distinct.index(source) + 2
              for source in sources]
    values = []
    for index in range(1 << len(distinct)):
        address = 0
        for bit, place in enumerate(places):
            value = place if place < 2 else index >> (place - 2) & 1
            address |= value << bit
        values.append(table >> address & 1)
    for number in reversed(range(len(distinct))):
        low = [value for index, value in enumerate(values) if not index >> number & 1]
        high = [value for index, value in enumerate(values) if index >> number & 1]
        if low == high:
            values = low
            del distinct[number]
    return sum(value << index for index, value in enumerate(values)), tuple(distinct)
