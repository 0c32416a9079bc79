"""Phaseless Alignment Learning: noise, filters, the layered form, the microcircuit."""

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.pal import (
    DendriticCircuit,
    DendriticRule,
    LayeredModel,
    Noise,
    Order,
    PalCredit,
    PhaselessRule,
    angle,
)
from cortigate.golden.reference.pal.filters import HighPass, Membrane
from cortigate.golden.reference.pal.noise import OrnsteinUhlenbeck
from cortigate.golden.reference.pal.rule import HIDDEN

SIZES = (6, 9, 5, 7, 4)
WHITE = {"tau_noise": 1.0, "tau_highpass": 1.0, "noise": Noise.BINARY}


# ---- noise and filters ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Noise))
@pytest.mark.parametrize("tau", [1.0, 2.0, 10.0])
def test_noise_has_its_variance_and_correlation_time_and_is_independent(kind, tau):
    process = OrnsteinUhlenbeck([4], 200, tau, 0.3, kind)
    for _ in range(100):
        process.step()
    xi = np.array([process.step()[0] for _ in range(1500)])
    deviation = OrnsteinUhlenbeck.deviation(tau, 0.3)
    assert xi.std() == pytest.approx(deviation, rel=0.02)
    assert abs(xi.mean()) < 0.02 * deviation
    for lag in (1, 2, 5):
        correlation = (xi[lag:] * xi[:-lag]).mean() / deviation**2
        assert correlation == pytest.approx((1.0 - 1.0 / tau) ** lag, abs=0.03)
    across = np.corrcoef(xi.T) - np.eye(200)
    assert np.sqrt((across**2).mean()) < 1.5 / np.sqrt(1500 / (2.0 * tau - 1.0))


def test_looking_ahead_cancels_the_membrane_and_anything_less_does_not():
    signal = np.random.default_rng(0).normal(size=(50, 3))
    exact = Membrane(np.ones(3), 8.0)
    np.testing.assert_allclose([exact.step(x) for x in signal], signal, atol=1e-14)
    assert not np.allclose(exact.potential, signal[-1])
    late = Membrane(np.ones(3), 8.0, 0.0)
    lowpassed = [np.ones(3)]
    for x in signal:
        np.testing.assert_allclose(late.step(x), lowpassed[-1], atol=1e-14)
        lowpassed.append(lowpassed[-1] + (x - lowpassed[-1]) / 8.0)
    half = Membrane(np.ones(3), 8.0, 0.5)
    np.testing.assert_allclose(half.step(signal[0]), (1.0 + signal[0]) / 2.0)


def test_highpass_passes_a_jump_and_forgets_what_stays():
    highpass = HighPass(np.zeros(1), 4.0)
    response = [highpass.step(np.full(1, 3.0))[0] for _ in range(60)]
    np.testing.assert_allclose(response, 3.0 * 0.75 ** np.arange(60), atol=1e-12)
    difference = HighPass(np.full(1, 2.0), 1.0)
    assert [difference.step(np.full(1, x))[0] for x in (5.0, 5.0, 4.0)] == [3.0, 0.0, -1.0]


def test_piecewise_tanh_is_near_tanh_and_its_slope_is_its_own():
    u = np.linspace(-4.0, 4.0, 1601) + 1e-4
    rate, slope = HIDDEN["ptanh"].rate, HIDDEN["ptanh"].slope
    assert np.abs(rate(u) - np.tanh(u)).max() < 0.05
    inside = np.abs(np.abs(u)[:, None] - [0.5, 1.0, 1.5, 2.5]).min(axis=1) > 1e-3
    np.testing.assert_allclose(((rate(u + 1e-6) - rate(u - 1e-6)) / 2e-6)[inside],
                               slope(u)[inside], atol=1e-6)


# ---- the layered form ----------------------------------------------------------------------


