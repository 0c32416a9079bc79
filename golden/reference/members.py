"""Several networks of equal shape side by side, along a leading axis of every array."""

import numpy as np

__all__ = ["seeds_of", "stacked"]


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
