"""Equilibrium networks on the digits: what an initialiser is worth, and how few steps are enough.

Three tables, each over seeds that change split, first weights and order alike:

- ``distance``: weights trained with long phases, with and without the branches' own learning; from
  every initialiser the distance to the fixed point, the gradient, the steps, and the accuracy of
  the bare pass.
- ``few steps``: networks trained and tested with T1 free steps.
- ``online``: the same sample by sample, every constant a power of two, as hardware does it.

Rates, epochs and step counts are given, not searched: the test samples are only reported.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

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

from .report import versions
from .run import Run, execute

__all__ = ["TABLES", "Training", "as_json", "as_markdown", "carry_out", "trainings_of"]

SHALLOW, DEEP = (64, 64, 10), (64, 64, 32, 10)
TOLERANCES = (2.0**-5, 2.0**-10)
REST = 1e-6
LIMIT = 2000


@dataclass(frozen=True)
class Training(Plain):
    """One network and how it is trained.

    Parameters
    ----------
    table, label : str
        Names of the table and of the row.
    rule : EqPropRule or None
        None: backprop through the same network without feedback, clipped hidden units.
    sizes : tuple of int
    epochs, batch : int
        0 epochs leave the network untrained.
    decay : float
        Factor on the task's learning rates after each epoch.
    halvings : tuple of int
        Epochs (from 0) at whose start the task's learning rates are halved.
    """

    table: str
    label: str
    rule: EqPropRule | None
    sizes: tuple[int, ...]
    epochs: int = 30
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


def _backprop(table, sizes):
    return Training(table, "backprop", None, sizes, epochs=20, batch=1, halvings=(10, 15))


def distance():
    """Trained with long phases from zero; ffg and ffF learn alongside."""
    rows = {SHALLOW: ((0.0, 0.5), (0.01, 0.5), (0.1, 0.5), (0.03, 0.75)),
            DEEP: ((0.0, 0.5), (0.01, 0.5), (0.01, 0.75))}
    for sizes, settings in rows.items():
        common = {"start": Start.ZERO, "companions": (Start.GAIN, Start.MATRIX)}
        yield Training("distance", "untrained", _batch_rule(sizes, **common), sizes, epochs=0)
        for branch_rate, share in settings:
            rule = _batch_rule(sizes, branch_rate=branch_rate, share=share, **common)
            yield Training("distance", f"lambda {branch_rate:g}, alpha {share:g}", rule, sizes,
                           decay=0.95)
        yield _backprop("distance", sizes)


def few_steps():
    """Trained and tested with T1 free steps; branches learn (lambda 0.01) with ffa only."""
    few = {SHALLOW: (1, 2, 24), DEEP: (2, 4, 8, 32)}
    for sizes in (SHALLOW, DEEP):

        def train(label, start, sizes=sizes, **changes):
            rule = _batch_rule(sizes, start=start, start_rate=0.05 if start is Start.MATRIX
                               else 0.1, branch_rate=0.01 * (start is Start.SHARE), **changes)
            return Training("few steps", label, rule, sizes, decay=0.95)

        for steps in few[sizes]:
            for start in Start:
                yield train(f"leaky T1 {steps}, {start.value}", start, free_steps=steps)
        for start in (Start.NAIVE, Start.GAIN, Start.MATRIX, Start.SHARE):
            yield train(f"sweep T1 1, {start.value}", start, free_steps=1, nudged_steps=1,
                        relaxation=Relaxation.SWEEP)
        for start in (Start.ZERO, Start.NAIVE, Start.SHARE):
            yield train(f"leaky T1 {few[sizes][1]} one-sided, {start.value}", start,
                        free_steps=few[sizes][1], symmetric=False)
        yield _backprop("few steps", sizes)


def online():
    """Sample by sample, sweeps, constant current, beta 1/2, rates 2^-4 and 2^-5."""
    for sizes, free_steps, rate in ((SHALLOW, 2, (2.0**-4, 2.0**-5)),
                                    (DEEP, 3, (2.0**-4, 2.0**-4, 2.0**-5))):
        for start in (Start.NAIVE, Start.GAIN, Start.SHARE):
            rule = EqPropRule(sizes, start=start, free_steps=free_steps, rate=rate,
                                   branch_rate=2.0**-9 * (start is Start.SHARE))
            yield Training("online", f"T1 {free_steps}, {start.value}", rule, sizes, epochs=12,
                           batch=1, halvings=(6, 9))
        yield _backprop("online", sizes)


TABLES = {"distance": distance, "few steps": few_steps, "online": online}


def trainings_of(tables=tuple(TABLES), *, quick=False):
    """Every Training of some tables; `quick`: one epoch, the first network."""
    unknown = set(tables) - set(TABLES)
    if unknown:
        raise ValueError(f"tables must be of {', '.join(TABLES)}, not {sorted(unknown)}")
    chosen = [training for table in tables for training in TABLES[table]()]
    if not quick:
        return chosen
    return [dataclasses.replace(t, epochs=min(t.epochs, 1), halvings=()) for t in chosen
            if t.sizes == SHALLOW]


def _percent(classes, labels):
    return 100.0 * float((classes == labels).mean())


def _train(training, seed, data):
    model = EqPropModel(training.rule, seed=seed)
    generator = np.random.default_rng([seed, 2])
    samples, batch = len(data.x_train), training.batch
    for epoch in range(training.epochs):
        order = generator.permutation(samples)
        for first in range(0, samples - batch + 1, batch):
            chosen = order[first:first + batch]
            model.learn(data.x_train[chosen], data.y_train[chosen], training.scale(epoch))
    return model


def carry_out(training, seed):
    """Figures of one seed by name: float, or for ``distance`` one dict per initialiser."""
    data = load_digits_split(seed)
    if training.rule is None:
        run = Run(training.network, "backprop", "backprop", design_for(Network(training.sizes)),
                  epochs=training.epochs, halvings=training.halvings)
        return {"accuracy": execute(run, seed).accuracies[-1]}
    with threadpool_limits(1):  # the matrices are small, and other runs may share the machine
        model = _train(training, seed, data)
        x, labels = data.x_test, data.y_test
        if training.table != "distance":
            rested = model.predict(x, steps=LIMIT, tolerance=REST)
            return {"accuracy": _percent(model.predict(x), labels),
                    "at rest": _percent(rested, labels)}
        sweeping = EqPropModel(training.rule.replace(relaxation=Relaxation.SWEEP),
                                    model.weights)
        figures = {}
        for start in Start:
            leaky = convergence(model, x, start, TOLERANCES, REST, LIMIT)
            swept = convergence(sweeping, x, start, TOLERANCES, REST, LIMIT)
            figures[start.value] = {
                "distance": leaky.distance, "gradient": leaky.gradient,
                "leaky to 2^-5": leaky.steps[0], "leaky to 2^-10": leaky.steps[1],
                "sweeps to 2^-5": swept.steps[0], "sweeps to 2^-10": swept.steps[1],
                "bare pass": _percent(leaky.start_classes, labels),
                "accuracy": _percent(leaky.classes, labels)}
        return figures


def _gather(results):
    """Lists by name instead of a list of (nested) dicts."""
    if not isinstance(results[0], dict):
        return results
    return {name: _gather([result[name] for result in results]) for name in results[0]}


def as_json(rows, seeds, command):
    """Record of everything, ready for json.dump.

    Parameters
    ----------
    rows : list of (Training, list of what carry_out returns)
    seeds : list of int
    command : str
    """
    return {
        "command": command, "versions": versions(), "seeds": list(seeds),
        "data": "scikit-learn digits, stratified 1437 / 360, split by seed",
        "tables": {
            table: {"about": TABLES[table].__doc__.partition("\n")[0], "rows": [
                {"network": t.network, "weights": t.label, "epochs": t.epochs, "batch": t.batch,
                 "figures": _gather(results)} for t, results in rows if t.table == table]}
            for table in dict.fromkeys(t.table for t, _ in rows)},
    }


def _spread(values, digits):
    """Mean ± sample standard deviation; without it for one seed."""
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {np.std(values, ddof=1):.{digits}f}"


def _lines(names, rows):
    """A Markdown table."""
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names),
            *("| " + " | ".join(row) + " |" for row in rows)]


def _distance_rows(row):
    figures = row["figures"]
    if "accuracy" in figures:
        yield [row["network"], row["weights"], *[""] * 8, _spread(figures["accuracy"], 2)]
        return
    for start, values in figures.items():
        yield [row["network"], row["weights"], start,
               *(_spread(values[n], 3) for n in ("distance", "gradient")),
               *(_spread(values[n], 1) for n in ("leaky to 2^-5", "leaky to 2^-10",
                                                 "sweeps to 2^-5", "sweeps to 2^-10")),
               *(_spread(values[n], 2) for n in ("bare pass", "accuracy"))]


def as_markdown(record):
    """The record of `as_json` as a Markdown document."""
    lines = ["# Equilibrium networks", "", f"`{record['command']}`; {record['data']}.",
             ", ".join(f"{name} {version}" for name, version in record["versions"].items()) + ".",
             (f"Test samples; mean ± sample standard deviation over {len(record['seeds'])} seeds. "
             "Accuracies in %. Steps: until max |rho(soma) - h| of a sample is below 2^-5 or "
             "2^-10, mean over the samples. At rest: at the fixed point, not after T1 steps.")]
    for table, content in record["tables"].items():
        lines += ["", f"## {table}", "", content["about"], ""]
        rows = content["rows"]
        if table == "distance":
            lines += _lines(("network", "weights", "start", "distance", "gradient",
                             "leaky to 2^-5", "to 2^-10", "sweeps to 2^-5", "to 2^-10",
                             "bare pass", "accuracy at rest"),
                            [cells for row in rows for cells in _distance_rows(row)])
        else:
            lines += _lines(("network", "model", "accuracy", "at rest"), [
                [row["network"], row["weights"], _spread(row["figures"]["accuracy"], 2),
                 _spread(row["figures"]["at rest"], 2) if "at rest" in row["figures"] else ""]
                for row in rows])
    return "\n".join(lines) + "\n"
