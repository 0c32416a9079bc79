"""Parameters beside a design: those that it settles agree with it, or are refused."""

import numpy as np
import pytest

from cortigate.boards.learn.estimators import (
    CortigateAutoencoder,
    CortigateClassifier,
    CortigateRegressor,
)
from cortigate.boards.storage.files import Missing
from cortigate.golden.spec import RULES, preset

X = np.eye(5).repeat(3, axis=0)
Y = np.arange(15) % 2
TINY = preset("tiny-pal")


@pytest.mark.parametrize("parameters, message", [
    ({"hidden_layer_sizes": (8,), "rule": "ghost", "learning_rate_shift": 2},
     ("^rule ghost, hidden_layer_sizes 8, learning_rate_shift 2 contradict the parameter design, "
      "which has pal, 4-3, 6 there: leave out design, or leave out rule, hidden_layer_sizes, "
      "learning_rate_shift$")),
    ({"mechanism": "A-copy"}, "mechanism A-copy contradicts .* which has none there"),
    ({"schedule": "relaxation"}, "schedule relaxation contradicts"),
    ({"hidden": "relu"}, "hidden relu contradicts .* which has soft there"),
    ({"lanes": 4}, "lanes 4 contradicts"), ({"sample_capacity": 9}, "sample_capacity 9 contradict"),
    ({"rule_parameters": {"feedback": "random"}},
     ("rule_parameters feedback random contradicts the parameter design, which has learned there: "
      "leave out design, or leave out rule_parameters f")),
])
@pytest.mark.parametrize("design", [TINY, "tiny-pal"], ids=["design", "name"])
def test_what_contradicts_the_design_is_refused(design, parameters, message):
    learner = CortigateClassifier(design=design, epochs=1, **parameters)
    with pytest.raises(ValueError, match=message):
        learner.fit(X, Y)
    with pytest.raises(ValueError, match=message):
        learner.plan(5, 2)
    assert not hasattr(learner, "weights_")


def test_what_agrees_and_what_a_design_does_not_settle_may_stand_beside_it():
    free = {"epochs": 2, "milestones": (1,), "random_state": 3, "early_stopping": False,
            "device": "reference", "verbose": False, "callback": None, "scale": None}
    learner = CortigateClassifier(
        design=TINY, rule="pal", hidden_layer_sizes=[4, 3], lanes=2, learning_rate_shift=6,
        hidden="soft", sample_capacity=32, rule_parameters={"feedback": "learned", "steps": 4},
        **free).fit(X, Y)
    assert learner.design_ == TINY
    with pytest.raises(ValueError, match="lanes 4 contradicts the parameter design"):
        learner.set_params(lanes=4).partial_fit(X, Y)


@pytest.mark.parametrize("kind", [CortigateAutoencoder, CortigateRegressor])
def test_every_kind_compares(kind):
    design = RULES["pal"].design((5, 3, 5), target=kind.TARGET, results=True)
    with pytest.raises(ValueError, match="rule ghost contradicts the parameter design"):
        kind(design=design, rule="ghost").fit(X, X)


def test_messages_name_what_was_called():
    with pytest.raises(ValueError, match=(
            "^design must be the path of a TOML file .*, of a build's report.json, or the name of "
            "a preset, one of .*pal-deep.*, not 'nope'$")):
        CortigateClassifier(design="nope").fit(X, Y)
    for kind in (CortigateAutoencoder, CortigateRegressor):
        with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) .* 'class_weight'"):
            kind(class_weight="balanced")


def test_a_file_that_is_not_there_is_a_file_that_is_not_found():
    with pytest.raises(FileNotFoundError, match="^none.safetensors cannot be read: No") as seen:
        CortigateClassifier.load("none.safetensors")
    assert isinstance(seen.value, Missing) and isinstance(seen.value, ValueError)


@pytest.mark.parametrize("rule", ["ghost", "microcircuit"])
def test_logarithms_of_probabilities(rule):
    learner = CortigateClassifier(rule=rule, hidden_layer_sizes=(4,), epochs=2, lanes=2).fit(X, Y)
    np.testing.assert_allclose(np.exp(learner.predict_log_proba(X)), learner.predict_proba(X),
                               rtol=1e-12)
    assert (learner.predict_log_proba(X) < 0.0).all()
