"""Clamped phases and feedback of the integer equilibrium network against the float reference."""

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.equilibrium.design import equilibrium_rule
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.relaxation import CLAMPED, clamped, relax
from cortigate.golden.spec import Feedback, Operation, QFormat, Target
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Mode, Phase

# Formats so fine that a bound worked out from them is a narrow one.
FINE = {"rate": QFormat(2, 13), "state": QFormat(4, 13), "weight": QFormat(2, 18)}
STEPS = 60


def pair(sizes, start, *, steps=STEPS, largest=0.9, **changes):
    """(integer model, float model), weights equal: no neuron hears more than `largest`."""
    rule = EquilibriumRule(3, 0, share_shift=0, branch_rate_shift=None, steps=STEPS,
                           phase=Phase.CLAMPED, clamped_start=start, clamped_steps=steps)
    design = EquilibriumRule.design(sizes, rule=rule, **FINE | changes)
    rng, weights = np.random.default_rng(0), {}
    for layer in range(1, len(sizes)):
        w = rng.uniform(-0.3, 1.0, (sizes[layer], sizes[layer - 1] + 1))
        w *= largest / 2 / max(abs(w[:, :-1]).sum(axis=1).max(), abs(w[:, :-1]).sum(axis=0).max())
        w[:, -1] = rng.uniform(-0.1, 0.3, len(w))
        weights[f"W{layer}"] = design.weight.to_float(design.weight.from_float(w))
    model = integer_model(design)
    model.set_weights(weights)
    return design, model, EqPropModel(equilibrium_rule(design, nudged_steps=steps), weights)


def bound_of(design, floats):
    """Largest |integer - float| of a rate.

    Every potential is rounded once, by e = 2**-14 at most; a layer hears a times its neighbours'
    errors, which so stay below those of the feedforward pass or e / (1 - a). The output has none.
    """
    e, depth = 2.0 ** -(design.rate.fraction + 1), design.network.depth
    rows = [abs(floats.net[f"W{n}"][:, :-1]).sum(axis=1).max() for n in range(1, depth + 1)]
    columns = [abs(floats.net[f"W{n}"][:, :-1]).sum(axis=0).max() for n in range(2, depth + 1)]
    a, start = max(r + c for r, c in zip(rows, [*columns, 0.0], strict=True)), [0.0]
    for row in rows:
        start.append(row * start[-1] + e)
    return max(*start, e / (1.0 - a))


@pytest.mark.parametrize("start", list(ClampedStart))
@pytest.mark.parametrize("sizes", [(6, 5, 3), (6, 5, 4, 3), (6, 5, 4, 4, 3)])
def test_states_and_updates_are_those_of_the_float_reference(sizes, start):
    design, model, floats = pair(sizes, start)
    bound, rng = bound_of(design, floats), np.random.default_rng(1)
    before = dict(model.weights)
    first = {name: w.copy() for name, w in floats.weights.items()}
    largest = 0.0
    for label in range(12):
        label %= sizes[-1]
        x = rng.integers(0, design.sample.one + 1, sizes[0])
        model.set_weights(before)
        floats.set_weights(first)
        inputs, target = design.sample.to_float(x)[None], np.eye(sizes[-1])[[label]]
        phases = floats.phases(inputs, target)
        floats.learn(inputs, label)
        trace = model.learn(x, label)
        assert trace.state_saturations == trace.weight_saturations == 0
        repeats = [p for p in trace.passes if p.operation is Operation.REPEAT]
        assert not repeats[-1].again and len(repeats) < STEPS  # it came to rest
        seen = {}
        for p in trace.passes:
            if p.mode in (Mode.CLAMP, Mode.PULL, Mode.SETTLE):
                seen[f"{p.matrix} {p.mode}"] = p
        np.testing.assert_array_equal(seen[f"W{len(sizes) - 1} {Mode.CLAMP}"].rate,
                                      design.rate.one * (np.arange(sizes[-1]) == label))
        for layer, h in enumerate(phases.pulled[1:-1], start=1):
            rate = [p.rate for p in trace.passes if p.mode in (Mode.PULL, Mode.SETTLE)
                    and _layer(p) == layer][-1]
            error = abs(design.rate.to_float(rate) - h[0]).max()
            assert error <= bound, (layer, error, bound)
        for name, w in model.weights.items():
            moved = design.weight.to_float(w - before[name])
            wanted = floats.weights[name] - first[name]
            allowed = 8 * bound * 2.0**-3 + 2 * 2.0 ** -(design.weight.fraction + 1)
            assert abs(moved - wanted).max() <= allowed, name
            largest = max(largest, abs(wanted).max() / allowed)
    assert largest > 50.0, f"bounds would let anything pass: {largest}"


def _layer(done):
    """Layer whose neurons a pass of the clamped phase serves."""
    return int(done.matrix[1:]) - (done.operation is Operation.BACKWARD)


