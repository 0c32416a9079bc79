"""Warnings of a fit that has diverged, and none of one that has not."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning

from cortigate.boards.learn.estimators import (
    CortigateAutoencoder,
    CortigateClassifier,
    CortigateRegressor,
)
from cortigate.boards.learn.estimators.divergence import error_beside_mean, settled, some
from cortigate.golden.spec import Network, Target
from cortigate.golden.spec.rules.ghost import design_for

RANDOM = np.random.default_rng(4)
PATIENTS, PROGRESS = load_diabetes(return_X_y=True)
IMAGES, LABELS = (part[:300] for part in load_digits(return_X_y=True))
WIDE = {"hidden_layer_sizes": (512,), "epochs": 4}


def test_a_wide_hidden_layer_learns_at_the_recommended_rate():
    for width in (256, 1024):
        learner = CortigateRegressor(hidden_layer_sizes=(width,)).fit(PATIENTS, PROGRESS)
        assert learner.score(PATIENTS, PROGRESS) > 0.3


@pytest.mark.parametrize("kind, data, better", [
    (CortigateRegressor, (PATIENTS, PROGRESS), 8), (CortigateAutoencoder, (IMAGES,), 9),
    (CortigateClassifier, (IMAGES, LABELS), 7)])
def test_a_fit_that_diverges_says_which_rate_to_take(kind, data, better):
    with pytest.warns(ConvergenceWarning, match=(
            r"^the fit has diverged, since its error on the training samples is [\d.]+ times that "
            f"of their mean: learn at a lower rate, with learning_rate_shift={better} instead of "
            "2$")):
        learner = kind(**WIDE, learning_rate_shift=2).fit(*data)
    assert learner.n_epochs_ == 4  # what was learned stays
    kind(**WIDE, learning_rate_shift=better).fit(*data)


def test_a_rate_below_the_recommended_one_is_followed_by_the_next_one_and_a_design_is_named():
    design = design_for(Network((10, 32, 1)), target=Target.VECTOR, results=True,
                        sample_capacity=442)
    design = design.replace(rule=design.rule.at_rate(0))
    with pytest.warns(ConvergenceWarning, match="=4 instead of 0 in the rule of your design"):
        CortigateRegressor(design=design, epochs=2).fit(PATIENTS, PROGRESS)


def test_codes_that_are_all_silent_are_told_and_the_recommended_rate_keeps_some():
    with pytest.warns(ConvergenceWarning, match=(
            "^every code is 0 for every sample that was learned from: learn at a lower rate, with "
            "learning_rate_shift=6 instead of 3$")):
        CortigateAutoencoder(hidden_layer_sizes=(8,), learning_rate_shift=3).fit(IMAGES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner = CortigateAutoencoder(hidden_layer_sizes=(8,)).fit(IMAGES)
        CortigateAutoencoder(hidden_layer_sizes=(8,), epochs=1).fit(np.zeros((9, 64)))
    assert np.ptp(learner.transform(IMAGES), axis=0).astype(bool).sum() >= 6


def test_what_goes_on_is_judged_and_a_part_is_not():
    learner = CortigateRegressor(**WIDE | {"epochs": 3}, learning_rate_shift=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.partial_fit(PATIENTS, PROGRESS).partial_fit(PATIENTS, PROGRESS)
    with pytest.warns(ConvergenceWarning, match="the fit has diverged"):
        learner.resume(PATIENTS, PROGRESS)


@pytest.mark.parametrize("kind, targets", [
    (CortigateRegressor, RANDOM.normal(size=200)), (CortigateRegressor, np.full(200, 7.0)),
    (CortigateRegressor, np.arange(200) == 3), (CortigateClassifier, RANDOM.integers(0, 3, 200)),
    (CortigateClassifier, np.arange(200) == 3), (CortigateAutoencoder, None)],
    ids=["noise", "constant", "an outlier", "noise as labels", "a rare class", "noise as inputs"])
@pytest.mark.parametrize("rule", ["ghost", "inversion"])
@pytest.mark.filterwarnings("error")
def test_what_cannot_be_learned_is_no_divergence(kind, targets, rule):
    inputs = RANDOM.normal(size=(200, 5))
    for shift in (None, 16):  # nor is a rate at which hardly anything is learned
        kind(rule=rule, hidden_layer_sizes=(12,), epochs=4, learning_rate_shift=shift).fit(
            inputs, targets)


@pytest.mark.parametrize("outputs, targets, ratio", [
    ([0.0, 1.0], [1.0, 0.0], 4.0), ([0.0, 1.0], [0.0, 1.0], None), ([0.5, 0.5], [0.0, 1.0], None),
    ([0.0, 0.0], [0.0, 1.0], 2.0), ([0.0, 0.2], [0.0, 1.0], None), ([2.0, 2.0], [0.5, 0.5], np.inf),
    ([np.nan, 1.0], [0.0, 1.0], np.inf), ([0.0, 0.09], [0.0, 0.0], None)])
def test_an_error_is_compared_with_that_of_the_mean(outputs, targets, ratio):
    found = error_beside_mean(np.array(outputs)[:, None], np.array(targets)[:, None])
    assert found == (ratio if ratio is None else pytest.approx(ratio))


def test_only_steps_enough_for_the_mean_tell_of_a_divergence():
    assert settled(256.0, 4) and not settled(255.0, 4)
    assert some(256).tolist() == list(range(256))
    assert len(some(257)) == 129 and some(10000)[-1] >= 9900 and len(some(10000)) <= 256
