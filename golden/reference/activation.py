"""Rates as functions of membrane potentials, and their slopes (only backprop uses the slopes)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..floats import tanh

__all__ = ["ACTIVATIONS", "TransferFunction"]


def sigmoid(s):
    """1 / (1 + exp(-s)), written so that nothing overflows."""
    return 0.5 + 0.5 * tanh(0.5 * s)


@dataclass(frozen=True)
class TransferFunction:
    """r = rate(s), dr/ds = slope(s), elementwise on float64 arrays."""

    rate: Callable
    slope: Callable


ACTIVATIONS = {
    "clip": TransferFunction(lambda s: np.minimum(np.maximum(s, 0.0), 1.0),
                       lambda s: ((s > 0.0) & (s < 1.0)).astype(float)),
    "relu": TransferFunction(lambda s: np.maximum(s, 0.0), lambda s: (s > 0.0).astype(float)),
    "sigmoid": TransferFunction(sigmoid, lambda s: sigmoid(s) * sigmoid(-s)),
    "linear": TransferFunction(lambda s: s, np.ones_like),
}
