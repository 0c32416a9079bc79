"""The integer equilibrium network against the float reference, and against the gradient."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.rule import EqPropRule as FloatRule
from cortigate.golden.reference.equilibrium.rule import Start
from cortigate.golden.spec import Operation, QFormat
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule, Mode

# Formats so fine that a bound worked out from them is a narrow one.
FINE = {"rate": QFormat(2, 13), "state": QFormat(4, 13), "weight": QFormat(2, 18)}
SIZES = (6, 5, 4, 3)
STEPS = 60


def pair(rule, sizes=SIZES, seed=0, largest=0.9, lifted=0.0):
    """(integer model, float model) with the same weights: rows of |W| sum to `largest` at most.

    Where branches learn, hidden biases are zero, since their shares include them in integers but
    not in the reference, and no weight is negative, since a prediction beyond 0 .. 1 is clipped in
    integers before the error is taken.
    """
    design = EquilibriumRule.design(sizes, rule=rule, **FINE)
    rng = np.random.default_rng(seed)
    weights = {}
    for layer in range(1, len(sizes)):
        lowest = 0.0 if rule.learns_branches else -0.3
        w = rng.uniform(lowest, 1.0, (sizes[layer], sizes[layer - 1] + 1))
        # Neither way does a neuron hear more than half of `largest`.
        w *= largest / 2 / max(abs(w[:, :-1]).sum(axis=1).max(), abs(w[:, :-1]).sum(axis=0).max())
        w[:, -1] = lifted
        if layer == len(sizes) - 1:
            w[:, -1] += rng.uniform(0.2, 0.4, len(w))
        weights[f"W{layer}"] = design.weight.to_float(design.weight.from_float(w))
    model = integer_model(design)
    model.set_weights(weights)
    rate = 2.0 * rule.nudging * 2.0**-rule.learning_rate_shift
    shared = rule.share_shift == 1
    floats = EqPropModel(FloatRule(
        sizes, start=Start.SHARE if shared else Start.NAIVE, share=0.5,
        free_steps=STEPS, beta=rule.nudging,
        rate=(rate,) * (len(sizes) - 2) + (rate * 2.0**-rule.output_rate_shift,),
        # 1/2 of it is the share of a branch at alpha = 1/2.
        branch_rate=2.0 * 2.0**-rule.branch_rate_shift if rule.learns_branches else 0.0),
        weights)
    return design, model, floats


def samples(design, count, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, design.sample.one + 1, (count, design.network.sizes[0]))
    return x, rng.integers(0, design.network.sizes[-1], count)


def bounds(design, floats, alpha):
    """Largest |integer - float| of free and nudged rates, of one sample.

    Every potential is rounded once, by e = 2**-14 at most. A layer hears a times its neighbours'
    errors, a being the largest sum of |W_l| along a row and |W_{l+1}| along a column; a sweep thus
    keeps all errors below max(E_0, e / (1 - a)), with E_0 those of the feedforward pass. Nudged,
    an output adds beta times its own error and the rounding of the current, another e; a layer
    below hears the difference of two rates.
    """
    e = 2.0 ** -(design.rate.fraction + 1)
    depth = design.network.depth
    rows = [abs(floats.net[f"W{n}"][:, :-1]).sum(axis=1).max() for n in range(1, depth + 1)]
    columns = [abs(floats.net[f"W{n}"][:, :-1]).sum(axis=0).max() for n in range(2, depth + 1)]
    a = max(r + c for r, c in zip(rows, [*columns, 0.0], strict=True))
    start = [0.0]
    for layer, row in enumerate(rows, start=1):
        start.append(row * start[-1] / (alpha if layer < depth else 1.0) + e)
    free = max(*start, e / (1.0 - a))
    nudged = a * free + e + design.rule.nudging * free + e
    for _ in range(depth - 1):
        nudged = max(nudged, a * max(free, nudged) + e)
    return free, nudged


@pytest.mark.parametrize("rule, lifted", [
    (EquilibriumRule(3, nudging_shift=1, branch_rate_shift=4, steps=STEPS), 0.0),
    (EquilibriumRule(3, 0, nudging_shift=1, share_shift=0, branch_rate_shift=None, steps=STEPS),
     -0.05),
], ids=["half shares, branches learn", "plain feedforward start, biases"])
@pytest.mark.parametrize("sizes", [(6, 5, 3), SIZES])
def test_states_and_updates_are_those_of_the_float_reference(rule, lifted, sizes):
    design, model, floats = pair(rule, sizes, lifted=lifted)
    depth, sharpness = design.network.depth, dict.fromkeys(model.weights, 0.0)
    before = dict(model.weights)
    start = {name: w.copy() for name, w in floats.weights.items()}
    for x, label in zip(*samples(design, 12), strict=True):
        model.set_weights(before)
        floats.set_weights(start)
        free, nudged = bounds(design, floats, 2.0**-rule.share_shift)
        inputs, target = design.sample.to_float(x)[None], np.eye(sizes[-1])[[label]]
        phases = floats.phases(inputs, target)
        floats.learn(inputs, int(label))
        trace = model.learn(x, int(label))
        assert trace.state_saturations == trace.weight_saturations == 0
        # It came to rest by itself, so that the reference's many sweeps change nothing any more.
        assert not [p for p in trace.passes if p.operation is Operation.REPEAT][-1].again
        assert sum(p.operation is Operation.REPEAT for p in trace.passes) < STEPS
        for mode, states, bound in ((Mode.SWEEP, phases.free, free),
                                    (Mode.PLUS, phases.pulled, nudged),
                                    (Mode.MINUS, phases.pushed, nudged)):
            seen = {len(p.rate): p.rate for p in trace.passes if p.mode is mode}
            for h in states[1:]:
                error = abs(design.rate.to_float(seen[h.shape[1]]) - h[0]).max()
                assert error <= bound, (mode, error, bound)
        for name, w in model.weights.items():
            layer = int(name[1:])
            lowered = rule.output_rate_shift * (layer == depth)
            # (h+ - h-) h+^T + h- (h+ - h-)^T: either factor is off by 2 nudged at most, rates are
            # 1 at most; two to four passes round to half a unit each.
            bound = 8 * nudged * 2.0 ** -(rule.learning_rate_shift + lowered)
            if rule.learns_branches:
                # e_b: free and 2 free of the prediction / alpha; e_b h^T and h e_a^T likewise.
                bound += 2 * 4 * (free / 0.5) * 2.0**-rule.branch_rate_shift
            bound += 4 * 2.0 ** -(design.weight.fraction + 1)
            moved = design.weight.to_float(w - before[name])
            wanted = floats.weights[name] - start[name]
            # The branches' biases are another matter, see `pair`.
            columns = slice(None, -1 if rule.learns_branches and layer < depth else None)
            error = abs(moved - wanted)[:, columns].max()
            assert error <= bound, (name, error, bound)
            sharpness[name] = max(sharpness[name], abs(wanted[:, columns]).max() / bound)
    assert min(sharpness.values()) > 4.0, f"bounds would let anything pass: {sharpness}"


def test_few_sweeps_follow_the_reference_sweep_by_sweep():
    """Larger weights, clipped rates: after each sweep, errors are those of one rounding more."""
    rule = EquilibriumRule(share_shift=0, branch_rate_shift=None, steps=4)
    design, model, floats = pair(rule, largest=1.9, lifted=-0.3)
    depth, clipped = design.network.depth, 0
    for x, label in zip(*samples(design, 20), strict=True):
        trace = model.learn(x, int(label))
        model.set_weights(floats.weights)  # as they were
        turns = [[]]
        for p in trace.passes:
            if p.mode is Mode.SWEEP:
                turns[-1].append(p.rate)
            elif p.operation is Operation.REPEAT:
                turns.append([])
        free, _ = bounds(design, floats, 1.0)
        inputs = design.sample.to_float(x)[None]
        for count, rates in enumerate(turns[:-1], start=1):
            states = floats.settle(inputs, steps=count)[0]
            assert len(rates) == depth
            for seen, h in zip(rates, states[1:], strict=True):
                assert abs(design.rate.to_float(seen) - h[0]).max() <= free
                clipped += int((h == 0.0).sum())
    assert clipped > 20


def test_small_nudges_change_the_weights_along_the_gradient():
    """The update is 2 beta times -dC/dW, but for a share of order beta**2 and rounding."""
    rule = EquilibriumRule(0, 0, nudging_shift=4, share_shift=0, branch_rate_shift=None,
                           steps=STEPS)
    design, model, floats = pair(rule, largest=1.2)
    start = {name: w.copy() for name, w in floats.weights.items()}
    exact = EqPropModel(floats.rule.replace(beta=2.0**-20, nudged_steps=200), start)
    total = dict.fromkeys(model.weights, 0.0)
    wanted = dict.fromkeys(model.weights, 0.0)
    for x, label in zip(*samples(design, 10), strict=True):
        model.learn(x, int(label))
        inputs, target = design.sample.to_float(x)[None], np.eye(SIZES[-1])[[label]]
        gradient = exact.phases(inputs, target).descent()
        for name, w in model.weights.items():
            total[name] = total[name] + design.weight.to_float(w) - start[name]
            wanted[name] = wanted[name] + gradient[name]
        model.set_weights(start)
    for name in total:
        a, b = total[name].ravel(), wanted[name].ravel()
        assert a @ b > 0.97 * np.linalg.norm(a) * np.linalg.norm(b), name
        # One nudged sweep falls short of the nudged fixed point, further down the more.
        ratio = np.linalg.norm(a) / (2 * rule.nudging * np.linalg.norm(b))
        assert 0.7 < ratio < 1.1, name


def test_a_sample_without_an_error_changes_only_what_the_branches_learn():
    rule = EquilibriumRule(2, branch_rate_shift=None)
    design, model, _ = pair(rule)
    # Every output stands at its target exactly: bias 1 and no weights, beyond or at the limits.
    weights = {name: 0 * w for name, w in model.weights.items()}
    weights["W3"] = weights["W3"].copy()
    weights["W3"][1, -1] = design.weight.one
    model.set_weights(weights)
    x, _ = samples(design, 1)
    trace = model.learn(x[0], 1)
    assert trace.prediction == 1
    assert all(np.array_equal(model.weights[name], weights[name]) for name in weights)
    model.learn(x[0], 0)
    assert (model.weights["W3"][0, -1] > 0) and (model.weights["W3"][1, -1] < design.weight.one)


def test_the_free_phase_ends_by_tolerance_or_by_itself():
    x, _ = samples(pair(EquilibriumRule(branch_rate_shift=None))[0], 10)
    counts = {}
    for shift in (None, 10, 4):
        rule = EquilibriumRule(share_shift=0, branch_rate_shift=None, steps=STEPS,
                               tolerance_shift=shift)
        _, model, _ = pair(rule, largest=1.2)
        counts[shift] = [
            sum(p.operation is Operation.REPEAT for p in model.trace_inference(one).passes)
            for one in x]
    assert all(a > b > c >= 1 for a, b, c in zip(*(counts[s] for s in (None, 10, 4)),
                                                 strict=True))
    assert max(counts[None]) < STEPS
