"""Dynamic inversion: what the loop settles on, when it settles, what the rules learn by."""

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split, teacher_regression
from cortigate.golden.reference.inversion.loop import loop, settle, steady_state
from cortigate.golden.reference.inversion.model import DynamicInversion
from cortigate.golden.reference.inversion.rule import (
    DynamicInversionRule,
    InversionCredit,
    InversionFeedback,
    SlopeUse,
)
from cortigate.golden.reference.inversion.stability import (
    continuous_margin,
    flow_matrix,
    growth,
    largest_sigma,
    single_loop_bound,
)

SIZES = (7, 9, 6, 4)


def sample(members=()):
    generator = np.random.default_rng(3)
    return generator.normal(size=members + (SIZES[0],)), generator.normal(size=members + (4,))


def deltas_of(rule, **changes):
    x, target = sample()
    return DynamicInversion(rule.replace(**changes), seed=1).deltas(x, target)[0]


# ---- the loop ------------------------------------------------------------------------------


@pytest.mark.parametrize("upper, lower", [(4, 9), (9, 4)])
@pytest.mark.parametrize("transposed", [True, False])
def test_loop_rests_at_the_exact_inverse(upper, lower, transposed):
    generator = np.random.default_rng(upper)
    w = generator.uniform(-0.5, 0.5, (3, upper, lower))
    b = w if transposed else w + generator.uniform(-0.1, 0.1, w.shape)
    delta = generator.normal(size=(3, 1, upper))
    settled = settle(loop([w], b, delta, alpha=0.25, ku=0.5, kd=0.5), 2000, 1e-14)
    assert (settled.steps < 2000).all() and len(set(settled.steps)) > 1
    [d] = steady_state([w], b, delta, 0.25)
    np.testing.assert_allclose(settled.ds[0], d, atol=1e-12)
    if transposed:  # the damped pseudo-inverse, whatever the shape
        damped = np.linalg.solve(np.swapaxes(w, 1, 2) @ w + 0.25 * np.eye(lower),
                                 np.swapaxes(delta @ w, 1, 2))
        np.testing.assert_allclose(d, np.swapaxes(damped, 1, 2), atol=1e-12)


def test_undamped_steady_state_reproduces_the_error_for_any_feedback():
    generator = np.random.default_rng(0)
    w, b, delta = (generator.normal(size=shape) for shape in ((4, 9), (4, 9), (1, 4)))
    np.testing.assert_allclose(steady_state([w], b, delta, 0.0)[0] @ w.T, delta, atol=1e-9)
    np.testing.assert_allclose(steady_state([w], w, delta, 0.0)[0],
                               delta @ np.linalg.pinv(w).T, atol=1e-12)


def test_without_a_steady_state_there_is_no_number():
    w = np.stack([np.eye(2), np.diag([1.0, 0.0])])
    [d] = steady_state([w], w, np.ones((2, 1, 2)), 0.0)
    np.testing.assert_array_equal(d, [[[1.0, 1.0]], [[np.nan, np.nan]]])


def test_single_loop_rests_where_the_whole_chain_is_inverted():
    generator = np.random.default_rng(4)
    chain = [generator.uniform(-0.4, 0.4, shape) for shape in ((6, 9), (4, 6))]
    b = chain[1] @ chain[0]
    delta = generator.normal(size=(1, 4))
    settled = settle(loop(chain, b, delta, alpha=0.25, ku=0.25, kd=1.0), 3000, 1e-14)
    first = np.linalg.solve(b @ b.T + 0.25 * np.eye(4), delta[0]) @ b
    np.testing.assert_allclose(settled.ds[0][0], first, atol=1e-12)
    np.testing.assert_allclose(settled.ds[1][0], chain[0] @ first, atol=1e-12)


def test_early_stop_gives_each_network_what_it_would_have_had_alone():
    generator = np.random.default_rng(5)
    w = generator.uniform(-1, 1, (3, 4, 9)) * np.array([0.2, 0.6, 1.0])[:, None, None]
    delta = generator.normal(size=(3, 1, 4))
    together = settle(loop([w], w, delta, alpha=0.25, ku=0.5, kd=0.5), 60, 1e-3)
    assert len(set(together.steps)) == 3
    for k in range(3):
        alone = settle(loop([w[k]], w[k], delta[k], alpha=0.25, ku=0.5, kd=0.5), 60, 1e-3)
        assert alone.steps == together.steps[k] and alone.increment == together.increment[k]
        np.testing.assert_array_equal(alone.ds[0], together.ds[0][k])


# ---- stability -----------------------------------------------------------------------------


