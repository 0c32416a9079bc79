"""Results that a board's inferences leave in the sample memory, besides predictions."""

import numpy as np

from ...golden.integer import integer_model
from ...golden.spec import MemoryMap
from ...golden.spec.link import Space
from ..device import Device
from .words import Reader

__all__ = ["computed_outputs", "inputs_of", "results_of"]


def results_of(board: Reader, first: int, count: int, layer: int) -> np.ndarray:
    """Results of stored samples that were run: int64 array (count, n_layer), raw in design.rate."""
    maps = MemoryMap(board.design)
    words = board.read_words(Space.SAMPLES, first * maps.sample_words, count * maps.sample_words)
    size = board.design.network.sizes[layer]
    found = words.reshape(count, -1)[:, maps.result_word:maps.result_word + size]
    return found - (found >> 15 << 16)


def inputs_of(board: Reader, first: int, count: int) -> np.ndarray:
    """Inputs of stored samples: int64 array (count, n_0), raw in design.sample."""
    maps, sample = MemoryMap(board.design), board.design.sample
    words = board.read_words(Space.SAMPLES, first * maps.sample_words, count * maps.sample_words)
    words = np.ascontiguousarray(words.reshape(count, -1)[:, :maps.input_words])
    kind = "<u2" if sample.width > 8 else np.uint8
    found = words.astype("<u2").view(kind)[:, :board.design.network.sizes[0]].astype(np.int64)
    found &= (1 << sample.width) - 1
    return found - (found >> (sample.width - 1) << sample.width) * sample.signed


def computed_outputs(board: Device, inputs: np.ndarray, layer: int) -> np.ndarray:
    """Results as `results_of` would have them, by the integer model with the board's
    weights, equal in every bit."""
    model = integer_model(board.design)
    model.set_weights(board.read_weights())
    return model.outputs(inputs, layer)
