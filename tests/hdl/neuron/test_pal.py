# amaranth: UnusedElaboratable=no
"""Neurons of phaseless alignment learning: noise upwards, errors downwards."""

from cortigate.golden.spec import preset

from .alone import Pass, run

# Soft tanh below, a linear last layer; noise of 1/32, changes of rates clipped at 1/8.
DESIGN = preset("tiny-pal")
FREE_1, FREE_2, FREE_3, ERROR_2 = 0, 1, 2, 3
LATENCY = 7
NOISE = 2**-5


def test_an_inference_has_no_noise_and_five_pieces_of_tanh():
    drives = [0.25, -0.75, 1.25, -2, 3]
    rates = [0.25, -(0.25 + 0.375), 0.5 + 0.3125, -(0.6875 + 0.25), 1]
    first, second = run(DESIGN, LATENCY, [Pass(FREE_1, drives[:4]),
                                          Pass(FREE_2, [-drives[4], 0.5, 0])])
    assert first.state == drives[:4]
    assert first.rate == first.lists["rate"] == rates[:4]
    assert second.rate == [-rates[4], 0.5, 0]


def test_a_learning_neuron_is_moved_up_or_down_and_says_which():
    passes = run(DESIGN, LATENCY, [Pass(FREE_1, [0.25] * 4, {"train": 1})] * 8)
    signs = [sign for one in passes for sign in one.words["noise"]]
    assert set(signs) == {-1, 1} and 8 <= signs.count(1) <= 24
    assert [u for one in passes for u in one.state] == [0.25 + sign * NOISE for sign in signs]
    # The last layer has none.
    [output] = run(DESIGN, LATENCY, [Pass(FREE_3, [0.5, 0.25], {"train": 1})])
    assert output.state == [0.5, 0.25] and output.prediction == 0


def test_the_last_layers_error_is_the_way_to_a_target_if_there_is_one():
    drives = [0.5, 0.25]
    taught, untaught = run(DESIGN, LATENCY, [
        Pass(FREE_3, drives, {"train": 1, "taught": 1, "label": 1}),
        Pass(FREE_3, drives, {"taught": 0})])
    assert taught.words["error"] == taught.lists["error"] == [-0.5, 0.75]
    assert untaught.words["error"] == [0, 0]


def test_an_error_passes_the_slope_of_the_way_upwards():
    _, back = run(DESIGN, LATENCY, [Pass(FREE_2, [0.25, -0.75, 3]), Pass(ERROR_2, [1, 1, 1])])
    assert back.address == [4, 5, 6]
    assert back.words["error"] == back.lists["error"] == [1, 0.5, 0]


def test_changes_of_rates_are_clipped_and_count_from_the_second_time_step_on():
    _, first, second = run(DESIGN, LATENCY, [
        Pass(FREE_2, [0.25, 0, 0]), Pass(FREE_2, [0.5, 0, 0]),
        Pass(FREE_2, [0.4375, 0.5, -0.5], {"settled": 1})])
    assert first.lists["hat"] == [0, 0, 0]
    assert second.lists["hat"] == [-0.0625, 0.125, -0.125]
