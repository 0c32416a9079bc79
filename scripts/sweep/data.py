"""The data of a sweep, and the parts of it that runs learn from and are judged by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from cortigate.boards.design_file.words import WrongValue
from cortigate.golden.datasets import (
    Columns,
    Table,
    arm_kinematics,
    load_digits_split,
    machine_vibration,
    read_table,
)
from cortigate.scripts.own.problem import OwnTask, Problem, problem_of
from cortigate.scripts.sweep.file import Measure, SweepData, SweepFile

__all__ = ["BUILT_IN", "problem_of_sweep", "require_parts", "validations"]

# Name -> (the set, names of its columns of labels).
BUILT_IN = {"digits": (load_digits_split, ("digit",)),
            "arm": (arm_kinematics, ("shoulder", "elbow")),
            "vibration": (machine_vibration, ("severity",))}
# Options that messages about a table name -> how a sweep's file says the same.
IN_FILE = {"--task regression": "estimator = 'regressor'",
           "--task anomaly": "estimator = 'autoencoder'",
           "--held-out": "held_out", "--ignore": "ignore", "--label": "label"}


def problem_of_sweep(file: SweepFile) -> Problem:
    """Problem that the data of a sweep pose; its test set is what the problem holds out.

    Raises
    ------
    ValueError
        The data cannot be read, or are not for the estimator, with the line of the file.
    """
    source = file.source
    try:
        return problem_of(_table(source, file.path.parent), file.task, source.held_out, source.seed)
    except WrongValue as error:
        raise file.placed(error) from None
    except (ValueError, OSError) as error:
        raise file.placed(WrongValue(_in_file(str(error)), ("data", "source"))) from None


def _table(source: SweepData, folder: Path):
    """The table of a source."""
    if source.source in BUILT_IN:
        for name, value in (("label", source.labels), ("ignore", source.ignore)):
            if value:
                raise WrongValue(f"{source.source} has no columns: leave out {name}",
                                 ("data", name))
        load, names = BUILT_IN[source.source]
        found = load(seed=source.seed)
        return replace(_half(source.source, names, found.x_train, found.y_train),
                       test=_half(source.source, names, found.x_test, found.y_test))
    path = folder / source.source
    if not path.exists():
        raise WrongValue(f"source must be one of {', '.join(BUILT_IN)}, or a file or folder, but "
                         f"there is no {path}", ("data", "source"))
    return read_table(path, Columns(source.labels, source.ignore))


def _half(name, labels, x, y):
    """A built-in set's part to learn from, or to test."""
    columns = [y] if y.ndim == 1 else list(y.T)
    return Table(name, None, x, dict(zip(labels, columns, strict=True)))


def _in_file(text):
    for option, said in IN_FILE.items():
        text = text.replace(option, said)
    return text


def require_parts(file: SweepFile, problem: Problem) -> None:
    """Raise ValueError, with the line of the file, if too little is there to be kept apart."""
    name = "validation" if file.measure.folds is None else "folds"
    reason, classes = "", len(np.unique(problem.y)) if problem.task is OwnTask.CLASSES else 0
    for seed in file.seeds:
        try:
            parts = _places(problem, file.measure, seed)
        except ValueError as error:
            reason = str(error)
            break
        for kept, held in parts:
            if len(held) < 2:  # of one alone there is no R²
                reason = f"of {len(problem.x)} samples it keeps less than two apart"
            elif classes and len(np.unique(problem.y[kept])) < classes:
                reason = "it leaves none of a class to learn from"
    if reason:
        raise file.placed(WrongValue(f"{name} must be another one for so few samples: {reason}",
                                     ("measure", name)))


def validations(problem: Problem, measure: Measure, seed: int) -> list[Problem]:
    """Problems of the same data in which samples to learn from are held out to judge by.

    Parameters
    ----------
    problem : Problem
        What it holds out is in none of them.
    measure : Measure
    seed : int
        Draws what is kept apart, of every class alike.
    """
    return [replace(problem, x=problem.x[kept], y=problem.y[kept], x_held=problem.x[held],
                    y_held=problem.y[held]) for kept, held in _places(problem, measure, seed)]


def _places(problem, measure, seed):
    """(Places to learn from, places to judge by) of each part, in their order."""
    labels = problem.y if problem.task is OwnTask.CLASSES else None
    count = len(problem.x)
    if measure.folds is None:
        kept, held = train_test_split(np.arange(count), test_size=measure.validation,
                                      random_state=seed, stratify=labels)
        return [(np.sort(kept), np.sort(held))]
    if labels is None:
        parts = KFold(measure.folds, shuffle=True, random_state=seed)
    else:
        fewest = np.unique(labels, return_counts=True)[1].min()
        if fewest < measure.folds:
            raise ValueError(f"one class has only {fewest} of them, and every fold needs one")
        parts = StratifiedKFold(measure.folds, shuffle=True, random_state=seed)
    return list(parts.split(problem.x, labels))
