"""How weights lie in the engine's memory, for whoever loads it: a board's host or a simulation."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from .design import Design
from .memory_map import Matrix, MemoryMap

__all__ = ["part_of", "weight_image", "weights_from_image"]


def part_of(matrix: Matrix, raw: Mapping[str, np.ndarray]) -> np.ndarray:
    """A matrix of the memory map, of raw weights: rows x columns, as it is stored."""
    rows = raw[matrix.name][matrix.first:matrix.first + matrix.shape[0]]
    return rows.T if matrix.transposed else rows


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
        rows[:m.rows] = part_of(m, raw)
        words = rows.reshape(m.blocks, lanes, m.columns).transpose(0, 2, 1)
        image[m.base:m.base + m.words, :lanes] = words.reshape(m.words, lanes)
    return image.ravel()


def weights_from_image(design: Design, image: ArrayLike) -> dict[str, np.ndarray]:
    """Inverse of `weight_image`."""
    maps, lanes = MemoryMap(design), design.lanes
    image = np.asarray(image).reshape(maps.weight_depth, -1)
    weights = {name: np.zeros(shape, np.int64) for name, shape in maps.shapes.items()}
    for m in maps.matrices:
        words = image[m.base:m.base + m.words, :lanes].reshape(m.blocks, m.columns, lanes)
        part_of(m, weights)[...] = words.transpose(0, 2, 1).reshape(-1, m.columns)[:m.rows]
    return weights
