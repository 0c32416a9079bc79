"""golden.spec.rules.ghost: the rule's checks and what follows from its parameters."""

import pytest

from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule


@pytest.mark.parametrize("changes, error, message", [
    ({"mechanism": "C1"}, TypeError,
     r"mechanism must be a Mechanism \(C1, A-copy, A-sameR, N\), not 'C1'"),
    ({"schedule": "sweep"}, TypeError, r"schedule must be a Schedule \(sweep, relaxation\), not"),
    ({"learning_rate_shift": 17}, ValueError, r"learning_rate_shift must lie in 0 \.\. 16, not 17"),
    ({"learning_rate_shift": -1}, ValueError, r"learning_rate_shift must lie in 0 \.\. 16, not -1"),
    ({"nudging_shift": 7}, ValueError, r"nudging_shift must lie in 0 \.\. 6, not 7"),
    ({"ghost_rate_shift": -7}, ValueError, r"ghost_rate_shift must lie in -6 \.\. 16, not -7"),
    ({"step_shift": 7}, ValueError, r"step_shift must lie in 0 \.\. 6, not 7"),
    ({"steps": 0}, ValueError, r"steps must lie in 1 \.\. 255, not 0"),
    ({"steps": 256}, ValueError, r"steps must lie in 1 \.\. 255, not 256"),
    ({"steps": 16.0}, TypeError, r"steps must be an integer, not 16\.0"),
])
def test_checks(changes, error, message):
    with pytest.raises(error, match=message):
        GhostRule(**changes)


def test_rates():
    rule = GhostRule(learning_rate_shift=6, nudging_shift=2)
    assert (rule.learning_rate, rule.nudging) == (2**-6, 2**-2)
    assert rule.update_shift == rule.second_update_shift == 4  # eta / beta
    assert GhostRule(ghost_rate_shift=7).second_update_shift == 7


@pytest.mark.parametrize("mechanism, plastic, separate, memory", [
    (Mechanism.REPLICATE, False, False, True),
    (Mechanism.COPY, False, False, False),
    (Mechanism.LEARN, True, True, True),
    (Mechanism.NONE, False, True, False),
])
def test_what_a_mechanism_needs(mechanism, plastic, separate, memory):
    for schedule in Schedule:
        rule = GhostRule(mechanism=mechanism, schedule=schedule)
        assert rule.engine.relaxes == (schedule is Schedule.RELAXATION)
        assert (rule.engine.second_weights, rule.separate_feedback) == (plastic, separate)
        assert rule.ghost_memory == memory
        assert rule.held_presynaptic == (rule.engine.relaxes and mechanism is Mechanism.REPLICATE)
