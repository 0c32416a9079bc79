"""The clamped phase and noise: the tables of what else the paper's network does."""

from typing import Any

import numpy as np

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.floats import norm
from cortigate.golden.reference.equilibrium.measures import convergence
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.relaxation import relax
from cortigate.golden.reference.equilibrium.rule import EqPropRule, Nudge, Relaxation, Start
from cortigate.golden.reference.samples import targets_of
from cortigate.golden.spec import Feedback
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

__all__ = ["clamped", "feedback", "noise", "phases"]

STARTS = (Start.ZERO, Start.NAIVE, Start.SHARE)
TEMPERATURES = (0.0, 2.0**-14, 2.0**-11, 2.0**-8, 2.0**-5)
LAST = 32  # noisy states of which the mean is taken, too


def clamped():
    """The output free, or clamped to the label; from every start to the fixed point."""
    rows = []
    for sizes in (SHALLOW, DEEP):
        for branch_rate in (0.0, 0.01):
            rule = batch_rule(sizes, start=Start.ZERO, branch_rate=branch_rate)
            rows.append(Row(f"lambda {branch_rate:g}", rule, sizes, decay=0.95))
        rows.append(backprop(sizes))
    return Section(about(clamped), tuple(rows), _both_phases)


def phases():
    """Sample by sample: learning from nudged sweeps, and from the clamped phase."""
    rows = []
    for sizes, few, rate in ((SHALLOW, 2, (2.0**-4, 2.0**-5)),
                             (DEEP, 3, (2.0**-4, 2.0**-4, 2.0**-5))):
        for free_steps in (few, 16):

            def add(label, free_steps=free_steps, sizes=sizes, rate=rate, **changes):
                rule = EqPropRule(sizes, free_steps=free_steps, rate=rate, branch_rate=2.0**-9,
                                  **changes)
                rows.append(Row(f"T1 {free_steps}, {label}", rule, sizes, length=12, batch=1,
                                halvings=(6, 9)))

            add("nudged")
            for name, start in (("free state", None), ("ffa", Start.SHARE), ("zero", Start.ZERO)):
                add(f"clamped from {name}", nudge=Nudge.CLAMP, clamped_start=start,
                    nudged_steps=free_steps)
        rows.append(backprop(sizes))
    return Section(about(phases), tuple(rows), accuracies)


def feedback():
    """Sample by sample: the apical branch through W^T, random, concordant or learned weights."""
    rows = []
    for sizes, few, rate in ((SHALLOW, 2, (2.0**-4, 2.0**-5)),
                             (DEEP, 3, (2.0**-4, 2.0**-4, 2.0**-5))):
        for kind in Feedback:
            common: dict[str, Any] = {
                "free_steps": few, "rate": rate, "feedback": kind, "branch_rate": 2.0**-9,
                "decay": 2.0**-13 * kind.learns}
            for name, changes in (
                    ("nudged", {}),
                    ("clamped", {"nudge": Nudge.CLAMP, "clamped_start": Start.SHARE,
                                 "nudged_steps": few})):
                rows.append(Row(f"{kind.value}, {name}", EqPropRule(sizes, **common | changes),
                                sizes, length=12, batch=1, halvings=(6, 9)))
        rows.append(backprop(sizes))
    return Section(about(feedback), tuple(rows), accuracies)


def noise():
    """Langevin noise of a temperature, while learning or only afterwards, in leaky steps."""
    rows = []
    for sizes in (SHALLOW, DEEP):
        for temperature in TEMPERATURES:
            rule = batch_rule(sizes, start=Start.SHARE, branch_rate=0.01, temperature=temperature)
            rows.append(Row(f"learned at T {temperature:.3g}", rule, sizes, decay=0.95))
        rows.append(backprop(sizes))
    return Section(about(noise), tuple(rows), _noisy)


# ---- measuring -----------------------------------------------------------------------------


def _add(lines, name, figures):
    for key, value in figures.items():
        lines.setdefault(name, {}).setdefault(key, []).append(value)


def _both_phases(row, seeds):
    """By phase and start: distance and steps, of each seed."""
    if row.rule is None:
        return accuracies(row, seeds)
    lines = {}
    for seed in seeds:
        data = load_digits_split(seed)
        model = learned(row, seed, data)
        sweeping = EqPropModel(row.rule.replace(relaxation=Relaxation.SWEEP), model.weights)
        target = targets_of(data.y_test, row.sizes[-1])
        rest = model.settle(data.x_test, steps=LIMIT, tolerance=REST)[0]
        starts = {start.value: start for start in STARTS}
        for phase, held in (("free", None), ("clamped", target)):
            for name, start in (starts | ({} if held is None else {"free state": rest})).items():
                leaky, swept = (convergence(one, data.x_test, start, TOLERANCES, REST, LIMIT, held)
                                for one in (model, sweeping))
                _add(lines, f"{phase}, {name}", {
                    "distance": leaky.distance, "gradient": leaky.gradient,
                    "leaky to 2^-5": leaky.steps[0], "leaky to 2^-10": leaky.steps[1],
                    "sweeps to 2^-5": swept.steps[0], "sweeps to 2^-10": swept.steps[1]})
    return {"starts": lines}


def _noisy(row, seeds):
    """By temperature of the test: distance and accuracy, of each seed."""
    if row.rule is None:
        return accuracies(row, seeds)
    lines = {}
    for seed in seeds:
        data = load_digits_split(seed)
        model = learned(row, seed, data)
        rest = model.settle(data.x_test, steps=LIMIT, tolerance=REST, temperature=0.0)[0]
        for temperature in dict.fromkeys((0.0, row.rule.temperature, *TEMPERATURES[-2:])):
            last, mean = _visited(model, data.x_test, temperature)
            _add(lines, f"T {temperature:.3g}", {
                "distance": _distance(last, rest), "mean's distance": _distance(mean, rest),
                "accuracy": percent(last[-1].argmax(axis=1), data.y_test),
                "mean's accuracy": percent(mean[-1].argmax(axis=1), data.y_test)})
    return {"starts": lines}


def _visited(model, x, temperature):
    """The state after T1 steps, and the mean of this and the next states."""
    noise = model.noise(temperature)
    states = model.settle(x, temperature=temperature)[0]
    last, total = states, [h.copy() for h in states]
    for _ in range(LAST - 1):
        states = relax(model.net, states, 1, noise=noise)[0]
        total = [a + h for a, h in zip(total, states, strict=True)]
    return last, [a / LAST for a in total]


def _distance(states, rest):
    """|h - h*| / |h*| over all units, mean over the samples."""
    here, there = (np.concatenate(s[1:], axis=1) for s in (states, rest))
    whole = np.maximum(norm(there, axis=1), 1e-12)
    return float((norm(here - there, axis=1) / whole).mean())