def test_backprop_descends_the_gradient():
    rule = PhaselessRule(SIZES, credit=PalCredit.BACKPROP, sigma=0.0, steps=1, hidden="tanh",
                         rate=1e-4)
    model = LayeredModel(rule, seed=3)
    generator = np.random.default_rng(1)
    x, target = generator.normal(size=6), generator.normal(size=4)
    start = {name: matrix.copy() for name, matrix in model.weights.items()}

    def loss(name, place, by):
        moved = {key: matrix.copy() for key, matrix in start.items()}
        moved[name][place] += by
        output = LayeredModel(rule, moved).forward(x[None])[-1][0]
        return 0.5 * ((target - output) ** 2).sum()

    model.learn(x, target)
    for name, place in (("W1", (2, 3)), ("W1", (4, 6)), ("W2", (1, 7)), ("W4", (3, 7))):
        slope = (loss(name, place, 1e-5) - loss(name, place, -1e-5)) / 2e-5
        assert (model.weights[name] - start[name])[place] == pytest.approx(-1e-4 * slope, rel=1e-4)


@pytest.mark.parametrize("hidden", ["ptanh", "linear"])
@pytest.mark.parametrize("changes", [{}, WHITE, {"order": Order.PARALLEL, "tau_noise": 4.0}])
def test_expected_change_of_b_points_along_the_transposed_w(changes, hidden):
    changes = changes | ({"limit": None} if hidden == "linear" else {})
    rule = PhaselessRule(SIZES, hidden=hidden, rate=0.0, back_rate=1.0, back_decay=0.0, **changes)
    zero = {f"B{m}": np.zeros((20, SIZES[m], SIZES[m + 1])) for m in (1, 2, 3)}
    model = LayeredModel(rule, zero, seed=range(20))
    x = np.random.default_rng(1).normal(size=6) * 0.3
    for _ in range(1200):
        model.step(np.broadcast_to(x, (20, 6)))
    # Covariance of the noise and the high-passed noise, `lag` steps later, in units of the
    # variance: a**lag (1 - a) / (1 - a b), with a and b what xi and s keep in a step.
    lag = 1 if rule.order is Order.PARALLEL else 0
    a, b = 1.0 - 1.0 / rule.tau_noise, 1.0 - 1.0 / rule.tau_highpass
    expected = OrnsteinUhlenbeck.deviation(rule.tau_noise, rule.sigma) ** 2 * (
        a**lag * (1.0 - a) / (1.0 - a * b))
    for m in (1, 2, 3):
        change = model.feedback(m).reshape(1, -1) / 1200
        forward = np.swapaxes(model.forward_matrix(m + 1), 1, 2).reshape(1, -1)
        assert angle(change, forward) < 25.0
        gain = (change * forward).sum() / (forward**2).sum()
        if hidden == "linear":
            assert gain == pytest.approx(expected, rel=0.12)
        else:  # the slopes of both layers are 1 or less, and the limit takes some
            assert 0.3 * expected < gain < expected


@pytest.mark.parametrize("changes", [{"sigma": 0.0}, WHITE | {"order": Order.PARALLEL}])
def test_without_noise_or_with_noise_forgotten_too_early_nothing_aligns(changes):
    rule = PhaselessRule(SIZES, rate=0.0, back_decay=2.0**-10, **changes)
    model = LayeredModel(rule, seed=range(10))
    x = np.random.default_rng(1).normal(size=(60, 10, 6)) * 0.3
    for sample in x:
        for _ in range(16):
            model.step(sample)
    assert np.abs(model.angles().mean(axis=0) - 90.0).max() < 15.0


def test_weights_fixed_the_angles_fall_on_the_digits():
    rule = PhaselessRule((64, 32, 8, 32, 10), rate=0.0)
    model = LayeredModel(rule, seed=range(2))
    x = load_digits_split(0).x_train
    started = model.angles()
    assert started.min() > 75.0
    for index in np.random.default_rng(0).integers(len(x), size=900):
        for _ in range(rule.steps):
            model.step(np.broadcast_to(x[index], (2, 64)))
    assert model.angles().max() < 21.0


