"""The float reference: ghost units with every cancellation mechanism, baselines and measures."""

from .backprop import BackpropModel
from .cancellation import MECHANISMS
from .feedback_alignment import FeedbackAlignmentModel
from .ghost import ReferenceModel
from .measures import alignment, residual_feedback, spectral_radius, steps_to_rest
from .rule import Feedback, ReadOut, ReferenceRule

__all__ = ["MECHANISMS", "BackpropModel", "Feedback", "FeedbackAlignmentModel", "ReadOut",
           "ReferenceModel", "ReferenceRule", "alignment", "residual_feedback", "spectral_radius",
           "steps_to_rest"]
