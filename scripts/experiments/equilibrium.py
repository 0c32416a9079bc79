"""Rerun the equilibrium networks' tables: fixed points, initialisers, few free steps.

Three tables, each over seeds that change split, first weights and order alike:

- ``distance``: weights trained with long phases, with and without the branches' own learning; from
  every initialiser the distance to the fixed point, the gradient, the steps, and the accuracy of
  the bare pass.
- ``few-steps``: networks trained and tested with T1 free steps.
- ``online``: the same sample by sample, every constant a power of two, as hardware does it.

Rates, epochs and step counts are given, not searched: the test samples are only reported.
"""

from dataclasses import dataclass

import numpy as np

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.equilibrium.measures import convergence
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.rule import (
    EqPropRule,
    Nudge,
    Relaxation,
    Start,
)
from cortigate.golden.spec import Network
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.scripts.tables import Experiment, Section, about, spread

from .accuracy.run import Run, execute

__all__ = ["Row", "equilibrium"]

SHALLOW, DEEP = (64, 64, 10), (64, 64, 32, 10)
TOLERANCES = (2.0**-5, 2.0**-10)
REST = 1e-6
LIMIT = 2000
LEGEND = (
    "Digits, stratified 1437 / 360, split by seed; test samples, mean ± sample standard deviation "
    "over the seeds. Accuracies in %. Steps: until max |rho(soma) - h| of a sample is below 2^-5 "
    "or 2^-10, mean over the samples. At rest: at the fixed point, not after T1 steps."
)


@dataclass(frozen=True)
class Row(Plain):
    """One network and how it is trained.

    Parameters
    ----------
    label : str
    rule : EqPropRule or None
        None: backprop through the same network without feedback, clipped hidden units.
    sizes : tuple of int
    length, batch : int
        Epochs, of which 0 leave the network untrained, and samples of a step.
    decay : float
        Factor on the task's learning rates after each epoch.
    halvings : tuple of int
        Epochs (from 0) at whose start the task's learning rates are halved.
    """

    label: str
    rule: EqPropRule | None
    sizes: tuple[int, ...]
    length: int = 30
    batch: int = 16
    decay: float = 1.0
    halvings: tuple[int, ...] = ()

    @property
    def network(self):
        """Sizes as text."""
        return "-".join(map(str, self.sizes))

    def scale(self, epoch):
        """Factor on the task's learning rates in an epoch."""
        return self.decay**epoch * 0.5 ** sum(epoch >= start for start in self.halvings)


def _batch_rule(sizes, **changes):
    """Minibatches, leaky integration, springs: rates and steps of the literature's kind."""
    deep = len(sizes) == 4
    return EqPropRule(**{
        "sizes": sizes, "relaxation": Relaxation.LEAKY, "nudge": Nudge.SPRING, "beta": 0.5,
        "free_steps": 32 if deep else 24, "nudged_steps": 8 if deep else 6,
        "rate": (0.2, 0.1, 0.05) if deep else (0.1, 0.05), "start_rate": 0.1} | changes)


def _backprop(sizes):
    return Row("backprop", None, sizes, length=20, batch=1, halvings=(10, 15))


def distance():
    """Trained with long phases from zero; ffg and ffF learn alongside."""
    rows = []
    for sizes, settings in ((SHALLOW, ((0.0, 0.5), (0.01, 0.5), (0.1, 0.5), (0.03, 0.75))),
                            (DEEP, ((0.0, 0.5), (0.01, 0.5), (0.01, 0.75)))):
        common = {"start": Start.ZERO, "companions": (Start.GAIN, Start.MATRIX)}
        rows.append(Row("untrained", _batch_rule(sizes, **common), sizes, length=0))
        for branch_rate, share in settings:
            rule = _batch_rule(sizes, branch_rate=branch_rate, share=share, **common)
            rows.append(Row(f"lambda {branch_rate:g}, alpha {share:g}", rule, sizes, decay=0.95))
        rows.append(_backprop(sizes))
    return Section(about(distance), tuple(rows), _convergence)


def few_steps():
    """Trained and tested with T1 free steps; branches learn (lambda 0.01) with ffa only."""
    few, rows = {SHALLOW: (1, 2, 24), DEEP: (2, 4, 8, 32)}, []
    for sizes in (SHALLOW, DEEP):

        def add(label, start, sizes=sizes, **changes):
            rule = _batch_rule(sizes, start=start, start_rate=0.05 if start is Start.MATRIX
                               else 0.1, branch_rate=0.01 * (start is Start.SHARE), **changes)
            rows.append(Row(label, rule, sizes, decay=0.95))

        for steps in few[sizes]:
            for start in Start:
                add(f"leaky T1 {steps}, {start.value}", start, free_steps=steps)
        for start in (Start.NAIVE, Start.GAIN, Start.MATRIX, Start.SHARE):
            add(f"sweep T1 1, {start.value}", start, free_steps=1, nudged_steps=1,
                relaxation=Relaxation.SWEEP)
        for start in (Start.ZERO, Start.NAIVE, Start.SHARE):
            add(f"leaky T1 {few[sizes][1]} one-sided, {start.value}", start,
                free_steps=few[sizes][1], symmetric=False)
        rows.append(_backprop(sizes))
    return Section(about(few_steps), tuple(rows), _accuracies)


