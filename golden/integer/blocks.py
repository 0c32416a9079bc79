"""The order in which samples come from a board's flash memory (facts: golden.spec.flash)."""

import numpy as np

from ..spec.flash import block_bits
from .generator import Shuffler

__all__ = ["block_order", "samples_in_order"]


def block_order(blocks: int, mask: int | None, count: int | None = None,
                state: int = 0) -> tuple[np.ndarray, int]:
    """Numbers of the blocks that a run takes, int64 array, and the state after it.

    Parameters
    ----------
    blocks : int
        In the set.
    mask : int or None
        Of the epoch; None is the stored order, whose state is the number of the next block.
    count : int or None
        Blocks to take; None: an epoch.
    state : int
        0 at the start of an epoch.
    """
    count = blocks if count is None else count
    if mask is None:
        return np.arange(state, state + count), state + count
    shuffler = Shuffler(block_bits(blocks), mask, state)
    return np.array([shuffler.next(blocks) for _ in range(count)], np.int64), shuffler.state


def samples_in_order(samples: int, block_samples: int, order: np.ndarray) -> np.ndarray:
    """Numbers of the samples in blocks that come in an order: int64 array.

    Parameters
    ----------
    samples, block_samples : int
        In the set, and in each of its blocks but the last.
    order : int array
        Numbers of blocks.
    """
    parts = [np.arange(first, min(first + block_samples, samples))
             for first in np.asarray(order) * block_samples]
    return np.concatenate([np.zeros(0, np.int64), *parts])
