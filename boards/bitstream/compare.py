"""Two circuits, cell by cell, pin by pin, setting by setting."""

from collections import Counter
from dataclasses import dataclass

from .circuit import Circuit

__all__ = ["Comparison", "compare"]

MOST = 20  # differences that are told one by one


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison: counts, and differences.

    Parameters
    ----------
    cells, pins, settings, pads : int
        Compared, of the first circuit.
    kinds : dict
        Kind of cell -> number.
    differences : tuple of str
        Each names the place and both values; empty if the circuits are equal.
    """

    cells: int
    pins: int
    settings: int
    pads: int
    kinds: dict[str, int]
    differences: tuple[str, ...]

    def __str__(self):
        text = (f"{self.cells} cells, {self.pins} pins, {self.settings} settings, "
                f"{self.pads} pads: {len(self.differences)} differ")
        return "\n  ".join([text, *self.differences[:MOST]])


def compare(decoded: Circuit, placed: Circuit) -> Comparison:
    """`Comparison` of the circuit in a file with the one that was placed.

    Parameters
    ----------
    decoded, placed : Circuit
    """
    found = []
    for place in sorted(decoded.cells.keys() | placed.cells.keys()):
        ours, theirs = decoded.cells.get(place), placed.cells.get(place)
        if ours is None:
            found.append(f"{place}: {placed.cells[place].kind} was placed there, nothing is in the "
                         "file")
        elif theirs is None:
            found.append(f"{place}: {ours.kind} in the file, nothing was placed there")
        elif ours.kind != theirs.kind:
            found.append(f"{place}: {ours.kind} in the file, {theirs.kind} was placed")
        else:
            found += _between(f"{place} ({ours.kind})", "", ours.settings, theirs.settings)
            found += _between(f"{place} ({ours.kind})", "pin ", ours.inputs, theirs.inputs)
    found += _between("pads", "", decoded.pads, placed.pads)
    cells = decoded.cells.values()
    return Comparison(
        cells=len(cells),
        pins=sum(len(cell.inputs) for cell in cells),
        settings=sum(len(cell.settings) for cell in cells),
        pads=len(decoded.pads),
        kinds=dict(Counter(cell.kind for cell in cells)),
        differences=tuple(found),
    )


def _between(place, what, ours, theirs):
    """Differences of two dictionaries of one cell."""
    return [f"{place}: {what}{name} is {_text(ours.get(name), theirs.get(name))} in the file, "
            f"{_text(theirs.get(name), ours.get(name))} was placed"
            for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]


def _text(value, other):
    """A setting or a source in words; of long numbers the bits in which they differ."""
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]}"
    if isinstance(value, int) and isinstance(other, int) and max(value, other) >= 1 << 64:
        bits = [bit for bit in range((value ^ other).bit_length()) if (value ^ other) >> bit & 1]
        shown = ", ".join(f"{bit}: {value >> bit & 1}" for bit in bits[:8])
        return f"{{bit {shown}{', …' if len(bits) > 8 else ''}}}"
    return repr(value)
