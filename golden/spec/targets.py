"""Targets: what a sample's outputs are taught to be, and how it is told."""

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .plain import shown
from .qformat import check_integer

if TYPE_CHECKING:
    from .design import Design

__all__ = ["Target", "check_targets", "raw_target", "raw_targets"]


class Target(Enum):
    """The kind of target that a design learns in its last layer."""

    CLASS = "class"  # one of n_L classes: 1 for its neuron, 0 for the others
    VECTOR = "vector"  # n_L values, stored with the sample
    INPUT = "input"  # the sample's own inputs: n_L = n_0


def raw_target(design: "Design", target: object, x: ArrayLike | None = None) -> np.ndarray:
    """The values that a sample's outputs are taught: int64 array (n_L,), raw in design.rate.

    Parameters
    ----------
    design : Design
    target : int or int array (n_L,)
        A class; or values, raw in design.target_values; or, where the target is the input, the
        sample itself.
    x : int array (n_0,) or None
        The sample, raw in design.sample, where the target is the input.

    Raises
    ------
    TypeError, ValueError
        It is of another kind or shape, or out of range, or not the sample.
    """
    outputs = design.network.sizes[-1]
    if design.target is Target.CLASS:
        label = check_integer("label", target, 0, outputs - 1)
        return design.rate.one * (np.arange(outputs) == label)
    values = np.asarray(target)
    if design.target is Target.INPUT and x is not None and not (
            values.shape == np.shape(x) and (values == np.asarray(x)).all()):
        raise ValueError("target must be the sample itself, x, since the design learns to give "
                         f"its input back, not {shown(target)}")
    return raw_targets(design, check_targets(design, values[None], 1))[0]


def check_targets(design: "Design", targets: ArrayLike, count: int) -> np.ndarray:
    """Targets of several samples, checked.

    Parameters
    ----------
    design : Design
    targets : int array
        Classes (count,); or values (count, n_L), raw in design.target_values.
    count : int

    Returns
    -------
    int64 array, of the shape that they have

    Raises
    ------
    ValueError
        A shape, kind or range is wrong.
    """
    values, outputs = np.asarray(targets), design.network.sizes[-1]
    if design.target is Target.CLASS:
        if values.shape != (count,) or values.dtype.kind not in "iu":
            raise ValueError(f"labels must be integers of shape ({count},), "
                             f"not {values.dtype} of shape {values.shape}")
        if ((values < 0) | (values >= outputs)).any():
            raise ValueError(f"labels must lie in 0 .. {outputs - 1}, not in {values.min()} .. "
                             f"{values.max()}")
        return values.astype(np.int64)
    fmt = design.target_values
    if values.shape != (count, outputs) or values.dtype.kind not in "iu":
        raise ValueError(f"targets must be integers of shape ({count}, {outputs}), "
                         f"not {values.dtype} of shape {values.shape}")
    if not fmt.contains(values):
        raise ValueError(f"targets must lie in {fmt.minimum} .. {fmt.maximum} (raw {fmt}), not in "
                         f"{values.min()} .. {values.max()}")
    return values.astype(np.int64)


def raw_targets(design: "Design", targets: np.ndarray) -> np.ndarray:
    """Checked targets (see `check_targets`) as rates: int64 array (n, n_L), raw in design.rate."""
    if design.target is Target.CLASS:
        return design.rate.one * (targets[:, None] == np.arange(design.network.sizes[-1]))
    return targets << (design.rate.fraction - design.target_values.fraction)
