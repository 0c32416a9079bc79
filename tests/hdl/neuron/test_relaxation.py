# amaranth: UnusedElaboratable=no
"""Neurons of the ghost rule in small steps: s <- s + dt (v + c + n - s)."""

from cortigate.golden.spec import preset

from .alone import Pass, run

# Copied ghosts, beta 1/2, dt 1/4, layers of 4, 3 and 2 neurons; rates clipped to 0 .. 1.
DESIGN = preset("digits-relax").replace(
    network=preset("tiny").network, lanes=2, sample_capacity=4)
FREE_2, FREE_3, LIVE_3, STEP_2 = 1, 2, 4, 6
LATENCY = 11
LEARNS = {"train": 1, "label": 1}


def test_a_free_pass_begins_at_the_drive():
    [free] = run(DESIGN, LATENCY, [Pass(FREE_2, [0.5, -0.25, 1.5])])
    assert free.address == [4, 5, 6]
    assert free.state == [0.5, -0.25, 1.5] and free.rate == free.lists["rate"] == [0.5, 0, 1]
    assert free.lists["change"] == [0, 0, 0]


def test_a_step_goes_a_quarter_of_the_way():
    """Towards v + c, of which c has grown by what the pass brings."""
    _, once, twice = run(DESIGN, LATENCY, [
        Pass(FREE_2, [0.5, 0.25, 0]), Pass(STEP_2, [0.25, 0, -1]), Pass(STEP_2, [0, 0, 0.5])])
    assert once.state == [0.5625, 0.25, -0.25]
    assert once.rate == [0.5625, 0.25, 0]
    assert once.lists["change"] == [0.0625, 0, 0]
    assert once.moved == [1, 0, 1]
    # The error is measured from the free rate.
    assert once.words["post"] == [0.0625, 0, 0]
    # v + c = 0.75, 0.25, -0.5.
    assert twice.state == [0.609375, 0.25, -0.3125]
    assert twice.changed == [1, 0, 1]


def test_the_last_layer_is_nudged_from_its_own_rate_and_shows_the_one_before():
    _, once, twice = run(DESIGN, LATENCY, [
        Pass(FREE_3, [0.5, 0.25], LEARNS), Pass(LIVE_3, [0, 0]), Pass(LIVE_3, [0, 0])])
    # n = (t - r) / 2 = -0.25, 0.375, a quarter of which is gone.
    assert once.state == [0.4375, 0.34375]
    assert once.rate == [0.5, 0.25] and once.words["error_change"] == [0, 0]
    assert twice.rate == [0.4375, 0.34375]
    # Rate less the ghost's, a copy of what the drive gives.
    assert twice.words["error_change"] == twice.words["post"] == [-0.0625, 0.09375]
    assert twice.state == [0.4375 + (0.5 - 0.21875 - 0.4375) / 4,
                           0.34375 + (0.25 + 0.328125 - 0.34375) / 4]