def grows(chain, b, delta, *rates):
    """True if the simulated loop runs away from its steady state."""
    steps = loop(chain, b, delta, **dict(zip(("alpha", "ku", "kd"), rates, strict=True)))
    rest = steady_state(chain, b, delta, rates[0])[0]
    away = []
    for count, (states, _) in enumerate(steps):
        away.append(np.abs(states[1] - rest).max())
        if count == 1000 or away[-1] > 1e9:
            return away[-1] > away[0]


def test_conditions_of_a_layer_agree_with_simulation():
    generator = np.random.default_rng(6)
    seen = {True: 0, False: 0}
    for _ in range(150):
        upper, lower = generator.integers(2, 6, size=2)
        alpha, ku, kd = generator.uniform(0.02, 1.0, 3)
        w, b = generator.normal(size=(2, upper, lower)) * generator.uniform(0.2, 2.0)
        # Continuous time: the eigenvalues of the block matrix say what the formula says.
        stable = np.linalg.eigvals(flow_matrix([w], b, alpha)).real.max() < 0.0
        assert stable == (continuous_margin(w, b, alpha) > 0.0)
        # Steps, B = W^T: the eigenvalues of one step say what the formula says.
        sigma = np.linalg.norm(w, 2)
        tied = growth([w], w, alpha, ku, kd)
        assert (tied < 1.0) == (sigma < largest_sigma(alpha, ku, kd))
        for back, factor in ((w, tied), (b, growth([w], b, alpha, ku, kd))):
            if abs(factor - 1.0) > 0.02:
                runs_away = grows([w], back, generator.normal(size=(1, upper)), alpha, ku, kd)
                assert runs_away == (factor > 1.0)
                seen[runs_away] += 1
    assert min(seen.values()) > 50


def test_conditions_of_the_single_loop_agree_with_its_matrices():
    generator = np.random.default_rng(7)
    for _ in range(100):
        alpha, ku = generator.uniform(0.02, 1.0, 2)
        chain = [generator.normal(size=(3, 5)), generator.normal(size=(2, 3))]
        chain[0] *= generator.uniform(0.2, 1.5)
        b = chain[1] @ chain[0]  # real eigenvalues of W_3 W_2 B
        largest = np.linalg.eigvalsh(b @ b.T).max()
        stable = np.linalg.eigvals(flow_matrix(chain, b, alpha)).real.max() < 0.0
        assert stable == (largest < single_loop_bound(alpha))
        assert (growth(chain, b, alpha, ku, 1.0) < 1.0) == (largest < single_loop_bound(alpha, ku))


def test_unstable_feedback_is_refused_with_advice():
    rule = DynamicInversionRule(SIZES, feedback=InversionFeedback.RANDOM, alpha=2.0**-6)
    text = r"layer \d: the loop with random feedback.* grows by .*take feedback tracked"
    with pytest.raises(ValueError, match=text):
        DynamicInversion(rule)
    with pytest.warns(RuntimeWarning, match=text):
        DynamicInversion(rule.replace(strict=False))
    DynamicInversion(rule.replace(feedback=InversionFeedback.START))
    with pytest.raises(ValueError, match="no continuous loop with random feedback settles"):
        DynamicInversion(rule.replace(credit=InversionCredit.STEADY))
    with pytest.raises(ValueError, match=r"singular value of .* at most 3.35 is stable"):
        DynamicInversion(DynamicInversionRule(SIZES, upper_gain=4.0))
    with pytest.raises(ValueError, match="take a smaller ku with kd = 1"):
        DynamicInversion(DynamicInversionRule(SIZES, credit=InversionCredit.SINGLE_LOOP,
                                              upper_gain=3.0))
    with pytest.raises(ValueError, match="alpha must be positive, not 0: layer 2 widens"):
        DynamicInversion(DynamicInversionRule((4, 5, 6, 3), alpha=0.0))


# ---- learning ------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden, output", [("tanh", "linear"), ("tanh", "softmax"),
                                            ("htanh", "clip")])
def test_backprop_is_the_gradient_by_finite_differences(hidden, output):
    x, target = sample()
    target = np.eye(4)[2] if output == "softmax" else target
    model = DynamicInversion(
        DynamicInversionRule(SIZES, hidden=hidden, output=output, credit=InversionCredit.BACKPROP,
                             eta=1.0), seed=2)
    start = {name: w.copy() for name, w in model.weights.items()}
    model.learn(x, target)
    descended = {name: w - start[name] for name, w in model.weights.items()}
    step = 1e-6
    for name, matrix in start.items():
        numeric = np.empty_like(matrix)
        for index in np.ndindex(matrix.shape):
            sides = []
            for sign in (1, -1):
                moved = {n: w.copy() for n, w in start.items()}
                moved[name][index] += sign * step
                sides.append(float(DynamicInversion(model.rule, moved).loss(x[None], target[None])))
            numeric[index] = (sides[1] - sides[0]) / (2 * step)
        # Central differences: error of order step**2, plus rounding of about 1e-16 / step.
        np.testing.assert_allclose(descended[name], numeric, rtol=0, atol=1e-8)


