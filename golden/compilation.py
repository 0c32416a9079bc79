"""Numba, as the golden models use it where NumPy is too slow for MNIST.

Numba keeps compiled functions beside their file, or in the user's cache folder where it may not
write there, and looks only at that one file to see whether they are stale. So a file with compiled
functions calls none of another file, and gets every constant of the specification as an argument.
"""

from numba import njit

__all__ = ["compiled"]


def compiled(function):
    """Compile at the first call; keep the result on disk where that is possible."""
    try:
        return njit(cache=True)(function)
    except RuntimeError:  # neither this folder nor the user's can be written
        return njit(function)
