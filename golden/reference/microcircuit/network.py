"""The pyramidal cells: a feedforward network of leaky integrate-and-fire neurons.

In step t, layer after layer, with weights W, currents I, membranes u and spikes s,

    I_l <- (1 - 1/tau_s) I_l + W_l s_{l-1}
    u_l <- (1 - 1/tau_m) u_l + I_l
    s_l = 1 where u_l >= threshold, else 0;   psi_l = 1 where u_l lies within the gate, else 0
    u_l <- 0 where s_l = 1

psi stands for the derivative of s after u. There are no biases. A sample starts from I = u = 0. The
filter of the postsynaptic current lies behind the synapse, so that a spike costs one addition for
each synapse; it commutes with W, so that this is tau_s times W on filtered spikes, the neuron of
Zhang & Li 2020 (TSSL-BP), whose group the circuit is from. That the circuit's authors simulated the
same neuron is a guess; the constants and the shape of the gate are the reconstruction's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ...floats import product
from ...initial import random_matrix
from ...spec.plain import plain
from ..members import SideBySide
from ..samples import one_hot, samples_of
from ..sizes import layer_of
from .coder import sigma_delta
from .parameters import CircuitParameters

__all__ = ["Moment", "SpikingNetwork", "transposed"]


def transposed(matrix):
    """matrix (…, m, n) as (…, n, m)."""
    return np.swapaxes(matrix, -1, -2)


@dataclass
class Moment:
    """One time step of the network; arrays (…, batch, n_l).

    Attributes
    ----------
    spikes : list
        s_0 … s_L, 0 or 1.
    gates, potentials : list
        psi_l and u_l before the reset, l = 1 … L; the first entry is None.
    """

    spikes: list
    gates: list
    potentials: list


class SpikingNetwork(SideBySide):
    """A network that reads digits; or several side by side, along a leading axis of every array.

    Parameters
    ----------
    parameters : CircuitParameters
    weights : dict of str to array, or None
        What `self.weights` shall start with; what is missing is drawn from `seed`.
    seed : int or sequence of int
        Several make independent networks of equal shape.

    Attributes
    ----------
    weights : dict of str to float64 array
        W1 … WL, n_l x n_{l-1}. The live ones.
    members : tuple
        Leading axes: () or (number of seeds,).

    Raises
    ------
    TypeError, ValueError
        Arguments of the wrong kind, shape or range.
    """

    def __init__(self, parameters: CircuitParameters, weights=None,
                 seed: int | Sequence[int] = 0):
        self.parameters = plain("parameters", parameters, CircuitParameters)
        super().__init__(weights, seed)

    def draw(self, seed):
        """First weights of one network, by name."""
        parameters, generator = self.parameters, np.random.default_rng(seed)
        return {f"W{layer}": random_matrix(generator, parameters.sizes[layer],
                                           parameters.sizes[layer - 1], parameters.gain)[:, :-1]
                for layer in range(1, parameters.depth + 1)}

    # ---- one presentation ------------------------------------------------------------------

    def fire(self, potentials):
        """(spikes, gates) of cells with these potentials: float64, 0 or 1."""
        low, high = (self.parameters.threshold * end for end in self.parameters.gate)
        return ((potentials >= self.parameters.threshold).astype(np.float64),
                ((potentials > low) & (potentials < high)).astype(np.float64))

    def moments(self, x):
        """Show samples (…, batch, n_0) for T steps; yields a Moment for each.

        Weights may be changed between two of them.
        """
        parameters, layers = self.parameters, range(1, self.parameters.depth + 1)
        keep, hold = 1.0 - 1.0 / parameters.tau_s, 1.0 - 1.0 / parameters.tau_m
        current: list[float | np.ndarray] = [0.0] * (parameters.depth + 1)
        membrane: list[float | np.ndarray] = [0.0] * (parameters.depth + 1)
        for arriving in sigma_delta(x, parameters.steps):
            moment = Moment([arriving], [None], [None])
            for layer in layers:
                current[layer] = (keep * current[layer]
                                  + product(moment.spikes[-1],
                                            transposed(self.weights[f"W{layer}"])))
                potential = hold * membrane[layer] + current[layer]
                spikes, gates = self.fire(potential)
                membrane[layer] = potential * (1.0 - spikes)
                moment.spikes.append(spikes)
                moment.gates.append(gates)
                moment.potentials.append(potential)
            yield moment

    # ---- samples ---------------------------------------------------------------------------

    def batch_of(self, x, label):
        """x (…, batch, n_0) and teachers (…, batch, n_L) of a batch, or of one sample each.

        Raises
        ------
        ValueError
            Shapes or labels that do not belong to this network.
        """
        sizes, x, label = self.parameters.sizes, np.asarray(x, dtype=np.float64), np.asarray(label)
        if x.ndim == len(self.members) + 1:
            x, label = x[..., None, :], label[..., None]
        if (x.ndim != len(self.members) + 2 or x.shape[:-2] != self.members
                or x.shape[-1] != sizes[0] or label.shape != x.shape[:-1]):
            raise ValueError(f"x must be {self.members + (sizes[0],)} with labels {self.members}, "
                             f"or a batch, not {x.shape} with {label.shape}")
        return x, one_hot(label, sizes[-1])

    def counts(self, x, layer=None):
        """Spikes of a layer 1 .. L, None the last, for samples (n, n_0), or (members, n, n_0).

        Float64 (…, n, n_layer).
        """
        x = samples_of(x, self.parameters.sizes[0])
        layer = layer_of(layer, self.parameters.depth)
        return reduce(np.add, (moment.spikes[layer] for moment in self.moments(x)))

    def outputs(self, x, layer=None):
        """See `counts`: what of a spiking layer stands for its rates."""
        return self.counts(x, layer)

    def predict(self, x):
        """Classes of samples, as for `counts`: the most spikes, the lowest index of equals."""
        return self.counts(x).argmax(axis=-1)
