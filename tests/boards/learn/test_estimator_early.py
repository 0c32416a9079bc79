"""Early stopping: what is kept apart, when it ends, the best weights, and going on to the bit."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from cortigate.boards.learn.estimators import (
    CortigateAutoencoder,
    CortigateClassifier,
    CortigateRegressor,
)
from cortigate.boards.learn.estimators.stopping import Stopping
from cortigate.golden.spec import RULES

RNG = np.random.default_rng(2)
X = RNG.random((80, 5))
Y = (X[:, 0] + X[:, 1] > 1.0).astype(int)
EARLY = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 2, "tol": 0.0}
KINDS = {
    CortigateClassifier: {"hidden_layer_sizes": (4,), "learning_rate_shift": 3},
    CortigateRegressor: {"hidden_layer_sizes": (4,), "learning_rate_shift": 2},
    CortigateAutoencoder: {"hidden_layer_sizes": (4, 2, 4)},
}


def learner(kind=CortigateClassifier, **parameters):
    return kind(**KINDS[kind] | EARLY | {"lanes": 2, "epochs": 12} | parameters)


def taught(kind):
    return {CortigateClassifier: Y, CortigateRegressor: X[:, :2] - X[:, 2:4]}.get(kind)


def same(one, other):
    """Whether two estimators hold the same of all that was fitted."""
    assert vars(one).keys() == vars(other).keys()
    return all(np.array_equal(values, getattr(other, name)[key])
               for name in ("weights_", "latest_weights_")
               for key, values in getattr(one, name).items()) and (
        np.array_equal(one.generators_, other.generators_)
        and one.validation_scores_ == other.validation_scores_
        and one.n_epochs_ == other.n_epochs_)


@pytest.mark.parametrize("scores, enough", [
    ([0.5], False), ([0.5, 0.5, 0.5], False), ([0.5, 0.5, 0.5, 0.5], True),
    ([0.5, 0.4, 0.4, 0.7], False), ([0.5, 0.55, 0.59, 0.61], True), ([0.5, 0.9, 1, 0.9], False),
    ([0.5, 0.55, 0.6, 0.75, 0.7], False), ([0.5, 0.9, 0.9, 0.9, 0.9], True)])
def test_it_is_enough_where_scikit_learns_network_would_stop(scores, enough):
    assert Stopping(0.1, 2, 0.1).enough(scores) is enough


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_weights_are_kept_and_learning_ends(kind):
    seen = []
    fitted = learner(kind, epochs=40, callback=lambda one, _: seen.append(one.latest_weights_))
    fitted.fit(X, taught(kind))
    scores = fitted.validation_scores_
    assert len(scores) == len(seen) == fitted.n_iter_ < 40
    assert Stopping(0.25, 2, 0.0).enough(scores) and not Stopping(0.25, 2, 0.0).enough(scores[:-1])
    assert fitted.best_validation_score_ == max(scores)
    best = seen[scores.index(max(scores))]
    assert all(np.array_equal(fitted.weights_[name], best[name]) for name in best)
    assert not np.array_equal(fitted.weights_["W1"], fitted.latest_weights_["W1"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_that_of_what_is_kept_apart(kind):
    y = taught(kind)
    strata = Y if kind is CortigateClassifier else None
    kept, held = map(np.sort, train_test_split(
        np.arange(80), test_size=0.25, random_state=7, stratify=strata))
    fitted = learner(kind, random_state=7).fit(X, y)
    if y is None:
        score = fitted.score_samples(X[held]).mean()
    else:
        score = fitted.score(X[held], y[held])
    assert fitted.best_validation_score_ == score
    np.testing.assert_array_equal(fitted.input_limits_, [X[kept].min(axis=0), X[kept].max(axis=0)])
    plain = kind(**KINDS[kind], lanes=2, epochs=1, random_state=7).fit(
        X[kept], None if y is None else y[kept])
    one = learner(kind, random_state=7, epochs=1).fit(X, y)
    np.testing.assert_array_equal(plain.weights_["W1"], one.weights_["W1"])


@pytest.mark.parametrize("capacity", [80, 17])
@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_fit_goes_on_to_the_same_bits(kind, capacity, tmp_path):
    whole = learner(kind, sample_capacity=capacity, rule="pal").fit(X, taught(kind))

    def stop(one, counters):
        if one.n_epochs_ == whole.n_epochs_ - 1:  # when the best weights are older ones
            raise KeyboardInterrupt

    cut = learner(kind, sample_capacity=capacity, rule="pal", checkpoint=tmp_path / "file",
                  callback=stop)
    with pytest.raises(KeyboardInterrupt):
        cut.fit(X, taught(kind))
    again = kind.load(tmp_path / "file").resume(X, taught(kind))
    assert same(again, whole) and getattr(again, "offset_", 0) == getattr(whole, "offset_", 0)
    assert same(again.resume(X, taught(kind)), whole)  # nothing is left to do


@pytest.mark.parametrize("rule", RULES)
def test_validation_does_not_disturb_any_rule(rule):
    y = Y[:40]
    early = CortigateClassifier(hidden_layer_sizes=(3,), rule=rule, epochs=3, early_stopping=True,
                                validation_fraction=0.5).fit(X[:40], y)
    kept, _ = map(np.sort, train_test_split(np.arange(40), test_size=0.5, random_state=0,
                                            stratify=y))
    plain = CortigateClassifier(hidden_layer_sizes=(3,), rule=rule, epochs=3).fit(X[kept], y[kept])
    for name, values in plain.weights_.items():
        np.testing.assert_array_equal(early.latest_weights_[name], values)
    np.testing.assert_array_equal(early.generators_, plain.generators_)


def test_more_epochs_go_on_from_the_latest_weights():
    short = learner(n_iter_no_change=20, epochs=3).fit(X, Y).set_params(epochs=9).resume(X, Y)
    assert same(short, learner(n_iter_no_change=20, epochs=9).fit(X, Y))


def test_partial_fit_refuses_it_and_goes_on_from_the_best():
    fitted = learner().fit(X, Y)
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        fitted.partial_fit(X, Y)
    best = {name: values.copy() for name, values in fitted.weights_.items()}
    fitted.set_params(early_stopping=False, callback=lambda one, done: None).partial_fit(X, Y)
    assert fitted.latest_weights_ is fitted.validation_scores_ is None
    assert not np.array_equal(best["W1"], fitted.weights_["W1"])


@pytest.mark.parametrize("changes, message", [
    ({"early_stopping": 1}, "early_stopping must be True or False, not 1"),
    ({"validation_fraction": 1.0}, r"validation_fraction must be above 0 and below 1, not 1\.0"),
    ({"validation_fraction": "x"}, "validation_fraction must be a number, not 'x'"),
    ({"n_iter_no_change": 0}, "n_iter_no_change must lie in 1 .. "),
    ({"tol": -0.1}, r"tol must be 0 or more, not -0\.1"),
    ({"validation_fraction": 0.01}, "early_stopping=True needs more samples: of 80 it keeps 1%"),
    ({"callback": 3}, "callback must be .*, not 3"),
    ({"verbose": "yes"}, "verbose must be .*, not 'yes'")])
def test_what_is_refused(changes, message):
    estimator = learner(**changes)
    with pytest.raises((TypeError, ValueError), match=message):
        estimator.fit(X, Y)
    assert not hasattr(estimator, "n_features_in_")


def test_of_one_sample_there_is_no_r2():
    with pytest.raises(ValueError, match="1% of 80 are less than the two that it must keep"):
        learner(CortigateRegressor, validation_fraction=0.01).fit(X, Y)
