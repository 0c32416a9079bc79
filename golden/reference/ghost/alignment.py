"""How well the updates of a network with ghosts agree with exact backprop."""

import numpy as np

from ...floats import norm, product
from ..baselines.backprop import descent
from ..samples import batch_targets
from .model import phases_of

__all__ = ["alignment"]


def _outer(post, pre):
    return np.column_stack([product(post.T, pre), post.sum(axis=0)])


def alignment(model, x, label, beta=None):
    """Cosine between a ghost model's update and exact backprop's, for each layer 1 … L.

    Both updates are summed over the samples, biases included. `beta` replaces the rule's.

    Returns
    -------
    float64 array (L,)
        nan where an update is zero.
    """
    net, x = model.net, model.samples_of(x)
    target = batch_targets(label, model.rule.sizes[-1])
    phases = phases_of(net, x, target, beta)
    deltas, rates = descent(net, x, target, exact=True)
    cosines = []
    for layer in range(1, model.rule.depth + 1):
        ghost = _outer(phases.post[layer], phases.paired.rates[layer - 1])
        backprop = _outer(deltas[layer], rates[layer - 1])
        lengths = norm(ghost) * norm(backprop)
        cosines.append((ghost * backprop).sum() / lengths if lengths else np.nan)
    return np.array(cosines)
