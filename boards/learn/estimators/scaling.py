"""Scaling inside of an estimator: from a table's own units to the range of the chip, and back."""

import numpy as np

__all__ = ["limits_of", "scaled", "unscaled"]


def limits_of(values: np.ndarray) -> np.ndarray:
    """Smallest and largest value of each column of float64 (n, columns): float64 (2, columns)."""
    return np.stack([values.min(axis=0), values.max(axis=0)])


FARTHEST = 1e9
LARGEST = np.finfo(float).max


def scaled(values: np.ndarray, limits: np.ndarray, *, clip: bool = True) -> np.ndarray:
    """Columns in units of their limits: 0 at the lower one, 1 at the upper one.

    Parameters
    ----------
    values : float64 array (n, columns)
        Finite.
    limits : float64 array (2, columns)
    clip : bool
        What lies outside of the limits is clipped to them; else only what is a thousand million
        widths away. A column's width is the distance of its limits. Where they are equal, at c, it
        is 1, or abs(c) if that is smaller, but not 0.

    Returns
    -------
    float64 array (n, columns)
        Within 0 .. 1 if clipped, and 0 in a column whose limits are equal.
    """
    low, high = limits
    if clip:
        values = np.clip(values, low, high)
    # Whole powers of two, so that neither huge nor tiny limits leave the range of floats.
    shift = -np.frexp(np.abs(limits).max(axis=0))[1]
    alone = np.where(low == 0.0, 1.0, np.minimum(np.abs(low), 1.0))  # width of equal limits
    with np.errstate(over="ignore"):
        low, high, alone, values = (np.ldexp(one, shift) for one in (low, high, alone, values))
        found = (values - low) / np.where(high > low, high - low, alone)
    return np.clip(found, -FARTHEST, FARTHEST)


def unscaled(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Inverse of `scaled`, in a straight line outside of 0 .. 1 up to the ends of floats."""
    exponent = np.frexp(np.abs(limits).max(axis=0))[1]
    low, high = np.ldexp(limits, -exponent)
    with np.errstate(over="ignore"):
        found = np.ldexp(low * (1.0 - values) + high * values, exponent)
    return np.clip(found, -LARGEST, LARGEST)
