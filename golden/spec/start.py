"""Random weights to begin with, the same for every model of a design."""

import math
from itertools import pairwise

import numpy as np

from .design import Activation

__all__ = ["HIDDEN_BIAS", "feedback_weights", "glorot_weights", "random_matrix", "random_weights",
           "spiking_weights"]

# A clipped unit starts in the middle of its slope's lower half rather than at its lower kink.
HIDDEN_BIAS = {Activation.CLIP: 0.25, Activation.RELU: 0.0, Activation.TANH: 0.0,
               Activation.SOFT: 0.0, Activation.LINEAR: 0.0, Activation.SPIKE: 0.0}


def random_matrix(generator: np.random.Generator, rows: int, inputs: int, gain: float = 1.0,
                  bias: float = 0.0) -> np.ndarray:
    """Weights of one layer: float64, rows x (inputs + 1), the last column is the bias.

    Weights are uniform in +- gain sqrt(3 / inputs), so that their variance is gain**2 / inputs.
    """
    bound = gain * math.sqrt(3.0 / inputs)
    weights = generator.uniform(-bound, bound, (rows, inputs))
    return np.column_stack([weights, np.full(rows, float(bias))])


def random_weights(sizes: tuple[int, ...], seed: int | list[int], *, gain: float = 1.0,
                   hidden_bias: float = 0.0, second: bool = False) -> dict[str, np.ndarray]:
    """Random start of a network with layers of `sizes` neurons, input first.

    Returns
    -------
    dict of str to float64 array
        W1 … WL, each n_l x (n_{l-1} + 1); then, with `second`, G2 … GL of the same shapes as
        W2 … WL, drawn independently of them. W is the same with and without them.
    """
    generator = np.random.default_rng(seed)
    depth = len(sizes) - 1

    def matrix(layer):
        bias = hidden_bias if layer < depth else 0.0
        return random_matrix(generator, sizes[layer], sizes[layer - 1], gain, bias)

    weights = {f"W{layer}": matrix(layer) for layer in range(1, depth + 1)}
    if second:
        weights |= {f"G{layer}": matrix(layer) for layer in range(2, depth + 1)}
    return weights


def glorot_weights(sizes: tuple[int, ...], seed: int | list[int], *,
                   scale: float = 0.5) -> dict[str, np.ndarray]:
    """Random start of a network whose weights act both ways: W1 … WL, biases zero.

    Weights are uniform in +- scale sqrt(6 / (fan_in + fan_out)). At the full scale of Glorot and
    Bengio (2010) the loop of W and W^T has a gain above 1 and units saturate; half of it does not.
    """
    generator = np.random.default_rng(seed)
    return {f"W{layer}": random_matrix(generator, rows, inputs,
                                       scale * math.sqrt(2.0 * inputs / (inputs + rows)))
            for layer, (inputs, rows) in enumerate(pairwise(sizes), start=1)}


def feedback_weights(sizes: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    """Random feedback B1 …, n_l x n_{l+1}, independent of W, of the variance 1 / (4 n_{l+1})."""
    generator = np.random.default_rng([seed, 2])
    return {f"B{layer}": random_matrix(generator, sizes[layer], sizes[layer + 1], 0.5)[:, :-1]
            for layer in range(1, len(sizes) - 1)}


def spiking_weights(sizes: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    """Random start of a spiking network: W1 … WL, no biases.

    Two hidden layers at most fire well with a gain of 0.7; deeper networks need 1 to fire at all.
    """
    generator, gain = np.random.default_rng(seed), 0.7 if len(sizes) <= 4 else 1.0
    return {f"W{layer}": random_matrix(generator, rows, inputs, gain)[:, :-1]
            for layer, (inputs, rows) in enumerate(pairwise(sizes), start=1)}
