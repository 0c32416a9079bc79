# amaranth: UnusedElaboratable=no
"""Neurons of the ghost rule's sweep: s = v, or v + c + n; what they and their ghosts differ by."""

from cortigate.golden.spec import preset
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism

from .alone import Pass, run

TINY = preset("tiny")  # C1, beta 1, layers of 4, 3 and 2 neurons; rates clipped to 0 .. 1
FREE_1, FREE_2, FREE_3, FEEDBACK_2 = 0, 1, 2, 3
LATENCY = 6
UNIT = 2**-8  # of rate and state


def test_a_free_pass_rounds_the_drive_once_and_clips_its_rate():
    [free] = run(TINY, LATENCY, [Pass(FREE_1, [0.5, -0.25, 1.5, 20])])
    assert free.address == [0, 1, 2, 3]
    assert free.state == [0.5, -0.25, 1.5, 8 - UNIT]
    assert free.rate == free.lists["rate"] == [0.5, 0, 1, 1]
    assert free.saturated == [0, 0, 0, 1]
    # Half a unit goes to the even one.
    [free] = run(TINY, LATENCY, [Pass(FREE_1, [UNIT / 2, 3 * UNIT / 2, 1.25 * UNIT])])
    assert free.state == [0, 2 * UNIT, UNIT]


def test_the_last_layer_is_nudged_while_it_learns_only():
    """n = t - rho(v), for class 1; the error is the rate less that of the free phase."""
    drives = [0.5, 0.25]
    infers, learns = run(TINY, LATENCY, [
        Pass(FREE_3, drives, {"label": 1}), Pass(FREE_3, drives, {"train": 1})])
    assert infers.address == [7, 8]
    assert infers.state == [0.5, 0.25] and infers.words["post"] == [0, 0]
    assert learns.state == learns.rate == [0, 1]
    assert learns.words["post"] == [-0.5, 0.75]
    assert infers.prediction == learns.prediction == 0


def test_the_first_of_equal_outputs_wins():
    for drives, winner in (([0.25, 0.5], 1), ([0.5, 0.5], 0), ([-1, -0.5], 1)):
        [neurons] = run(TINY, LATENCY, [Pass(FREE_3, drives)])
        assert neurons.prediction == winner


def test_feedback_adds_to_the_drive_of_the_free_pass():
    """s = v + c; C1's ghost holds the free rate, which the error is measured from."""
    _, back = run(TINY, LATENCY, [Pass(FREE_2, [0.25, 0.75, 0.5]),
                                  Pass(FEEDBACK_2, [0.25, -1, 2])])
    assert back.address == [4, 5, 6]
    assert back.state == [0.5, -0.25, 2.5]
    assert back.rate == [0.5, 0, 1]
    assert back.words["post"] == [0.25, -0.75, 0.5]


def test_without_ghosts_everything_counts_as_an_error():
    design = TINY.replace(rule=GhostRule(mechanism=Mechanism.NONE))
    _, back = run(design, LATENCY, [Pass(FREE_2, [0.25, 0.75, 0.5]),
                                    Pass(FEEDBACK_2, [0, 0, 0.25])])
    assert back.words["error"] == back.rate == [0.25, 0.75, 0.75]
    assert back.words["post"] == [0, 0, 0.25]
