"""Learning: local updates, baselines, errors, and that the digits are learned."""

import numpy as np
import pytest

from cortigate.golden.datasets import linear_regression, load_digits_split
from cortigate.golden.reference.baselines import BackpropModel, FeedbackAlignmentModel
from cortigate.golden.reference.baselines.backprop import descent, loss
from cortigate.golden.reference.ghost import ReadOut, ReferenceModel, ReferenceRule
from cortigate.golden.reference.samples import targets_of
from cortigate.golden.spec import Activation, Feedback, Network, preset
from cortigate.golden.spec.rules.ghost import Schedule

SIZES = (7, 6, 5, 4)


@pytest.fixture
def batch():
    generator = np.random.default_rng(1)
    return generator.uniform(size=(9, SIZES[0])), generator.integers(SIZES[-1], size=9)


@pytest.mark.parametrize("hidden, output", [("clip", "linear"), ("relu", "linear"),
                                            ("sigmoid", "sigmoid")])
def test_backprop_is_the_gradient_by_finite_differences(hidden, output, batch):
    x, labels = batch
    model = BackpropModel(ReferenceRule(SIZES, hidden=hidden, output=output, eta=1.0), seed=2)
    start = {name: w.copy() for name, w in model.weights.items()}
    model.learn(x, labels)
    descended = {name: w - start[name] for name, w in model.weights.items()}
    step = 1e-6
    for name, matrix in start.items():
        numeric = np.empty_like(matrix)
        for index in np.ndindex(matrix.shape):
            sides = []
            for sign in (1, -1):
                model.set_weights(start)
                model.weights[name][index] += sign * step
                sides.append(loss(model, x, labels))
            numeric[index] = (sides[1] - sides[0]) / (2 * step)
        # Central differences: error of order step**2, plus rounding of about 1e-16 / step.
        np.testing.assert_allclose(descended[name], numeric, rtol=0, atol=1e-8)


