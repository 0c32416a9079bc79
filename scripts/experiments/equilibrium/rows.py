"""Rows of the equilibrium networks' tables, and how they are trained."""

from dataclasses import dataclass

import numpy as np

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.rule import EqPropRule, Nudge, Relaxation
from cortigate.golden.spec import Design, Network
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.ghost import design_for

from ..accuracy.run import Run, execute

__all__ = ["DEEP", "LIMIT", "REST", "SHALLOW", "TOLERANCES", "Row", "accuracies", "backprop",
           "batch_rule", "learned", "percent"]

SHALLOW, DEEP = (64, 64, 10), (64, 64, 32, 10)
TOLERANCES = (2.0**-5, 2.0**-10)
REST = 1e-6
LIMIT = 2000


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
    design : Design or None
        Of a network in integers, which has no rule here.
    """

    label: str
    rule: EqPropRule | None
    sizes: tuple[int, ...]
    length: int = 30
    batch: int = 16
    decay: float = 1.0
    halvings: tuple[int, ...] = ()
    design: Design | None = None

    @property
    def network(self):
        """Sizes as text."""
        return "-".join(map(str, self.sizes))

    def scale(self, epoch):
        """Factor on the task's learning rates in an epoch."""
        return self.decay**epoch * 0.5 ** sum(epoch >= start for start in self.halvings)


def batch_rule(sizes, **changes):
    """Minibatches, leaky integration, springs: rates and steps of the literature's kind."""
    deep = len(sizes) == 4
    return EqPropRule(**{
        "sizes": sizes, "relaxation": Relaxation.LEAKY, "nudge": Nudge.SPRING, "beta": 0.5,
        "free_steps": 32 if deep else 24, "nudged_steps": 8 if deep else 6,
        "rate": (0.2, 0.1, 0.05) if deep else (0.1, 0.05), "start_rate": 0.1} | changes)


def backprop(sizes):
    return Row("backprop", None, sizes, length=20, batch=1, halvings=(10, 15))


def percent(classes, labels):
    return 100.0 * float((classes == labels).mean())


def learned(row, seed, data):
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


def accuracies(row, seeds):
    """Test accuracy in % after T1 free steps and at rest, of each seed."""
    if row.rule is None:
        return {"accuracy": [_backpropagated(row, seed) for seed in seeds]}
    found = {"accuracy": [], "at rest": []}
    for seed in seeds:
        data = load_digits_split(seed)
        model = learned(row, seed, data)
        for name, how in (("accuracy", {}), ("at rest", {"steps": LIMIT, "tolerance": REST})):
            found[name].append(percent(model.predict(data.x_test, **how), data.y_test))
    return found
