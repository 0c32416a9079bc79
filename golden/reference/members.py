"""Several networks of equal shape side by side, along a leading axis of every array."""

import numpy as np

from .sizes import layer_of
from .weights import float_weights, shapes_of

__all__ = ["SideBySide", "seeds_of", "stacked"]


def seeds_of(seed):
    """(seeds, leading axes): of one network, a number, or of several, a sequence of them."""
    return ([seed], ()) if np.ndim(seed) == 0 else (list(seed), (len(seed),))


def stacked(networks, members):
    """Arrays of each network by name, as arrays of all.

    Parameters
    ----------
    networks : list of dict
    members : tuple
        Leading axes, from `seeds_of`: () leaves the arrays of the only network as they are.
    """
    if not members:
        return networks[0]
    return {name: np.stack([one[name] for one in networks]) for name in networks[0]}


class SideBySide:
    """Base of the float models that begin with networks drawn from seeds, one or several.

    A subclass says how one network is drawn, and what its forward pass is.

    Parameters
    ----------
    weights : dict of str to array, or None
        What `self.weights` starts with; whatever is missing is drawn.
    seed : int or sequence of int
        Several make independent networks of equal shape.

    Attributes
    ----------
    seeds : list of int
    members : tuple
        Leading axes: () or (number of seeds,).
    weights : dict of str to float64 array
        The live ones.

    Raises
    ------
    TypeError, ValueError
        A matrix of the wrong name, kind or shape.
    """

    def __init__(self, weights, seed):
        self.seeds, self.members = seeds_of(seed)
        self.weights = self._start(weights)

    def draw(self, seed):
        """First weights of one network, by name: dict of str to float64 array."""
        raise NotImplementedError

    def forward(self, x):
        """Rates of every layer, input first, for samples (…, n, n_0) of each member."""
        raise NotImplementedError

    def drawn(self, draw):
        """Arrays of all members, by name; `draw` gives those of one seed."""
        return stacked([draw(seed) for seed in self.seeds], self.members)

    def _start(self, weights):
        start = self.drawn(self.draw)
        return start | float_weights(weights or {}, {}, shapes_of(start))

    def predict(self, x):
        """Classes of samples (n, n_0), or (members, n, n_0): int64 without the last axis."""
        return self.forward(x)[-1].argmax(axis=-1)

    def outputs(self, x, layer=None):
        """Rates of a layer 1 .. L, None the last, of samples as for `predict`: (…, n, n_layer)."""
        rates = self.forward(x)
        return rates[layer_of(layer, len(rates) - 1)]

    def infer(self, x):
        """Class of one sample (n_0,)."""
        return int(self.predict(np.asarray(x)[None])[0])
