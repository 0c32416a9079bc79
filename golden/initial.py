"""Initial weights, the same for the float reference, the baselines and the integer model."""

import numpy as np

from .spec.design import Design
from .spec.memory_map import MemoryMap
from .spec.start import HIDDEN_BIAS, glorot_weights, random_matrix, random_weights

__all__ = ["HIDDEN_BIAS", "glorot_weights", "initial_weights", "random_matrix", "random_weights"]


def initial_weights(design: Design, seed: int) -> dict[str, np.ndarray]:
    """Random start of a design's network: see `Rule.start`.

    A start that a neuron with few inputs would have beyond design.weight is the end of the format.

    Parameters
    ----------
    design : Design
    seed : int

    Returns
    -------
    dict of str to float64 array
        A matrix for each name of the memory map, the bias in the last column.

    Raises
    ------
    ValueError
        The rule's `start` gives other matrices, or matrices of other shapes.
    """
    if not isinstance(design, Design):
        raise TypeError(f"design must be a Design, not {design!r}")
    fmt = design.weight
    low, high = fmt.to_float(fmt.minimum), fmt.to_float(fmt.maximum)
    weights = design.rule.start(design, seed)
    shapes = MemoryMap(design).shapes
    if (given := {name: np.shape(values) for name, values in weights.items()}) != shapes:
        raise ValueError(f"the initial weights of the rule {design.rule.name} must be {shapes}, "
                         f"not {given}")
    return {name: np.clip(values, low, high) for name, values in weights.items()}