def test_a_narrow_network_learns_the_digits_and_aligns_while_it_does():
    data = load_digits_split(0)
    rule = PhaselessRule((64, 32, 10), steps=4, sigma=2.0**-5, rate=2.0**-6, **WHITE)
    model = LayeredModel(rule, seed=0)
    order = np.random.default_rng(0).permutation(len(data.x_train))
    right = [model.learn(data.x_train[i], data.y_train[i]) == data.y_train[i] for i in order]
    assert np.mean(right[-400:]) > 0.8 and model.angles()[0] < 45.0
    assert (model.predict(data.x_test) == data.y_test).mean() > 0.85
    assert model.infer(data.x_test[0]) == model.predict(data.x_test[:1])[0]


@pytest.mark.parametrize("kind, rule", [
    (LayeredModel, PhaselessRule(SIZES, steps=6)),
    (LayeredModel, PhaselessRule(SIZES, steps=6, order=Order.PARALLEL, tau_membrane=3.0,
                           look_ahead=0.9)),
    (DendriticCircuit, DendriticRule(SIZES, rate=1.0, inter_rate=1.0)),
])
def test_networks_side_by_side_are_what_they_are_alone(kind, rule):
    generator = np.random.default_rng(2)
    x, y = generator.normal(size=(5, 2, 6)), generator.normal(size=(5, 2, 4))
    together = kind(rule, seed=[7, 8])
    alone = [kind(rule, seed=seed) for seed in (7, 8)]
    for k in range(5):
        together.learn(x[k], y[k])
        for member, model in enumerate(alone):
            model.learn(x[k, member], y[k, member])
    for name, matrix in together.weights.items():
        for member, model in enumerate(alone):
            np.testing.assert_allclose(matrix[member], model.weights[name], atol=1e-12)


def test_a_membrane_that_looks_ahead_changes_nothing():
    x, y = np.random.default_rng(2).normal(size=(2, 6)), np.eye(4)[:2]
    plain, membrane = (LayeredModel(PhaselessRule(SIZES, tau_membrane=tau), seed=1)
                       for tau in (None, 9.0))
    for k in (0, 1):
        plain.learn(x[k], y[k])
        membrane.learn(x[k], y[k])
    for name, matrix in plain.weights.items():
        np.testing.assert_allclose(membrane.weights[name], matrix, atol=1e-12)


def test_an_update_shift_replaces_the_rate():
    x, rule = np.random.default_rng(2).normal(size=6), PhaselessRule(SIZES, sigma=0.0)
    given, shifted = LayeredModel(rule.replace(rate=2.0**-5)), LayeredModel(rule)
    assert given.learn(x, 2) == shifted.learn(x, 2, 5)
    for name, matrix in given.weights.items():
        np.testing.assert_array_equal(shifted.weights[name], matrix)


