"""The sign-concordant microcircuit: cells, error cells, plasticity, signs."""

import math

import numpy as np
import pytest

from cortigate.golden.reference.microcircuit import (
    BpttModel,
    CircuitParameters,
    Errors,
    OpponentErrors,
    SignedErrors,
    SpikeFeedback,
    SpikingMicrocircuit,
    concordance,
    sigma_delta,
)

SIZES = (12, 9, 7, 4)
LIVELY = CircuitParameters(SIZES, gain=1.5, rate=2.0**-6)
GENERATOR = np.random.default_rng(5)
X, LABELS = GENERATOR.integers(0, 17, (40, 12)) / 16.0, GENERATOR.integers(0, 4, 40)


# ---- coder ---------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 5, 8, 16])
def test_coder_spikes_as_often_as_the_grey_value_says_at_any_time(steps):
    x = np.arange(17) / 16.0
    counts = np.cumsum(sigma_delta(x, steps), axis=0)
    expected = np.floor(np.outer(np.arange(1, steps + 1), x) + 0.5)
    np.testing.assert_array_equal(counts, expected)
    assert set(np.unique(sigma_delta(x, steps))) == {0.0, 1.0}


# ---- pyramidal cells -----------------------------------------------------------------------


def test_currents_are_those_of_filtered_spikes_and_a_spike_resets():
    # TSSL-BP: syn += (out - syn) / tau_s, mem += W syn - mem / tau_m, then mem *= 1 - out. Its
    # filter, before the synapse, is 1 / tau_s smaller.
    tau_s, tau_m = 3.0, 5.0
    model = SpikingMicrocircuit(LIVELY.replace(tau_s=tau_s, tau_m=tau_m), seed=1)
    filtered, membranes = [np.zeros((40, n)) for n in SIZES], [np.zeros((40, n)) for n in SIZES]
    fired = 0.0
    for moment in model.moments(X):
        for layer, spikes in enumerate(moment.spikes[:-1]):
            filtered[layer] += (spikes - filtered[layer]) / tau_s
        for layer in (1, 2, 3):
            drive = tau_s * filtered[layer - 1] @ model.weights[f"W{layer}"].T
            membranes[layer] += drive - membranes[layer] / tau_m
            np.testing.assert_allclose(moment.potentials[layer], membranes[layer], atol=1e-12)
            np.testing.assert_array_equal(moment.spikes[layer], membranes[layer] >= 1.0)
            np.testing.assert_array_equal(
                moment.gates[layer], (membranes[layer] > -1.0) & (membranes[layer] < 3.0))
            membranes[layer] *= 1.0 - moment.spikes[layer]
            fired += moment.spikes[layer].mean() / 3 / 8
            assert 0.0 < moment.gates[layer].mean() < 1.0
    assert 0.1 < fired < 0.6


def test_equal_counts_are_the_lowest_class():
    silent = {f"W{layer}": np.zeros((n, m)) for layer, (m, n) in
              enumerate(zip(SIZES, SIZES[1:], strict=False), start=1)}
    model = SpikingMicrocircuit(LIVELY, silent)
    assert model.counts(X).max() == 0.0 and (model.predict(X) == 0).all()
    model.weights["W1"] += 1.0
    model.weights["W2"] += 1.0
    model.weights["W3"][[1, 3]] = 1.0
    assert model.infer(np.ones(12)) == 1 and (model.counts(np.ones((1, 12)))[0, [1, 3]] > 4).all()


# ---- error cells ---------------------------------------------------------------------------


def van_rossum(outputs, teacher, tau_s):
    """(a - d) of spike trains (T, n), filtered by explicit sums, and E."""
    steps = np.arange(len(outputs))
    lag = steps[:, None] - steps
    kernel = np.where(lag >= 0, (1.0 - 1.0 / tau_s) ** np.maximum(lag, 0), 0.0)
    a, d = kernel @ outputs, kernel @ teacher
    return a, d, lambda a: 0.5 * ((a - d) ** 2).sum()


