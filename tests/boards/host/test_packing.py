"""Samples as transfers of a core's stream: two or four inputs in each, the first one low."""

import numpy as np
import pytest

from cortigate.boards.device.samples import Targets
from cortigate.boards.host.packing import stream_words
from cortigate.golden.spec import Network, preset
from cortigate.hdl.buses.samples import beats


@pytest.mark.parametrize(("lanes", "width"), [(2, 2), (65, 4)])
@pytest.mark.parametrize("inputs", [256, 257, 258, 259])
def test_several_inputs_in_a_transfer(inputs, lanes, width):
    design = preset("tiny").replace(network=Network((inputs, 4, 3, 2)), lanes=lanes)
    assert design.feed_width == width
    x = np.random.default_rng(0).integers(1, 256, (3, inputs))
    labels = np.array([0, 1, 1])
    words = stream_words(design, x, Targets(labels=labels))
    assert words.shape == (3, beats(design))
    for sample, label, row in zip(x, labels, words, strict=True):
        assert [int(word) for word in row] == [
            sum(int(value) << 8 * k for k, value in enumerate(sample[at:at + width]))
            for at in range(0, inputs, width)] + [label]
