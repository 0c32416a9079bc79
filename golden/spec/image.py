"""How weights lie in the engine's memory, for whoever loads it: a board's host or a simulation."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from .design import Design
from .memory_map import MemoryMap

__all__ = ["weight_image", "weights_from_image"]


def weight_image(design: Design, raw: Mapping[str, np.ndarray]) -> np.ndarray:
    """The whole weight memory as the link sees it; unused lanes and rows are 0.

    Parameters
    ----------
    raw : dict of str to int64 array
        As `golden.spec.contents.raw_weights` returns them.

    Returns
    -------
    int64 array (weight_depth << lane_address_bits,)
    """
    maps, lanes = MemoryMap(design), design.lanes
    image = np.zeros((maps.weight_depth, 1 << maps.lane_address_bits), np.int64)
    for m in maps.matrices:
        rows = np.zeros((m.blocks * lanes, m.columns), np.int64)
        rows[:m.rows] = raw[m.name].T if m.transposed else raw[m.name]
        words = rows.reshape(m.blocks, lanes, m.columns).transpose(0, 2, 1)
        image[m.base:m.base + m.words, :lanes] = words.reshape(m.words, lanes)
    return image.ravel()


def weights_from_image(design: Design, image: ArrayLike) -> dict[str, np.ndarray]:
    """Inverse of `weight_image`."""
    maps, lanes = MemoryMap(design), design.lanes
    image = np.asarray(image).reshape(maps.weight_depth, -1)
    weights = {}
    for m in maps.matrices:
        words = image[m.base:m.base + m.words, :lanes].reshape(m.blocks, m.columns, lanes)
        stored = words.transpose(0, 2, 1).reshape(-1, m.columns)[:m.rows]
        weights[m.name] = (stored.T if m.transposed else stored).copy()
    return weights
