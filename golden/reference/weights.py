"""Weights as the float models take them: one check, and copies of their own."""

import numpy as np

from ..spec.contents import checked_matrices

__all__ = ["float_weights", "shapes_of"]


def float_weights(weights, needed, optional=None):
    """Float64 copies of the matrices that are given.

    Parameters
    ----------
    weights : dict of str to array
    needed, optional : dict of str to tuple
        Shapes of the matrices that must be given, and of those that may be.

    Raises
    ------
    TypeError, ValueError
        A matrix is missing, unknown, of another shape or kind, or not finite.
    """
    shapes = needed | (optional or {})
    return {name: np.array(values, np.float64)
            for name, values in checked_matrices(weights, shapes, needed).items()}


def shapes_of(weights):
    """Shape of each matrix by name."""
    return {name: matrix.shape for name, matrix in weights.items()}
