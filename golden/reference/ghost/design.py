"""Ghost units in float64 as a design has them, and baselines with the same units."""

from ..baselines import BackpropModel, FeedbackAlignmentModel
from ..float_models import FloatModels
from .model import ReferenceModel

__all__ = ["MODELS"]

MODELS = FloatModels(
    ReferenceModel.from_design,
    backprop=lambda design: BackpropModel.from_design(design, seed=0),
    alignment=lambda design, seed: FeedbackAlignmentModel.from_design(design, seed=seed))
