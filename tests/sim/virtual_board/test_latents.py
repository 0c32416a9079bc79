"""An autoencoder with a narrow code on the virtual board, over the first digits."""

import numpy as np
import pytest

from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.training import epoch_run
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import Feedback, Target
from cortigate.golden.spec.rules.pal import PalRule

SIZES, CODE, SAMPLES = (64, 32, 2, 32, 64), 2, 60


@pytest.mark.campaign  # an ordinary run has one of 5-4-2-5, in test_targets.py
@pytest.mark.parametrize("feedback", [Feedback.LEARNED, Feedback.RANDOM])
def test_the_board_has_the_same_weights_and_codes_as_the_integer_model(feedback):
    design = PalRule.design(SIZES, rule=PalRule(feedback=feedback), target=Target.INPUT,
                            lanes=4, results=True, sample_capacity=SAMPLES)
    inputs = design.sample.from_float(load_digits_split(0).x_train[:SAMPLES])
    first, found = initial_weights(design, 0), []
    for device in (IntegerDevice(design), open_device("virtual", design)):
        with device:
            device.write_weights(first)
            device.write_samples(inputs, None)
            done = device.train(epoch_run(design, 0, 0, SAMPLES))
            assert done.samples == SAMPLES
            found.append((device.read_weights(), device.outputs(0, SAMPLES, CODE)))
    (weights, codes), (on_board, left) = found
    for name, values in weights.items():
        np.testing.assert_array_equal(on_board[name], values, err_msg=name)
        moved = (values != design.weight.from_float(first[name])).any()
        assert moved == (name[0] == "W" or feedback.learns), name
    np.testing.assert_array_equal(left, codes)
    assert len(np.unique(codes, axis=0)) > SAMPLES // 2
