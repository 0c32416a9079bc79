"""Checksums of what a device learned from, and of what it has learned."""

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["samples_digest", "weights_digest"]


def samples_digest(inputs: ArrayLike, labels: ArrayLike) -> str:
    """SHA-256 in hexadecimal digits of samples, raw inputs (n, n_0) and classes (n,), in order."""
    digest = hashlib.sha256(str(np.shape(inputs)).encode())
    for values in (inputs, labels):
        digest.update(np.ascontiguousarray(values, "<i8").tobytes())
    return digest.hexdigest()


def weights_digest(weights: Mapping[str, np.ndarray]) -> str:
    """First 16 hexadecimal digits of the SHA-256 over every raw weight: equal only if all are."""
    digest = hashlib.sha256()
    for name, values in sorted(weights.items()):
        digest.update(f"{name}{values.shape}".encode() + values.astype("<i8").tobytes())
    return digest.hexdigest()[:16]
