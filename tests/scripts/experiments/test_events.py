"""Cycles per sample, dense against event-driven."""

import numpy as np

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import preset
from cortigate.golden.timeline import Timeline
from cortigate.scripts.experiments.events import PRESETS, events, mean_cycles, trained_cycles

DATA = load_digits_split(0)


def test_a_trained_equilibrium_network_is_half_as_fast_again_by_events():
    learning, fewer, inference, least = trained_cycles(preset("equilibrium-deep"), 2, 20, 0)
    assert learning > 1.5 * fewer and inference > 1.4 * least
    assert inference < learning and least < fewer


def test_means_are_those_of_the_timeline_and_weights_stand_still():
    design = preset("equilibrium")
    model, timeline = integer_model(design), Timeline(design)
    weights = initial_weights(design, 0)
    raw = {name: design.weight.from_float(values) for name, values in weights.items()}
    found = mean_cycles(design, raw, DATA.x_test[:2], DATA.y_test[:2])
    expected = []
    for x, label in zip(design.sample.from_float(DATA.x_test[:2]), DATA.y_test, strict=False):
        model.set_weights(raw)
        expected.append(timeline.cycles(model.learn(x, int(label))))
    assert found[1] == np.mean(expected)


def test_the_command_covers_a_relaxation_of_every_rule(capsys):
    assert {preset(name).rule.name for name in PRESETS} == {"ghost", "equilibrium", "inversion"}
    assert all(preset(name).engine.relaxes for name in PRESETS)
    events(presets=["equilibrium", "inversion"], epochs=1, samples=5, seed=0)
    said = capsys.readouterr().out
    assert "equilibrium" in said and "inversion" in said and "Mean over 5 test digits" in said
