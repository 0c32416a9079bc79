"""Error cells: one signed accumulator for each pyramidal cell.

    top     v_L <- (1 - 1/tau_s) v_L + teacher - s_L;   z_L = spike(v_L)
    hidden  v_l <- (1 - 1/tau_e) v_l + B_l z_{l+1};     z_l = psi_l spike(v_l)
    spike(v) = +1 where v >= error_threshold, -1 where v <= -error_threshold, else 0
               (graded errors: v itself)

With a and d the filtered trains of output and teacher, E = 1/2 sum_t |a - d|^2 is half the squared
van Rossum distance of the two, and v_L[t] is -dE/da[t]. The last layer is not gated: an output
whose potential has left the gate could never learn to come back. Two things here are the paper's:
the global error of spike trains, and that it goes down through local feedback. The rest is our
reconstruction.
"""

import numpy as np

from ...floats import product
from .network import transposed
from .parameters import Errors

__all__ = ["SignedErrors"]


class SignedErrors:
    """The error cells of a circuit during one presentation.

    Parameters
    ----------
    parameters : CircuitParameters
    """

    def __init__(self, parameters):
        self.parameters = parameters
        self.keep = [1.0 - 1.0 / parameters.tau_e] * parameters.depth + [
            1.0 - 1.0 / parameters.tau_s]
        self.potentials = [0.0] * (parameters.depth + 1)

    def step(self, teacher, moment, feedback):
        """Take one time step.

        Parameters
        ----------
        teacher : array (…, batch, n_L)
            Spikes of the teacher, 0 or 1.
        moment : Moment
        feedback : list
            B_l, (…, n_l, n_{l+1}), l = 1 … L-1; the first entry is None. Or None: no feedback.

        Returns
        -------
        list
            z_l, (…, batch, n_l), l = 1 … L; the first entry is None.
        """
        depth = self.parameters.depth
        errors = [None] * (depth + 1)
        errors[depth] = self._send(depth, teacher - moment.spikes[depth], 1.0)
        for layer in range(depth - 1, 0, -1):
            if feedback is None:
                errors[layer] = np.zeros_like(moment.spikes[layer])
            else:
                errors[layer] = self._send(
                    layer, product(errors[layer + 1], transposed(feedback[layer])),
                    moment.gates[layer])
        return errors

    def _send(self, layer, arriving, gates):
        """Add up what arrives at a layer; returns its z."""
        parameters, threshold = self.parameters, self.parameters.error_threshold
        v = self.keep[layer] * self.potentials[layer] + arriving
        self.potentials[layer] = v
        if parameters.errors is Errors.GRADED:
            return gates * v
        z = gates * ((v >= threshold).astype(np.float64) - (v <= -threshold))
        if parameters.error_reset and layer < parameters.depth:
            self.potentials[layer] = v - threshold * z
        return z
