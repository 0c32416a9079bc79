"""The engine in WebAssembly equals the integer model, whatever lies beyond its memories' ends."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.training import epoch_run
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import RULES
from cortigate.sim.lab import lab_design

from ...campaign import some
from .board import WasmBoard

pytestmark = pytest.mark.skipif(find_spec("ziglang") is None, reason="ziglang is missing")

SAMPLES = 200


@pytest.mark.parametrize("rule", some(RULES, every=len(RULES)))
def test_what_it_learns_is_the_integer_models_to_the_bit(rule):
    design, data = lab_design(rule), load_digits_split()
    inputs = design.sample.from_float(data.x_train[:SAMPLES])
    run = replace(epoch_run(design, seed=0, epoch=0, size=SAMPLES), count=SAMPLES)
    found = []
    for device in (IntegerDevice(design), WasmBoard(design), WasmBoard(design, noise=True)):
        with device:
            device.write_weights(initial_weights(design, 0))
            device.write_samples(inputs, data.y_train[:SAMPLES])
            correct = device.train(run).correct
            found.append((correct, device.predict(0, SAMPLES), device.read_weights()))
    for correct, classes, weights in found[1:]:
        assert correct == found[0][0] and (classes == found[0][1]).all()
        for name, values in weights.items():
            np.testing.assert_array_equal(values, found[0][2][name], name)
