# amaranth: UnusedElaboratable=no
"""Neurons and error cells of the sign-concordant microcircuit, time step by time step."""

from cortigate.golden.spec import preset
from cortigate.golden.spec.rules.microcircuit import TOP_THRESHOLD
from cortigate.golden.spec.spikes import TRACE_FRACTION

from .alone import Pass, run

DESIGN = preset("tiny-microcircuit")  # layers of 4, 3 and 2 neurons
UPWARDS_1, UPWARDS_2, UPWARDS_3, ERROR_2 = 0, 1, 2, 3
LATENCY = 6
LATER = {"settled": 1}  # from the second time step of a sample on


def test_current_and_potential_leak_and_a_spike_resets():
    """I <- I/2 + d, u <- 3/4 u + I, a spike from 1 on, a trace that halves."""
    first, second, third = run(DESIGN, LATENCY, [
        Pass(UPWARDS_1, [0.5, 1.5, -0.5, 1]), Pass(UPWARDS_1, [0.5, 0, 0, 0.25], LATER),
        Pass(UPWARDS_1, [0, 0, 0, 0])])
    assert first.address == [0, 1, 2, 3]
    assert first.rate == first.lists["spike"] == first.lists["trace"] == [0, 1, 0, 1]
    assert first.state == [0.5, 0, -0.5, 0]
    # I = 0.75, 0.75, -0.25, 0.75; u = 1.125, 0.75, -0.625, 0.75.
    assert second.rate == [1, 0, 0, 0]
    assert second.state == [0, 0.75, -0.625, 0.75]
    assert second.lists["trace"] == [1, 0.5, 0, 0.5]
    # I halves to 0.375, 0.375, -0.125, 0.375.
    assert third.state == [0.375, 0.9375, -0.59375, 0.9375]
    assert third.lists["trace"] == [0.5, 0.25, 0, 0.25]


def test_a_new_sample_remembers_nothing():
    _, new = run(DESIGN, LATENCY, [Pass(UPWARDS_1, [0.75, 2, 0, 0]),
                                   Pass(UPWARDS_1, [0, 0, 0, 0])])
    assert new.state == [0, 0, 0, 0] and new.lists["trace"] == [0, 0, 0, 0]


def test_the_top_compares_its_spikes_with_the_teachers_from_the_second_step_on():
    assert (TOP_THRESHOLD, TRACE_FRACTION) == (8, 4)  # 1/2
    first, second = run(DESIGN, LATENCY, [
        Pass(UPWARDS_3, [1, 0.25], {"train": 1, "label": 1}),
        Pass(UPWARDS_3, [0.25, 0], LATER)])
    assert first.words["error"] == [-1, 0]  # a spike too many; nobody has asked for the other
    # v = -1/2 and 1.
    assert second.rate == [0, 0]
    assert second.words["error"] == [-1, 1]
    assert second.prediction == 0  # by the number of spikes


def test_an_error_cell_spikes_beyond_its_threshold_where_its_gate_is_open():
    """Gates are open for -1 < u < 3; the threshold below two neurons is 3 units."""
    assert DESIGN.rule.threshold(2) == 3
    unit = 2.0**-DESIGN.state.fraction
    _, once, twice, thrice = run(DESIGN, LATENCY, [
        Pass(UPWARDS_2, [0.25, -2, 0.5]), Pass(ERROR_2, [3 * unit, 9 * unit, -unit], LATER),
        Pass(ERROR_2, [0, 0, -2 * unit]), Pass(ERROR_2, [0, 0, -2 * unit])])
    assert once.words["error"] == [1, 0, 0]
    assert once.changed == [1, 1, 1]
    # v halves towards zero, and grows by what comes: 1, 4 and -2; then 0, 2 and -3.
    assert twice.words["error"] == [0, 0, 0]
    assert thrice.words["error"] == [0, 0, -1]
