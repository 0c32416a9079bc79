"""Problems that a table poses: classes, values, or what is usual; and what is held out."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from sklearn.model_selection import train_test_split

from cortigate.boards.learn.estimators import (
    CortigateAutoencoder,
    CortigateClassifier,
    CortigateRegressor,
)
from cortigate.boards.learn.estimators.files import data_digest
from cortigate.golden.datasets import Table
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.sample_formats import MOST_CLASSES

__all__ = ["KINDS", "OwnTask", "Problem", "UNLABELLED", "problem_of", "shown"]


class OwnTask(StrEnum):
    """Kinds of problems."""

    CLASSES = "classes"
    REGRESSION = "regression"
    ANOMALY = "anomaly"


KINDS = {OwnTask.CLASSES: CortigateClassifier, OwnTask.REGRESSION: CortigateRegressor,
         OwnTask.ANOMALY: CortigateAutoencoder}
SCORES = {OwnTask.CLASSES: "accuracy", OwnTask.REGRESSION: "R²", OwnTask.ANOMALY: "mean score"}
GUESSES = {OwnTask.CLASSES: "the most frequent class for all",
           OwnTask.REGRESSION: "the mean for all"}

UNLABELLED = ("name the column of the labels with --label, or learn without labels what is usual: "
              "--task anomaly")


@dataclass(frozen=True)
class Problem(Plain):
    """Samples to learn from, samples held out, and what they are called.

    Parameters
    ----------
    task : OwnTask
    source : str
    names : tuple of str or None
        Of the inputs.
    labels : tuple of str
        Names of what is predicted.
    x, x_held : float64 array (n, n_inputs) and (m, n_inputs)
    y, y_held : array (n,) or (n, n_labels), and of m; of no columns without labels
    """

    task: OwnTask
    source: str
    names: tuple[str, ...] | None
    labels: tuple[str, ...]
    x: np.ndarray
    y: np.ndarray
    x_held: np.ndarray
    y_held: np.ndarray

    @property
    def kind(self) -> type[CortigateAutoencoder | CortigateClassifier | CortigateRegressor]:
        """Class of the estimator."""
        return KINDS[self.task]

    @property
    def outputs(self) -> int:
        """Neurons of the last layer."""
        if self.task is OwnTask.ANOMALY:
            return self.x.shape[1]
        return len(np.unique(self.y)) if self.task is OwnTask.CLASSES else len(self.labels)

    @property
    def judged(self) -> str:
        """Name of the score."""
        return SCORES[self.task]

    @property
    def digest(self) -> str:
        """Checksum of what is learned from."""
        return data_digest(self.x, np.unique(self.y, return_inverse=True)[1]
                           if self.task is OwnTask.CLASSES else self.y)

    def score(self, learner) -> float:
        """Score of a fitted estimator on what is held out; higher is better."""
        if self.task is OwnTask.ANOMALY:
            return float(learner.score_samples(self.x_held).mean())
        return float(learner.score(self.x_held, self.y_held))

    def plain_score(self) -> float | None:
        """Score of the best guess that does not look at the inputs; None where there is none."""
        if self.task is OwnTask.CLASSES:
            labels, counts = np.unique(self.y, return_counts=True)
            return float((self.y_held == labels[counts.argmax()]).mean())
        return 0.0 if self.task is OwnTask.REGRESSION else None

    def is_no_better(self, score: float) -> bool:
        """True if a score lies within the chance of what is held out of `plain_score`'s."""
        plain = self.plain_score()
        if plain is None:
            return False
        chance = 0.0
        if self.task is OwnTask.CLASSES:
            chance = float(np.sqrt(plain * (1 - plain) / len(self.x_held)))
        return score <= plain + chance

    @property
    def guess(self) -> str:
        """That guess in words; empty where there is none."""
        return GUESSES.get(self.task, "")


def shown(problem: Problem, score: float) -> str:
    """A score in words."""
    if problem.task is OwnTask.CLASSES:
        return f"{100 * score:.2f} % right"
    return f"{problem.judged} {score:.4g}"


