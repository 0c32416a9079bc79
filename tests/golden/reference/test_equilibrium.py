"""Equilibrium networks: energy, fixed points, initialisers, gradients, learning, errors."""

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import glorot_weights
from cortigate.golden.reference.equilibrium.measures import (
    convergence,
    cosine,
    implicit_descent,
)
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.relaxation import (
    FREE,
    energy,
    pull_of,
    relax,
    residual,
    start_state,
)
from cortigate.golden.reference.equilibrium.rule import (
    EqPropRule,
    Nudge,
    Relaxation,
    Start,
)
from cortigate.golden.reference.equilibrium.start import branch_errors, same_side_error
from cortigate.golden.reference.samples import targets_of

SIZES = (7, 6, 5, 4)


def network(seed=3, scale=1.0, **changes):
    """A model whose states are mostly inside 0 .. 1, nine inputs and their labels."""
    generator = np.random.default_rng(seed)
    weights = {f"W{m}": np.column_stack([
        scale * generator.normal(0.0, 0.35 / np.sqrt(SIZES[m - 1]), (SIZES[m], SIZES[m - 1])),
        generator.uniform(0.2, 0.6, SIZES[m])]) for m in (1, 2, 3)}
    x = generator.uniform(size=(9, SIZES[0]))
    return EqPropModel(EqPropRule(SIZES, **changes), weights), x, np.arange(9) % 4


def largest(arrays):
    return max(np.abs(a).max() for a in arrays)


PULLS = (Nudge.CURRENT, Nudge.SPRING)  # of the clamp see test_clamped


@pytest.mark.parametrize("nudge", PULLS)
@pytest.mark.parametrize("strength", [0.0, 0.5, -0.5])
def test_sweeps_never_raise_the_energy_and_end_where_rates_are_those_of_the_soma(nudge, strength):
    # Strong couplings: most states touch a limit on the way.
    model, x, labels = network(scale=8.0)
    net = model.net
    states = start_state(net, x, Start.NAIVE)
    pull = pull_of(nudge, strength, targets_of(labels, 4), states[-1]) if strength else FREE
    levels = [energy(net, states, pull)]
    for _ in range(300):
        states, _ = relax(net, states, 1, pull)
        levels.append(energy(net, states, pull))
    rise = np.diff(levels, axis=0).max()
    assert rise <= 1e-14 and (levels[-1] < levels[0] - 1e-3).all()
    assert largest(residual(net, states, pull)) < 1e-9
    # The same, written out: h = clip(soma, 0, 1) for every layer.
    w = {m: net[f"W{m}"][:, :-1] for m in (1, 2, 3)}
    b = {m: net[f"W{m}"][:, -1] for m in (1, 2, 3)}
    h = states
    pulled = strength * (targets_of(labels, 4) - (
        h[3] if nudge is Nudge.SPRING else start_state(net, x, Start.NAIVE)[3]))
    somas = [w[1] @ x.T + b[1][:, None] + w[2].T @ h[2].T,
             w[2] @ h[1].T + b[2][:, None] + w[3].T @ h[3].T,
             w[3] @ h[2].T + b[3][:, None] + pulled.T]
    for soma, rate in zip(somas, h[1:], strict=True):
        np.testing.assert_allclose(np.clip(soma.T, 0.0, 1.0), rate, atol=1e-9)


def test_the_energy_s_slope_is_the_soma_s():
    model, x, _ = network()
    states = start_state(model.net, x, Start.NAIVE)
    expected = [-r for r in residual(model.net, states)]
    inside = [(h > 0.01) & (h < 0.99) & (h + r > 0.0) & (h + r < 1.0)
              for h, r in zip(states[1:], residual(model.net, states), strict=True)]
    for layer in (1, 2, 3):
        for unit in range(SIZES[layer]):
            sides = []
            for step in (1e-4, -1e-4):
                moved = [h.copy() for h in states]
                moved[layer][:, unit] += step
                sides.append(energy(model.net, moved))
            slope = (sides[0] - sides[1]) / 2e-4  # exact but for rounding: E is quadratic
            good = inside[layer - 1][:, unit]
            np.testing.assert_allclose(slope[good], expected[layer - 1][good, unit], atol=1e-10)
    assert sum(i.sum() for i in inside) > 50