def test_parallel_order_comes_to_the_same_outputs_and_errors():
    x, y = np.random.default_rng(2).normal(size=6), np.ones(4)
    sweep, parallel = (
        LayeredModel(PhaselessRule(SIZES, sigma=0.0, order=order, rate=1e-12), seed=1)
        for order in Order)
    for count in range(1, 13):
        sweep.step(x, y)
        parallel.step(x, y)
        # An error goes down one layer in a step.
        assert np.any(parallel.errors[1]) == (count >= 4) and np.any(sweep.errors[1])
    for a, b in zip(sweep.errors[1:], parallel.errors[1:], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    np.testing.assert_allclose(sweep.forward(x[None])[-1][0], parallel.potentials[-1], atol=1e-9)


# ---- the microcircuit ----------------------------------------------------------------------


def test_interneurons_cancel_the_top_down_input_at_rest_and_a_target_breaks_it():
    model = DendriticCircuit(DendriticRule(SIZES), seed=[0, 1])
    x = np.random.default_rng(0).uniform(size=(2, 6))
    output = model.settle(x)
    assert np.abs(model.apical).max() < 1e-12
    rates = [model.rates[..., cells] for cells in model._cells[1:]]
    for rate, expected in zip(rates, model.forward(x[:, None])[1:], strict=True):
        np.testing.assert_allclose(rate, expected[:, 0], atol=1e-12)
    model.settle(x, output + 0.5)
    last = model.apical[:, -SIZES[-2]:]
    toward = np.einsum("kij,kj->ki", model.weights["B3"],
                       model.rates[..., model._cells[-1]] - rates[-1])
    cosine = (last * toward).sum() / np.linalg.norm(last) / np.linalg.norm(toward)
    assert np.abs(last).max() > 1e-3 and cosine > 0.9


def test_plastic_interneurons_find_the_silence():
    rule = DendriticRule((4, 6, 3), sigma=0.0, cancel_rate=20.0)
    model = DendriticCircuit(rule, seed=0)
    model.weights["C1"] = np.zeros_like(model.weights["C1"])
    x = np.random.default_rng(0).uniform(size=(20, 4))
    model.settle(x[0])
    loud = np.abs(model.apical).max()
    for k in range(60):
        model.learn(x[k % 20])
    assert np.abs(model.apical).max() < 0.05 * loud


def test_microcircuit_aligns_and_not_without_noise():
    rule = DendriticRule((5, 8, 6, 4), decay=0.0)
    members = range(40)
    x = np.random.default_rng(1).uniform(size=(40, 5))
    for sigma in (rule.sigma, 0.0):
        model = DendriticCircuit(rule.replace(sigma=sigma), seed=members)
        model.settle(x)
        before = {m: model.feedback(m).copy() for m in (1, 2)}
        for _ in range(70 if sigma else 1):
            model.learn(x)
        for m in (1, 2):
            change = (model.feedback(m) - before[m]).reshape(1, -1)
            forward = np.swapaxes(model.forward_matrix(m + 1), 1, 2).reshape(1, -1)
            if sigma:  # phi' remains, a different one for each neuron
                assert angle(change, forward) < 45.0
            else:
                assert not change.any()


def test_microcircuit_follows_a_teacher_by_backprop_weights():
    rule = DendriticRule((3, 5, 2), credit=PalCredit.BACKPROP, sigma=0.0, rate=10.0,
                         tau_update=None,
                       inter_rate=2.0, presentation=0.2)
    teacher, model = DendriticCircuit(rule, seed=1), DendriticCircuit(rule, seed=2)
    x = np.random.default_rng(1).uniform(size=(10, 3))
    target = [teacher.settle(one) for one in x]

    def error():
        return sum(((model.forward(one[None])[-1] - teacher.forward(one[None])[-1]) ** 2).sum()
                   for one in x)

    model.settle(x[0])
    before = error()
    for k in range(400):
        model.learn(x[k % 10], target[k % 10])
    assert error() < 0.1 * before
    np.testing.assert_array_equal(model.weights["B1"], model.weights["W2"].T)


# ---- bad inputs ----------------------------------------------------------------------------


def test_bad_arguments_say_what_is_wrong():
    rule, circuit = PhaselessRule(SIZES), DendriticRule(SIZES)
    model, two = LayeredModel(rule), LayeredModel(rule, seed=[0, 1])
    for call, message in (
        (lambda: LayeredModel(circuit), "rule must be a PhaselessRule, not DendriticRule"),
        (lambda: DendriticCircuit(rule), "rule must be a DendriticRule, not PhaselessRule"),
        (lambda: LayeredModel(rule, {"B4": np.zeros(1)}), r"weights must hold some of .* not B4"),
        (lambda: LayeredModel(rule, {"B1": np.zeros((9, 4))}), r"B1 must .*\(9, 5\), not \(9, 4\)"),
        (lambda: model.learn(np.zeros(5), 1), r"x must be one sample .*\(6,\), not \(5,\)"),
        (lambda: two.learn(np.zeros(6), 1), r"x must be one sample .*\(2, 6\), not \(6,\)"),
        (lambda: two.learn(np.zeros((2, 6)), 1), r"label must be one sample .*\(2, 4\), not"),
        (lambda: model.learn(np.zeros(6), 4), r"labels must be classes in 0 \.\. 3, not"),
        (lambda: model.predict(np.zeros(6)), r"x must be samples x 6 inputs, .*shape \(6,\)"),
        (lambda: DendriticCircuit(circuit).learn(np.zeros(5)),
         r"x must be one sample .*\(6,\), not"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            call()
