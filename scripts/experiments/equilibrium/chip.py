"""The chip's free and clamped phases: its integers, which the gateware equals, and its cycles."""

from dataclasses import replace

import numpy as np

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.floats import norm
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Operation
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Mode, Phase
from cortigate.golden.timeline import Timeline
from cortigate.scripts.tables import Section, about

from .rows import DEEP, SHALLOW, Row, accuracies, backprop, percent

__all__ = ["chip"]

SAMPLES = 60  # of the test set: their passes are traced one by one
MOST, TOLERANCE = 255, 5  # sweeps; they end after one in which no rate changed by 2**-5


def chip():
    """Integers, learned with few sweeps; then sweeps until no rate changes by 2^-5."""
    rows = []
    for sizes, few in ((SHALLOW, 2), (DEEP, 3)):
        for branches in (None, 9):
            for phase in Phase:
                rule = EquilibriumRule(branch_rate_shift=branches, steps=few, phase=phase,
                                       clamped_steps=few)
                learn = "branches learn" if branches else "branches do not learn"
                rows.append(Row(f"{phase.value}, {learn}", None, sizes, length=12, batch=1,
                                halvings=(6, 9), design=EquilibriumRule.design(sizes, rule=rule)))
        rows.append(backprop(sizes))
    return Section(about(chip), tuple(rows), _on_the_chip)


def _on_the_chip(row, seeds):
    """By phase and start: distance, sweeps and cycles; and the accuracy; of each seed."""
    if row.design is None:
        return accuracies(row, seeds)
    lines = {}
    for seed in seeds:
        data = load_digits_split(seed)
        model = _learned(row, seed, data)
        x = row.design.sample.from_float(data.x_test)
        accuracy = percent(model.predict(x), data.y_test)
        for start in ClampedStart:
            free, clamped = _phases(row.design, model.weights, start, x[:SAMPLES], data.y_test)
            if start is ClampedStart.FREE:
                _add(lines, "free, forward", free | {"accuracy": accuracy})
            _add(lines, f"clamped, {start.value}", clamped)
    return {"starts": lines}


def _add(lines, name, figures):
    for key, value in figures.items():
        lines.setdefault(name, {}).setdefault(key, []).append(value)


def _learned(row, seed, data):
    design, generator = row.design, np.random.default_rng([seed, 2])
    model = integer_model(design)
    model.set_weights(initial_weights(design, seed))
    x = design.sample.from_float(data.x_train)
    for epoch in range(row.length):
        shift = design.rule.update_shift + sum(epoch >= start for start in row.halvings)
        model.learn_all(x, data.y_train, generator.permutation(len(x)), shift)
    return model


def _phases(design, weights, start, samples, labels):
    """Figures of the free and of the clamped phase, with as many sweeps as they take."""
    rule = replace(design.rule, steps=MOST, tolerance_shift=TOLERANCE, phase=Phase.CLAMPED,
                   clamped_start=start, clamped_steps=MOST)
    design = design.replace(rule=rule)
    model, timeline = integer_model(design), Timeline(design)
    found = []
    for x, label in zip(samples, labels, strict=False):
        model.set_weights(weights)
        cycles = timeline.cycles(model.trace_inference(x), False)
        trace = model.learn(x, int(label))
        passes = trace.passes
        number = next(i for i, p in enumerate(passes) if p.mode is Mode.CLAMP)
        later = [p for p in passes[number:] if p.mode in (Mode.PULL, Mode.SETTLE)]
        free = _rates(p for p in passes if p.mode is Mode.SWEEP)
        begun = {ClampedStart.FREE: free, ClampedStart.ZERO: {}}.get(
            start, _rates(p for p in passes if p.mode is Mode.FREE))
        found.append((
            _distance(_rates(p for p in passes if p.mode is Mode.FREE), free),
            sum(p.operation is Operation.REPEAT for p in passes[:number]), cycles,
            _distance(begun, _rates(later)),
            1 + sum(p.operation is Operation.REPEAT for p in passes[number:]),
            timeline.cycles(trace)))
    means = np.mean(found, axis=0).tolist()
    names = ("distance", "sweeps to 2^-5", "cycles")
    return (dict(zip(names, means[:3], strict=True)), dict(zip(names, means[3:], strict=True)))


def _rates(passes):
    """The last rates of each layer, by its number."""
    rates = {}
    for done in passes:
        layer = int(done.matrix[1:]) - (done.operation is Operation.BACKWARD)
        rates[layer] = done.rate
    return rates


def _distance(begun, rest):
    """|begun - rest| / |rest| over the layers that come to rest; what has not begun is zero."""
    here = np.concatenate([begun.get(layer, 0 * h) for layer, h in rest.items()])
    there = np.concatenate(list(rest.values()))
    return float(norm(here - there) / max(norm(there), 1e-12))
