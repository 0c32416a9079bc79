"""Rerun the regressions of scikit-learn's small sets: every rule beside its `MLPRegressor`.

The integer models of `CortigateRegressor` with their default rates. Each seed splits a set into
five folds; none of the parameters was chosen on them.
"""

from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_linnerud
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cortigate.boards.learn.estimators import CortigateRegressor
from cortigate.golden.spec import RULES
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.tables import Experiment, Section, about, spread

__all__ = ["Row", "regression"]

SETS = {"diabetes": load_diabetes, "linnerud": load_linnerud}
BESIDE = "MLPRegressor"
FOLDS, EPOCHS, MOST = 5, 60, 2000
JUDGED: dict[str, Any] = {"scoring": "r2", "error_score": "raise"}
LEGEND = (
    f"R² on held-out samples, mean of {FOLDS} folds; mean ± sample standard deviation over the "
    f"seeds, which draw the folds. {BESIDE} has the same layers and scaled inputs and values, and "
    "stops by its own rule; the others halve their rates after a half and three quarters.")


@dataclass(frozen=True)
class Row(Plain):
    """One learner; `length` is epochs at most."""

    label: str
    data: str
    hidden: int
    length: int

    @property
    def network(self):
        """Data and layers."""
        x, y = SETS[self.data](return_X_y=True)
        outputs = 1 if y.ndim == 1 else y.shape[1]
        return f"{self.data} {x.shape[1]}-{self.hidden}-{outputs}"


def _rows(data, hidden):
    rules = [rule for rule, kind in RULES.items() if not kind().engine.spiking]
    return (Row(BESIDE, data, hidden, MOST),
            *(Row(rule, data, hidden, EPOCHS) for rule in rules))


def diabetes():
    """One value: how far diabetes has come after a year, of 442 patients."""
    return Section(about(diabetes), _rows("diabetes", 16), _train)


def linnerud():
    """Three values: weight, waist and pulse of 20 men, from three exercises."""
    return Section(about(linnerud), _rows("linnerud", 4), _train)


def learner(row: Row, seed: int):
    """Estimator of a row."""
    if row.label != BESIDE:
        return CortigateRegressor(
            hidden_layer_sizes=(row.hidden,), rule=row.label, epochs=row.length,
            milestones=(row.length // 2, 3 * row.length // 4), random_state=seed)
    network = MLPRegressor(hidden_layer_sizes=(row.hidden,), max_iter=row.length,
                           random_state=seed)
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), network),
                                      transformer=StandardScaler())


def _train(row, seeds):
    """Mean R² of the folds for each seed."""
    x, y = SETS[row.data](return_X_y=True)
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # the largest number of epochs ends it, too
        return {"score": [
            float(cross_val_score(learner(row, seed), x, y, **JUDGED,
                                  cv=KFold(FOLDS, shuffle=True, random_state=seed)).mean())
            for seed in seeds]}


def _settings(row):
    return {"data": row.data}


def _figures(row):
    """Name and text of what a row has reached."""
    return [{"R²": spread(row["score"], 3), "worst": f"{min(row['score']):.3f}",
             "epochs": f"{row['length']}"}]


REGRESSION = Experiment("regression", "Regression", LEGEND,
                        {"diabetes": diabetes, "linnerud": linnerud}, _settings, _figures)
regression = REGRESSION.run
