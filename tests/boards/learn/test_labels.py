"""Whether a label acts on the prediction that is made while it is learned from, rule by rule."""

from itertools import pairwise

import numpy as np
import pytest

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.opening import open_device
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import RULES, Rule, preset

X = load_digits_split(0).x_train[:400]
RANDOM = np.random.default_rng(0).integers(0, 10, 400)
CHANCE = 0.1 + 4 * (0.1 * 0.9 / 400) ** 0.5  # 4 standard deviations above one in ten
DESIGNS = {rule: preset("digits" if rule == "ghost" else rule) for rule in RULES}


def test_every_rule_states_whether_it_predicts_before_its_label_acts():
    assert not hasattr(Rule, "predicts_before_label")  # nobody inherits an answer
    stated = {name: vars(rule)["predicts_before_label"] for name, rule in RULES.items()}
    assert stated == dict.fromkeys(RULES, True) | {"microcircuit": False}


@pytest.mark.parametrize("device", ["integer", "reference"])
@pytest.mark.parametrize("rule", RULES)
def test_a_prediction_before_the_label_acts_is_the_same_for_every_label(rule, device):
    design, same = DESIGNS[rule], []
    with open_device(device, design) as opened:
        opened.write_weights(initial_weights(design, 0))
        for x, label in zip(X[:30], RANDOM, strict=False):
            raw = design.sample.from_float(x)
            predictions = []
            for other in (*range(10), int(label)):  # the last one stays learned
                states = opened.read_weights(), opened.read_generators()
                predictions.append(opened._learn(raw, other, *shifts(design)))
                if len(predictions) <= 10:
                    opened.write_weights(states[0])
                    if states[1].size:
                        opened.write_generators(states[1])
            same.append(all(a == b for a, b in pairwise(predictions)))
    assert all(same) is design.rule.predicts_before_label


def shifts(design):
    return design.rule.update_shift, design.rule.second_update_shift


@pytest.mark.parametrize("rule", RULES)
def test_random_labels_are_at_chance_or_called_taught(rule):
    estimator = CortigateClassifier(rule=rule, epochs=1).fit(X, RANDOM)
    if RULES[rule].predicts_before_label:
        assert len(estimator.online_accuracy_) == 1 and not estimator.taught_accuracy_
        assert estimator.online_accuracy_[0] < CHANCE
    else:
        assert len(estimator.taught_accuracy_) == 1 and not estimator.online_accuracy_
        assert estimator.taught_accuracy_[0] > CHANCE  # or the rule states the wrong thing
