"""Integer dynamic inversion against the float reference, its steady state, and the gradient."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.reference.inversion.model import DynamicInversion
from cortigate.golden.reference.inversion.rule import DynamicInversionRule as FloatRule
from cortigate.golden.reference.inversion.rule import InversionCredit
from cortigate.golden.spec import Operation, QFormat
from cortigate.golden.spec.rules.inversion import InversionRule, Mode

# Controllers go beyond a rate of 2 now and then.
FINE = {"rate": QFormat(3, 13), "state": QFormat(5, 13), "weight": QFormat(2, 16)}
HALF = 2.0**-14  # a rounding's largest error
SIZES = (6, 5, 4, 3)


def pair(rule, sizes=SIZES, seed=0, gain=0.6, credit=InversionCredit.LAYERWISE, **formats):
    """(design, integer model, float model) with the same weights; W1, in no loop, is larger."""
    design = InversionRule.design(sizes, rule=rule, **FINE | formats)
    rng = np.random.default_rng(seed)
    weights = {f"W{n}": design.weight.to_float(design.weight.from_float(
        gain * (1.0 + (n == 1)) * np.sqrt(3.0 / sizes[n - 1]) * rng.uniform(
            -1.0, 1.0, (sizes[n], sizes[n - 1] + 1)))) for n in range(1, len(sizes))}
    model = integer_model(design)
    model.set_weights(weights)
    floats = DynamicInversion(FloatRule(
        sizes, credit=credit, alpha=2.0**-rule.leak_shift, ku=2.0**-rule.control_shift,
        kd=2.0**-rule.follow_shift, steps=rule.steps, guard=False,
        eta=2.0**-rule.learning_rate_shift), weights)
    return design, model, floats


def samples(design, count, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, design.sample.one + 1, (count, design.network.sizes[0]))
    return x, rng.integers(0, design.network.sizes[-1], count)


def loop_error(rule, w, delta_error, steps):
    """Largest error of (u, d) after so many steps, if the upper end's is `delta_error`.

    The loop is linear: z = (u, d) -> A z + inputs. Each step rounds W d (into u times ku), W^T u
    (into d times kd) and both increments to the rate's resolution, an input of a half each; the
    errors of all steps add up to at most the sum of |A^k| times that. What is no more than
    rounded away (nothing moves) is such an error, too.
    """
    ku, kd, alpha = 2.0**-rule.control_shift, 2.0**-rule.follow_shift, 2.0**-rule.leak_shift
    upper, lower = w.shape
    keep = (1.0 - alpha * ku) * np.eye(upper)
    a = np.block([[keep, -ku * w],
                  [kd * w.T @ keep, (1.0 - kd) * np.eye(lower) - kd * ku * w.T @ w]])
    into_u = ku * (delta_error + HALF) + HALF
    noise = np.concatenate([into_u, kd * abs(w.T) @ into_u + kd * HALF + HALF])
    total, power = np.zeros(len(noise)), np.eye(len(noise))
    for _ in range(steps):
        total += abs(power) @ noise
        power = a @ power
    return total[:upper], total[upper:]


def rate_errors(weights, depth):
    """Bounds of |integer - float| of a_0 … a_L: one rounding for each layer; g never widens it."""
    errors = [np.zeros(weights["W1"].shape[1] - 1)]
    for layer in range(1, depth + 1):
        errors.append(abs(weights[f"W{layer}"][:, :-1]) @ errors[-1] + HALF)
    return errors


def last(trace, mode, name, size):
    """The last value that a layer of this size (sizes are unique) leaves in its words."""
    return [p for p in trace.passes if p.mode is mode and len(p.rate) == size][-1].words[name]


@pytest.mark.parametrize("rule", [
    InversionRule(2), InversionRule(2, 2, 1, 3, 7), InversionRule(3, 1, 0, 1, 60)],
    ids=["recommended", "few steps", "follows at once"])
def test_deltas_and_updates_are_those_of_the_float_reference(rule):
    design, model, floats = pair(rule)
    depth, weights = design.network.depth, {n: w.copy() for n, w in floats.weights.items()}
    raw, sharpness, compared, closed = dict(model.weights), [], 0, 0
    for x, label in zip(*samples(design, 20), strict=True):
        model.set_weights(raw)
        for name, w in weights.items():
            floats.weights[name][...] = w
        deltas, rates = floats.deltas(design.sample.to_float(x), int(label))
        drives = floats.drives_and_rates(design.sample.to_float(x)[None])[0]
        trace = model.learn(x, int(label))
        assert trace.weight_saturations == trace.state_saturations == 0
        errors = rate_errors(weights, depth)
        if any((abs(abs(drives[n][0]) - 1.0) <= errors[n]).any() for n in range(1, depth)):
            continue  # a gate that a rounding may open or close
        compared += 1
        closed += int((drives[1] > 1.0).sum()) + int((drives[1] < -1.0).sum())
        floats.learn(design.sample.to_float(x), int(label))
        delta_error = errors[depth]
        for layer in range(depth, 0, -1):
            if layer < depth:
                delta_error = loop_error(
                    rule, weights[f"W{layer + 1}"][:, :-1], delta_error, rule.steps)[1]
                seen = design.rate.to_float(
                    last(trace, Mode.FOLLOW, "post", design.network.sizes[layer]))
                assert (abs(seen - deltas[layer][0]) <= delta_error).all()
            # delta h^T, each off by its error, rates below 1; the update rounds to half a unit.
            moved = design.weight.to_float(model.weights[f"W{layer}"] - raw[f"W{layer}"])
            wanted = floats.weights[f"W{layer}"] - weights[f"W{layer}"]
            below = np.append(errors[layer - 1], 0.0)
            bound = 2.0**-rule.learning_rate_shift * (
                delta_error[:, None] + (abs(deltas[layer][0]) + delta_error)[:, None] * below
            ) + 2.0**-17
            assert (abs(moved - wanted) <= bound).all(), layer
            sharpness.append(abs(wanted).max() / bound.max())
    assert compared > 12 and closed > 12
    assert np.median(sharpness) > 20.0, "the bounds would let anything pass"


def test_the_loop_ends_by_itself_where_the_reference_solves_it_exactly():
    rule = InversionRule(2, 1, 1, 1, 200)
    design, model, floats = pair(rule, credit=InversionCredit.STEADY)
    depth, sizes = design.network.depth, design.network.sizes
    for x, label in zip(*samples(design, 10), strict=True):
        trace = model.learn(x, int(label))
        turns = [p.again for p in trace.passes if p.operation is Operation.REPEAT]
        assert turns.count(False) == depth - 1
        assert len(turns) < 2 * 100, "it must have come to rest, not have been stopped"
        deltas, _ = floats.deltas(design.sample.to_float(x), int(label))
        bound = rate_errors(floats.weights, depth)[depth]
        for layer in range(depth, 1, -1):
            bound = loop_error(rule, floats.weights[f"W{layer}"][:, :-1], bound, 400)[1]
            seen = design.rate.to_float(last(trace, Mode.FOLLOW, "post", sizes[layer - 1]))
            assert (abs(seen - deltas[layer - 1][0]) <= bound).all()
            assert bound.max() < 0.01
        model.set_weights(floats.weights)


def test_one_step_is_the_direction_of_backprop_and_more_lead_to_the_pseudo_inverse():
    """d of the first step is ku kd W^T delta; with little leak W d comes to reproduce delta."""
    sizes = (6, 5, 3)
    # With so little leak the controllers go far beyond a rate of 2.
    design, model, _ = pair(InversionRule(2, 2, 1, 6, 255), sizes, gain=1.0,
                            rate=QFormat(4, 13), state=QFormat(6, 13))
    w = design.weight.to_float(model.weights["W2"][:, :-1])
    first, rest = [], []
    for x, label in zip(*samples(design, 10), strict=True):
        raw = dict(model.weights)
        trace = model.learn(x, int(label))
        model.set_weights(raw)
        delta = design.rate.to_float(
            [p for p in trace.passes if p.mode is Mode.FREE][-1].words["post"])
        follows = [design.rate.to_float(p.rate) for p in trace.passes if p.mode is Mode.FOLLOW]
        for d, wanted, cosines in ((follows[0], w.T @ delta, first),
                                   (follows[-1], np.linalg.pinv(w) @ delta, rest)):
            cosines.append(d @ wanted / np.linalg.norm(d) / np.linalg.norm(wanted))
        # At rest delta - W d = alpha u: what is missing is the leak's share.
        assert np.linalg.norm(w @ follows[-1] - delta) < 0.2 * np.linalg.norm(delta)
    assert min(first) > 0.9999 and min(rest) > 0.97


def test_nothing_is_learned_without_an_error():
    design, model, _ = pair(InversionRule(2))
    weights = {name: 0 * w for name, w in model.weights.items()}
    weights["W3"][1, -1] = design.weight.one
    model.set_weights(weights)
    x, _ = samples(design, 1)
    trace = model.learn(x[0], 1)
    assert trace.passes[-1].operation is Operation.QUIT and not trace.passes[-1].again
    assert all(np.array_equal(model.weights[name], weights[name]) for name in weights)
    model.learn(x[0], 0)
    assert model.weights["W3"][0, -1] > 0 > model.weights["W3"][1, -1] - design.weight.one
