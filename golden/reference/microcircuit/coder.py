"""Sigma-delta rate coder: grey values to spike trains that are as even as they can be."""

import numpy as np

__all__ = ["sigma_delta"]


def sigma_delta(x, steps):
    """Spike trains of inputs in 0 … 1: in every step x is added up, a spike takes 1 off.

    The sum starts at 1/2, so that the spikes up to step t are t x, rounded to the nearest integer
    and halves up.

    Parameters
    ----------
    x : array (…, n)
        Multiples of 2**-k with k < 50 are exact.
    steps : int

    Returns
    -------
    float64 array (steps, …, n)
        0 or 1.

    Raises
    ------
    ValueError
        An input outside 0 … 1.
    """
    x = np.asarray(x, dtype=np.float64)
    if not ((x >= 0.0) & (x <= 1.0)).all():
        raise ValueError(f"inputs must lie in 0 .. 1, not {x.min():g} .. {x.max():g}")
    spikes, total = np.empty((steps, *x.shape)), np.full(x.shape, 0.5)
    for step in range(steps):
        total += x
        spikes[step] = total >= 1.0
        total -= spikes[step]
    return spikes
