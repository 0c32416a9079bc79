"""Filters in time: a membrane whose output looks ahead, and a high-pass."""

import numpy as np

__all__ = ["HighPass", "Membrane"]


class Membrane:
    """A leaky potential and the prospective one that its rate is taken from.

        u <- u + (drive - u) / tau,     v = u + look_ahead tau u' = u + look_ahead (drive - u)

    with the u of before on the right of v. For look_ahead = 1, v is the drive: the delay of the
    membrane is cancelled; for 0 the neuron is an ordinary leaky one, a step late.

    Parameters
    ----------
    potential : array
        u at the start.
    tau : float or array
        Time constant in steps, 1 or more.
    look_ahead : float
    """

    def __init__(self, potential, tau, look_ahead=1.0):
        self.potential = np.array(potential, dtype=np.float64)
        self.rate, self.look_ahead = 1.0 / np.asarray(tau, dtype=np.float64), look_ahead

    def step(self, drive):
        """Take one step; returns v."""
        towards = drive - self.potential
        prospective = self.potential + self.look_ahead * towards
        self.potential += self.rate * towards
        return prospective


class HighPass:
    """A high-pass filter: y <- (1 - 1/tau) y + x - (x of the step before).

    Parameters
    ----------
    signal : array
        x before the first step; y starts at zero.
    tau : float
        Time constant in steps, 1 or more.
    """

    def __init__(self, signal, tau):
        self.before = np.array(signal, dtype=np.float64)
        self.keep = 1.0 - 1.0 / tau
        self.state = np.zeros_like(self.before)

    def step(self, signal):
        """Take one step; returns y."""
        self.state = self.keep * self.state + signal - self.before
        self.before = np.array(signal)
        return self.state
