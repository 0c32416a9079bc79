"""Ornstein-Uhlenbeck noise, one process for each neuron."""

import math
from typing import Protocol

import numpy as np

from .rule import Noise

__all__ = ["NoiseSource", "OrnsteinUhlenbeck"]

DRAWN = 256  # steps' worth of random numbers drawn at a time


def _white(kind, generator, shape):
    if kind is Noise.BINARY:
        return 2.0 * generator.integers(0, 2, shape) - 1.0
    return generator.standard_normal(shape)


class NoiseSource(Protocol):
    """Whatever yields noise step by step."""

    def step(self) -> np.ndarray:
        """Take one step; returns the noise, (members, units)."""
        ...


class OrnsteinUhlenbeck:
    """Independent processes, members x units; w is white with variance 1.

        xi <- (1 - 1/tau) xi + sigma / sqrt(tau) w

    Parameters
    ----------
    seeds : sequence
        One seed for each member: what it gets does not depend on the others.
    units : int
    tau : float
        Correlation time in steps, 1 or more.
    sigma : float
    kind : Noise

    Attributes
    ----------
    state : float64 array (…, units)
        xi; starts at zero.
    """

    def __init__(self, seeds, units, tau, sigma, kind=Noise.GAUSSIAN):
        self.generators = [np.random.default_rng(seed) for seed in seeds]
        self.keep, self.gain, self.kind = 1.0 - 1.0 / tau, sigma / math.sqrt(tau), kind
        self.state = np.zeros((len(self.generators), units))
        self._drawn = iter(())

    @staticmethod
    def deviation(tau, sigma):
        """Standard deviation of the process at rest: the square root of sigma^2 / (2 - 1/tau)."""
        return sigma / math.sqrt(2.0 - 1.0 / tau)

    def step(self) -> np.ndarray:
        """Take one step; returns the new state, (members, units)."""
        white = next(self._drawn, None)
        if white is None:
            shape = (DRAWN, self.state.shape[1])
            self._drawn = iter(self.gain * np.stack(
                [_white(self.kind, generator, shape) for generator in self.generators], axis=1))
            white = next(self._drawn)
        self.state = self.keep * self.state + white
        return self.state