def test_leaky_integration_and_sweeps_find_the_same_fixed_point():
    swept, x, _ = network()
    leaky, _, _ = network(relaxation=Relaxation.LEAKY)
    for a, b in zip(swept.settle(x, steps=500)[0], leaky.settle(x, steps=500)[0], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)


def test_a_sample_stops_by_itself_after_the_right_number_of_steps():
    for relaxation in Relaxation:
        model, x, _ = network(relaxation=relaxation)
        tolerance = 1e-3
        states, counts = relax(model.net, start_state(model.net, x), 100, tolerance=tolerance)
        assert len(set(counts)) > 1 and 0 < counts.max() < 100
        for n, count in enumerate(counts):
            one = start_state(model.net, x[n:n + 1])
            for _ in range(count):
                assert largest(residual(model.net, one)) >= tolerance
                one, _ = relax(model.net, one, 1)
            assert largest(residual(model.net, one)) < tolerance
            for alone, together in zip(one, states, strict=True):
                np.testing.assert_allclose(together[n], alone[0], rtol=0, atol=1e-14)
        again, none = relax(model.net, states, 100, tolerance=tolerance)
        assert not none.any() and largest(np.subtract(again[2], states[2])) == 0.0
        assert set(relax(model.net, states, 7)[1]) == {7}  # without a tolerance, every step


def test_the_share_condition_makes_the_feedforward_pass_a_fixed_point():
    # For one sample, states h and drives p are chosen first; W_l of least norm then obeys
    # W_l h_{l-1} = alpha_l p_l and W_l^T h_l = (1 - alpha_{l-1}) p_{l-1}.
    generator = np.random.default_rng(5)
    shares = {1: 0.5, 2: 0.25, 3: 1.0}
    h = [generator.uniform(0.2, 0.8, n) for n in SIZES]
    p = {m: generator.uniform(0.05, 0.15, SIZES[m]) for m in (1, 2, 3)}
    for m in (2, 3):  # both sides of h_m^T W_m h_{m-1} must agree
        p[m] *= (1 - shares[m - 1]) * (p[m - 1] @ h[m - 1]) / (shares[m] * (p[m] @ h[m]))
    weights = {"W1": np.outer(shares[1] * p[1], h[0]) / (h[0] @ h[0])}
    for m in (2, 3):
        up, down = shares[m] * p[m], (1 - shares[m - 1]) * p[m - 1]
        here, below = h[m] @ h[m], h[m - 1] @ h[m - 1]
        weights[f"W{m}"] = (np.outer(up, h[m - 1]) / below + np.outer(h[m], down) / here
                            - (h[m] @ up) * np.outer(h[m], h[m - 1]) / (here * below))
    weights = {n: np.column_stack([w, h[int(n[1])] - p[int(n[1])]]) for n, w in weights.items()}
    model = EqPropModel(EqPropRule(SIZES, share=(0.5, 0.25)), weights)
    x = h[0][None]
    states = start_state(model.net, x)
    for state, expected in zip(states, h, strict=True):
        np.testing.assert_allclose(state[0], expected, atol=1e-12)
    assert largest(residual(model.net, states)) < 1e-12
    assert largest(branch_errors(model.net, states, 1) + branch_errors(model.net, states, 2)) < 1e-9
    assert model.settle(x, steps=9, tolerance=1e-9)[1] == [0]
    for other in (Start.ZERO, Start.NAIVE):
        assert largest(residual(model.net, start_state(model.net, x, other))) > 0.01


