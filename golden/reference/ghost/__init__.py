"""Ghost units in float64, with every way to cancel feedback that carries no error."""

from .cancellation import MECHANISMS
from .measures import residual_feedback, spectral_radius, steps_to_rest
from .model import ReferenceModel
from .rule import Feedback, ReadOut, ReferenceRule

__all__ = ["MECHANISMS", "Feedback", "ReadOut", "ReferenceModel", "ReferenceRule",
           "residual_feedback", "spectral_radius", "steps_to_rest"]
