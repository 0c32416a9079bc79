"""Baselines for local rules: exact backprop and feedback alignment."""

from .backprop import BackpropModel
from .feedback_alignment import FeedbackAlignmentModel

__all__ = ["BackpropModel", "FeedbackAlignmentModel"]