def problem_of(table: Table, task: OwnTask | None, held_out: float | None, seed: int) -> Problem:
    """Problem that a table poses.

    Parameters
    ----------
    table : Table
        With its labels, if there are any.
    task : OwnTask or None
        None: classes.
    held_out : float or None
        Share of the rows that is held out, drawn by `seed`, of every class alike; 0: none. None: a
        fifth, or what the source itself holds out.

    Raises
    ------
    ValueError
        Labels and task do not fit, or there are too few rows.
    """
    task = task or OwnTask.CLASSES
    y = _targets(table, task)
    if held_out is not None and not 0.0 <= held_out < 1.0:
        raise ValueError(f"--held-out must be 0 or more and below 1, not {held_out}")
    if table.test is not None:
        if held_out is not None:
            raise ValueError(f"{table.source} has a test part of its own: leave out --held-out")
        x, x_held, y_held = table.inputs, table.test.inputs, _targets(table.test, task)
        unknown = np.setdiff1d(y_held, y).tolist() if task is OwnTask.CLASSES else []
        if unknown:
            raise ValueError(f"{table.source}: its test part holds the label {unknown[0]!r}, which "
                             "nothing to learn from has")
    else:
        kept, held = _split(table, y if task is OwnTask.CLASSES else None,
                            0.2 if held_out is None else held_out, seed)
        x, x_held = table.inputs[kept], table.inputs[held]
        y, y_held = y[kept], y[held]
    names = () if task is OwnTask.ANOMALY else tuple(table.labels)
    return Problem(task, table.source, table.names, names, x, y, x_held, y_held)


def _targets(table, task):
    """Targets: labels (n,), values (n,) or (n, n_labels), or nothing, (n, 0)."""
    labels = list(table.labels.values())
    if task is OwnTask.ANOMALY:
        return np.zeros((len(table.inputs), 0))
    if not labels:
        raise ValueError(UNLABELLED)
    texts = [name for name, values in table.labels.items() if values.dtype.kind == "U"]
    if task is OwnTask.REGRESSION:
        if texts:
            raise ValueError(f"{table.source}: column {texts[0]!r} must hold numbers for --task "
                             f"regression, not {table.labels[texts[0]].tolist()[0]!r}")
        values = np.stack([one.astype(np.float64) for one in labels], axis=1)
        _require_different(table, values)
        return values[:, 0] if len(labels) == 1 else values
    if len(labels) > 1:
        raise ValueError(f"a class has one column of labels, not {len(labels)}: add --task "
                         "regression if they are values")
    [(name, values)] = table.labels.items()
    if values.dtype.kind == "f" and (values % 1 != 0).any():
        row = int(np.flatnonzero(values % 1 != 0)[0])
        raise ValueError(f"{table.place(row)}: column {name!r} holds {values[row]}, which is no "
                         "class: add --task regression to learn values")
    _require_different(table, values[:, None])
    found = len(np.unique(values))
    if found > MOST_CLASSES:
        raise ValueError(f"{table.source}: column {name!r} holds {found} different labels, but at "
                         f"most {MOST_CLASSES} are told apart: add --task regression if they are "
                         "values")
    return values


def _require_different(table, values):
    """ValueError if a column of labels (n, n_labels) has one value alone."""
    for name, column in zip(table.labels, values.T, strict=True):
        if (column == column[0]).all():
            raise ValueError(f"{table.source}: column {name!r} holds {column.tolist()[0]!r} in "
                             "every row: there is nothing to learn")


def _split(table, classes, share, seed):
    """(Rows to learn from, rows held out), each in their order."""
    count = len(table.inputs)
    if not share:
        return np.arange(count), np.arange(0)
    if classes is not None:
        labels, counts = np.unique(classes, return_counts=True)
        if counts.min() < 2:
            alone = labels[counts.argmin()]
            row = int(np.flatnonzero(classes == alone)[0])
            values = "" if labels.dtype.kind == "U" else "; if labels are values, --task regression"
            raise ValueError(f"{table.place(row)}: only this row has the label {alone.item()!r}, "
                             "and one to learn from and one to hold out are needed: add rows, or "
                             f"leave it out, or --held-out 0{values}")
    try:
        kept, held = train_test_split(np.arange(count), test_size=share, random_state=seed,
                                      stratify=classes)
    except ValueError:
        kinds = 1 if classes is None else len(np.unique(classes))
        raise ValueError(f"--held-out {share:g} of {count} rows cannot hold out one of each of "
                         f"{kinds} classes and leave one: take another share, or --held-out 0"
                         ) from None
    return np.sort(kept), np.sort(held)