def online():
    """Sample by sample, sweeps, constant current, beta 1/2, rates 2^-4 and 2^-5."""
    rows = []
    for sizes, free_steps, rate in ((SHALLOW, 2, (2.0**-4, 2.0**-5)),
                                    (DEEP, 3, (2.0**-4, 2.0**-4, 2.0**-5))):
        for start in (Start.NAIVE, Start.GAIN, Start.SHARE):
            rule = EqPropRule(sizes, start=start, free_steps=free_steps, rate=rate,
                                   branch_rate=2.0**-9 * (start is Start.SHARE))
            rows.append(Row(f"T1 {free_steps}, {start.value}", rule, sizes, length=12, batch=1,
                            halvings=(6, 9)))
        rows.append(_backprop(sizes))
    return Section(about(online), tuple(rows), _accuracies)


# ---- training ------------------------------------------------------------------------------


def _percent(classes, labels):
    return 100.0 * float((classes == labels).mean())


def _learned(row, seed, data):
    model = EqPropModel(row.rule, seed=seed)
    generator = np.random.default_rng([seed, 2])
    samples, batch = len(data.x_train), row.batch
    for epoch in range(row.length):
        order = generator.permutation(samples)
        for first in range(0, samples - batch + 1, batch):
            chosen = order[first:first + batch]
            model.learn(data.x_train[chosen], data.y_train[chosen], row.scale(epoch))
    return model


def _backpropagated(row, seed):
    run = Run(row.network, "backprop", "backprop", design_for(Network(row.sizes)),
              epochs=row.length, halvings=row.halvings)
    return execute(run, seed).accuracies[-1]


def _accuracies(row, seeds):
    """Test accuracy in % after T1 free steps and at rest, of each seed."""
    if row.rule is None:
        return {"accuracy": [_backpropagated(row, seed) for seed in seeds]}
    found = {"accuracy": [], "at rest": []}
    for seed in seeds:
        data = load_digits_split(seed)
        model = _learned(row, seed, data)
        for name, how in (("accuracy", {}), ("at rest", {"steps": LIMIT, "tolerance": REST})):
            found[name].append(_percent(model.predict(data.x_test, **how), data.y_test))
    return found


def _convergence(row, seeds):
    """For each initialiser where it begins and how long it takes, of each seed."""
    if row.rule is None:
        return _accuracies(row, seeds)
    starts = {start.value: {} for start in Start}
    for seed in seeds:
        data = load_digits_split(seed)
        model = _learned(row, seed, data)
        sweeping = EqPropModel(row.rule.replace(relaxation=Relaxation.SWEEP), model.weights)
        for start in Start:
            leaky, swept = (convergence(one, data.x_test, start, TOLERANCES, REST, LIMIT)
                            for one in (model, sweeping))
            for name, value in {
                    "distance": leaky.distance, "gradient": leaky.gradient,
                    "leaky to 2^-5": leaky.steps[0], "leaky to 2^-10": leaky.steps[1],
                    "sweeps to 2^-5": swept.steps[0], "sweeps to 2^-10": swept.steps[1],
                    "bare pass": _percent(leaky.start_classes, data.y_test),
                    "accuracy": _percent(leaky.classes, data.y_test)}.items():
                starts[start.value].setdefault(name, []).append(value)
    return {"starts": starts}


# ---- report --------------------------------------------------------------------------------


def _figures(row):
    """Names and texts of what a row has reached, a line for each initialiser where they differ."""
    if "starts" in row:
        digits = {"distance": 3, "gradient": 3, "bare pass": 2, "accuracy": 2}  # steps: 1
        return [{"start": start} | {name: spread(values, digits.get(name, 1))
                                    for name, values in found.items()}
                for start, found in row["starts"].items()]
    return [{name: spread(row[name]) for name in ("accuracy", "at rest") if name in row}]


EQUILIBRIUM = Experiment(
    "equilibrium", "Equilibrium networks, float64", LEGEND,
    {"distance": distance, "few-steps": few_steps, "online": online},
    lambda row: {"batch": row.batch, "decay": row.decay, "halvings": list(row.halvings)}, _figures)
equilibrium = EQUILIBRIUM.run
