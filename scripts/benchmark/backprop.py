"""The chip's rival: backpropagation with a batch of one, on this computer.

Every program learns the same task: the layers of the design, hidden neurons that clip, linear
outputs, loss 1/2 ||t - r||^2, plain gradient descent after every sample, in float32 and one thread.
With a margin nothing is learned of a sample whose class's output leads all others by it, and its
backward pass is left out.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cortigate.golden.initial import HIDDEN_BIAS, random_weights
from cortigate.golden.spec import Activation, Design
from cortigate.golden.spec.plain import Plain

__all__ = ["BOUNDS", "RATE", "NumpyBackprop", "Task", "one_hot", "rate_of", "task_for"]

RATE = 2.0**-6  # stable for digits and MNIST; without a margin it has no influence on the speed
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
    margin : float
        Of the samples that are left alone; infinite: none is.
    """

    sizes: tuple[int, ...]
    bounds: tuple[float, float]
    rate: float
    weights: dict
    x: np.ndarray
    labels: np.ndarray
    margin: float = math.inf

    @property
    def depth(self):
        """Number of weight matrices."""
        return len(self.sizes) - 1

    def leads(self, outputs, sample):
        """Is a sample to be left alone? `outputs`: float32 array (n_L,) before it is learned."""
        if self.margin == math.inf:
            return False
        label, others = self.labels[sample], -np.inf
        for i, value in enumerate(outputs.tolist()):
            others = others if i == label else max(others, value)
        return outputs[label] - np.float32(others) >= self.margin


def rate_of(design: Design):
    """Learning rate of a design's task: `RATE`, but with a margin the design's own.

    The slower a network learns, the fewer samples lead by its margin.
    """
    return RATE if design.margin_shift is None else 2.0**-design.rule.learning_rate_shift


def task_for(design: Design, x, labels, seed=0, rate=None):
    """Task of a design's layers, hidden units and margin, from random weights.

    Parameters
    ----------
    design : Design
    x : float array (n, n_0)
        In 0 .. 1.
    labels : int array (n,)
    seed : int
    rate : float or None
        None: see `rate_of`.
    """
    network = design.network
    rate = rate_of(design) if rate is None else rate
    bias = HIDDEN_BIAS[Activation.CLIP] if BOUNDS[network.hidden] == (0.0, 1.0) else 0.0
    return Task(network.sizes, BOUNDS[network.hidden], rate,
                random_weights(network.sizes, seed, hidden_bias=bias),
                np.ascontiguousarray(x, np.float32), np.ascontiguousarray(labels, np.int32),
                math.inf if design.margin_shift is None else 2.0**-design.margin_shift)


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
        self.task, self.losses, self.left = task, np.zeros(len(task.x), np.float32), 0
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
        """Learn from every sample once, in order: sets `losses`, before each, and `left`."""
        self.left = 0
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
            if task.leads(drives[top], sample):
                self.left += 1
                continue
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