def test_few_sweeps_follow_the_reference_sweep_by_sweep():
    """Larger weights; biases are half as large as where a share of 1 has them."""
    for start in ClampedStart:
        design, model, floats = pair((6, 5, 4, 3), start, steps=3, largest=1.6)
        x = np.random.default_rng(2).integers(0, design.sample.one + 1, 6)
        inputs, target = design.sample.to_float(x)[None], np.eye(3)[[1]]
        states = floats.phases(inputs, target).free
        if start is not ClampedStart.FREE:
            states = [inputs, *(0 * h for h in states[1:])] if start is ClampedStart.ZERO else (
                floats.phases(inputs, target).start)
        trace, bound = model.learn(x, 1), 4 * bound_of(design, floats)
        sweeps = [p for p in trace.passes if p.mode in (Mode.PULL, Mode.SETTLE)]
        states = clamped(states, target)
        for number in range(3):
            states, _ = relax(floats.net, states, 1, CLAMPED)
            for done in sweeps[2 * number:2 * number + 2]:
                wrong = abs(design.rate.to_float(done.rate) - states[_layer(done)][0]).max()
                assert wrong <= bound, (start, number, wrong)


def test_a_target_that_is_a_vector_is_held_as_far_as_rates_go():
    design, model, floats = pair((4, 5, 3), ClampedStart.FREE, target=Target.VECTOR,
                                 target_format=QFormat(2, 8))
    x, target = np.array([0, 40, 80, 120]), np.array([-100, 130, 300])
    trace = model.learn(x, target)
    held = next(p for p in trace.passes if p.mode is Mode.CLAMP)
    np.testing.assert_array_equal(held.state, target << 5)
    np.testing.assert_array_equal(held.rate, np.clip(target << 5, 0, design.rate.one))
    hidden = floats.phases(design.sample.to_float(x)[None], target[None] / 256).pulled[1][0]
    found = next(p for p in trace.passes if p.mode is Mode.PULL).rate
    assert abs(design.rate.to_float(found) - hidden).max() <= bound_of(design, floats)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("feedback", list(Feedback))
def test_stored_feedback_is_that_of_the_float_reference(phase, feedback):
    """Free and later states through B, and what W and B learn."""
    sizes, rng = (6, 5, 4, 3), np.random.default_rng(4)
    rule = EquilibriumRule(3, 0, share_shift=0, branch_rate_shift=None, steps=STEPS, phase=phase,
                           clamped_steps=STEPS, feedback=feedback, decay_shift=10)
    design = EquilibriumRule.design(sizes, rule=rule, **FINE)
    weights = {name: 0.25 * w for name, w in initial_weights(design, 0).items()}
    for layer in (1, 2, 3):
        weights[f"W{layer}"][:, -1] = 0.3
    weights = {name: design.weight.to_float(design.weight.from_float(w))
               for name, w in weights.items()}
    model = integer_model(design)
    model.set_weights(weights)
    floats = EqPropModel(equilibrium_rule(design, nudged_steps=1 if phase is Phase.NUDGED
                                          else STEPS), weights)
    before, learned = dict(model.weights), set()
    x = rng.integers(0, design.sample.one + 1, 6)
    inputs, target = design.sample.to_float(x)[None], np.eye(3)[[2]]
    states = floats.phases(inputs, target)
    floats.learn(inputs, 2)
    trace = model.learn(x, 2)
    for layer, h in enumerate(states.free[1:], start=1):
        rate = [p.rate for p in trace.passes if p.mode is Mode.SWEEP and len(p.rate) == len(h[0])]
        assert abs(design.rate.to_float(rate[-1]) - h[0]).max() < 1e-3, layer
    assert set(model.weights) == set(floats.weights)
    for name, w in model.weights.items():
        moved = design.weight.to_float(w - before[name])
        wanted = floats.weights[name] - weights[name]
        assert abs(moved - wanted).max() < 3e-4, name
        if abs(wanted).max() > 1e-3:
            learned.add(name)
    assert {"W2", "W3"} <= learned
    assert learned & {"B1", "B2"} == ({"B1", "B2"} if feedback.learns else set())


def test_learned_feedback_comes_to_be_the_transpose():
    rule = EquilibriumRule(3, branch_rate_shift=None, feedback=Feedback.LEARNED, decay_shift=5)
    design = EquilibriumRule.design((5, 6, 4, 3), rule=rule, rate=QFormat(2, 13),
                                    state=QFormat(4, 13), weight=QFormat(2, 16))
    model, rng = integer_model(design), np.random.default_rng(0)
    model.set_weights(initial_weights(design, 0))

    def apart():
        return [float(np.linalg.norm(model.weights[f"B{n}"] - model.weights[f"W{n + 1}"][:, :-1].T))
                for n in (1, 2)]

    first = apart()
    for _ in range(60):
        model.learn(rng.integers(0, design.sample.one + 1, 5), int(rng.integers(3)))
    for begun, ended in zip(first, apart(), strict=True):
        # The difference loses 1 / 32 of itself in each sample.
        assert ended == pytest.approx(begun * (1 - 2.0**-5)**60, rel=0.1)