def test_an_error_beyond_the_same_limit_is_none():
    rate = np.array([0.0, 0.0, 1.0, 1.0, 0.5])
    prediction = np.array([-3.0, 0.2, 1.5, 0.9, -0.5])
    np.testing.assert_allclose(same_side_error(rate, prediction), [0.0, -0.2, 0.0, 0.1, 1.0])


@pytest.mark.parametrize("nudge", PULLS)
def test_the_update_is_the_exact_gradient_for_weak_nudging(nudge):
    model, x, labels = network(nudge=nudge, free_steps=500, nudged_steps=500, tolerance=1e-12)
    exact, target = implicit_descent(model, x, labels), targets_of(labels, 4)
    cosines = [cosine(model.phases(x, target, beta).descent(), exact) for beta in (0.02, 0.5)]
    assert cosines[0] >= 0.99 and cosines[0] > cosines[1]


@pytest.mark.parametrize("clipped", [0, 2])
def test_the_exact_gradient_agrees_with_finite_differences(clipped):
    model, x, labels = network()
    # A unit beyond a limit passes nothing on, whatever its error.
    model.weights["W3"][:clipped, -1] = -1.0
    target = targets_of(labels, 4)
    wrong = (model.settle(x, steps=300)[0][-1] == 0.0) & (target == 1.0)
    assert wrong.any(axis=0).sum() == clipped
    exact = implicit_descent(model, x, labels)

    def cost():
        return 0.5 * ((model.settle(x, steps=300)[0][-1] - target) ** 2).sum() / len(x)

    for name, index in (("W1", (2, 3)), ("W1", (0, -1)), ("W2", (1, 4)), ("W3", (3, 0)),
                        ("W3", (2, -1))):
        sides = []
        for step in (1e-6, -2e-6):
            model.weights[name][index] += step
            sides.append(cost())
        model.weights[name][index] += 1e-6
        assert exact[name][index] == pytest.approx((sides[1] - sides[0]) / 2e-6, abs=1e-8)


def test_two_sides_are_less_biased_than_one():
    settled = {"free_steps": 500, "nudged_steps": 500, "tolerance": 1e-12, "nudge": Nudge.SPRING}
    # Weak couplings keep every state off the limits, so that the cost is smooth.
    both, x, labels = network(scale=0.3, **settled)
    one, _, _ = network(scale=0.3, symmetric=False, **settled)
    exact, target = implicit_descent(both, x, labels), targets_of(labels, 4)

    def bias(model, beta):
        update = model.phases(x, target, beta).descent()
        return np.sqrt(sum(((update[n] - exact[n]) ** 2).sum() for n in exact))

    # Of order beta^2 and beta.
    assert bias(both, 0.05) < 0.1 * bias(one, 0.05)
    assert 3.0 < bias(both, 0.1) / bias(both, 0.05) < 5.0


def test_an_unfinished_free_phase_cancels_from_two_sides_only():
    settled, x, labels = network(free_steps=500, nudged_steps=500, tolerance=1e-12)
    exact, target = implicit_descent(settled, x, labels), targets_of(labels, 4)
    few = {"start": Start.NAIVE, "free_steps": 1, "nudged_steps": 2, "beta": 0.125}
    two, one = (cosine(network(symmetric=s, **few)[0].phases(x, target).descent(), exact)
                for s in (True, False))
    assert two > 0.9 and two > one + 0.1


def test_branches_learn_the_condition_without_a_task():
    for start, companions in ((Start.SHARE, ()), (Start.NAIVE, (Start.GAIN, Start.MATRIX))):
        model, x, _ = network(start=start, companions=companions, free_steps=30,
                              branch_rate=0.05 if start is Start.SHARE else 0.0, start_rate=0.5)
        trained = [s for s in model.rule.starts if s is not Start.NAIVE]
        before = {s: convergence(model, x, s) for s in trained}
        for _ in range(200):
            # A target that is the free output pulls at nothing: only the initialisers learn.
            model.learn(x, model.settle(x)[0][-1])
        for s in trained:
            after = convergence(model, x, s)
            assert after.distance < 0.5 * before[s].distance, s
            assert after.gradient < 0.5 * before[s].gradient, s
            assert after.steps < before[s].steps, s


