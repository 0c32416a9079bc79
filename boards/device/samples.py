"""What samples a device takes: one set of checks for boards and models."""

import numpy as np

from ...golden.spec import Design
from ...golden.spec.contents import check_places
from ...golden.spec.link import NO_TARGET

__all__ = ["check_inputs", "check_labels", "check_samples", "check_targets"]


def check_inputs(design: Design, inputs):
    """Inputs (n, n_0), raw in design.sample, as a uint8 array; ValueError if they are not that."""
    inputs, n_inputs = np.asarray(inputs), design.network.sizes[0]
    if inputs.ndim != 2 or inputs.shape[1] != n_inputs or inputs.dtype.kind not in "iu":
        raise ValueError(f"inputs must be integers of shape (n, {n_inputs}), "
                         f"not {inputs.dtype} of shape {inputs.shape}")
    if not design.sample.contains(inputs):
        raise ValueError(f"inputs must lie in {design.sample.minimum} .. {design.sample.maximum} "
                         f"(raw {design.sample})")
    return inputs.astype(np.uint8)


def check_labels(design: Design, labels, count):
    """Classes (count,) as a uint8 array; ValueError if they are not 0 .. n_L - 1."""
    labels, classes = np.asarray(labels), design.network.sizes[-1]
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be integers of shape ({count},), "
                         f"not {labels.dtype} of shape {labels.shape}")
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(f"labels must lie in 0 .. {classes - 1}")
    return labels.astype(np.uint8)


def check_samples(design: Design, inputs, labels, first=0):
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


def check_targets(design: Design, labels, count):
    """Labels of streamed samples as the board takes them, uint8 array (count,).

    Parameters
    ----------
    labels : None, or sequence of int or None (count,)
        Classes 0 .. n_L - 1; None or -1 is a sample without a target, None alone so many of them.
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
        raise ValueError(f"labels must lie in 0 .. {classes - 1}, or be -1 or None for no target")
    return np.where(labels < 0, NO_TARGET, labels).astype(np.uint8)
