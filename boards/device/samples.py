"""Samples that a device takes: one set of checks for boards and models."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design
from ...golden.spec.contents import check_inputs, check_labels, check_places
from ...golden.spec.link import NO_TARGET

__all__ = ["check_samples", "check_targets"]


def check_samples(design: Design, inputs: ArrayLike, labels: ArrayLike, first: int = 0,
                  ) -> tuple[np.ndarray, np.ndarray, int]:
    """(inputs, labels, first) if they fit the sample memory: uint8 arrays, and a plain int.

    Parameters
    ----------
    inputs : int array (n, n_0)
        Raw in design.sample.
    labels : int array (n,)
        Classes 0 .. n_L - 1.
    first : int
        Place of the first one.

    Raises
    ------
    ValueError, TypeError
        A shape, kind or range is wrong, or there are too many.
    """
    inputs = check_inputs(design, inputs)
    labels = check_labels(design, labels, len(inputs))
    return inputs, labels, check_places(design, first, len(inputs), least=0)[0]


def check_targets(design: Design, labels: Sequence[int | None] | np.ndarray | None, count: int,
                  ) -> np.ndarray:
    """Labels of streamed samples as the board takes them, uint8 array (count,).

    Parameters
    ----------
    labels : None, or sequence of int or None (count,)
        Classes 0 .. n_L - 1; None or -1: a sample without a target; None alone: no sample has one.
    count : int

    Raises
    ------
    ValueError
        A shape, kind or range is wrong.
    """
    if labels is None:
        return np.full(count, NO_TARGET, np.uint8)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind == "O":
        labels = np.array([-1 if label is None else label for label in labels])
    classes = design.network.sizes[-1]
    if labels.shape != (count,) or (count and labels.dtype.kind not in "iu"):
        raise ValueError(f"labels must be {count} integers, or None where there is no target, "
                         f"not {labels.dtype} of shape {labels.shape}")
    if ((labels < -1) | (labels >= classes)).any():
        raise ValueError(f"labels must lie in 0 .. {classes - 1}, or be -1 or None for no target, "
                         f"not lie in {labels.min()} .. {labels.max()}")
    return np.where(labels < 0, NO_TARGET, labels).astype(np.uint8)
