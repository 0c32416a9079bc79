"""Samples, labels and targets as the float models take them: one check for all."""

import numpy as np

__all__ = ["batch_of", "batch_targets", "one_hot", "sample_of_each", "samples_of", "targets_of"]


def samples_of(x, inputs):
    """x as float64 array (…, n, inputs); ValueError if it is no such array."""
    x = np.asarray(x, dtype=np.float64)
    if x.ndim < 2 or x.shape[-1] != inputs:
        raise ValueError(f"x must be samples x {inputs} inputs, but has shape {x.shape}")
    return x


def batch_of(x, inputs):
    """One sample (inputs,), or a batch, as float64 array (n, inputs); ValueError otherwise."""
    x = samples_of(np.atleast_2d(np.asarray(x, dtype=np.float64)), inputs)
    if x.ndim != 2:
        raise ValueError(f"x must be samples x {inputs} inputs, but has shape {x.shape}")
    return x


def one_hot(labels, outputs):
    """Float64 array (…, outputs) of integer labels (…); ValueError if one is no class."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= outputs:
        raise ValueError(f"labels must be classes in 0 .. {outputs - 1}, not {labels!r}")
    return np.eye(outputs)[labels]


def targets_of(labels, outputs):
    """Target rates (…, outputs): one-hot for integer labels (…), floats as they are.

    Raises
    ------
    ValueError
        A label is no class, or there are not `outputs` floats for each sample.
    """
    labels = np.asarray(labels)
    if labels.dtype.kind in "iu":
        return one_hot(labels, outputs)
    if labels.dtype.kind != "f" or labels.shape[-1:] != (outputs,):
        raise ValueError(f"targets must be {outputs} floats per sample, or integer classes, "
                         f"not {labels.dtype} of shape {labels.shape}")
    return labels.astype(np.float64)


def batch_targets(labels, outputs):
    """`targets_of` one sample, or of a batch, as float64 array (n, outputs)."""
    targets = np.atleast_2d(targets_of(labels, outputs))
    if targets.ndim != 2:
        raise ValueError("labels must have one entry for each sample of a batch, not shape "
                         f"{np.shape(labels)}")
    return targets


def sample_of_each(x, label, members, sizes):
    """(x, targets) of one sample for each network side by side, as float64 arrays.

    Parameters
    ----------
    x : array (n_0,), or (members, n_0)
    label : int, int array (members,), or float targets (n_L,) or (members, n_L)
    members : tuple
        Leading axes of the networks.
    sizes : tuple of int
        n_0 … n_L.

    Raises
    ------
    ValueError
        Shapes or labels that do not belong to these networks.
    """
    x, target = np.asarray(x, dtype=np.float64), targets_of(label, sizes[-1])
    for name, value, size in (("x", x, sizes[0]), ("label", target, sizes[-1])):
        if value.shape != members + (size,):
            raise ValueError(f"{name} must be one sample for each network, "
                             f"{members + (size,)}, not {value.shape}")
    return x, target
