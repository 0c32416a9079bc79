"""The regressor on the golden models."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_linnerud
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, minmax_scale

from cortigate.boards.learn.estimators import CortigateRegressor
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.spec import RULES, Target, preset

RANDOM = np.random.default_rng(8)
X = RANDOM.normal(-4.0, 3.0, (80, 3))
Y = np.column_stack([X @ [1.0, 2.0, -1.0], 1000.0 + X[:, 0] ** 2])
SMALL = {"hidden_layer_sizes": (8,), "lanes": 2, "sample_capacity": 80, "epochs": 3}
TAUGHT = [name for name in RULES if name != "microcircuit"]


@pytest.mark.parametrize("rule", TAUGHT)
@pytest.mark.parametrize("device", ["integer", "reference", "backprop"])
def test_every_rule_learns_values_in_every_model(rule, device):
    x, y = X[:40], Y[:40]
    found = CortigateRegressor(**SMALL | {"epochs": 12}, rule=rule, device=device).fit(x, y)
    assert found.design_.target is Target.VECTOR and found.design_.results
    assert found.predict(x).shape == y.shape
    assert found.score(x, y) > 0.3


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # its last steps are small
@pytest.mark.parametrize("load", [load_diabetes, load_linnerud])
def test_it_is_no_worse_than_scikit_learns_network(load):
    x, y = load(return_X_y=True)
    folds = KFold(5, shuffle=True, random_state=0)
    chip = CortigateRegressor(hidden_layer_sizes=(32,), epochs=40, milestones=(20, 30),
                              learning_rate_shift=5)
    usual = make_pipeline(MinMaxScaler(), MLPRegressor(hidden_layer_sizes=(32,), max_iter=2000,
                                                       random_state=0))
    ours, theirs = (cross_val_score(one, x, y, cv=folds).mean() for one in (chip, usual))
    assert ours > theirs - 0.03


def test_one_output_has_the_shape_of_its_data():
    one = CortigateRegressor(**SMALL).fit(X, Y[:, 0])
    column = CortigateRegressor(**SMALL).fit(X, Y[:, :1])
    assert one.predict(X).shape == (80,) and column.predict(X).shape == (80, 1)
    np.testing.assert_array_equal(one.predict(X), column.predict(X)[:, 0])


def test_scaling_inside_is_scaling_before():
    inside = CortigateRegressor(**SMALL).fit(X, Y)
    outside = CortigateRegressor(**SMALL, scale=None).fit(minmax_scale(X), minmax_scale(Y))
    low, high = Y.min(axis=0), Y.max(axis=0)
    np.testing.assert_allclose(inside.predict(X),
                               low + (high - low) * outside.predict(minmax_scale(X)))


def test_values_beyond_the_first_ones_are_clipped():
    parts = CortigateRegressor(**SMALL).partial_fit(X, Y)
    limits = parts.output_limits_.copy()
    again = clone(parts).partial_fit(X, Y)
    parts.partial_fit(X, 10.0 * Y)
    again.partial_fit(X, np.clip(10.0 * Y, *limits))
    np.testing.assert_array_equal(parts.output_limits_, limits)
    np.testing.assert_array_equal(parts.predict(X), again.predict(X))


def test_partial_fit_and_resume_go_on_where_fit_stopped(tmp_path):
    whole = CortigateRegressor(**SMALL).fit(X, Y)
    parts = clone(whole).partial_fit(X, Y).partial_fit(X, Y)
    parts.save(tmp_path / "file")
    loaded = CortigateRegressor.load(tmp_path / "file").resume(X, Y)
    np.testing.assert_array_equal(loaded.predict(X), whole.predict(X))
    with pytest.raises(ValueError, match="resume needs the same data"):
        CortigateRegressor.load(tmp_path / "file").resume(X, Y + 1.0)


@pytest.mark.parametrize("parameters, x, y, message", [
    ({}, X, Y[:5], "inconsistent numbers of samples"),
    ({}, X, Y * np.nan, "contains NaN"),
    ({"scale": None}, minmax_scale(X), 9.0 * minmax_scale(Y), r"y must lie in -2 \.\. 1\.99609;"),
    ({"rule": "microcircuit"}, X, Y, "target must be a class for spiking neurons"),
    ({"design": preset("tiny")}, X, Y, "target must be vector for a CortigateRegressor, not class"),
    ({}, X, np.zeros((80, 1025)), r"the number of outputs of y must lie in 1 \.\. 1024, not 1025")])
def test_data_and_parameters_are_checked_in_fit(parameters, x, y, message):
    estimator = CortigateRegressor(**SMALL | parameters)
    with pytest.raises(ValueError, match=message):
        estimator.fit(x, y)
    assert set(vars(estimator)) == set(estimator.get_params())


def test_the_number_of_outputs_stays():
    fitted = CortigateRegressor(**SMALL).fit(X, Y)
    with pytest.raises(ValueError, match="y must have 2 outputs, as in the first call, not 1"):
        fitted.partial_fit(X, Y[:, 0])
    assert fitted.n_epochs_ == 3


def test_a_file_of_another_estimator_is_refused(tmp_path):
    CortigateRegressor(**SMALL, device=IntegerDevice).fit(X, Y).save(tmp_path / "file")
    from cortigate.boards.learn.estimators import CortigateClassifier

    with pytest.raises(ValueError, match="is a checkpoint, but not of a CortigateClassifier"):
        CortigateClassifier.load(tmp_path / "file")
