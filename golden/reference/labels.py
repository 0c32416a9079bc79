"""What labels and targets are for every float model."""

import numpy as np

__all__ = ["targets_of"]


def targets_of(labels, outputs):
    """Target rates, samples x outputs: one-hot for integer labels, floats as they are."""
    labels = np.asarray(labels)
    if labels.dtype.kind in "iu":
        labels = np.atleast_1d(labels)
        if labels.ndim != 1 or labels.min() < 0 or labels.max() >= outputs:
            raise ValueError(f"labels must be classes in 0 .. {outputs - 1}, not {labels!r}")
        return np.eye(outputs)[labels]
    if labels.dtype.kind != "f" or labels.shape[-1:] != (outputs,):
        raise ValueError(f"targets must be {outputs} floats per sample, or integer classes, "
                         f"not {labels.dtype} of shape {labels.shape}")
    return np.atleast_2d(labels)
