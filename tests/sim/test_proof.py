"""What a proof compares: a device that differs from the integer model in anything is told."""

import dataclasses

import numpy as np
import pytest

from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.spec import QFormat, Rounding, preset
from cortigate.sim.proof import differences, examples

TINY = preset("tiny")
ROUNDED = TINY.replace(weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC))


class Wrong(IntegerDevice):
    """An integer model that lets one thing slip."""

    def __init__(self, design, fault):
        super().__init__(design)
        self.fault = fault

    def read_weights(self):
        found = super().read_weights()
        if self.fault == "weights":
            found["W2"][1, 2] ^= 1
        return found

    def read_generators(self):
        return super().read_generators() ^ (self.fault == "generators")

    def train(self, run, progress=None):
        if self.fault == "order":
            self._inputs[[0, 1]] = self._inputs[[1, 0]]
        done = super().train(run, progress)
        return dataclasses.replace(done, correct=done.correct + (self.fault == "counts"))

    def predict(self, first, count, progress=None):
        found = super().predict(first, count, progress)
        return np.where(np.arange(count) == 3, 1 - found, found) if (
            self.fault == "predictions") else found


@pytest.mark.parametrize("name", ["tiny", "tiny-equilibrium", "tiny-inversion", "tiny-pal",
                                  "tiny-microcircuit"])
def test_a_model_that_is_right_has_no_difference(name):
    design = preset(name)
    texts, weights, predictions = differences(IntegerDevice(design), design, 40)
    assert texts == [] and predictions == 40
    assert weights == sum(values.size for values in IntegerDevice(design).read_weights().values())


@pytest.mark.parametrize(("fault", "told"), [
    ("weights", ["1 of 15 weights of W2 are wrong"]),
    ("generators", ["the generators are wrong"]),
    ("counts", ["samples, right ones and saturations must be 24, 15, 0, 0, not 24, 16, 0, 0"]),
    ("predictions", ["1 of 24 predictions are wrong"]),
])
def test_a_difference_is_told(fault, told):
    assert differences(Wrong(ROUNDED, fault), ROUNDED, 24)[0] == told


def test_another_course_is_told():
    texts, *_ = differences(Wrong(TINY, "order"), TINY, 24)
    assert any("weights of W1 are wrong" in text for text in texts)


def test_examples_reach_zero_and_the_maximum_and_repeat():
    inputs, labels = examples(TINY, 30)
    assert inputs.max() == TINY.sample.maximum and inputs.min() == 0
    assert set(labels) == {0, 1}
    np.testing.assert_array_equal(inputs, examples(TINY, 30)[0])
    assert (inputs != examples(TINY, 30, seed=1)[0]).any()
