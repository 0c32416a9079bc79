"""Synaptic operations and cycles per sample of the microcircuit."""

import numpy as np
import pytest
import typer

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import preset
from cortigate.golden.timeline import Timeline
from cortigate.scripts.experiments.operations import costs, operations, trained_costs

DATA = load_digits_split(0)


def test_cycles_fall_with_the_spikes():
    found = trained_costs(preset("microcircuit").replace(lanes=8), 1, 80, 0)
    np.testing.assert_array_equal(found.counted, found.formula)
    # Many a sample has no error spike at all: those with some are in the later quarters.
    for what, cycles, least in (("spikes", found.inference, 0), ("errors", found.learning, 1)):
        chosen = found.quartiles(what)
        assert np.sort(np.concatenate(chosen)).tolist() == list(range(80))
        means = [cycles[samples].mean() for samples in chosen][least:]
        assert means == sorted(means) and means[-1] > 1.1 * means[0]
    assert found.relation("inference", "spikes") > 0.9
    assert found.relation("learning", "spikes", "errors") >= found.relation("learning", "errors")
    assert found.relation("learning", "errors") > 0.8


def test_costs_are_those_of_the_timeline_and_weights_stand_still():
    design = preset("microcircuit")
    model, timeline = integer_model(design), Timeline(design)
    random = np.random.default_rng(0)
    weights = {name: random.integers(-300, 400, values.shape)
               for name, values in model.weights.items()}
    found = costs(design, weights, DATA.x_test[:3], DATA.y_test[:3])
    for number, x in enumerate(design.sample.from_float(DATA.x_test[:3])):
        model.set_weights(weights)
        assert found.learning[number] == timeline.cycles(
            model.learn(x, int(DATA.y_test[number])))
        model.set_weights(weights)
        assert found.inference[number] == timeline.cycles(model.trace_inference(x), train=False)


def test_the_command_prints_both_counts(capsys):
    with pytest.raises(typer.Exit) as done:
        operations(layers="64-12-10", lanes=8, epochs=1, samples=8, seed=0)
    said = capsys.readouterr().out
    assert done.value.exit_code == 0 and "equal for every sample" in said
    assert all(name in said for name in ("feedback", "hidden", "fewest", "most", "traces not 0"))
