"""Rerun the tables of autoencoders on the digits: reconstruction, codes, a class never seen.

The integer models of the rules beside backprop in float64 of the same layers. Learning rates are
the best powers of two on held-out training digits; each falls to a half twice.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from cortigate.boards.learn.training import design_by_name, halved_shifts
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.feedforward import ReferenceRule
from cortigate.golden.spec import Target
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.tables import Experiment, Section, about, spread

__all__ = ["Row", "autoencoder"]

LAYERS, CODE = (64, 32, 8, 32, 64), 2
FOREST = "IsolationForest"
LEGEND = (
    "Error: mean squared error of the pixels, 0 .. 1, on held-out digits, in units of their "
    "variance. Probe: accuracy in % of a logistic regression on the codes. Area: under the curve "
    "that tells a digit whose class was left out from the others, mean over the ten classes. "
    "Means ± sample standard deviations over the seeds.")


@dataclass(frozen=True)
class Row(Plain):
    """One model: a rule's integers, "backprop", or a forest; `length` is epochs."""

    label: str
    hidden: str
    shift: int
    length: int

    @property
    def network(self):
        """Layers and units."""
        return f"{'-'.join(map(str, LAYERS))} {self.hidden}" if self.hidden else "64 features"


ROWS = (Row("backprop", "clip", 6, 60), Row("ghost", "clip", 5, 60),
        Row("equilibrium", "clip", 6, 60), Row("inversion", "tanh", 6, 60),
        Row("pal", "soft", 8, 60))


# ---- models --------------------------------------------------------------------------------


class Backprop:
    """An autoencoder in float64."""

    def __init__(self, row, seed):
        rule = ReferenceRule(LAYERS, hidden=row.hidden, eta=2.0**-row.shift)
        self.model, self.shift = BackpropModel(rule, seed=seed), row.shift

    def learn(self, x, order, halvings):
        """One epoch."""
        self.model.learn_all(x, x, order, self.shift + halvings)

    def outputs(self, x, layer=None):
        """Rates (n, n_layer)."""
        return self.model.outputs(x, layer)


class Integers:
    """An autoencoder in integers."""

    def __init__(self, row, seed):
        self.design = design_by_name(LAYERS, rule=row.label, hidden=row.hidden,
                                     learning_rate_shift=row.shift, target=Target.INPUT)
        self.model = integer_model(self.design)
        self.model.set_weights(initial_weights(self.design, seed))

    def learn(self, x, order, halvings):
        """One epoch."""
        raw = self.design.sample.from_float(x)
        self.model.learn_all(raw, None, order, *halved_shifts(self.design.rule, halvings))

    def outputs(self, x, layer=None):
        """Rates (n, n_layer), real."""
        raw = self.model.outputs(self.design.sample.from_float(x), layer)
        return self.design.rate.to_float(raw)


def learned(row, x, seed):
    """The model of a row after all epochs over samples (n, 64)."""
    model = (Backprop if row.label == "backprop" else Integers)(row, seed)
    random = np.random.default_rng([seed, 2])
    for epoch in range(row.length):
        halvings = (2 * epoch >= row.length) + (4 * epoch >= 3 * row.length)
        model.learn(x, random.permutation(len(x)), halvings)
    return model


# ---- tables --------------------------------------------------------------------------------


def reconstruction():
    """Digits that are given back through eight neurons, and what these tell of the class."""
    return Section(about(reconstruction), ROWS, _reconstruct)


def anomaly():
    """Digits of a class that was left out, found by how badly they are given back."""
    rows = (*ROWS, Row(FOREST, "", 0, 1))
    return Section(about(anomaly), rows, _find)


def _reconstruct(row, seeds):
    """Error and probe of a network for each seed."""
    errors, probes = [], []
    for seed in seeds:
        data = load_digits_split(seed)
        model = learned(row, data.x_train, seed)
        wrong = np.square(model.outputs(data.x_test) - data.x_test).mean()
        errors.append(float(wrong / np.square(data.x_test - data.x_train.mean(axis=0)).mean()))
        probe = LogisticRegression(C=100.0, max_iter=5000)
        probe.fit(model.outputs(data.x_train, CODE), data.y_train)
        codes = model.outputs(data.x_test, CODE)
        probes.append(float(100.0 * probe.score(codes, data.y_test)))
    return {"error": errors, "probe": probes}


def _find(row, seeds):
    """Mean area under the curve of ten networks for each seed."""
    areas = []
    for seed in seeds:
        data = load_digits_split(seed)
        areas.append([area(row, data, unseen, seed) for unseen in range(10)])
    return {"areas": areas}


def area(row, data, unseen, seed):
    """Area under the curve where one class was left out of the training digits."""
    x = data.x_train[data.y_train != unseen]
    if row.label == FOREST:
        score = -IsolationForest(random_state=seed).fit(x).score_samples(data.x_test)
    else:
        given_back = learned(row, x, seed).outputs(data.x_test)
        score = np.square(given_back - data.x_test).mean(axis=1)
    return float(roc_auc_score(data.y_test == unseen, score))


# ---- report --------------------------------------------------------------------------------


def _settings(row):
    return {"shift": row.shift}


def _figures(row):
    """Name and text of what a row has reached."""
    rate = f"2^-{row['shift']}" if row["shift"] else "–"
    if "areas" in row:
        classes = np.mean(row["areas"], axis=0)
        return [{"area": spread(np.mean(row["areas"], axis=1), 3),
                 "least of a class": f"{classes.min():.3f}", "epochs": f"{row['length']}",
                 "rate": rate}]
    return [{"error": spread(row["error"], 3), "probe": spread(row["probe"], 1),
             "epochs": f"{row['length']}", "rate": rate}]


AUTOENCODER = Experiment(
    "autoencoder", "Autoencoders on the digits", LEGEND,
    {"reconstruction": reconstruction, "anomaly": anomaly}, _settings, _figures)
autoencoder = AUTOENCODER.run
