"""Spikes, error spikes and synaptic operations of a sample from which the microcircuit learned.

    forward sum_l S_{l-1} n_l,  feedback sum_{l<L} Z_{l+1} n_l,  updates sum_l Z_l n_{l-1} rho_{l-1}

S and Z are a layer's spikes and error spikes, rho the share of presynaptic traces that are not zero
when an error spike comes. An operation is one addition to a current, an error potential or a
weight; an inference has the first sum alone.
"""

from dataclasses import dataclass

import numpy as np

from ..spec.plain import Plain
from ..spec.spikes import TRACE_FRACTION
from ..spec.steps import Operation
from .trace import Trace

__all__ = ["Activity", "Operations", "activity", "counted_operations"]


@dataclass(frozen=True)
class Operations(Plain):
    """Synaptic operations of a sample, by what they do."""

    forward: int
    feedback: int
    update: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.forward + self.feedback + self.update


@dataclass(frozen=True)
class Activity:
    """What fired.

    Attributes
    ----------
    spikes : tuple of int64 arrays (steps, n_l)
        0 or 1, layers 0 … L.
    errors : tuple of int64 arrays (steps, n_l)
        1 for a spike of E+, -1 for one of E-; layers 1 … L.
    """

    spikes: tuple[np.ndarray, ...]
    errors: tuple[np.ndarray, ...]

    @property
    def spike_counts(self) -> np.ndarray:
        """S of the layers 0 … L, int64 array."""
        return np.array([np.count_nonzero(one) for one in self.spikes])

    @property
    def error_counts(self) -> np.ndarray:
        """Z of the layers 1 … L, int64 array."""
        return np.array([np.count_nonzero(one) for one in self.errors])

    @property
    def met(self) -> np.ndarray:
        """Traces that are not zero, summed over the error spikes above: Z_l n_{l-1} rho_{l-1},
        l = 1 … L, int64 array."""
        return np.array([np.count_nonzero(errors, axis=1) @ live(spikes).sum(axis=1)
                         for errors, spikes in zip(self.errors, self.spikes[:-1], strict=True)])

    def operations(self) -> Operations:
        """Synaptic operations by the formula above."""
        sizes = np.array([one.shape[1] for one in self.spikes])
        return Operations(int(self.spike_counts[:-1] @ sizes[1:]),
                          int(self.error_counts[1:] @ sizes[1:-1]), int(self.met.sum()))


def live(spikes: np.ndarray) -> np.ndarray:
    """Where traces are not zero: after a spike, until it is shifted out of its fraction bits."""
    found = np.zeros(spikes.shape, bool)
    for delay in range(TRACE_FRACTION + 1):
        found[delay:] |= spikes[:len(spikes) - delay] > 0
    return found


def activity(trace: Trace) -> Activity:
    """Activity of a learning sample, from what its neurons left."""
    spikes: dict[int, list[np.ndarray]] = {}
    errors: dict[int, list[np.ndarray]] = {}
    for done in trace.passes:
        layer = int(done.matrix[1:] or 0)  # REPEAT has none
        if done.operation is Operation.FORWARD:
            if layer == 1 and done.walked is not None:
                spikes.setdefault(0, []).append(np.sign(done.walked))
            spikes.setdefault(layer, []).append(np.sign(done.rate))
        if "error" in done.words:
            # A pass down through W_{l+1} is the turn of layer l.
            errors.setdefault(layer - (done.operation is Operation.BACKWARD), []).append(
                np.sign(done.words["error"]))
    return Activity(*(tuple(np.array(found[layer]) for layer in sorted(found))
                      for found in (spikes, errors)))


def counted_operations(trace: Trace) -> Operations:
    """Synaptic operations of a sample, counted one by one along its passes."""
    counts = dict.fromkeys((Operation.FORWARD, Operation.BACKWARD, Operation.UPDATE), 0)
    for done in trace.passes:
        if done.operation not in counts or done.walked is None:
            continue
        targets = done.lanes if done.operation is Operation.UPDATE else np.ones_like(done.drive)
        for sent in done.walked:
            for target in targets:
                if sent and target:
                    counts[done.operation] += 1
    return Operations(*counts.values())