def test_the_loop_leads_from_feedback_alignment_to_the_pseudo_inverse():
    rule = DynamicInversionRule(SIZES, hidden="tanh", output="linear", guard=False, ku=0.25,
                         feedback=InversionFeedback.START)
    aligned = deltas_of(rule, credit=InversionCredit.ALIGNMENT)
    # One step: ku kd B delta, once for each layer that is crossed.
    short = deltas_of(rule, steps=1)
    np.testing.assert_allclose(short[2], aligned[2] / 8, rtol=1e-12)
    np.testing.assert_allclose(short[1], aligned[1] / 64, rtol=1e-12)
    # Strong leak: alpha d -> B delta.
    damped = deltas_of(rule, credit=InversionCredit.STEADY, alpha=1e8)
    np.testing.assert_allclose(damped[2] * 1e8, aligned[2], rtol=1e-6)
    # No leak: the pseudo-inverse, and so does a long loop with little of it.
    exact = deltas_of(rule, credit=InversionCredit.PSEUDO_INVERSE)
    steady = deltas_of(rule, credit=InversionCredit.STEADY, alpha=0.0)
    settled = deltas_of(rule, alpha=1e-6, ku=0.5, steps=5000)
    for layer in (1, 2):
        np.testing.assert_allclose(steady[layer], exact[layer], rtol=1e-9)
        np.testing.assert_allclose(settled[layer], exact[layer], rtol=1e-3, atol=1e-4)
    # Transposed feedback that is not inverted is backprop.
    backprop = deltas_of(rule, credit=InversionCredit.BACKPROP)
    np.testing.assert_array_equal(aligned[1], backprop[1])
    assert not np.allclose(exact[1], backprop[1], rtol=0.1)


@pytest.mark.parametrize("credit", [InversionCredit.LAYERWISE, InversionCredit.STEADY])
def test_gates_stand_inside_the_loop(credit):
    rule = DynamicInversionRule(SIZES, hidden="htanh", output="linear", credit=credit, alpha=1e-9,
                         guard=False, steps=4000, slope=SlopeUse.GATED)
    x, target = sample()
    model = DynamicInversion(rule, seed=1)
    model.weights["W2"][1, -1] = 5.0
    deltas, rates = model.deltas(x, target)
    gate = np.abs(rates[2][0]) < 1.0
    assert 0 < (~gate).sum() < 3  # some saturate, enough are left
    assert (deltas[2][0, ~gate] == 0.0).all()
    np.testing.assert_allclose(deltas[2] @ model.weights["W3"][:, :-1].T, deltas[3], atol=1e-4)
    with pytest.raises(ValueError, match="slope must be after or gated for NDI"):
        rule.replace(credit=InversionCredit.STEADY, slope=SlopeUse.RATE)


def test_members_learn_as_they_would_alone():
    rule = DynamicInversionRule(SIZES, tolerance=1e-4, largest_delta=0.5, decay=0.01,
                         feedback=InversionFeedback.KOLEN_POLLACK, upper_gain=0.05)
    together = DynamicInversion(rule, seed=(3, 8))
    alone = [DynamicInversion(rule, seed=seed) for seed in (3, 8)]
    x, target = sample((2,))
    for _ in range(3):
        predicted = together.learn(x, target)
        assert predicted.tolist() == [model.learn(a, t) for model, a, t in
                                      zip(alone, x, target, strict=True)]
    for name, matrix in together.weights.items():
        np.testing.assert_allclose(matrix, [m.weights[name] for m in alone], atol=1e-14)
    np.testing.assert_array_equal(together.predict(x), [m.predict(x) for m in alone])


