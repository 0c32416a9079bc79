"""Tables of a user's own: numbers to learn from, labels beside them, and where each row stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from ..spec.plain import Plain

__all__ = ["Columns", "Table", "label_values", "numbers_of", "require_finite"]

# Cells that stand for a value which is not there, in small letters.
MISSING = ("", "na", "nan", "n/a", "null", "none", "?")
SHOWN = 8  # names that a message repeats


@dataclass(frozen=True)
class Table(Plain):
    """Rows of numbers, and labels beside them.

    Parameters
    ----------
    source : str
        The file or folder.
    names : tuple of str or None
        Of the inputs; None where they have none.
    inputs : float64 array (n, n_inputs)
        Finite.
    labels : dict of str to array (n,)
        Whole numbers (int64), numbers (float64) or texts of each column of labels.
    lines : int array (n,) or None
        Of each row in a text file, from 1 on.
    test : Table or None
        Samples that the source itself holds out.
    """

    source: str
    names: tuple[str, ...] | None
    inputs: np.ndarray
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    lines: np.ndarray | None = None
    test: "Table | None" = None

    def place(self, row: int) -> str:
        """Where a row stands, in words."""
        return place(self.source, row, self.lines)


def place(source: str, row: int, lines: np.ndarray | None) -> str:
    """Where a row of a source stands, in words: its line, or its number from 1 on."""
    return f"{source}, row {row + 1}" if lines is None else f"{source}, line {lines[row]}"


@dataclass(frozen=True)
class Columns(Plain):
    """Columns of a table that are read, and as what.

    Parameters
    ----------
    labels : tuple of str
        Columns of labels.
    ignored : tuple of str
        Columns that are not read.
    inputs : tuple of str or None
        Columns of inputs, in this order; None: all others.
    passed : tuple of str
        Columns that are not read, and may be missing.
    optional : bool
        Columns of labels may be missing, and one with a gap is not read.
    """

    labels: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    inputs: tuple[str, ...] | None = None
    passed: tuple[str, ...] = ()
    optional: bool = False

    def of(self, source: str, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(Names of the inputs, names of the labels) of a table that has these columns.

        Raises
        ------
        ValueError
            A column has no name, or the name of another; one is missing, or nobody asked for it.
        """
        for number, name in enumerate(names, 1):
            if not name:
                raise ValueError(f"{source}: column {number} has no name: name it, or write the "
                                 "file without it (of pandas, to_csv(…, index=False))")
            if name in names[:number - 1]:
                raise ValueError(f"{source}: two columns have the name {name!r}: give each one of "
                                 "its own")
        for name in dict.fromkeys((*self.ignored, *(() if self.optional else self.labels))):
            if name not in names:
                raise ValueError(f"{source} has no column {name!r}: its columns are "
                                 f"{listed(names)}{_hint(names)}")
        for name in self.labels:
            if name in self.ignored:
                raise ValueError(f"column {name!r} cannot be a label and be ignored")
        labels = tuple(name for name in self.labels if name in names)
        known = (*self.labels, *self.ignored, *self.passed)
        others = tuple(name for name in names if name not in known)
        if self.inputs is None:
            if not others:
                raise ValueError(f"{source} has no column to learn from beside {listed(names)}")
            return others, labels
        lost = [name for name in self.inputs if name not in names]
        if lost:
            raise ValueError(f"{source} has no column {listed(lost)}, which the model has learned "
                             f"from: its columns are {listed(names)}")
        more = [name for name in others if name not in self.inputs]
        if more:
            raise ValueError(f"{source} has columns that the model has not learned from: leave out "
                             f"{' '.join(f'--ignore {name!r}' for name in more[:SHOWN])}")
        return self.inputs, labels


def _hint(names: Sequence[str]) -> str:
    """A sentence where some of the names are numbers, as those of a row of data are; else ""."""
    if not any(map(is_number, names)):
        return ""
    return ("; these look like data: if the line of names is missing, put one before the first "
            "line, such as a,b,c")


def is_number(cell: str) -> bool:
    """Whether a cell of text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def listed(names: Collection[str]) -> str:
    """Names in words, the first few of many."""
    shown = ", ".join(map(repr, [*names][:SHOWN]))
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def numbers_of(where: str, name: str, cell: str, *, learned: bool = False) -> float:
    """The number in a cell of text; ValueError that says where it is none.

    A column that a model has `learned` from cannot be left out.
    """
    if cell.lower() in MISSING:
        missing(where, name, learned)
    try:
        if "_" not in cell:
            return float(cell)
    except ValueError:
        pass
    hint = ""
    if cell.count(",") == 1 and cell.replace(",", "", 1).strip("+-").isdecimal():
        hint = "; write it with a point"
    way = "" if learned else f", or leave the column out with --ignore {name!r}"
    raise ValueError(f"{where}: column {name!r} must hold numbers, not {cell!r}{hint}: write it as "
                     f"numbers{way}")


def missing(where: str, name: str, learned: bool) -> NoReturn:
    """Raise the ValueError of a cell without a value."""
    ways = "or leave out the row; the model has learned from this column" if learned else (
        f"or leave out the row, or the column with --ignore {name!r}")
    raise ValueError(f"{where}: column {name!r} has no value: fill it in, {ways}")


def require_finite(source: str, names: Sequence[str] | None, values: np.ndarray,
                   lines: np.ndarray | None = None, *, learned: bool = False) -> None:
    """ValueError if one of the inputs (n, n_inputs) is missing or infinite: it says which one.

    Columns that a model has `learned` from cannot be left out.
    """
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = wrong[0]
        where, name = place(source, row, lines), str(names[column] if names else column + 1)
        if np.isnan(values[row, column]):
            missing(where, name, learned)
        raise ValueError(f"{where}: column {name!r} must be finite, not infinity")


def label_values(source: str, name: str, cells: Sequence[str],
                 lines: np.ndarray | None = None) -> np.ndarray:
    """Labels of a column of text: int64 if all are whole numbers, float64 if numbers, else texts.

    A whole number that is written in another way than usual, such as 007, makes all of them texts.
    """
    for row, cell in enumerate(cells):
        if not cell or cell.lower() == "nan":
            raise ValueError(f"{place(source, row, lines)}: column {name!r} has no label: fill it "
                             "in, or leave out the row")
    try:
        numbers = [int(cell) for cell in cells]
    except ValueError:
        try:
            return finite_labels(source, name, np.array([float(cell) for cell in cells]), lines)
        except ValueError as error:
            if "infinity" in str(error):
                raise
            return np.array(cells, str)
    usual = all(str(number) == cell and abs(number) < 1 << 63
                for number, cell in zip(numbers, cells, strict=True))
    return np.array(numbers, np.int64) if usual else np.array(cells, str)


def finite_labels(source: str, name: str, values: np.ndarray,
                  lines: np.ndarray | None = None) -> np.ndarray:
    """Labels float64 (n,) as they are; ValueError if one is missing or infinite."""
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise ValueError(f"{place(source, wrong[0], lines)}: column {name!r} must hold finite "
                         "labels, not NaN or infinity")
    return values
