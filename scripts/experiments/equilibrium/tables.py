"""Fixed points, initialisers, few free steps: the nudged networks' three tables."""

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.equilibrium.measures import convergence
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.rule import EqPropRule, Relaxation, Start
from cortigate.scripts.tables import Section, about

from .rows import (
    DEEP,
    LIMIT,
    REST,
    SHALLOW,
    TOLERANCES,
    Row,
    accuracies,
    backprop,
    batch_rule,
    learned,
    percent,
)

__all__ = ["distance", "few_steps", "online"]


def distance():
    """Trained with long phases from zero; ffg and ffF learn alongside."""
    rows = []
    for sizes, settings in ((SHALLOW, ((0.0, 0.5), (0.01, 0.5), (0.1, 0.5), (0.03, 0.75))),
                            (DEEP, ((0.0, 0.5), (0.01, 0.5), (0.01, 0.75)))):
        common = {"start": Start.ZERO, "companions": (Start.GAIN, Start.MATRIX)}
        rows.append(Row("untrained", batch_rule(sizes, **common), sizes, length=0))
        for branch_rate, share in settings:
            rule = batch_rule(sizes, branch_rate=branch_rate, share=share, **common)
            rows.append(Row(f"lambda {branch_rate:g}, alpha {share:g}", rule, sizes, decay=0.95))
        rows.append(backprop(sizes))
    return Section(about(distance), tuple(rows), convergences)


def few_steps():
    """Trained and tested with T1 free steps; branches learn (lambda 0.01) with ffa only."""
    few, rows = {SHALLOW: (1, 2, 24), DEEP: (2, 4, 8, 32)}, []
    for sizes in (SHALLOW, DEEP):

        def add(label, start, sizes=sizes, **changes):
            rule = batch_rule(sizes, start=start, start_rate=0.05 if start is Start.MATRIX
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
        rows.append(backprop(sizes))
    return Section(about(few_steps), tuple(rows), accuracies)


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
        rows.append(backprop(sizes))
    return Section(about(online), tuple(rows), accuracies)


def convergences(row, seeds):
    """For each initialiser where it begins and how long it takes, of each seed."""
    if row.rule is None:
        return accuracies(row, seeds)
    starts = {start.value: {} for start in Start}
    for seed in seeds:
        data = load_digits_split(seed)
        model = learned(row, seed, data)
        sweeping = EqPropModel(row.rule.replace(relaxation=Relaxation.SWEEP), model.weights)
        for start in Start:
            leaky, swept = (convergence(one, data.x_test, start, TOLERANCES, REST, LIMIT)
                            for one in (model, sweeping))
            for name, value in {
                    "distance": leaky.distance, "gradient": leaky.gradient,
                    "leaky to 2^-5": leaky.steps[0], "leaky to 2^-10": leaky.steps[1],
                    "sweeps to 2^-5": swept.steps[0], "sweeps to 2^-10": swept.steps[1],
                    "bare pass": percent(leaky.start_classes, data.y_test),
                    "accuracy": percent(leaky.classes, data.y_test)}.items():
                starts[start.value].setdefault(name, []).append(value)
    return {"starts": starts}
