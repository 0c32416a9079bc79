"""The chip's rival: backpropagation with a batch of one, on this computer.

Every program learns the same task: the layers of the design, hidden neurons that clip, linear
outputs, loss 1/2 ||t - r||^2, plain gradient descent after every sample, in float32 and one thread.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cortigate.golden.initial import HIDDEN_BIAS, random_weights
from cortigate.golden.spec import Activation, Design
from cortigate.golden.spec.plain import Plain

__all__ = ["BOUNDS", "RATE", "NumpyBackprop", "Task", "one_hot", "task_for"]

RATE = 2.0**-6  # stable for digits and MNIST; it has no influence on the speed
# Bounds of a hidden neuron's rate, as a spiking neuron's and the soft tanh's nearest kin.
BOUNDS = {Activation.CLIP: (0.0, 1.0), Activation.RELU: (0.0, math.inf),
          Activation.TANH: (-1.0, 1.0), Activation.SOFT: (-1.0, 1.0),
          Activation.LINEAR: (-math.inf, math.inf), Activation.SPIKE: (0.0, 1.0)}


@dataclass(frozen=True)
class Task(Plain):
    """A network and its data.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    bounds : tuple of float
        A hidden neuron's rate is its potential, clipped to these; its slope is 1 strictly between.
    rate : float
        W += rate delta r^T.
    weights : dict of str to float64 array
        W1 … WL to start from, n_l x (n_{l-1} + 1), the bias last.
    x : float32 array (n, n_0)
    labels : int32 array (n,)
    """

    sizes: tuple[int, ...]
    bounds: tuple[float, float]
    rate: float
    weights: dict
    x: np.ndarray
    labels: np.ndarray

    @property
    def depth(self):
        """Number of weight matrices."""
        return len(self.sizes) - 1


def task_for(design: Design, x, labels, seed=0, rate=RATE):
    """Task of a design's layers and hidden units, from random weights.

    Parameters
    ----------
    design : Design
    x : float array (n, n_0)
        In 0 .. 1.
    labels : int array (n,)
    seed : int
    rate : float
    """
    network = design.network
    bias = HIDDEN_BIAS[Activation.CLIP] if BOUNDS[network.hidden] == (0.0, 1.0) else 0.0
    return Task(network.sizes, BOUNDS[network.hidden], rate,
                random_weights(network.sizes, seed, hidden_bias=bias),
                np.ascontiguousarray(x, np.float32), np.ascontiguousarray(labels, np.int32))


def one_hot(task: Task):
    """Targets, float32 (n, n_L)."""
    return np.eye(task.sizes[-1], dtype=np.float32)[task.labels]


def rank_one() -> Callable[..., object] | None:
    """BLAS's A += alpha x y^T in place, or None where SciPy is not installed."""
    try:
        from scipy.linalg import get_blas_funcs
    except ImportError:
        return None
    function: Any = get_blas_funcs("ger", dtype=np.float32)  # of one name, one function
    return function


class NumpyBackprop:
    """NumPy, specialised for a batch of one: nothing is allocated, every product is one of BLAS.

    Parameters
    ----------
    task : Task
    ger : bool
        Update with SciPy's BLAS where it is installed, else by an outer product into a buffer.
    """

    name = "NumPy"

    def __init__(self, task: Task, ger=True):
        self.task, self.losses = task, np.zeros(len(task.x), np.float32)
        self._ger = rank_one() if ger else None
        self.about = f"NumPy {np.__version__}, " + ("BLAS ger" if self._ger else "outer product")
        # The input has none.
        self._weights = [np.zeros((0, 0), np.float32)] + [
            np.zeros((n, m + 1), np.float32)
            for m, n in zip(task.sizes, task.sizes[1:], strict=False)]
        # Rates end with the bias' 1; errors have a place for it, too, which nobody reads.
        self._rates = [np.ones(n + 1, np.float32) for n in task.sizes]
        self._errors = [np.zeros(n + 1, np.float32) for n in task.sizes]
        self._targets = one_hot(task)
        self.reset()

    def reset(self):
        """Start again from the task's weights."""
        for layer in range(1, self.task.depth + 1):
            self._weights[layer][...] = self.task.weights[f"W{layer}"]

    @property
    def weights(self):
        """W1 … WL as they are now, float32."""
        return {f"W{layer}": self._weights[layer].copy()
                for layer in range(1, self.task.depth + 1)}

    def learn(self):
        """Learn from every sample once, in order; the losses before each are in `losses`."""
        task, top, weights = self.task, self.task.depth, self._weights
        (lo, hi), rates, errors = task.bounds, self._rates, self._errors
        drives = [np.zeros(n, np.float32) for n in task.sizes]
        masks = [(np.zeros(n, bool), np.zeros(n, bool)) for n in task.sizes]
        inside = [whole[:-1] for whole in rates]
        deltas = [whole[:-1] for whole in errors]
        buffers = [np.zeros_like(w) for w in weights]
        dot, rate, ger = np.dot, np.float32(task.rate), self._ger
        for sample, (x, target) in enumerate(zip(task.x, self._targets, strict=True)):
            inside[0][...] = x
            for layer in range(1, top + 1):
                dot(weights[layer], rates[layer - 1], out=drives[layer])
                if layer < top:
                    np.clip(drives[layer], lo, hi, out=inside[layer])
            np.subtract(target, drives[top], out=deltas[top])
            self.losses[sample] = 0.5 * dot(deltas[top], deltas[top])
            for layer in range(top, 0, -1):
                if layer > 1:
                    dot(deltas[layer], weights[layer], out=errors[layer - 1])
                if ger is not None:
                    # Row by row for NumPy is column by column for BLAS.
                    ger(rate, rates[layer - 1], deltas[layer], a=weights[layer].T, overwrite_x=1,
                        overwrite_y=1, overwrite_a=1)
                else:
                    np.multiply.outer(deltas[layer], rates[layer - 1], out=buffers[layer])
                    buffers[layer] *= rate
                    weights[layer] += buffers[layer]
                if layer > 1:
                    above, below = masks[layer - 1]
                    np.greater(drives[layer - 1], lo, out=above)
                    np.less(drives[layer - 1], hi, out=below)
                    above &= below
                    deltas[layer - 1] *= above
