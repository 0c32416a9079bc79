"""How well feedback weights are aligned with the transposed forward weights."""

import numpy as np

from ...floats import norm

__all__ = ["angle", "angles", "weight_angles"]


def angle(a, b):
    """Angle in degrees between matrices taken as vectors, over the last two axes; nan for zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (a * b).sum(axis=(-1, -2)) / (norm(a, axis=(-1, -2))
                                               * norm(b, axis=(-1, -2)))
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def angles(model):
    """Angles between B_l and W_{l+1}^T of the hidden layers l = 1 … L-1: float64 (…, L-1)."""
    return np.stack([angle(model.feedback(layer), np.swapaxes(model.forward_matrix(layer + 1),
                                                              -1, -2))
                     for layer in range(1, model.rule.depth)], axis=-1)


def weight_angles(weights):
    """The same of a design's weights by name, raw or real: list of float, none without B."""
    hidden = sum(name.startswith("B") for name in weights)
    return [float(angle(weights[f"B{n}"].astype(np.float64),
                        weights[f"W{n + 1}"][:, :-1].T.astype(np.float64)))
            for n in range(1, hidden + 1)]
