"""The sign-concordant cortical microcircuit in float64: spikes forward, signed errors back.

Inspired by Yang & Li 2022 (arXiv:2205.07292), of which only the abstract was at hand. A
reconstruction from it: the cells, their constants and the ways to keep the signs are not the
authors' equations. What the abstract has: three types of cells (here pyramidal cells and the error
cells E+ and E-), two types of connections (feedforward, feedback), an error of spike trains for the
whole network, local feedback connections that carry it down, Hebbian plasticity, and signs of the
feedback weights that agree with those of the forward ones.
"""

from .bptt import BpttModel, Optimiser
from .circuit import SpikingMicrocircuit
from .coder import sigma_delta
from .errors import SignedErrors
from .measures import SpikeActivity, activity, concordance, cosines, synaptic_operations
from .network import Moment, SpikingNetwork
from .opponent import OpponentErrors
from .parameters import CircuitParameters, Errors, SpikeFeedback

__all__ = ["BpttModel", "CircuitParameters", "Errors", "Moment", "OpponentErrors", "Optimiser",
           "SignedErrors", "SpikeActivity", "SpikeFeedback", "SpikingMicrocircuit",
           "SpikingNetwork", "activity", "concordance", "cosines", "sigma_delta",
           "synaptic_operations"]
