"""Ghost units in float64, with every way to cancel feedback that carries no error."""

from ..feedforward import MECHANISMS, ReadOut, ReferenceRule
from .alignment import alignment
from .measures import residual_feedback, spectral_radius, steps_to_rest
from .model import ReferenceModel

__all__ = ["MECHANISMS", "ReadOut", "ReferenceModel", "ReferenceRule", "alignment",
           "residual_feedback", "spectral_radius", "steps_to_rest"]