def test_top_error_cell_is_the_gradient_of_the_van_rossum_distance():
    parameters = LIVELY.replace(tau_s=3.0)
    model, cells = SpikingMicrocircuit(parameters, seed=2), SignedErrors(parameters)
    outputs, potentials = [], []
    x = X[model.counts(X).sum(axis=-1).argmax()]
    for t, moment in enumerate(model.moments(x[None])):
        cells.step(np.eye(4)[[1]] * (t > 0), moment, model.feedback())
        outputs.append(moment.spikes[-1][0])
        potentials.append(cells.potentials[-1][0])
    teacher = np.outer(np.arange(8) > 0, np.eye(4)[1])
    a, _, distance = van_rossum(np.array(outputs), teacher, 3.0)
    for place in np.ndindex(8, 4):
        step = np.zeros((8, 4))
        step[place] = 1e-5
        slope = (distance(a + step) - distance(a - step)) / 2e-5
        assert potentials[place[0]][place[1]] == pytest.approx(-slope, abs=1e-9)
    assert np.sum(outputs) > 3
    exact = BpttModel(parameters, {name: model.weights[name] for name in ("W1", "W2", "W3")})
    assert exact.loss(x, 1) == pytest.approx(distance(a))


def dyadic(parameters, seed):
    """Weights on a grid of powers of two, so that no sum is ever rounded."""
    drawn = SpikingMicrocircuit(parameters, seed=seed).weights
    return {name: np.round(matrix * 256.0) / 256.0 for name, matrix in drawn.items()}


@pytest.mark.parametrize("feedback", [
    SpikeFeedback.TRACKING, SpikeFeedback.CONSTANT, SpikeFeedback.DALE,
    SpikeFeedback.KOLEN_POLLACK, SpikeFeedback.RANDOM, SpikeFeedback.NONE])
@pytest.mark.parametrize("tau_e, reset", [(2.0, False), (math.inf, False), (2.0, True),
                                          (math.inf, True), (1.0, False)])
def test_pairs_of_positive_and_negative_cells_are_one_signed_cell(feedback, tau_e, reset):
    parameters = LIVELY.replace(feedback=feedback, tau_e=tau_e, error_reset=reset, decay=0.0,
                                feedback_scale=1.0)
    weights = dyadic(parameters, 4)
    signed = SpikingMicrocircuit(parameters, weights)
    pairs = SpikingMicrocircuit(parameters, weights, error_cells=OpponentErrors)
    for x, label in zip(X, LABELS, strict=True):
        assert signed.learn(x, label) == pairs.learn(x, label)
    for name, matrix in signed.weights.items():
        np.testing.assert_array_equal(pairs.weights[name], matrix)
    assert np.any(signed.weights["W2"] != weights["W2"]) == (feedback is not SpikeFeedback.NONE)


def test_cells_of_a_pair_mirror_each_other_and_never_spike_together():
    parameters = LIVELY.replace(error_reset=True)
    model = SpikingMicrocircuit(parameters, dyadic(parameters, 4))
    signed, pairs, spikes = SignedErrors(parameters), OpponentErrors(parameters), 0
    for moment in model.moments(X):
        teacher = np.eye(4)[LABELS]
        one = signed.step(teacher, moment, model.feedback())
        two = pairs.step(teacher, moment, model.feedback())
        for layer in (1, 2, 3):
            np.testing.assert_array_equal(one[layer], two[layer])
            plus, minus = pairs.potentials[layer]
            np.testing.assert_array_equal(plus, -minus)
            np.testing.assert_array_equal(plus, signed.potentials[layer])
            spikes += np.abs(one[layer]).sum()
    assert spikes > 1000


# ---- plasticity ----------------------------------------------------------------------------


def plain(weights, x, label):
    """One sample of the recommended rule, written as loops over cells; changes the weights."""
    current, u, v, p = ([np.zeros(n) for n in SIZES] for _ in range(4))
    total = [0.5] * SIZES[0]
    for t in range(8):
        spikes, gate = [np.zeros(n) for n in SIZES], [np.ones(n) for n in SIZES]
        for j, value in enumerate(x):
            total[j] += value
            spikes[0][j] = total[j] >= 1.0
            total[j] -= spikes[0][j]
        for m in (1, 2, 3):
            for i in range(SIZES[m]):
                current[m][i] = current[m][i] / 2 + sum(
                    weights[f"W{m}"][i, j] for j in range(SIZES[m - 1]) if spikes[m - 1][j])
                u[m][i] += current[m][i] - u[m][i] / 4
                gate[m][i] = m == 3 or -1.0 < u[m][i] < 3.0
                if u[m][i] >= 1.0:
                    spikes[m][i], u[m][i] = 1.0, 0.0
        for m in (0, 1, 2):
            p[m] = p[m] / 2 + spikes[m]
        z = [None] * 4
        for m in (3, 2, 1):
            for i in range(SIZES[m]):
                v[m][i] /= 2
                if m == 3:
                    v[m][i] += (t > 0 and i == label) - spikes[3][i]
                else:
                    v[m][i] += sum(
                        z[m + 1][k] * math.copysign(weights[f"M{m}"][i, k],
                                                    weights[f"W{m + 1}"][k, i])
                        for k in range(SIZES[m + 1]))
            z[m] = gate[m] * ((v[m] >= 0.5) * 1.0 - (v[m] <= -0.5))
        for m in (1, 2, 3):
            weights[f"W{m}"] += 2.0**-6 * np.outer(z[m], p[m - 1])


