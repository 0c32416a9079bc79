"""The feedforward network in float64 that ghost units and the baselines share."""

from .cancellation import MECHANISMS
from .network import Model, Synapses
from .rule import ReadOut, ReferenceRule

__all__ = ["MECHANISMS", "Model", "ReadOut", "ReferenceRule", "Synapses"]
