"""Baseline: backpropagation through time of the same network with a surrogate gradient.

E = 1/2 sum_t |a - d|^2, where a and d are the filtered spike trains of outputs and teacher. With
slope psi for the derivative of a spike after the potential u before its reset, and g_x[t] for
-dE/dx[t],

    g_s,L[t] = d[t] - a[t] + (1 - 1/tau_s) g_s,L[t+1]
    h[t] = (1 - 1/tau_m) g_u[t+1]
    g_u[t] = slope psi[t] (g_s[t] - u[t] h[t]) + (1 - s[t]) h[t]
    g_I[t] = g_u[t] + (1 - 1/tau_s) g_I[t+1]
    g_s,l-1[t] = W_l^T g_I,l[t];   -dE/dW_l = sum_t g_I,l[t] s_{l-1}[t]^T

so that errors also go back in time, through currents, membranes and resets: it is not local. See
Neftci, Mostafa & Zenke 2019 for surrogate gradients.
"""

from collections.abc import Sequence
from enum import Enum
from functools import reduce

import numpy as np

from ...floats import product
from ...spec.qformat import rate_of
from .network import SpikingNetwork, transposed
from .parameters import CircuitParameters

__all__ = ["BpttModel", "Optimiser"]

FIRST_MOMENT, SECOND_MOMENT, EPSILON = 0.9, 0.999, 1e-8  # Kingma and Ba 2015


class Optimiser(Enum):
    """Turns a gradient into a change of the weights."""

    SGD = "SGD"
    ADAM = "Adam"


class BpttModel(SpikingNetwork):
    """A spiking network that descends the surrogate gradient; or several: see SpikingNetwork.

    Parameters
    ----------
    parameters : CircuitParameters
        What concerns errors and feedback does not count.
    weights : dict of str to array, or None
    seed : int or sequence of int
    optimiser : Optimiser
    """

    def __init__(self, parameters: CircuitParameters, weights=None, seed: int | Sequence[int] = 0,
                 optimiser: Optimiser = Optimiser.SGD):
        super().__init__(parameters, weights, seed)
        if not isinstance(optimiser, Optimiser):
            raise TypeError(f"optimiser must be an Optimiser, not {optimiser!r}")
        self.optimiser, self.learnt = optimiser, 0
        self._moments = [(np.zeros_like(matrix), np.zeros_like(matrix))
                         for matrix in self.weights.values()]

    def learn(self, x, label, update_shift=None):
        """Show a sample or a batch, descend after it: see SpikingMicrocircuit.learn."""
        gradients, count, _ = self._descent(*self.batch_of(x, label))
        rate = self.parameters.rate if update_shift is None else rate_of(update_shift)
        self.learnt += 1
        for index, gradient in enumerate(gradients):
            if self.optimiser is Optimiser.ADAM:
                gradient = self._adam(index, gradient)
            self.weights[f"W{index + 1}"] += rate * gradient
        return count.argmax(axis=-1).reshape(np.shape(label))

    def updates(self, x, label):
        """-dE/dW of W1 … WL, mean over the samples."""
        return self._descent(*self.batch_of(x, label))[0]

    def loss(self, x, label):
        """E, mean over the samples: float64 (…)."""
        return self._descent(*self.batch_of(x, label))[2]

    def _adam(self, index, gradient):
        first, second = self._moments[index]
        first += (1.0 - FIRST_MOMENT) * (gradient - first)
        second += (1.0 - SECOND_MOMENT) * (gradient**2 - second)
        spread = np.sqrt(second / (1.0 - SECOND_MOMENT**self.learnt))
        return first / (1.0 - FIRST_MOMENT**self.learnt) / (spread + EPSILON)

    def _descent(self, x, teacher):
        """-dE/dW of all layers, spikes of the outputs (…, batch, n_L), E (…)."""
        parameters, moments = self.parameters, list(self.moments(x))
        keep, hold = 1.0 - 1.0 / parameters.tau_s, 1.0 - 1.0 / parameters.tau_m
        errors, distance = [], 0.0
        for t, moment in enumerate(moments):
            distance = keep * distance + (teacher if t else 0.0) - moment.spikes[-1]
            errors.append(distance)
        gradients: list[float | np.ndarray] = [0.0] * parameters.depth
        # g_s, of layer L of the step after; g_u; g_I.
        above: list[float | np.ndarray] = [0.0] * (parameters.depth + 1)
        membrane: list[float | np.ndarray] = [0.0] * (parameters.depth + 1)
        current: list[float | np.ndarray] = [0.0] * (parameters.depth + 1)
        for moment, error in zip(moments[::-1], errors[::-1], strict=True):
            above[-1] = error + keep * above[-1]
            for layer in range(parameters.depth, 0, -1):
                spikes, through = moment.spikes[layer], hold * membrane[layer]
                g_u = (parameters.slope * moment.gates[layer]
                       * (above[layer] - moment.potentials[layer] * through)
                       + (1.0 - spikes) * through)
                g_i = g_u + keep * current[layer]
                membrane[layer], current[layer] = g_u, g_i
                gradients[layer - 1] = (gradients[layer - 1]
                                        + product(transposed(g_i), moment.spikes[layer - 1]))
                if layer > 1:
                    above[layer - 1] = product(g_i, self.weights[f"W{layer}"])
        loss = 0.5 * sum((error**2).sum(axis=-1).mean(axis=-1) for error in errors)
        return ([gradient / x.shape[-2] for gradient in gradients],
                reduce(np.add, (moment.spikes[-1] for moment in moments)), loss)
