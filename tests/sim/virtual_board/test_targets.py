"""Targets that are no classes, inputs of every kind, and results, on the virtual board."""

import numpy as np
import pytest

from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.training import epoch_run
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import Activation, Network, QFormat, Target, preset

SAMPLES = 24
# Words of their own for inputs and values; two inputs a word, an odd one left, then values.
WORDS = preset("tiny").replace(
    target=Target.VECTOR, sample=QFormat(2, 8), target_format=QFormat(2, 7), results=True,
    neuron_lanes=2, network=Network((5, 4, 3, 5)), sample_capacity=SAMPLES)
BYTES = preset("tiny-inversion").replace(
    target=Target.VECTOR, sample=QFormat(1, 7), results=True, sample_capacity=SAMPLES,
    network=Network((5, 4, 3, 2), Activation.TANH, Activation.LINEAR))
BACK = preset("tiny-pal").replace(
    target=Target.INPUT, sample=QFormat(1, 6), results=True, sample_capacity=SAMPLES,
    network=Network((5, 4, 2, 5), Activation.SOFT))
CLASSES = preset("tiny-equilibrium").replace(results=True, sample_capacity=SAMPLES)
PLAIN = BYTES.replace(results=False)


def data(design, seed=0):
    """Inputs and targets of a full memory."""
    rng = np.random.default_rng(seed)
    sizes, fmt = design.network.sizes, design.sample
    inputs = rng.integers(fmt.minimum, fmt.maximum + 1, (SAMPLES, sizes[0]))
    values = design.target_values
    return inputs, {
        Target.CLASS: lambda: rng.integers(0, sizes[-1], SAMPLES),
        Target.VECTOR: lambda: rng.integers(values.minimum, values.maximum + 1,
                                            (SAMPLES, sizes[-1])),
        Target.INPUT: lambda: inputs}[design.target]()


@pytest.mark.parametrize("design", [
    WORDS, pytest.param(BYTES, marks=pytest.mark.campaign), BACK,
    *(pytest.param(design, marks=pytest.mark.campaign) for design in (CLASSES, PLAIN))],
    ids=["words", "bytes", "input", "classes", "no results"])
def test_the_board_learns_and_leaves_what_the_integer_model_does(design):
    inputs, targets = data(design)
    run, found = epoch_run(design, 2, 0, SAMPLES), []
    for device in (IntegerDevice(design), open_device("virtual", design)):
        with device:
            device.write_weights(initial_weights(design, 3))
            device.write_samples(inputs, targets)
            done = device.train(run)
            layers = range(1, design.network.depth + 1)
            outputs = [device.outputs(2, SAMPLES - 3, layer) for layer in layers]
            outputs.append(device.outputs(0, SAMPLES))
            found.append((device.read_weights(), outputs, done.samples, done.correct))
    (weights, outputs, *counts), (on_board, left, *counted) = found
    assert counts == counted
    for name in weights:
        np.testing.assert_array_equal(on_board[name], weights[name], err_msg=name)
    for layer, (wanted, got) in enumerate(zip(outputs, left, strict=True), 1):
        np.testing.assert_array_equal(got, wanted, err_msg=f"layer {layer}")
    assert all(rates.any() for rates in outputs)


def test_a_stream_shows_what_it_makes_of_each_sample():
    inputs, _ = data(BACK, 1)
    targets = [None if number % 5 == 3 else x for number, x in enumerate(inputs)]
    with open_device("virtual", BACK) as board, IntegerDevice(BACK) as model:
        for device in (board, model):
            device.write_weights(initial_weights(BACK, 3))
        with board.stream(size=6, layer=2) as stream:
            stream.send(inputs, targets)
        assert stream.outputs.shape == (SAMPLES, BACK.network.sizes[2])
        rates = []
        for number, (x, turns) in enumerate(zip(inputs, stream.stood, strict=True)):
            trace = model.model.learn(x, targets[number])
            rates.append(model.model.first_rates(trace, 2))
            for _ in range(turns):
                model.model.stand()
        np.testing.assert_array_equal(stream.outputs, rates)
        weights = model.read_weights()
        for name, values in board.read_weights().items():
            np.testing.assert_array_equal(values, weights[name], err_msg=name)


def test_a_board_without_classes_predicts_none():
    with IntegerDevice(BYTES) as device, pytest.raises(ValueError, match="predicts no classes"):
        device.predict(0, 2)
