"""Float64 operations that give the same bits on every machine.

BLAS, LAPACK and NumPy's own functions choose their code by what the processor can do, and with it
the order in which they add: the last bit of a result is the machine's. Learning amplifies it, until
accuracies differ by whole points. So what the float models learn with comes from here. What NumPy
does element by element (+, -, *, /, sqrt), and its sums, which know one order, stay NumPy's.

Arrays are float64 of any strides; axes before the named ones broadcast.
"""

from functools import cache
from typing import Any

import numpy as np

__all__ = ["cosine", "exponential", "logarithm", "norm", "product", "pseudo_inverse", "sine",
           "solve", "tanh"]


@cache
def _compiled():
    from . import compiled_floats  # half a second of Numba: only who computes waits

    return compiled_floats


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix product of (…, m, k) and (…, k, n), as `@` of two matrices: (…, m, n)."""
    return _compiled().product(left, right)


def solve(matrix: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """x of matrix x = columns, (…, n, n) and (…, n, m): (…, n, m), NaN where it is singular."""
    return _compiled().solve(matrix, columns)


def pseudo_inverse(matrix: np.ndarray) -> np.ndarray:
    """Pseudo-inverse after Moore and Penrose of (…, m, n): (…, n, m)."""
    if matrix.shape[-2] <= matrix.shape[-1]:
        return _compiled().pseudo_inverse(matrix)
    return np.swapaxes(_compiled().pseudo_inverse(np.swapaxes(matrix, -1, -2)), -1, -2)


def norm(values: np.ndarray, axis: int | tuple[int, ...] | None = None) -> Any:
    """Square root of the sum of squares over all axes, or over some."""
    return np.sqrt((values**2).sum(axis=axis))


def exponential(x: np.ndarray) -> np.ndarray:
    """exp(x) of every element, within two units in the last place."""
    return _compiled().exponential(x)


def tanh(x: np.ndarray) -> np.ndarray:
    """Hyperbolic tangent of every element, within four units in the last place."""
    return _compiled().tanh(x)


def logarithm(x: np.ndarray) -> np.ndarray:
    """Natural logarithm of every element, within three units in the last place; NaN below 0."""
    return _compiled().logarithm(x)


def sine(x: np.ndarray) -> np.ndarray:
    """Sine of every element, in radians, but for 2**-52; NaN beyond +- 2**20."""
    return _compiled().sine(x)


def cosine(x: np.ndarray) -> np.ndarray:
    """Cosine of every element: as `sine`."""
    return _compiled().cosine(x)
