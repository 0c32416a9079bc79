"""Feedback of one's choice in integers: what stays, what learns, and what the guard does."""

from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.designs import reference_model
from cortigate.golden.spec import Activation, Design, Feedback, Operation, QFormat
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule
from cortigate.golden.spec.rules.inversion import InversionRule

SIZES = (8, 6, 5, 3)
STORED = [kind for kind in Feedback if kind.stored]
FINE = {"rate": QFormat(3, 13), "state": QFormat(6, 13), "weight": QFormat(3, 16)}


def samples(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 129, (count, SIZES[0])), rng.integers(0, SIZES[-1], count)


def taught(design, count=30):
    model = integer_model(design)
    model.set_weights(initial_weights(design, 1))
    for x, label in zip(*samples(count), strict=True):
        model.learn(x, int(label))
    return model


@pytest.mark.parametrize("rule", [GhostRule, InversionRule])
def test_a_record_without_the_choice_is_that_of_transposed_feedback(rule):
    design = rule.design(SIZES)
    record = design.to_dict()
    assert not {"feedback", "decay_shift", "guard"} & set(record["rule"])
    assert Design.from_dict(record) == design
    other = rule.design(SIZES, feedback=Feedback.LEARNED)
    assert other.to_dict()["rule"]["feedback"] == "learned"
    assert Design.from_dict(other.to_dict()) == other and other.digest != design.digest


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("rule", [GhostRule, InversionRule])
def test_only_learned_feedback_changes(rule, kind):
    design = rule.design(SIZES, feedback=kind, **FINE)
    model, start = taught(design), design.weight.from_float(initial_weights(design, 1)["B1"])
    assert (model.weights["B1"] != start).any() == kind.learns


@pytest.mark.parametrize("rule", [
    InversionRule(4, feedback=Feedback.LEARNED, decay_shift=6, guard=2),
    GhostRule(Mechanism.REPLICATE, feedback=Feedback.LEARNED, decay_shift=6),
    GhostRule(Mechanism.LEARN, feedback=Feedback.LEARNED, decay_shift=6),
    GhostRule(Mechanism.REPLICATE, Schedule.RELAXATION, feedback=Feedback.LEARNED, decay_shift=6),
    GhostRule(Mechanism.COPY, Schedule.RELAXATION, feedback=Feedback.LEARNED, decay_shift=6)])
def test_learned_feedback_forgets_its_difference_to_the_transposed_weights(rule):
    """By 1 - 2**-6 with each update, but for the roundings of the weights."""
    design = replace(type(rule).design(SIZES, **FINE), rule=rule)
    model = integer_model(design)
    model.set_weights(initial_weights(design, 1))

    def difference():
        return model.weights["B2"] - model.weights["W3"][:, :-1].T

    wanted, updates = difference().astype(float), 0
    for x, label in zip(*samples(40), strict=True):
        trace = model.learn(x, int(label))
        changed = sum((done.operation, done.matrix) == (Operation.UPDATE, "B2")
                      for done in trace.passes)
        wanted, updates = wanted * (1 - 2.0**-6) ** changed, updates + changed
    assert updates >= 30 and abs(difference() - wanted).max() < 2 * updates


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("schedule", list(Schedule))
def test_ghost_units_with_feedback_of_their_own_do_what_the_equations_say(schedule, kind):
    design = GhostRule.design(SIZES, schedule=schedule, feedback=kind, **FINE)
    start, model, exact = initial_weights(design, 1), taught(design), reference_model(design)
    exact.set_weights(start)
    for x, label in zip(*samples(30), strict=True):
        exact.learn(x / 128.0, int(label))
    for name, weights in model.weights.items():
        assert abs(design.weight.to_float(weights) - exact.weights[name]).max() < 2e-2, name
    moved = abs(design.weight.to_float(model.weights["W1"]) - start["W1"]).max()
    assert moved > 5e-2


@pytest.mark.parametrize("hidden", [Activation.CLIP, Activation.RELU, Activation.TANH])
def test_inversion_with_concordant_feedback_does_what_the_equations_say(hidden):
    design = InversionRule.design(SIZES, feedback=Feedback.CONCORDANT, **FINE)
    design = design.replace(network=replace(design.network, hidden=hidden))
    start, model, exact = initial_weights(design, 1), taught(design), reference_model(design)
    exact.set_weights(start)
    for x, label in zip(*samples(30), strict=True):
        exact.learn(x / 128.0, int(label))
    for name, weights in model.weights.items():
        assert abs(design.weight.to_float(weights) - exact.weights[name]).max() < 3e-2, name


def test_the_last_layer_is_not_stored_transposed_with_feedback_of_its_own():
    with pytest.raises(ValueError, match="transposed must be False"):
        GhostRule.design(SIZES, feedback=Feedback.RANDOM, transposed=True)


def runaway(guard):
    """A loop whose feedback has the sign of -W^T has no point of rest."""
    rule = InversionRule(4, 1, 1, 2, 12, Feedback.RANDOM, guard=guard)
    design = InversionRule.design((4, 3, 2), rule=rule)
    model, weights = integer_model(design), initial_weights(design, 3)
    weights["W2"][:, :-1] *= 2.0 / np.linalg.norm(weights["W2"][:, :-1], 2)
    weights["B1"] = -weights["W2"][:, :-1].T
    model.set_weights(weights)
    return model, model.learn(np.array([100, 3, 60, 0]), 1)


def test_without_a_guard_a_loop_that_runs_away_teaches_the_layers_below():
    model, trace = runaway(0)
    assert model.restless == trace.restless == 0
    assert [done.matrix for done in trace.passes if done.weights.size] == ["W2", "W1"]


@pytest.mark.parametrize("guard", [1, 3])
def test_a_loop_that_never_rests_is_tried_again_and_given_up(guard):
    model, trace = runaway(guard)
    assert model.restless == trace.restless == guard + 1
    assert [done.matrix for done in trace.passes if done.weights.size] == ["W2"]


def test_the_guard_lets_a_sound_loop_pass():
    plain, guarded = (
        taught(InversionRule.design(SIZES, rule=InversionRule(guard=guard))) for guard in (0, 3))
    assert guarded.restless == 0
    for name, weights in plain.weights.items():
        np.testing.assert_array_equal(guarded.weights[name], weights)


def test_a_guard_needs_steps_in_which_a_sound_loop_settles():
    with pytest.raises(ValueError, match="guard must be 0 with fewer than 8 steps, not 2 with 5"):
        InversionRule(steps=5, guard=2)
