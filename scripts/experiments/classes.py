"""Learn tables as `cortigate train` does without options: every rule beside `MLPClassifier`.

Wine and breast cancer of scikit-learn, and two made tables, each written as CSV and read back. Each
seed holds out other rows; none of the parameters was chosen on them.
"""

import csv
import tempfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

from sklearn.datasets import load_breast_cancer, load_wine, make_circles, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.golden.datasets import Columns, Table, read_table
from cortigate.golden.spec import RULES
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.own.learner import EPOCHS, NetworkWish, new_learner
from cortigate.scripts.own.problem import Problem, problem_of
from cortigate.scripts.tables import Experiment, Section, about, spread

__all__ = ["Row", "classes", "problem"]

BESIDE, GUESS, MOST = "MLPClassifier", "most frequent class", 2000
LABEL = "kind"
LEGEND = (
    "Accuracy in % on the fifth of the rows that is held out, of every class alike; mean ± sample "
    "standard deviation over the seeds, which draw these rows, the weights and the order. The "
    f"rules learn {EPOCHS} epochs on the integer model, as `cortigate train` does. {BESIDE} has "
    f"the same hidden layers and a StandardScaler, and stops by its own rule after {MOST} epochs "
    "at most.")


def _made(**_):
    """600 rows of three overlapping classes, half of them in one: 6 of 12 columns say something."""
    return make_classification(600, 12, n_informative=6, n_redundant=2, n_classes=3, flip_y=0.05,
                               weights=[0.5, 0.3, 0.2], random_state=0)


def _rings(**_):
    """400 points on two rings, one inside the other, which no line parts."""
    return make_circles(400, noise=0.1, factor=0.5, random_state=0)


SETS: dict[str, Any] = {"wine": load_wine, "breast-cancer": load_breast_cancer, "made": _made,
                        "rings": _rings}


@dataclass(frozen=True)
class Row(Plain):
    """One learner; `length` is epochs at most."""

    label: str
    data: str
    length: int

    @property
    def network(self):
        """Data, inputs and classes."""
        found = problem(self.data, 0)
        return f"{self.data} {found.x.shape[1]}-…-{found.outputs}"


@cache
def _table(data: str) -> Table:
    """The table of a set: written as CSV, and read as `train` reads it."""
    x, y = SETS[data](return_X_y=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{data}.csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([
                [*(f"x{column}" for column in range(x.shape[1])), LABEL],
                *([*map(repr, values), f"class {kind}"]
                  for values, kind in zip(x.tolist(), y.tolist(), strict=True))])
        return read_table(path, Columns(labels=(LABEL,)))


def problem(data: str, seed: int) -> Problem:
    """A set as `cortigate train --seed` splits it."""
    return problem_of(_table(data), None, None, seed)


def _section(data: str) -> Section:
    rows = (Row(GUESS, data, 0), Row(BESIDE, data, MOST), *(Row(rule, data, EPOCHS)
                                                           for rule in RULES))
    return Section(about(SECTIONS[data]), rows, _train)


def wine():
    """178 wines of three growers, 13 chemical measures."""


def breast_cancer():
    """569 tumours, benign or malignant, 30 measures of their cells."""


SECTIONS = {"wine": wine, "breast-cancer": breast_cancer, "made": _made, "rings": _rings}


def learner(row: Row, found: Problem, seed: int):
    """Learner of a row: `train`'s own estimator, or scikit-learn's."""
    if row.label == BESIDE:
        return make_pipeline(StandardScaler(), MLPClassifier(
            CortigateClassifier().hidden_layer_sizes, max_iter=row.length, random_state=seed))
    wish = NetworkWish(None, row.label, None, None, None, None)
    return new_learner(found, wish, "integer", epochs=row.length, random_state=seed)


def _train(row, seeds):
    """Accuracy for each seed."""
    scores = []
    for seed in seeds:
        found = problem(row.data, seed)
        if row.label == GUESS:
            scores.append(found.plain_score())
            continue
        with catch_warnings():
            simplefilter("ignore", ConvergenceWarning)  # the largest number of epochs ends it, too
            scores.append(found.score(learner(row, found, seed).fit(found.x, found.y)))
    return {"score": scores}


def _settings(row):
    return {"data": row.data}


def _figures(row):
    """Name and text of what a row has reached."""
    return [{"accuracy / %": spread([100 * one for one in row["score"]]),
             "worst": f"{100 * min(row['score']):.2f}", "epochs": f"{row['length']}"}]


CLASSES = Experiment("classes", "Tables of classes", LEGEND,
                     {data: partial(_section, data) for data in SETS}, _settings, _figures)
classes = CLASSES.run
