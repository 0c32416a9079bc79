"""The circuit: pyramidal cells, error cells, and the Hebbian rule of both.

In every time step, after the pyramidal cells (network.py), with p the traces of their spikes,

    p_l <- (1 - 1/tau_s) p_l + s_l
    z_L … z_1: errors.py, the teacher spikes in the cell of the right class from the second step on
    W_l += eta z_l p_{l-1}^T

A trace belongs to the presynaptic cell, not to the synapse. The teacher is silent in the first
step, in which the potentials have not had the time to rise. Nothing saturates here.
"""

from collections.abc import Sequence

import numpy as np

from ...floats import product
from ...spec.qformat import rate_of
from .errors import SignedErrors
from .feedback import draw_feedback, feedback_weights, signs
from .network import SpikingNetwork, transposed
from .parameters import CircuitParameters, SpikeFeedback

__all__ = ["SpikingMicrocircuit"]


class SpikingMicrocircuit(SpikingNetwork):
    """A spiking network that learns by local rules; or several: see SpikingNetwork.

    Parameters
    ----------
    parameters : CircuitParameters
    weights : dict of str to array, or None
    seed : int or sequence of int
    error_cells : type
        SignedErrors or OpponentErrors.

    Attributes
    ----------
    weights : dict of str to float64 array
        W1 … WL; M1 … M{L-1}, magnitudes of the feedback without signs, or B1 … B{L-1}, its weights,
        n_l x n_{l+1}.
    birth : dict of str to float64 array
        Signs of the first W.
    """

    def __init__(self, parameters: CircuitParameters, weights=None, seed: int | Sequence[int] = 0,
                 error_cells=SignedErrors):
        super().__init__(parameters, weights, seed)
        for name, matrix in self.weights.items():
            if name[0] == "M" and matrix.min() < 0.0:
                raise ValueError(f"{name} must hold values of 0 or more, not {matrix.min():g}")
        self.error_cells = error_cells
        self.birth = {name: signs(matrix) for name, matrix in self.weights.items()
                      if name[0] == "W"}

    def draw(self, seed):
        """First weights of one network, by name."""
        return super().draw(seed) | draw_feedback(self.parameters, seed)

    def feedback(self):
        """B of the layers 1 … L-1 now; the first entry is None. None if there is no feedback."""
        return feedback_weights(self.parameters, self.weights, self.birth)

    # ---- one presentation ------------------------------------------------------------------

    def lessons(self, x, teacher):
        """Show samples (…, batch, n_0) with their teachers; yields what each step teaches.

        Yields
        ------
        (Moment, list, list)
            The step; z_l of the layers 1 … L, after None; the traces p_0 … p_{L-1}. Weights may be
            changed between two steps.
        """
        parameters = self.parameters
        keep, traces = 1.0 - 1.0 / parameters.tau_s, [0.0] * parameters.depth
        cells, silence = self.error_cells(parameters), np.zeros_like(teacher)
        for t, moment in enumerate(self.moments(x)):
            traces = [keep * trace + spikes
                      for trace, spikes in zip(traces, moment.spikes[:-1], strict=True)]
            yield moment, cells.step(teacher if t else silence, moment, self.feedback()), traces

    # ---- plasticity ------------------------------------------------------------------------

    def learn(self, x, label, update_shift=None):
        """Show a sample or a batch with its labels, and learn.

        Parameters
        ----------
        x : array (…, n_0) or (…, batch, n_0)
        label : int array (…) or (…, batch)
        update_shift : int or None
            k of the rate 2**-k; None is the rate of the parameters.

        Returns
        -------
        int64 array (…) or (…, batch)
            The classes that the circuit has seen. The mean over a batch is learnt.
        """
        batch, teacher = self.batch_of(x, label)
        rate = self.parameters.rate if update_shift is None else rate_of(update_shift)
        count = np.zeros_like(teacher)
        if self.parameters.online:
            for moment, errors, traces in self.lessons(batch, teacher):
                count = count + moment.spikes[-1]
                self._change(rate, [_hebbian(z, p) for z, p in
                                    zip(errors[1:], traces, strict=True)], self.parameters.steps)
        else:
            updates, count = self._collect(batch, teacher)
            self._change(rate, updates, 1)
        return count.argmax(axis=-1).reshape(np.shape(label))

    def updates(self, x, label):
        """Changes of W1 … WL that samples would teach: sum over time, mean over the batch.

        Weights do not change; eta is left out.
        """
        return self._collect(*self.batch_of(x, label))[0]

    def _collect(self, x, teacher):
        """Updates of a whole presentation, and the spikes of its outputs."""
        depth = self.parameters.depth
        kept, count = [([], []) for _ in range(depth)], np.zeros_like(teacher)
        for moment, errors, traces in self.lessons(x, teacher):
            count = count + moment.spikes[-1]
            for layer in range(depth):
                kept[layer][0].append(errors[layer + 1])
                kept[layer][1].append(traces[layer])
        return [self.parameters.steps * _hebbian(np.concatenate(z, axis=-2),
                                                 np.concatenate(p, axis=-2))
                for z, p in kept], count

    def _change(self, rate, updates, parts):
        """Change the weights by one of the `parts` of a presentation."""
        parameters = self.parameters
        for layer, update in enumerate(updates, start=1):
            name, back = f"W{layer}", f"B{layer - 1}"
            if parameters.feedback is SpikeFeedback.KOLEN_POLLACK:
                kept = 1.0 - rate * parameters.decay / parts
                self.weights[name] *= kept
                if layer > 1:
                    self.weights[back] *= kept
                    self.weights[back] += (rate * parameters.transpose_gain) * transposed(update)
            self.weights[name] += rate * update
            if parameters.feedback is SpikeFeedback.DALE:
                wrong = self.weights[name] * self.birth[name] < 0.0
                self.weights[name][wrong] = 0.0


def _hebbian(post, pre):
    """Mean over the samples of post (…, samples, m) times pre (…, samples, n): (…, m, n)."""
    return product(transposed(post), pre) / post.shape[-2]