def test_the_rule_is_the_one_that_plain_loops_say():
    model = SpikingMicrocircuit(LIVELY, dyadic(LIVELY, 6))
    weights = {name: matrix.copy() for name, matrix in model.weights.items()}
    for x, label in zip(X[:12], LABELS[:12], strict=True):
        model.learn(x, label)
        plain(weights, x, label)
        for name, matrix in weights.items():
            np.testing.assert_array_equal(model.weights[name], matrix)
    assert np.abs(weights["W1"] - dyadic(LIVELY, 6)["W1"]).max() > 0.1


@pytest.mark.parametrize("feedback", list(SpikeFeedback))
def test_small_steps_in_time_are_one_step_after_the_batch(feedback):
    parameters = LIVELY.replace(feedback=feedback, rate=1e-9)
    online, after = (SpikingMicrocircuit(parameters.replace(online=flag), seed=3)
                     for flag in (True, False))
    start = {name: matrix.copy() for name, matrix in after.weights.items()}
    updates = after.updates(X, LABELS)
    np.testing.assert_array_equal(online.learn(X, LABELS), after.learn(X, LABELS))
    for name, matrix in after.weights.items():
        np.testing.assert_allclose((online.weights[name] - matrix) / 1e-9, 0.0, atol=1e-5)
        if name[0] == "W" and feedback not in (SpikeFeedback.DALE, SpikeFeedback.KOLEN_POLLACK):
            np.testing.assert_allclose((matrix - start[name]) / 1e-9, updates[int(name[1]) - 1],
                                       atol=1e-6)


def test_an_update_shift_replaces_the_rate():
    given, shifted = (SpikingMicrocircuit(LIVELY.replace(rate=rate), seed=1)
                      for rate in (2.0**-5, 2.0**-9))
    given.learn(X, LABELS)
    shifted.learn(X, LABELS, 5)
    for name, matrix in given.weights.items():
        np.testing.assert_array_equal(shifted.weights[name], matrix)


@pytest.mark.parametrize("kind, online", [(SpikingMicrocircuit, True),
                                          (SpikingMicrocircuit, False), (BpttModel, False)])
def test_networks_side_by_side_are_what_they_are_alone(kind, online):
    parameters = LIVELY.replace(online=online)
    together = kind(parameters, seed=[7, 8])
    alone = [kind(parameters, seed=seed) for seed in (7, 8)]
    x, labels = X.reshape(2, 20, 12), LABELS.reshape(2, 20)
    for begin in range(0, 20, 5):
        now = slice(begin, begin + 5)
        seen = together.learn(x[:, now], labels[:, now])
        for k, model in enumerate(alone):
            np.testing.assert_array_equal(model.learn(x[k, now], labels[k, now]), seen[k])
    assert together.learn(x[:, 0], labels[:, 0]).shape == (2,)
    for k, model in enumerate(alone):
        model.learn(x[k, 0], labels[k, 0])
        for name, matrix in together.weights.items():
            np.testing.assert_allclose(matrix[k], model.weights[name], atol=1e-12)
        np.testing.assert_array_equal(together.predict(X)[k], model.predict(X))


# ---- signs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("feedback", [SpikeFeedback.TRACKING, SpikeFeedback.CONSTANT,
                                      SpikeFeedback.DALE])
def test_signs_of_the_feedback_stay_those_of_the_forward_weights(feedback):
    start = SpikingMicrocircuit(LIVELY.replace(feedback=feedback), seed=2)
    model = SpikingMicrocircuit(LIVELY.replace(feedback=feedback, rate=2.0**-4), seed=2)
    for x, label in zip(X, LABELS, strict=True):
        model.learn(x, label)
        np.testing.assert_array_equal(concordance(model), [1.0, 1.0])
    changed = sum((np.sign(model.weights[name]) == -np.sign(start.weights[name])).sum()
                  for name in ("W1", "W2", "W3"))
    stopped = sum((model.weights[name] == 0.0).sum() for name in ("W1", "W2", "W3"))
    # Under Dale's principle a weight stops where it would change its sign.
    assert (changed == 0 and stopped > 20) if feedback is SpikeFeedback.DALE else changed > 20
    for layer in (1, 2):
        np.testing.assert_array_equal(model.weights[f"M{layer}"], start.weights[f"M{layer}"])
        assert model.weights[f"M{layer}"].min() > 0.0
        np.testing.assert_array_equal(np.abs(model.feedback()[layer]), model.weights[f"M{layer}"])


