"""The parameter `class_weight`: how often the samples of each class are drawn."""

import numpy as np

from ....golden.spec.plain import plain, shown

__all__ = ["weighting", "weights_of"]


def weighting(class_weight: object) -> dict | str | None:
    """The parameter `class_weight`, checked as far as it is without knowing the classes."""
    if class_weight is None or isinstance(class_weight, str) and class_weight == "balanced":
        return class_weight
    if not isinstance(class_weight, dict):
        raise TypeError('class_weight must be "balanced", None, or a dictionary of class and '
                        f"weight, not {shown(class_weight)}")
    return plain("class_weight", class_weight, dict)


def weights_of(class_weight: dict | str | None, classes: np.ndarray,
               numbers: np.ndarray) -> np.ndarray | None:
    """Weight of each class, float64 (n_classes,), by the parameter `class_weight`; or None.

    `numbers` are those of the samples' classes.
    """
    given = weighting(class_weight)
    if given is None:
        return None
    if isinstance(given, str):
        return 1.0 / np.maximum(np.bincount(numbers, minlength=len(classes)), 1)
    unknown = [label for label in given if label not in classes.tolist()]
    if unknown:
        raise ValueError(f"class_weight must name only {', '.join(map(str, classes))}, "
                         f"not {shown(unknown[0])}")
    weights = np.array([plain("class_weight", given.get(label, 1.0), float)
                        for label in classes.tolist()])
    if not ((weights > 0.0) & np.isfinite(weights)).all():
        raise ValueError("class_weight must hold positive numbers, not "
                         f"{weights[~((weights > 0.0) & np.isfinite(weights))][0]:g}")
    return weights
