"""Seeded synthetic data sets: teacher networks to be imitated, and linear regression."""

from itertools import pairwise

import numpy as np

from ..floats import product, tanh
from ..initial import random_matrix
from .dataset import Dataset

__all__ = ["linear_regression", "teacher_regression", "teacher_student"]


def _check(**counts):
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, not {value!r}")


def teacher_student(sizes=(20, 12, 4), samples=1000, test_samples=200, seed=0):
    """Classes that a random network of clipped units assigns to uniform inputs in 0 .. 1.

    The label is the teacher's largest output. Each output is centred and scaled over the
    samples first, so that no class dominates.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must name at least inputs and outputs, not {sizes!r}")
    _check(samples=samples, test_samples=test_samples)
    generator = np.random.default_rng(seed)
    x = generator.uniform(size=(samples + test_samples, sizes[0]))
    rates = x
    for layer, (inputs, rows) in enumerate(pairwise(sizes)):
        weights = random_matrix(generator, rows, inputs, gain=2.0)
        drive = product(rates, weights[:, :-1].T)
        drive = (drive - drive.mean(axis=0)) / (drive.std(axis=0) + 1e-12)
        rates = np.clip(drive / 2 + 0.5, 0.0, 1.0) if layer < len(sizes) - 2 else drive
    y = rates.argmax(axis=1).astype(np.int64)
    return Dataset(x[:samples], y[:samples], x[samples:], y[samples:], "teacher-student")


def linear_regression(inputs=10, outputs=3, samples=500, test_samples=100, noise=0.0, seed=0):
    """Targets y = A x + b + noise with uniform x in 0 .. 1, and A of unit-variance rows.

    `noise` is the standard deviation of the normal noise on each target.
    """
    _check(inputs=inputs, outputs=outputs, samples=samples, test_samples=test_samples)
    if noise < 0.0:
        raise ValueError(f"noise must be 0 or more, not {noise!r}")
    generator = np.random.default_rng(seed)
    weights = random_matrix(generator, outputs, inputs, bias=0.1)
    x = generator.uniform(size=(samples + test_samples, inputs))
    y = product(x, weights[:, :-1].T) + weights[:, -1]
    y += noise * generator.standard_normal(y.shape)
    return Dataset(x[:samples], y[:samples], x[samples:], y[samples:], "linear-regression")


def teacher_regression(sizes=(30, 10), gain=1.0, samples=4000, test_samples=1000, seed=0):
    """Outputs of a random network for inputs x ~ N(0, 1): what dynamic inversion was tried on.

    Two sizes make a linear map; with more, tanh layers below a linear output. Weights have the
    variance gain**2 / fan-in, biases are zero, so that a linear target has the variance gain**2.
    After the regression tasks of Podlaski & Machens 2020 (arXiv:2007.05112), whose weights of
    +- 0.01 left the nonlinear one almost linear.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, hidden layers if any, outputs.
    gain : float
        Of every layer.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must name at least inputs and outputs, not {sizes!r}")
    if not gain > 0.0:
        raise ValueError(f"gain must be positive, not {gain!r}")
    _check(samples=samples, test_samples=test_samples)
    # Not the stream that `random_weights` draws a student of the same seed from.
    generator = np.random.default_rng([seed, 2])
    weights = [random_matrix(generator, rows, inputs, gain)[:, :-1]
               for inputs, rows in pairwise(sizes)]
    x = generator.standard_normal((samples + test_samples, sizes[0]))
    y = x
    for matrix in weights[:-1]:
        y = tanh(product(y, matrix.T))
    y = product(y, weights[-1].T)
    return Dataset(x[:samples], y[:samples], x[samples:], y[samples:], "teacher-regression")
