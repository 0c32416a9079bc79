"""Baseline: feedback alignment (Lillicrap et al. 2016), backprop through fixed random weights."""

from ...spec.feedback import Feedback
from .backprop import BackpropModel

__all__ = ["FeedbackAlignmentModel"]


class FeedbackAlignmentModel(BackpropModel):
    """As BackpropModel, with B_l fixed and drawn once with the variance of W: see Model."""

    @staticmethod
    def adapt(rule):
        """No ghosts, random feedback."""
        return BackpropModel.adapt(rule).replace(feedback=Feedback.RANDOM)
