"""Baseline: exact backpropagation of 1/2 ||t - r_L||^2 through the same feedforward network."""

import numpy as np

from ...floats import product
from ...spec.feedback import Feedback
from ...spec.rules.ghost import Schedule
from ..feedforward.network import Model
from ..feedforward.rule import ReadOut
from ..samples import batch_targets

__all__ = ["BackpropModel", "descent", "loss"]


def loss(model, x, label):
    """1/2 ||t - r_L||^2, averaged over the samples."""
    rates = model.forward(x)
    target = batch_targets(label, model.rule.sizes[-1])
    return 0.5 * float(((target - rates[-1]) ** 2).sum()) / len(target)


def descent(net, x, target, exact=False):
    """(deltas, rates): delta_l = -dC/dv_l of every sample for l = 1 … L, and r_0 … r_L.

        delta_L = (t - r_L) rho'(v_L);   delta_l = (B_l delta_{l+1}) rho'(v_l)

    With B_l = W_{l+1}^T, whatever the net's feedback if `exact`, this is the gradient; with
    another B it is feedback alignment.
    """
    depth = net.rule.depth
    drives, rates = [None], [x]
    for layer in range(1, depth + 1):
        drives.append(net.drive(f"W{layer}", rates[-1]))
        rates.append(net.rate(layer, drives[-1]))
    deltas = [None] * (depth + 1)
    error = target - rates[depth]
    for layer in range(depth, 0, -1):
        deltas[layer] = error * net.rule.activation(layer).slope(drives[layer])
        if layer > 1:
            error = (product(deltas[layer], net[f"W{layer}"][:, :-1]) if exact
                     else net.feedback(layer, deltas[layer]))
    return deltas, rates


class BackpropModel(Model):
    """Stochastic gradient descent with exact gradients: see Model."""

    @staticmethod
    def adapt(rule):
        """No ghosts, transposed weights."""
        return rule.replace(mechanism="N", schedule=Schedule.SWEEP, read_out=ReadOut.LOCAL,
                            feedback=Feedback.TRANSPOSE, gamma=1.0)

    def __init__(self, rule, weights=None, seed=0):
        super().__init__(self.adapt(rule), weights, seed)

    def learn(self, x, target, update_shift=None, second_update_shift=None):
        """Descend the gradient with eta: see Model.learn."""
        x = self.samples_of(x)
        target = batch_targets(target, self.rule.sizes[-1])
        eta = self.rates_of(update_shift, None)[0] * self.rule.beta
        deltas, rates = descent(self.net, x, target)
        for layer in range(1, self.rule.depth + 1):
            self.net.change(f"W{layer}", eta, deltas[layer], rates[layer - 1])
        prediction = rates[-1].argmax(axis=1)
        return int(prediction[0]) if len(prediction) == 1 else prediction

    def learn_all(self, x, targets, order, update_shift=None, second_update_shift=None,
                  margin=None):
        """Learn from many samples, one after the other, as `learn` does.

        Compiled, so that MNIST takes seconds; not for sigmoid units.

        Parameters
        ----------
        x : float array (n, n_0)
        targets : int array (n,), or float array (n, n_L)
            Classes, or values of all outputs.
        order : int array (turns,)
            Indices of the samples.
        update_shift, second_update_shift : int or None
            As for `learn`; there is no second rate.
        margin : float or None
            Of classes: nothing is learned of a sample whose class's output leads all others by as
            much. None: all are learned.

        Returns
        -------
        int64 array (turns,)
            Predictions, each made before its sample was learned.
        """
        from . import compiled  # half a second of Numba

        x, order = self.samples_of(x), np.asarray(order)
        targets = batch_targets(targets, self.rule.sizes[-1])
        if len(targets) != len(x) or (len(order) and not 0 <= order.min() <= order.max() < len(x)):
            raise ValueError(f"there must be a target for each of {len(x)} samples, and order must "
                             f"lie in 0 .. {len(x) - 1}")
        for unit in (self.rule.hidden, self.rule.output):
            if unit not in compiled.LIMITS:
                raise ValueError(f"units must be one of {', '.join(compiled.LIMITS)}, not {unit}")
        rate = self.rates_of(update_shift, None)[0] * self.rule.beta
        return compiled.learn_all(self, np.ascontiguousarray(x),
                                  np.ascontiguousarray(targets), order.astype(np.int64), rate,
                                  np.inf if margin is None else margin)
