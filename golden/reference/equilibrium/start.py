"""Where the relaxation of an equilibrium network starts, and how initialisers learn.

One pass upwards, h_0 = x, h_l = rho(prediction_l) for l = 1 … L, where the prediction is

    zero   0
    ff1    basal_l + b_l
    ffa    basal_l / alpha_l + b_l            the branch-share condition, see below
    ffg    g_l basal_l + c_l                  gain and offset of each unit, learned
    ffF    F_l h_{l-1} + f_l                  a matrix of its own, learned

and basal_l = W_l h_{l-1}. If every hidden layer obeys, with apical_l = W_{l+1}^T h_{l+1},

    basal_l / alpha_l = apical_l / (1 - alpha_l)  ( = basal_l + apical_l ),

ffa is a fixed point already. Each branch therefore learns to predict the soma's rate h of the free
phase by itself, with the errors e_b = h - (basal / alpha + b), e_a = h - (apical / (1-alpha) + b):

    dW_l     = lambda alpha_l e_b h_{l-1}^T,    dW_{l+1} = lambda (1 - alpha_l) h_{l+1} e_a^T.

An error is zero where the rate and its prediction lie beyond the same limit of rho. The idea is
that of Bengio et al. 2016 (arXiv:1606.01651, abstract); the equations and the formulas of learning
are this project's own. ffF is after O'Connor et al. 2019 (Initialized Equilibrium Propagation).
"""

import numpy as np

from ...floats import product
from .rule import Start

__all__ = ["INITIALISERS", "Initialiser", "branch_changes", "branch_errors", "same_side_error"]


def same_side_error(rate, prediction):
    """rate - prediction; 0 where the prediction lies beyond a limit of 0 .. 1 the rate is at."""
    same = ((rate <= 0.0) & (prediction <= 0.0)) | ((rate >= 1.0) & (prediction >= 1.0))
    return np.where(same, 0.0, rate - prediction)


def branch_errors(net, states, layer):
    """(e_b, e_a) of a hidden layer, samples x neurons, in free states h_0 … h_L."""
    share, bias = net.rule.basal_share(layer), net.bias(layer)
    basal = net.basal(layer, states[layer - 1]) / share
    apical = net.apical(layer, states[layer + 1]) / (1.0 - share)
    return (same_side_error(states[layer], basal + bias),
            same_side_error(states[layer], apical + bias))


def branch_changes(net, states):
    """Yield (name of a W, rate, post, pre) of what the branches learn in free states."""
    rule = net.rule
    if rule.branch_rate == 0.0:
        return
    for layer in range(1, rule.depth):
        share = rule.basal_share(layer)
        basal, apical = branch_errors(net, states, layer)
        if "basal" in rule.branches:
            yield f"W{layer}", rule.branch_rate * share, basal, states[layer - 1]
        if "apical" in rule.branches and not rule.feedback.stored:
            yield f"W{layer + 1}", rule.branch_rate * (1.0 - share), states[layer + 1], apical


class Initialiser:
    """Base: an initialiser without parameters of its own.

    Attributes
    ----------
    bank : str or None
        Letter of its matrices, one for each layer 1 … L.
    """

    bank = None

    def parameters(self, weights):
        """First value of a layer's matrix, from W with the bias in the last column."""

    def prediction(self, net, layer, lower):
        """The soma of `layer` as predicted from the rates below alone."""
        raise NotImplementedError

    def learn(self, net, states):
        """Approach the free states, each layer's from the free state of the one below."""


class Zero(Initialiser):
    """Silence."""

    def prediction(self, net, layer, lower):
        """Zero."""
        return np.zeros((len(lower), net.rule.sizes[layer]))


class Naive(Initialiser):
    """The feedforward pass, as if there were no feedback."""

    def prediction(self, net, layer, lower):
        """basal + b."""
        return net.basal(layer, lower) + net.bias(layer)


class Share(Initialiser):
    """The feedforward pass, extrapolated by the basal branch's share."""

    def prediction(self, net, layer, lower):
        """basal / alpha + b."""
        return net.basal(layer, lower) / net.rule.basal_share(layer) + net.bias(layer)


class Gain(Initialiser):
    """Gain and offset of each unit, the two columns of A; at first 1 and the bias."""

    bank = "A"

    def parameters(self, weights):
        """n x 2."""
        return np.column_stack([np.ones(len(weights)), weights[:, -1]])

    def prediction(self, net, layer, lower):
        """g basal + c."""
        gain, offset = net[f"A{layer}"].T
        return gain * net.basal(layer, lower) + offset

    def learn(self, net, states):
        """g += rate e basal, c += rate e, averaged over the samples."""
        for layer in range(1, net.rule.depth + 1):
            lower = states[layer - 1]
            error = same_side_error(states[layer], self.prediction(net, layer, lower))
            gain = (error * net.basal(layer, lower)).mean(axis=0)
            net[f"A{layer}"][...] += net.rule.start_rate * np.column_stack(
                [gain, error.mean(axis=0)])


class OwnMatrix(Initialiser):
    """A feedforward network F of its own, bias in the last column; at first a copy of W."""

    bank = "F"

    def parameters(self, weights):
        """As W."""
        return weights.copy()

    def prediction(self, net, layer, lower):
        """F h + f."""
        matrix = net[f"F{layer}"]
        return product(lower, matrix[:, :-1].T) + matrix[:, -1]

    def learn(self, net, states):
        """F += rate e h^T, averaged over the samples."""
        for layer in range(1, net.rule.depth + 1):
            lower = states[layer - 1]
            error = same_side_error(states[layer], self.prediction(net, layer, lower))
            net.change(f"F{layer}", net.rule.start_rate, error, lower)


INITIALISERS = {Start.ZERO: Zero(), Start.NAIVE: Naive(), Start.SHARE: Share(),
                Start.GAIN: Gain(), Start.MATRIX: OwnMatrix()}
