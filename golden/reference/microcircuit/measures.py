"""How near an update is to the gradient, how sparse the circuit is, and what that costs."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from ...floats import norm
from .bptt import BpttModel
from .network import transposed

__all__ = ["SpikeActivity", "activity", "concordance", "cosines", "synaptic_operations"]

TRACE_LSB = 2.0**-4  # a trace below counts as zero, as in fixed point with 4 fraction bits


def cosines(circuit, x, label):
    """Cosine between a circuit's update and -gradient of BPTT, both summed over the samples.

    Parameters
    ----------
    circuit : SpikingMicrocircuit
    x : array (…, samples, n_0)
    label : int array (…, samples)

    Returns
    -------
    float64 array (…, L)
        nan where an update is zero.
    """
    exact = BpttModel(circuit.parameters, {name: matrix for name, matrix in circuit.weights.items()
                                           if name[0] == "W"},
                      seed=range(circuit.members[0]) if circuit.members else 0)
    pairs = zip(circuit.updates(x, label), exact.updates(x, label), strict=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([(a * b).sum(axis=(-1, -2))
                         / (norm(a, axis=(-1, -2)) * norm(b, axis=(-1, -2)))
                         for a, b in pairs], axis=-1)


def concordance(circuit):
    """Fraction of feedback weights with the sign of their forward weights: float64 (…, L-1).

    Pairs in which one weight is zero do not count against it.
    """
    return np.stack([(back * transposed(circuit.weights[f"W{layer + 1}"]) >= 0.0).mean(
        axis=(-1, -2)) for layer, back in enumerate(circuit.feedback()[1:], start=1)], axis=-1)


@dataclass(frozen=True)
class SpikeActivity:
    """Counts of a presentation, summed over its time steps, mean over the samples.

    Attributes
    ----------
    spikes : float64 array (…, L+1)
        S_l of the layers 0 … L.
    errors : float64 array (…, L)
        Z_l of the layers 1 … L: errors that are not zero.
    updated : float64 array (…, L)
        Synapses that change, Z_l n_{l-1} rho_{l-1}, rho being the fraction of presynaptic traces
        that are not zero while there are errors.
    """

    spikes: np.ndarray
    errors: np.ndarray
    updated: np.ndarray


def activity(circuit, x, label):
    """`SpikeActivity` of a circuit while it sees samples (…, samples, n_0) with their labels."""
    steps = []  # counts of spikes, errors and updated synapses in each
    for moment, z, traces in circuit.lessons(*circuit.batch_of(x, label)):
        fired = np.stack([np.count_nonzero(one, axis=-1) for one in z[1:]])
        live = np.stack([(trace >= TRACE_LSB).sum(axis=-1) for trace in traces])
        steps.append((np.stack([one.sum(axis=-1) for one in moment.spikes]), fired, fired * live))
    return SpikeActivity(*(np.moveaxis(reduce(np.add, counts).mean(axis=-1), 0, -1)
                           for counts in zip(*steps, strict=True)))


def synaptic_operations(counts, sizes):
    """Additions per learning sample: forward, feedback, updates; float64 (…) each.

        sum_l S_{l-1} n_l,   sum_{l<L} Z_{l+1} n_l,   sum_l Z_l n_{l-1} rho_{l-1}

    A spike of a pyramidal cell costs one addition for each cell above, an error spike one for each
    cell below and one for each synapse whose trace is not zero. Inference is the first alone.
    """
    return ((counts.spikes[..., :-1] * np.array(sizes[1:])).sum(axis=-1),
            (counts.errors[..., 1:] * np.array(sizes[1:-1])).sum(axis=-1),
            counts.updated.sum(axis=-1))