def test_batches_are_averaged_and_all_changes_come_from_the_same_weights():
    changes = {"branch_rate": 0.1, "companions": (Start.GAIN, Start.MATRIX)}
    together, x, labels = network(**changes)
    start = {n: w.copy() for n, w in together.weights.items()}
    predictions = together.learn(x, labels)
    mean = {name: np.zeros_like(w) for name, w in start.items()}
    for n, (one, label) in enumerate(zip(x, labels, strict=True)):
        single = EqPropModel(together.rule, start)
        assert single.infer(one) == predictions[n] == single.learn(one, int(label))
        for name in mean:
            mean[name] += (single.weights[name] - start[name]) / len(x)
    for name, change in mean.items():
        # The output is what the last sweep ended with: its initialisers have nothing to learn yet.
        assert np.abs(change).max() > 1e-4 or name in ("A3", "F3"), name
        np.testing.assert_allclose(together.weights[name] - start[name], change, atol=1e-15)


# Splits and seeds 0 … 7 reach 91.1 … 96.1, 86.1 … 95.0 and 89.2 … 93.9 %; this is number 0, whose
# figures, 96.1, 91.9 and 89.7, are the same on every machine (golden/floats.py).
@pytest.mark.parametrize("start, sizes, least", [
    (Start.SHARE, (64, 64, 10), 90.0), (Start.NAIVE, (64, 64, 10), 90.0),
    (Start.SHARE, (64, 64, 32, 10), 89.0),
])
def test_two_epochs_of_digits_are_learned_sample_by_sample(start, sizes, least):
    data = load_digits_split(0)
    rule = EqPropRule(sizes, start=start, branch_rate=2.0**-9 * (start is Start.SHARE))
    model = EqPropModel(rule)
    for _ in range(2):
        for x, label in zip(data.x_train, data.y_train, strict=True):
            model.learn(x, int(label))
    assert 100 * (model.predict(data.x_test) == data.y_test).mean() >= least


def test_models_say_what_is_allowed():
    model, x, labels = network(scale=1.0, start=Start.GAIN)
    good = {n: w for n, w in model.weights.items() if n.startswith("W")}
    assert set(model.weights) - set(good) == {"A1", "A2", "A3"}
    with pytest.raises(TypeError, match="rule must be an EqPropRule, not 3"):
        EqPropModel(3)
    with pytest.raises(ValueError, match=r"weights must hold W1, W2, W3 .*not .*F1"):
        model.set_weights(good | {"F1": good["W1"]})
    with pytest.raises(ValueError, match=r"W2 must have shape \(5, 7\)"):
        model.set_weights(good | {"W2": good["W2"][:, :-1]})
    with pytest.raises(ValueError, match="A3 must be finite"):
        model.set_weights(good | {"A3": np.full((4, 2), np.nan)})
    with pytest.raises(ValueError, match="x must be samples x 7 inputs"):
        model.predict(np.zeros((3, 6)))
    with pytest.raises(ValueError, match=r"labels must be classes in 0 \.\. 3"):
        model.learn(x[0], 4)
    with pytest.raises(RuntimeError, match="must come to rest within 1 steps, but 9 of 9"):
        implicit_descent(model, x, labels, limit=1)


def test_weights_that_act_both_ways_start_at_half_of_glorot_s_scale():
    weights = glorot_weights((64, 32, 10), 1)
    assert {n: w.shape for n, w in weights.items()} == {"W1": (32, 65), "W2": (10, 33)}
    for matrix, fans in ((weights["W1"], 96), (weights["W2"], 42)):
        bound = 0.5 * np.sqrt(6.0 / fans)
        assert 0.95 * bound < np.abs(matrix[:, :-1]).max() <= bound and not matrix[:, -1].any()
    np.testing.assert_array_equal(2 * weights["W2"], glorot_weights((64, 32, 10), 1, scale=1)["W2"])
