"""Separate error cells E+ and E-, whose synapses never are negative.

The feedback connections are routed straight, from E+ to E+ and from E- to E-, where B is positive,
and crossed, from E+ to E- and from E- to E+, where it is negative. E+ of the last layer is excited
by the teacher and E- by the pyramidal cell. The two cells of a pair inhibit each other by what
excites them, and by their resets:

    v+ <- (1 - 1/tau) v+ + g+ - g-,   g+ = max(B, 0) z+ + max(-B, 0) z-
    v- <- (1 - 1/tau) v- + g- - g+,   g- = max(B, 0) z- + max(-B, 0) z+

So v- = -v+ at any time, and the pair is one signed accumulator with z = z+ - z-, as in errors.py,
as long as its leak treats both signs alike.
"""

import numpy as np

from ...floats import product
from .network import transposed
from .parameters import Errors

__all__ = ["OpponentErrors"]


class OpponentErrors:
    """The pairs of error cells of a circuit during one presentation: see SignedErrors.

    Parameters
    ----------
    parameters : CircuitParameters
        With ternary errors.

    Attributes
    ----------
    potentials : list of (array, array)
        v+ and v- of every layer.

    Raises
    ------
    ValueError
        Graded errors, which are not those of spiking cells.
    """

    def __init__(self, parameters):
        if parameters.errors is not Errors.TERNARY:
            raise ValueError(f"errors must be ternary for spiking pairs, not {parameters.errors!r}")
        self.parameters = parameters
        self.keep = [1.0 - 1.0 / parameters.tau_e] * parameters.depth + [
            1.0 - 1.0 / parameters.tau_s]
        self.potentials = [(0.0, 0.0)] * (parameters.depth + 1)

    def step(self, teacher, moment, feedback):
        """Take one time step: see SignedErrors.step. Returns z = z+ - z- of the layers."""
        depth = self.parameters.depth
        errors = [None] * (depth + 1)
        plus, minus = self._send(depth, teacher, moment.spikes[depth], 1.0)
        errors[depth] = plus - minus
        for layer in range(depth - 1, 0, -1):
            if feedback is None:
                errors[layer] = np.zeros_like(moment.spikes[layer])
                continue
            straight = transposed(np.maximum(feedback[layer], 0.0))
            crossed = transposed(np.maximum(-feedback[layer], 0.0))
            plus, minus = self._send(
                layer, product(plus, straight) + product(minus, crossed),
                product(minus, straight) + product(plus, crossed), moment.gates[layer])
            errors[layer] = plus - minus
        return errors

    def _send(self, layer, excites_plus, excites_minus, gates):
        """Excite the pairs of a layer; returns the spikes of E+ and of E-, each 0 or 1."""
        threshold, keep = self.parameters.error_threshold, self.keep[layer]
        plus, minus = self.potentials[layer]
        plus = keep * plus + (excites_plus - excites_minus)
        minus = keep * minus + (excites_minus - excites_plus)
        fires_plus, fires_minus = gates * (plus >= threshold), gates * (minus >= threshold)
        if self.parameters.error_reset and layer < self.parameters.depth:
            plus, minus = (plus - threshold * fires_plus + threshold * fires_minus,
                           minus - threshold * fires_minus + threshold * fires_plus)
        self.potentials[layer] = plus, minus
        return fires_plus, fires_minus