@pytest.mark.parametrize("online", [True, False])
def test_feedback_that_starts_at_random_forgets_how_it_differed(online):
    parameters = LIVELY.replace(feedback=SpikeFeedback.RANDOM, rate=2.0**-4)
    random = SpikingMicrocircuit(parameters, seed=range(50))
    assert concordance(random).mean() == pytest.approx(0.5, abs=0.03)
    model = SpikingMicrocircuit(parameters.replace(feedback=SpikeFeedback.KOLEN_POLLACK, decay=0.5,
                                                   transpose_gain=3.0, online=online), seed=1)

    def difference(layer):
        return model.weights[f"B{layer}"] - 3.0 * model.weights[f"W{layer + 1}"].T

    start = difference(1), difference(2)
    for x, label in zip(X, LABELS, strict=True):
        model.learn(x, label)
    kept = (1.0 - 2.0**-5 / 8) ** (40 * 8) if online else (1.0 - 2.0**-5) ** 40
    for layer in (1, 2):
        np.testing.assert_allclose(difference(layer), kept * start[layer - 1], atol=1e-12)
    assert kept < 0.3 and concordance(model).min() > 0.6


def test_magnitudes_have_the_scale_that_was_asked_for():
    parameters = CircuitParameters((4, 100, 100), feedback_scale=3.0)
    drawn = SpikingMicrocircuit(parameters).weights["M1"]
    assert drawn.mean() == pytest.approx(0.3, rel=0.02) and drawn.min() < 0.01 < 0.59 < drawn.max()
    constant = SpikingMicrocircuit(parameters.replace(feedback=SpikeFeedback.CONSTANT))
    np.testing.assert_allclose(constant.weights["M1"], 0.3)
    random = SpikingMicrocircuit(parameters.replace(feedback=SpikeFeedback.RANDOM)).weights["B1"]
    np.testing.assert_array_equal(np.abs(random), drawn)


# ---- bad inputs ----------------------------------------------------------------------------


def test_bad_arguments_say_what_is_wrong():
    model, two = SpikingMicrocircuit(LIVELY), SpikingMicrocircuit(LIVELY, seed=[0, 1])
    graded = SpikingMicrocircuit(LIVELY.replace(errors=Errors.GRADED), error_cells=OpponentErrors)
    for call, message in (
        (lambda: SpikingMicrocircuit(SIZES), r"parameters must be a CircuitParameters, not \(12"),
        (lambda: SpikingMicrocircuit(LIVELY, {"B1": 0}), r"weights must hold some of .* not B1"),
        (lambda: SpikingMicrocircuit(LIVELY, {"W1": np.zeros((9, 11))}),
         r"W1 must .*\(9, 12\), not \(9, 11\)"),
        (lambda: SpikingMicrocircuit(LIVELY, {"M1": np.full((9, 7), -0.5)}),
         "M1 must hold values of 0 or more, not -0.5"),
        (lambda: BpttModel(LIVELY, optimiser="Adam"), "optimiser must be an Optimiser, not 'Adam'"),
        (lambda: graded.learn(X, LABELS), "errors must be ternary for spiking pairs, not .*GRADED"),
        (lambda: model.learn(X[:, 1:], LABELS), r"x must be \(12,\) .*not \(40, 11\)"),
        (lambda: model.learn(X, LABELS[1:]), r"x must be .*not \(40, 12\) with \(39,\)"),
        (lambda: two.learn(X[0], 1), r"x must be \(2, 12\) with labels \(2,\), .*not \(12,\)"),
        (lambda: model.learn(X[0], 4), r"labels must be classes in 0 \.\. 3, not"),
        (lambda: model.learn(X + 0.5, LABELS), r"inputs must lie in 0 \.\. 1, not 0.5 \.\. 1.5"),
        (lambda: model.predict(X[0]), r"x must be samples x 12 inputs, .*shape \(12,\)"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            call()
