"""The TOML file of a sweep: data, estimator, grid and measure, every error with its line."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Self

from cortigate.boards.design_file.toml_text import TomlFile, judged, placed, plain_text
from cortigate.boards.design_file.words import WrongValue, value_of
from cortigate.golden.spec.plain import Plain, shown
from cortigate.scripts.own.problem import KINDS, OwnTask
from cortigate.scripts.sweep.grid import GRID, MOST_SEED, Choice, choices_of

__all__ = ["ESTIMATORS", "MEASURES", "Measure", "SweepData", "SweepFile"]

ESTIMATORS = {"classifier": OwnTask.CLASSES, "regressor": OwnTask.REGRESSION,
              "autoencoder": OwnTask.ANOMALY}
MEASURES = {OwnTask.CLASSES: "accuracy", OwnTask.REGRESSION: "R2", OwnTask.ANOMALY: "error"}
# Table -> the name that may be written as the table itself: data = "NAME".
TABLES = {"data": "source", "measure": "name"}
NAMES = ("data", "estimator", "baseline", GRID, "measure")
MOST_FOLDS = 1000


@dataclass(frozen=True)
class SweepData(Plain):
    """The data of a sweep.

    Parameters
    ----------
    source : str
        A built-in set, or a file or folder as `cortigate train` takes it.
    label : str or tuple of str
        Columns of the labels.
    ignore : tuple of str
        Columns that are not read.
    held_out : float or None
        Share of the rows that are the test set, which a sweep does not look at: see `problem_of`.
    seed : int
        Which rows these are.
    """

    source: str
    label: str | tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    held_out: float | None = None
    seed: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """Columns of the labels."""
        return (self.label,) if isinstance(self.label, str) else self.label


@dataclass(frozen=True)
class Measure(Plain):
    """The score of a run, on samples that it has not learned from.

    Parameters
    ----------
    name : str
        Of `MEASURES`.
    validation : float
        Share of what is learned from that is kept apart to judge by.
    folds : int or None
        Parts of which each is kept apart once, in place of that share.
    """

    name: str = ""
    validation: float = 0.2
    folds: int | None = None


@dataclass(frozen=True)
class SweepFile(TomlFile, Plain):
    """A file that describes a sweep.

    Parameters
    ----------
    path : Path
    text : str
    source : SweepData
    task : OwnTask
        Whose estimator learns.
    measure : Measure
    choices : tuple of Choice
        Combinations of the grid.
    seeds : tuple of int
    baseline : bool
        Every combination is learned by exact backprop, too.
    """

    WHAT = "a sweep"

    path: Path
    text: str
    source: SweepData
    task: OwnTask
    measure: Measure
    choices: tuple[Choice, ...]
    seeds: tuple[int, ...]
    baseline: bool

    @classmethod
    def parse(cls, text: str, path: str | PathLike = "sweep.toml") -> Self:
        """The sweep of a text, which stands in the file `path`; ValueError as of `read`."""
        text, path = plain_text(text), Path(path)

        def judge(tree):
            for name in tree:
                if name not in NAMES:
                    raise WrongValue(f"a sweep has no {shown(name)}, only {', '.join(NAMES)}",
                                     (name,))
            task = _task(tree)
            choices, seeds = choices_of(_needed(tree, GRID), KINDS[task], path.parent)
            return cls(path, text, _source(tree), task, _measure(tree, task), tuple(choices),
                       tuple(seeds), value_of(("baseline",), tree.get("baseline", False), bool))

        return judged(text, path, cls.WHAT, judge)

    def placed(self, error: WrongValue) -> ValueError:
        """The error of a value with this file and the line that it is about."""
        return placed(error, self.text, self.path)


def _needed(tree, name):
    """What stands under a name that a sweep must have."""
    if name not in tree:
        examples = {"data": "'digits'", "estimator": "'classifier'", GRID: "{ seed = [0, 1, 2] }"}
        raise WrongValue(f"a sweep must have {name}, such as {name} = {examples[name]}", ())
    return tree[name]


def _task(tree):
    said = _needed(tree, "estimator")
    if not isinstance(said, str) or said not in ESTIMATORS:
        raise WrongValue(f"estimator must be one of {', '.join(ESTIMATORS)}, not {shown(said)}",
                         ("estimator",))
    return ESTIMATORS[said]


def _part(tree, table, kind) -> Any:
    """The dataclass of a table that may be written as its main name alone."""
    said = tree[table]
    return value_of((table,), said if isinstance(said, dict) else {TABLES[table]: said}, kind)


def _source(tree):
    said = _needed(tree, "data")
    if isinstance(said, dict) and "source" not in said:
        raise WrongValue("data must have a source, such as source = 'digits'", ("data",))
    found = _part(tree, "data", SweepData)
    if not found.source or "\0" in found.source:
        raise WrongValue("source must be a set of data, a file or a folder, not "
                         f"{shown(found.source)}", ("data", "source"))
    if not 0 <= found.seed <= MOST_SEED:
        raise WrongValue(f"seed must lie in 0 .. {MOST_SEED}, not {found.seed}", ("data", "seed"))
    return found


def _measure(tree, task):
    found = _part(tree, "measure", Measure) if "measure" in tree else Measure()
    said, name = tree.get("measure"), MEASURES[task]
    if found.name not in ("", name):
        kind = next(one for one, other in ESTIMATORS.items() if other is task)
        raise WrongValue(f"the measure of a {kind} must be {name}, not {shown(found.name)}",
                         ("measure", "name"))
    if not 0.0 < found.validation < 1.0:
        raise WrongValue(f"validation must be above 0 and below 1, not {found.validation!r}",
                         ("measure", "validation"))
    if found.folds is not None:
        if "validation" in said:
            raise WrongValue("folds and validation both say what is kept apart: leave out one of "
                             "them", ("measure", "folds"))
        if not 2 <= found.folds <= MOST_FOLDS:
            raise WrongValue(f"folds must lie in 2 .. {MOST_FOLDS}, not {found.folds}",
                             ("measure", "folds"))
    return Measure(name, found.validation, found.folds)
