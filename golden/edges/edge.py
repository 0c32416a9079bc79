"""An edge, its cases, and how often each was met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..spec.generator import ROUNDING_BITS
from ..spec.plain import Plain
from ..spec.qformat import Rounding

__all__ = ["BESIDE", "HALVES", "TIES", "Edge", "Meetings", "clip", "comparison", "halving",
           "rounding"]

BESIDE = ("one below", "at", "one above")
TIES = ("half, even, > 0", "half, odd, > 0", "half, even, < 0", "half, odd, < 0")
NEAR = ("one below half", "one above half")
HALVES = ("even, > 0", "odd, > 0", "even, < 0", "odd, < 0")


@dataclass(frozen=True)
class Edge(Plain):
    """A place where a result changes.

    Parameters
    ----------
    name : str
    cases : tuple of str
        Kinds of values that should be met.
    without : mapping of str to str
        Cases that no value can be of, and why.
    """

    name: str
    cases: tuple[str, ...] = BESIDE
    without: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        super().__post_init__()
        unknown = set(self.without) - set(self.cases)
        if unknown:
            raise ValueError(f"{self.name} must explain cases of its own, not {sorted(unknown)}")


def comparison(name: str, **without: str) -> list[Edge]:
    """An edge of values compared with one of them; reasons for `below`, `at` or `above`."""
    return [Edge(name, BESIDE, _reasons(BESIDE, ("below", "at", "above"), without))]


def clip(name: str, low: str = "", high: str = "") -> list[Edge]:
    """The two ends of a clip; `low` and `high` say why nothing comes beyond them.

    A reason that starts with "at: " holds for the end itself, too.
    """
    edges = []
    for end, why, beyond in (("low", low, BESIDE[0]), ("high", high, BESIDE[2])):
        cases = BESIDE if why.startswith("at: ") else (beyond,)
        edges.append(Edge(f"{name}, {end}", BESIDE,
                          dict.fromkeys(cases, why.removeprefix("at: ")) if why else {}))
    return edges


def rounding(name: str, shift: int, kind: Rounding = Rounding.NEAREST_EVEN,
             without: Mapping[str, str] | None = None) -> list[Edge]:
    """Edges of a rounding that drops `shift` bits: its ties; of a stochastic one, its carry."""
    if shift <= 0 or kind is Rounding.TRUNCATE:
        return []
    if kind is Rounding.STOCHASTIC:
        return [Edge(f"{name}, carry", BESIDE, without or {})]
    return [Edge(f"{name}, tie", TIES + (NEAR if shift > 1 else ()), without or {})]


def halving(name: str) -> list[Edge]:
    """Half of a value towards zero."""
    return [Edge(name, HALVES)]


def _reasons(cases, short, without):
    return {case: without[key] for case, key in zip(cases, short, strict=True) if key in without}


class Meetings:
    """Counts what comes to some edges; the methods are what the integer models call.

    Parameters
    ----------
    edges : iterable of Edge

    Attributes
    ----------
    edges : dict of Edge by name
    """

    def __init__(self, edges: Iterable[Edge]):
        self.edges = {edge.name: edge for edge in edges}
        self._counts = {name: np.zeros(len(edge.cases), np.int64)
                        for name, edge in self.edges.items()}
        # Values that are not counted yet, by what is to be done with them.
        self._waiting: dict[tuple, list[tuple]] = {}

    @property
    def counts(self) -> dict[str, np.ndarray]:
        """How often each case was met: dict of int64 arrays by name."""
        for (count, *what), values in self._waiting.items():
            count(*what, *(np.concatenate([np.ravel(v) for v in column])
                           for column in zip(*values, strict=True)))
        self._waiting = {}
        return self._counts

    def _later(self, count, *what, values):
        """Many small arrays are counted as one: that is several times as fast."""
        self._waiting.setdefault((count, *what), []).append(values)

    def compare(self, name: str, values: np.ndarray, edge: int) -> None:
        """Values that are compared with an edge."""
        self._later(self._compare, name, edge, values=(values,))

    def _compare(self, name, edge, values):
        beside = values - edge + 1
        self._counts[name] += np.bincount(beside[(beside >= 0) & (beside < 3)], minlength=3)

    def clip(self, name: str, values: np.ndarray, low: int, high: int) -> None:
        """Values that are clipped into low .. high."""
        self.compare(f"{name}, low", values, low)
        self.compare(f"{name}, high", values, high)

    def round(self, name: str, values: np.ndarray, shift: int,
              kind: Rounding = Rounding.NEAREST_EVEN, random: np.ndarray | None = None) -> None:
        """Values that lose `shift` bits (of spikes' sums these are zeros)."""
        if shift <= 0 or kind is Rounding.TRUNCATE:
            return
        if kind is Rounding.STOCHASTIC:
            self._later(self._carry, name, shift, values=(values, random))
        else:
            self._later(self._tie, name, shift, values=(values,))

    def _carry(self, name, shift, values, random):
        """A carry depends on the bits that meet random ones, and on nothing below them."""
        rest, spare = values & ((1 << shift) - 1), shift - ROUNDING_BITS
        if spare >= 0:
            self._compare(f"{name}, carry", 1 << ROUNDING_BITS, (rest >> spare) + random)
        else:
            self._compare(f"{name}, carry", 1 << shift, rest + (random >> -spare))

    def _tie(self, name, shift, values):
        rest, half, odd = values & ((1 << shift) - 1), 1 << (shift - 1), values >> shift & 1
        counts = self._counts[f"{name}, tie"]
        counts[:4] += np.bincount((odd + 2 * (values < 0))[rest == half], minlength=4)
        if shift > 1:
            counts[4:] += np.count_nonzero(rest == half - 1), np.count_nonzero(rest == half + 1)

    def halve(self, name: str, values: np.ndarray) -> None:
        """Values of which half is taken, towards zero."""
        self._later(self._halve, name, values=(values,))

    def _halve(self, name, values):
        kinds = ((values & 1) + 2 * (values < 0))[values != 0]
        self._counts[name] += np.bincount(kinds, minlength=4)

    def case(self, name: str, case: str, times: int = 1) -> None:
        """A case was met."""
        self._counts[name][self.edges[name].cases.index(case)] += times

    def met(self) -> set[tuple[str, str]]:
        """(name, case) of everything that was met."""
        counts = self.counts
        return {(name, case) for name, edge in self.edges.items()
                for case, count in zip(edge.cases, counts[name], strict=True) if count}

    def holes(self) -> list[tuple[str, str]]:
        """(name, case) of what was not met and is not explained."""
        met = self.met()
        return [(name, case) for name, edge in self.edges.items() for case in edge.cases
                if (name, case) not in met and case not in edge.without]

    def add(self, other: "Meetings") -> None:
        """Add the counts of another one; what either can meet is to be met."""
        counts = self.counts
        for name, edge in other.edges.items():
            mine = self.edges.get(name, Edge(name, ()))
            cases = tuple(dict.fromkeys(mine.cases + edge.cases))  # formats may allow more of them
            self.edges[name] = Edge(name, cases, {
                case: {**mine.without, **edge.without}[case] for case in cases
                if all(case in one.without for one in (mine, edge) if case in one.cases)})
            total = dict.fromkeys(cases, 0)
            for one, found in ((mine, counts.get(name, ())), (edge, other.counts[name])):
                for case, count in zip(one.cases, found, strict=True):
                    total[case] += int(count)
            counts[name] = np.array(list(total.values()), np.int64)