def test_feedback_follows_as_it_says():
    x, target = sample()

    def transposed(model, name="3"):
        return model.weights["W" + name][:, :-1]

    def after(samples, feedback, **changes):
        rule = DynamicInversionRule(SIZES, feedback=feedback, alpha=1.0, steps=8, **changes)
        model = DynamicInversion(rule, seed=1)
        start = transposed(model).copy(), model.weights.get("B3", np.zeros(0)).copy()
        for _ in range(samples):
            model.learn(x, target)
        return model, *start

    model, w, b = after(3, InversionFeedback.START)
    np.testing.assert_array_equal(b, w)
    np.testing.assert_array_equal(model.weights["B3"], w)
    assert (transposed(model) != w).any()
    model, *_ = after(3, InversionFeedback.TRACKED)
    assert set(model.weights) == {"W1", "W2", "W3"}
    model, w, _ = after(3, InversionFeedback.REFRESHED, refresh=3)
    np.testing.assert_array_equal(model.weights["B3"], w)
    moved = transposed(model).copy()
    model.learn(x, target)
    np.testing.assert_array_equal(model.weights["B3"], moved)
    model, w, b = after(5, InversionFeedback.KOLEN_POLLACK, decay=0.01)
    np.testing.assert_allclose(model.weights["B3"] - transposed(model), 0.99**5 * (b - w),
                               rtol=1e-9, atol=1e-15)
    model, w, b = after(3, InversionFeedback.RANDOM)
    np.testing.assert_array_equal(model.weights["B3"], b)
    assert (b != w).any()


def test_guard_rescues_a_loop_that_weights_have_outgrown():
    weights = DynamicInversion(DynamicInversionRule(SIZES), seed=1).weights
    weights["W3"][:, :-1] *= 4.5 / np.linalg.norm(weights["W3"][:, :-1], 2)  # 3.35 is stable
    rule = DynamicInversionRule(SIZES, hidden="tanh", output="linear", strict=False, eta=2.0**-8)
    x, target = sample((20,))
    with pytest.warns(RuntimeWarning, match="layer 3: the loop with tracked feedback"):
        unguarded = DynamicInversion(rule.replace(guard=False), weights)
        guarded = DynamicInversion(rule, weights)
    blown = unguarded.deltas(x[0], target[0])[0]
    assert np.abs(blown[2]).max() > 10 * np.abs(blown[3]).max()
    first = guarded.deltas(x[0], target[0])[0]
    assert not first[2].any() and not first[1].any() and first[3].any()
    assert guarded.gains[3] == 0.25 and guarded.gains[2] == 0.5 and guarded.guarded[3] == 1
    before = guarded.loss(x, target)
    for _ in range(40):
        for one, wanted in zip(x, target, strict=True):
            guarded.learn(one, wanted)
    assert guarded.guarded[3] == 1 and guarded.loss(x, target) < 0.5 * before


@pytest.mark.parametrize("changes", [{}, {"tolerance": 2.0**-10},
                                     {"feedback": InversionFeedback.START}])
def test_one_epoch_of_digits_is_learned(changes):
    data = load_digits_split(0)
    model = DynamicInversion(DynamicInversionRule((64, 32, 10), **changes))
    for x, label in zip(data.x_train, data.y_train, strict=True):
        model.learn(x, int(label))
    assert 100 * (model.predict(data.x_test) == data.y_test).mean() >= 85.0
    assert model.guarded[2] == 0


def test_a_linear_teacher_is_copied():
    data = teacher_regression(samples=1500, seed=2)
    model = DynamicInversion(DynamicInversionRule((30, 20, 10), hidden="linear", output="linear",
                                         eta=2.0**-7))
    for x, y in zip(data.x_train, data.y_train, strict=True):
        model.learn(x, y)
    error = ((model.forward(data.x_test)[-1] - data.y_test) ** 2).sum()
    assert error < 1e-6 * ((data.y_test - data.y_test.mean(axis=0)) ** 2).sum()


# ---- errors --------------------------------------------------------------------------------


def test_models_say_what_is_allowed():
    model = DynamicInversion(DynamicInversionRule(SIZES))
    good = dict(model.weights)
    with pytest.raises(TypeError, match="rule must be a DynamicInversionRule, not 3"):
        DynamicInversion(3)
    with pytest.raises(ValueError, match=r"weights must hold W1, W2, W3.*B2"):
        DynamicInversion(model.rule, good | {"B2": good["W2"][:, :-1]})
    with pytest.raises(ValueError, match=r"W2 must have shape \(6, 10\)"):
        DynamicInversion(model.rule, good | {"W2": good["W2"][:, :-1]})
    with pytest.raises(ValueError, match="x must be samples x 7 inputs"):
        model.predict(np.zeros(7))
    with pytest.raises(ValueError, match=r"x must be one sample .*\(7,\), not"):
        model.learn(np.zeros((1, 7)), 0)
    with pytest.raises(ValueError, match=r"labels must be classes in 0 \.\. 3"):
        model.learn(np.zeros(7), 4)
    with pytest.raises(ValueError, match="targets must be 4 floats per sample"):
        model.learn(np.zeros(7), np.zeros(3))
    with pytest.raises(ValueError, match="label must be one sample for each network"):
        model.learn(np.zeros(7), np.zeros((2, 4)))