def test_feedback_alignment_is_backprop_through_other_weights_that_stay(batch):
    x, labels = batch
    rule = ReferenceRule(SIZES)
    aligned, exact = FeedbackAlignmentModel(rule, seed=2), BackpropModel(rule, seed=2)
    fixed = {name: aligned.weights[name].copy() for name in ("B1", "B2")}
    target = targets_of(labels, 4)
    deltas, rates = descent(aligned.net, x, target)
    expected = (deltas[3] @ fixed["B2"].T) * ((rates[2] > 0) & (rates[2] < 1))
    np.testing.assert_allclose(deltas[2], expected, rtol=1e-12)
    assert (np.abs(deltas[1] - descent(exact.net, x, target)[0][1]) > 1e-3).any()
    aligned.learn(x, labels)
    for name, matrix in fixed.items():
        np.testing.assert_array_equal(aligned.weights[name], matrix)
    transposed = {f"B{m - 1}": exact.weights[f"W{m}"][:, :-1].T for m in (2, 3)}
    same = FeedbackAlignmentModel(rule, dict(exact.weights) | transposed)
    for one, other in zip(descent(same.net, x, target)[0][1:],
                          descent(exact.net, x, target)[0][1:], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("schedule", list(Schedule))
@pytest.mark.parametrize("mechanism", ["A-copy", "A-sameR", "C1"])
def test_one_sample_changes_a_matrix_by_one_outer_product(mechanism, schedule, batch):
    model = ReferenceModel(ReferenceRule(SIZES, mechanism=mechanism, schedule=schedule))
    start = {name: w.copy() for name, w in model.weights.items()}
    model.learn(batch[0][0], int(batch[1][0]))
    for name, before in start.items():
        change = model.weights[name] - before
        assert np.linalg.matrix_rank(change, tol=1e-12) == 1, name


def test_batches_are_averaged(batch):
    x, labels = batch
    rule = ReferenceRule(SIZES, mechanism="A-copy")
    start = ReferenceModel(rule).weights
    together = ReferenceModel(rule, start)
    predictions = together.learn(x, labels)
    mean = {name: np.zeros_like(w) for name, w in start.items()}
    for index, (one, label) in enumerate(zip(x, labels, strict=True)):
        single = ReferenceModel(rule, start)
        assert single.infer(one) == single.predict(x)[index] == predictions[index]
        assert single.learn(one, label) == predictions[index]
        for name in mean:
            mean[name] += (single.weights[name] - start[name]) / len(x)
    for name, change in mean.items():
        np.testing.assert_allclose(together.weights[name] - start[name], change, atol=1e-15)


def test_shifts_set_the_rates_as_the_registers_do(batch):
    x, label = batch[0][0], int(batch[1][0])
    rule = ReferenceRule(SIZES, mechanism="A-sameR", eta=2.0**-4, beta=0.5)  # k = 3

    def changes(*shifts):
        model = ReferenceModel(rule)
        start = {name: w.copy() for name, w in model.weights.items()}
        model.learn(x, label, *shifts)
        return {name: model.weights[name] - w for name, w in start.items()}

    default, same, slower = changes(), changes(3, 3), changes(4, 5)
    for name, change in default.items():
        np.testing.assert_array_equal(same[name], change)
        factor = 1 / 2 if name.startswith("W") else 1 / 4
        np.testing.assert_allclose(slower[name], factor * change, atol=1e-16)


def test_kolen_pollack_forgets_the_difference_between_forward_and_feedback(batch):
    rule = ReferenceRule(SIZES, mechanism="A-copy", feedback=Feedback.LEARNED, decay=0.01)
    model = ReferenceModel(rule)

    def difference():
        return model.weights["B2"] - model.weights["W3"][:, :-1].T

    before = difference()
    for x, label in zip(*batch, strict=True):
        model.learn(x, label)
    np.testing.assert_allclose(difference(), 0.99**9 * before, rtol=1e-9)


@pytest.mark.parametrize("hidden, output", [("relu", "linear"), ("clip", "linear"),
                                            ("clip", "clip")])
def test_backprop_learns_from_many_samples_as_from_one_after_the_other(hidden, output):
    rng = np.random.default_rng(2)
    rule = ReferenceRule((9, 8, 7, 5), hidden=hidden, output=output, eta=2.0**-3)
    one, two = (BackpropModel(rule, seed=3) for _ in range(2))
    x = rng.random((20, 9)) * (rng.random((20, 9)) < 0.6)
    labels, order = rng.integers(0, 5, 20), rng.integers(0, 20, 60)
    expected = [one.learn(x[i], int(labels[i]), 4) for i in order]
    assert two.learn_all(x, labels, order, 4).tolist() == expected
    for name, weights in one.weights.items():
        np.testing.assert_array_equal(two.weights[name], weights)
    start = BackpropModel(rule, seed=3)
    assert all(np.abs(start.weights[name] - two.weights[name]).max() > 1e-3
               for name in start.weights)


def test_backprop_from_many_samples_says_what_is_allowed():
    x, labels = np.zeros((3, 4)), np.zeros(3, int)
    model = BackpropModel(ReferenceRule((4, 3, 2), hidden="sigmoid", output="linear"))
    with pytest.raises(ValueError, match="units must be one of clip, relu, linear, not sigmoid"):
        model.learn_all(x, labels, np.arange(3))
    model = BackpropModel(ReferenceRule((4, 3, 2)))
    for arguments in ((x, labels[:2], np.arange(2)), (x, labels, np.array([3])),
                      (x, labels, np.array([-1]))):
        with pytest.raises(ValueError, match="there must be a target for each of 3 samples"):
            model.learn_all(*arguments)
    with pytest.raises(ValueError, match=r"labels must be classes in 0 \.\. 1"):
        model.learn_all(x, labels + 2, np.arange(3))


def test_from_design_takes_the_rule_of_the_hardware():
    copy = ReferenceRule.from_design(preset("digits-relax"))
    assert (copy.mechanism, copy.schedule, copy.read_out) == (
        "A-copy", Schedule.RELAXATION, ReadOut.LOCAL)
    assert (copy.sizes, copy.hidden, copy.output) == ((64, 64, 32, 10), "clip", "linear")
    clipped = preset("tiny").replace(network=Network((5, 4, 2), output=Activation.CLIP))
    assert ReferenceRule.from_design(clipped).output == "clip"
    rule = preset("digits-relax").rule
    assert (copy.eta, copy.beta, copy.steps) == (
        rule.learning_rate, rule.nudging, rule.steps)
    assert copy.step == 2.0**-rule.step_shift
    learned = ReferenceRule.from_design(preset("digits-learn"))
    assert learned.ghost_rate == learned.eta / learned.beta
    # Held replicas learn from the temporal difference, see GhostRule.held_presynaptic.
    held = ReferenceRule.from_design(preset("digits"), schedule=Schedule.RELAXATION)
    assert held.mechanism == "C1" and held.schedule is Schedule.RELAXATION


def test_baselines_drop_the_ghosts_of_a_design():
    design = preset("digits-learn")
    weights = ReferenceModel.from_design(design, seed=4).weights
    assert set(weights) == {"W1", "W2", "W3", "G2", "G3"}
    model = BackpropModel.from_design(design, weights)
    assert set(model.weights) == {"W1", "W2", "W3"}
    model.weights["W1"][0, 0] += 1.0
    assert weights["W1"][0, 0] != model.weights["W1"][0, 0]


def digits_after(model, samples):
    data = load_digits_split(0)
    for x, label in zip(data.x_train[:samples], data.y_train[:samples], strict=True):
        model.learn(x, label)
    return 100 * (model.predict(data.x_test) == data.y_test).mean()


@pytest.mark.parametrize("model, name, least", [
    (ReferenceModel, "digits", 88.0), (ReferenceModel, "digits-copy", 88.0),
    (ReferenceModel, "digits-relax", 80.0), (BackpropModel, "digits", 85.0),
])
def test_one_epoch_of_digits_is_learned(model, name, least):
    assert digits_after(model.from_design(preset(name)), 1437) >= least


def test_without_ghosts_the_digits_are_not_learned():
    with np.errstate(all="ignore"):
        assert digits_after(ReferenceModel.from_design(preset("digits-none")), 1437) <= 20.0


def test_regression_targets_are_approached():
    data = linear_regression(inputs=5, outputs=2, seed=3)
    model = ReferenceModel(ReferenceRule((5, 20, 2), hidden="relu"))
    before = loss(model, data.x_test, data.y_test)
    for x, y in zip(data.x_train, data.y_train, strict=True):
        model.learn(x, y)
    assert loss(model, data.x_test, data.y_test) < 0.05 * before


def test_models_say_what_is_allowed():
    model = ReferenceModel(ReferenceRule(SIZES))
    good = dict(model.weights)
    with pytest.raises(TypeError, match="rule must be a ReferenceRule, not 3"):
        ReferenceModel(3)
    with pytest.raises(ValueError, match=r"weights must hold W1, W2, W3.*V1"):
        model.set_weights(good | {"V1": good["W1"]})
    with pytest.raises(ValueError, match=r"W2 must have shape \(5, 7\)"):
        model.set_weights(good | {"W2": good["W2"][:, :-1]})
    with pytest.raises(ValueError, match="W3 must be finite"):
        model.set_weights(good | {"W3": good["W3"] * np.nan})
    with pytest.raises(ValueError, match="x must be samples x 7 inputs"):
        model.predict(np.zeros((3, 6)))
    with pytest.raises(ValueError, match="x must be samples x 7 inputs"):
        model.learn(np.zeros(6), 0)
    with pytest.raises(ValueError, match=r"labels must be classes in 0 \.\. 3"):
        model.learn(np.zeros(7), 4)
    with pytest.raises(ValueError, match="targets must be 4 floats per sample"):
        model.learn(np.zeros(7), np.zeros(3))
