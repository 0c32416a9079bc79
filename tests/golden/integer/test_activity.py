"""Spikes, error spikes and synaptic operations of the microcircuit's samples."""

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import Pass, Trace, integer_model
from cortigate.golden.integer.activity import (
    Activity,
    Operations,
    activity,
    counted_operations,
    live,
)
from cortigate.golden.spec import Operation, preset


def traced(name="tiny-microcircuit", samples=20, seed=0):
    """Traces of random samples that are learned from, each with the weights before it."""
    design, random = preset(name), np.random.default_rng(seed)
    model = integer_model(design)
    model.set_weights(initial_weights(design, seed))
    for _ in range(samples):
        before = {key: values.copy() for key, values in model.weights.items()}
        x = random.integers(0, 17, design.network.sizes[0])
        yield model, before, model.learn(x, int(random.integers(design.network.sizes[-1])))


def test_a_trace_lives_for_five_steps():
    spikes = np.zeros((9, 3), int)
    spikes[1, 0] = spikes[[0, 2], 1] = 1
    trace, expected = np.zeros(3, int), []
    for step in spikes:
        trace = (trace >> 1) + 16 * step
        expected.append(trace > 0)
    np.testing.assert_array_equal(live(spikes), expected)
    assert live(spikes)[:, 0].sum() == 5
    assert live(np.ones((2, 1))).all()  # a sample may be shorter than that


def test_the_formula_gives_what_is_counted_one_by_one():
    some = Operations(0, 0, 0)
    for _, _, trace in [*traced(), *traced("microcircuit", samples=3)]:
        assert activity(trace).operations() == counted_operations(trace)
        some = max(some, counted_operations(trace), key=lambda one: one.feedback)
    assert min(some.forward, some.feedback, some.update) > 0
    assert some.total == some.forward + some.feedback + some.update


def test_operations_of_a_sample_by_hand():
    spikes = (np.array([[1, 1, 0], [0, 0, 1]]), np.array([[0, 1], [1, 1]]), np.array([[1], [0]]))
    errors = (np.array([[0, -1], [1, 1]]), np.array([[1], [0]]))
    fired = Activity(spikes, errors)
    np.testing.assert_array_equal(fired.spike_counts, [3, 3, 1])
    np.testing.assert_array_equal(fired.error_counts, [3, 1])
    # Forward 3 x 2 + 3 x 1; down 1 x 2; one error meets 2 traces and two meet 3, and one meets 1.
    assert fired.operations() == Operations(9, 2, 2 + 2 * 3 + 1)


def test_the_forward_additions_are_all_that_a_drive_needs():
    for _, weights, trace in traced(samples=8):
        for done in trace.passes:
            if done.operation is Operation.UPDATE:
                weights[done.matrix] = done.weights
            if done.operation is Operation.FORWARD:
                drive, additions = np.zeros_like(done.drive), 0
                for sender in np.flatnonzero(done.walked):
                    drive += weights[done.matrix][:, sender] * done.walked[sender]
                    additions += len(drive)
                np.testing.assert_array_equal(drive, done.drive)
                assert counted_operations(Trace([done])).forward == additions


def test_only_counted_synapses_change():
    changed = counted = 0
    for _, weights, trace in traced(samples=40):
        for done in trace.passes:
            if done.operation is Operation.UPDATE:
                moved = done.weights != weights[done.matrix]
                assert not moved[done.lanes == 0].any() and not moved[:, done.walked == 0].any()
                changed += int(moved.sum())
                counted += counted_operations(Trace([done])).update
                weights[done.matrix] = done.weights
    assert 0 < changed <= counted


@pytest.mark.parametrize("operation, kind, expected", [
    (Operation.FORWARD, "forward", 4), (Operation.BACKWARD, "feedback", 4),
    (Operation.UPDATE, "update", 2)])
def test_a_pass_by_hand(operation, kind, expected):
    done = Pass(operation, "W2", walked=np.array([16, 0, -16]), drive=np.array([0, 5]),
                lanes=np.array([0, 16]))
    assert getattr(counted_operations(Trace([done])), kind) == expected
    assert counted_operations(Trace([done])).total == expected
