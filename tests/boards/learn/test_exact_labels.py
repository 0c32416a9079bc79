"""Labels and parameters that look alike to NumPy, or are no plain values; files of them."""

import numpy as np
import pytest

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.golden.spec import Feedback, Rounding
from cortigate.golden.spec.rules.inversion import InversionRule

X = np.random.default_rng(0).random((40, 3))
# Apart by one, where float64 has no integers any more.
LARGE = np.array([1_500_000_000_000_000_001, 1_500_000_000_000_000_002])
Y = LARGE[(X[:, 0] > 0.5).astype(int)]


def classifier(**changes):
    return CortigateClassifier(**{"hidden_layer_sizes": (4, 3), "epochs": 1, "lanes": 2} | changes)


@pytest.mark.parametrize("kind", [np.int64, np.uint64])
def test_large_labels_of_another_kind_are_the_same_classes(kind):
    one, other = classifier().fit(X, Y), classifier().fit(X, Y)
    one.partial_fit(X, Y)
    other.partial_fit(X, Y.astype(kind))
    for name, weights in one.weights_.items():
        np.testing.assert_array_equal(other.weights_[name], weights)
    assert other.online_accuracy_ == one.online_accuracy_


def test_labels_that_only_look_like_a_class_are_refused():
    fitted = classifier().fit(X, Y)
    before = fitted.weights_
    with pytest.raises(ValueError, match="y must hold only 1500000000000000001, 15.*2, not 1.5e"):
        fitted.partial_fit(X, Y.astype(float))
    assert fitted.weights_ is before and fitted.n_epochs_ == 1


@pytest.mark.parametrize("feedback", [Feedback.LEARNED, "learned"])
def test_a_parameter_that_is_an_enum_is_saved_and_goes_on(feedback, tmp_path):
    fitted = classifier(rule_parameters={"feedback": feedback}).fit(X, Y)
    assert "B1" in fitted.weights_
    fitted.save(tmp_path / "one")
    loaded = CortigateClassifier.load(tmp_path / "one")
    for one in (fitted, loaded):
        one.partial_fit(X, Y)
    for name, weights in fitted.weights_.items():
        np.testing.assert_array_equal(loaded.weights_[name], weights)
    with pytest.raises(ValueError, match="feedback must be one of transpose, random, .*, not 'no'"):
        classifier(rule_parameters={"feedback": "no"}).fit(X, Y)


def test_a_path_that_no_file_can_have_is_named():
    with pytest.raises(ValueError, match=r"the checkpoint could not be saved as 'a.*b': embedded"):
        classifier(checkpoint="a\0b").fit(X, Y)


def test_feedback_of_ones_choice_brings_what_its_rule_recommends_beside_it():
    found = classifier(rule="inversion", rule_parameters={"feedback": "random"}).fit(X, Y).design_
    expected = InversionRule.design((3, 4, 3, 2), feedback=Feedback.RANDOM)
    assert found.rule.guard == expected.rule.guard > 0
    found = classifier(rule_parameters={"feedback": "learned"}).fit(X, Y).design_
    assert found.weight.rounding is Rounding.STOCHASTIC
