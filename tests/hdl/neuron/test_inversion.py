# amaranth: UnusedElaboratable=no
"""Neurons of dynamic inversion: controllers above, followers below."""

from cortigate.golden.spec import Activation, Network, preset

from .alone import Pass, run

# Layers of 4, 3 and 2 neurons: hard tanh below, 0 .. 1 at the top. A controller goes
# ((delta - drive) 4 - u) / 8, a follower half of what is left.
DESIGN = preset("tiny-inversion")
FREE_1, FREE_2, FREE_3, CONTROL_3, FOLLOW_2, CONTROL_3_ON = 0, 1, 2, 4, 5, 6
LATENCY = 11
LEARNS = {"train": 1, "label": 1}


def test_a_free_pass_ends_in_the_error_of_the_last_layer():
    hidden, output, right = run(DESIGN, LATENCY, [
        Pass(FREE_1, [0.5, -1.5, 1, -0.25]), Pass(FREE_3, [0.5, 0.25], LEARNS),
        Pass(FREE_3, [-1, 2])])
    assert hidden.rate == hidden.lists["rate"] == [0.5, -1, 1, -0.25]
    assert hidden.state == [0.5, -1.5, 1, -0.25]
    assert hidden.moved == [0, 0, 0, 0]
    assert output.words["post"] == [-0.5, 0.75] and output.moved == [1, 1]
    assert output.prediction == 0
    # Without an error nothing need be learned.
    assert right.words["post"] == [0, 0] and right.moved == [0, 0] and right.prediction == 1


def test_a_controller_leaks_and_integrates_the_error_that_is_left():
    _, once, twice = run(DESIGN, LATENCY, [
        Pass(FREE_3, [0.5, 0.25], LEARNS), Pass(CONTROL_3, [0, 0]),
        Pass(CONTROL_3_ON, [0.125, 0])])
    assert once.rate == once.words["change"] == [-0.25, 0.375]
    assert twice.words["change"] == [-0.28125, 0.328125]
    assert twice.rate == [-0.53125, 0.703125]
    assert twice.changed == twice.moved == [1, 1]


def test_a_follower_learns_only_where_its_gate_was_open():
    """Hard tanh is flat at 1: half of what is left to the drive is gone, none of it learned."""
    _, follow = run(DESIGN, LATENCY, [Pass(FREE_2, [0.5, 1, -0.75]),
                                      Pass(FOLLOW_2, [0.5, 1, -2])])
    assert follow.rate == follow.lists["change"] == [0.25, 0.5, -1]
    assert follow.words["post"] == [0.25, 0, -1]


def test_a_linear_neurons_gate_is_always_open():
    design = DESIGN.replace(network=Network(
        DESIGN.network.sizes, Activation.LINEAR, DESIGN.network.output))
    _, follow = run(design, LATENCY, [Pass(FREE_2, [0.5, 1, -7]), Pass(FOLLOW_2, [0.5, 1, -2])])
    assert follow.words["post"] == follow.rate == [0.25, 0.5, -1]
