"""Scaling inside of the classifier, and its output values."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import minmax_scale

from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.estimators.scaling import limits_of, scaled, unscaled
from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.trainer import outputs_of_all, predict_all
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import RULES, Activation, Network, preset
from cortigate.golden.spec.rules.ghost import design_for

RANDOM = np.random.default_rng(6)
X = RANDOM.normal(3.0, 50.0, (60, 5))
Y = np.digitize(X[:, 0] + X[:, 1], [-40.0, 50.0])
SMALL = {"hidden_layer_sizes": (6,), "lanes": 2, "sample_capacity": 60, "epochs": 3}
HUGE = np.finfo(np.float64).max


@pytest.mark.parametrize("columns, expected", [
    ([[1.0], [3.0], [2.0]], [[0.0], [1.0], [0.5]]), ([[7.0], [7.0]], [[0.0], [0.0]]),
    ([[-HUGE], [HUGE], [0.0]], [[0.0], [1.0], [0.5]]),
    ([[0.0], [5e-324], [1e-323]], [[0.0], [0.5], [1.0]]),
    ([[0.0], [0.0]], [[0.0], [0.0]])])
def test_any_finite_column_is_scaled(columns, expected):
    values = np.array(columns)
    limits = limits_of(values)
    np.testing.assert_array_equal(scaled(values, limits), expected)
    found = unscaled(scaled(values, limits), limits)
    np.testing.assert_allclose(found, values, rtol=1e-12, atol=5e-324)


def test_what_lies_outside_of_the_limits_is_clipped():
    limits = np.array([[-1.0, 5.0], [3.0, 5.0]])
    found = scaled(np.array([[-HUGE, 4.0], [HUGE, 6.0], [0.0, 5.0]]), limits)
    np.testing.assert_array_equal(found, [[0.0, 0.0], [1.0, 0.0], [0.25, 0.0]])
    np.testing.assert_array_equal(unscaled(np.array([[-1.0, 2.0]]), limits), [[-5.0, 5.0]])


def test_huge_values_end_where_floats_do():
    largest = np.finfo(float).max
    limits = np.array([[-largest], [largest]])
    found = unscaled(np.array([[-0.2], [0.0], [0.5], [1.0], [1.2]]), limits)
    np.testing.assert_array_equal(found[:, 0], [-largest, -largest, 0.0, largest, largest])


@pytest.mark.parametrize("constant, value, widths", [
    (1.0, 99.0, 98.0), (0.0, 3.0, 3.0), (0.0, -3.0, -3.0), (2024.0, 2025.0, 1.0),
    (1e-9, 1e-6, 999.0), (-0.5, 0.0, 1.0), (5e-324, 1e-323, 1.0), (5e-324, 1.0, 1e9),
    (HUGE, -HUGE, -1e9), (7.0, 7.0, 0.0)])
def test_what_lies_beside_a_constant_is_seen_where_nothing_is_clipped(constant, value, widths):
    limits = np.array([[constant], [constant]])
    assert scaled(np.array([[value]]), limits, clip=False) == pytest.approx(widths, rel=1e-9)


def test_scaling_inside_is_scaling_before():
    inside = CortigateClassifier(**SMALL).fit(X, Y)
    outside = CortigateClassifier(**SMALL, scale=None).fit(minmax_scale(X), Y)
    for name, values in inside.weights_.items():
        np.testing.assert_array_equal(values, outside.weights_[name])
    np.testing.assert_array_equal(inside.predict(X), outside.predict(minmax_scale(X)))
    assert outside.input_limits_ is None


def test_the_first_call_fixes_the_scale():
    parts = CortigateClassifier(**SMALL).partial_fit(X, Y, classes=[0, 1, 2])
    limits = parts.input_limits_.copy()
    before = parts.predict(X)
    parts.partial_fit(100.0 * X, Y)
    np.testing.assert_array_equal(parts.input_limits_, limits)
    assert before.shape == parts.predict(100.0 * X).shape
    parts.fit(100.0 * X, Y)
    np.testing.assert_array_equal(parts.input_limits_, 100.0 * limits)


@pytest.mark.parametrize("scale", ["minmax", None])
def test_the_scale_comes_back_from_a_file(tmp_path, scale):
    x = X if scale else minmax_scale(X)
    whole = CortigateClassifier(**SMALL, scale=scale).fit(x, Y)
    path = tmp_path / "file"
    begun = CortigateClassifier(**SMALL | {"epochs": 1}, scale=scale, checkpoint=path).fit(x, Y)
    loaded = CortigateClassifier.load(path).set_params(epochs=3)
    assert loaded.scale == scale
    np.testing.assert_array_equal(loaded.predict(x), begun.predict(x))
    loaded.resume(x, Y)
    np.testing.assert_array_equal(loaded.decision_function(x), whole.decision_function(x))


def test_a_file_from_before_there_was_scaling_scales_nothing(tmp_path):
    x, path = minmax_scale(X), tmp_path / "file"
    fitted = CortigateClassifier(**SMALL, scale=None).fit(x, Y)
    fitted.save(path)
    found = Checkpoint.load(path)
    record = found.position["estimator"]
    del record["parameters"]["scale"], record["fitted"]["input_limits_"]
    del record["fitted"]["described_"]["dict"]["scale"]
    Checkpoint(found.design, found.weights, found.generators, found.position).save(path)
    loaded = CortigateClassifier.load(path)
    assert loaded.scale is None and loaded.input_limits_ is None
    np.testing.assert_array_equal(loaded.predict(x), fitted.predict(x))
    assert loaded.partial_fit(x, Y).n_epochs_ == 4
    with pytest.raises(ValueError, match="scale must be the same"):
        loaded.set_params(scale="minmax").partial_fit(x, Y)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("device", ["integer", "reference", "backprop"])
def test_output_values_name_the_predicted_class(rule, device):
    fitted = CortigateClassifier(**SMALL, rule=rule, device=device).fit(X, Y)
    more = RANDOM.normal(0.0, 80.0, (200, 5))
    values, shares = fitted.decision_function(more), fitted.predict_proba(more)
    assert values.shape == shares.shape == (200, 3)
    np.testing.assert_array_equal(values.argmax(axis=1), fitted.predict(more))
    np.testing.assert_array_equal(shares.argmax(axis=1), fitted.predict(more))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    two = CortigateClassifier(**SMALL, rule=rule, device=device).fit(X, Y > 0)
    values, shares = two.decision_function(more), two.predict_proba(more)
    assert values.shape == (200,) and shares.shape == (200, 2)
    np.testing.assert_array_equal(values > 0.0, two.predict(more))


@pytest.mark.parametrize("rule", RULES)
def test_output_values_are_the_integer_models(rule):
    fitted = CortigateClassifier(**SMALL, rule=rule).fit(X, Y)
    values = fitted.decision_function(X)
    design = fitted.design_
    model = integer_model(design)
    model.set_weights(fitted.weights_)
    raw = model.outputs(design.sample.from_float(minmax_scale(X)))
    expected = raw if design.engine.spiking else design.rate.to_float(raw)
    assert np.abs(values - expected).max() <= (0.5 if design.engine.spiking else 2.0**-9)
    assert (values == expected).mean() > 0.7  # the others stand first among equals


def test_equal_rates_at_the_end_of_their_format_are_told_apart():
    design = design_for(Network((5, 4, 2), Activation.CLIP), lanes=2)
    fitted = CortigateClassifier(design=design, epochs=1).fit(X, Y > 0)
    largest = design.weight.maximum
    fitted.weights_ = {"W1": np.full((4, 6), largest), "W2": np.full((2, 5), largest // 2)}
    fitted.weights_["W2"][0] -= 1000
    with IntegerDevice(design) as device:
        device.write_weights(fitted.weights_)
        raw = design.sample.from_float(minmax_scale(X))
        assert (predict_all(device, raw) == 1).all()
        assert (outputs_of_all(device, raw) == design.rate.maximum).all()
    assert (fitted.decision_function(X) == design.rate.to_float(1) / 2).all()


def test_probabilities_are_of_use():
    x, y = load_iris(return_X_y=True)
    fitted = CortigateClassifier(hidden_layer_sizes=(8,), learning_rate_shift=3, epochs=40,
                                 milestones=(20, 30)).fit(x, y)
    right = fitted.predict_proba(x)[np.arange(len(y)), y]
    assert -np.log(right).mean() < 0.5
    assert preset("tiny").rate.one == 256  # rates of 1 and 0 make e^8 : 1
