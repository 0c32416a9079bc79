"""Scaling inside of an estimator: from a table's own units to the range of the chip, and back."""

import numpy as np

__all__ = ["limits_of", "scaled", "unscaled"]


def limits_of(values: np.ndarray) -> np.ndarray:
    """Smallest and largest value of each column of float64 (n, columns): float64 (2, columns)."""
    return np.stack([values.min(axis=0), values.max(axis=0)])


FARTHEST = 1e9


def scaled(values: np.ndarray, limits: np.ndarray, *, clip: bool = True) -> np.ndarray:
    """Columns in units of their limits: 0 at the lower one, 1 at the upper one.

    Parameters
    ----------
    values : float64 array (n, columns)
        Finite.
    limits : float64 array (2, columns)
    clip : bool
        What lies outside of the limits is clipped to them; else only what is a thousand million
        times as far apart as they are.

    Returns
    -------
    float64 array (n, columns)
        Within 0 .. 1 if clipped; 0 in a column whose limits are equal, since it told nothing apart.
    """
    low, high = limits
    if clip:
        values = np.clip(values, low, high)
    # Whole powers of two, so that neither huge nor tiny limits leave the range of floats.
    shift = -np.frexp(np.abs(limits).max(axis=0))[1]
    with np.errstate(over="ignore"):
        low, high, values = (np.ldexp(one, shift) for one in (low, high, values))
        span = high - low
        found = np.where(span > 0.0, (values - low) / np.where(span > 0.0, span, 1.0), 0.0)
    return np.clip(found, -FARTHEST, FARTHEST)


def unscaled(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Inverse of `scaled`, which goes on in a straight line outside of 0 .. 1."""
    low, high = limits
    return low * (1.0 - values) + high * values
