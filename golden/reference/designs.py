"""The float64 models of a design, whatever its rule: see `FloatModels`."""

from ..spec.design import Design
from ..spec.entries import part_of
from ..spec.feedback import Feedback
from .float_models import FloatModel, FloatModels

__all__ = ["baseline_model", "reference_model"]


def reference_model(design: Design) -> FloatModel:
    """The equations of a design's rule in float64."""
    return _models(design).model(design)


def baseline_model(design: Design, feedback: Feedback = Feedback.TRANSPOSE,
                   seed: int = 0) -> FloatModel:
    """Exact backprop of a design's network, or feedback alignment (`feedback` RANDOM).

    What it has of the design, the rule says: see ``golden/reference/<rule>/design.py``.

    Parameters
    ----------
    design : Design
    feedback : Feedback
        TRANSPOSE or RANDOM.
    seed : int
        Of random feedback.
    """
    models = _models(design)
    if feedback is Feedback.TRANSPOSE:
        return models.backprop(design)
    if feedback is Feedback.RANDOM:
        return models.alignment(design, seed)
    raise ValueError(f"feedback must be TRANSPOSE or RANDOM, not {feedback}")


def _models(design: Design) -> FloatModels:
    return part_of(design.rule.name, "cortigate.reference_models")
