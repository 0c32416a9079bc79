"""The float64 models of a design, whatever its rule: see `FloatModels`."""

from ..spec.design import Design
from ..spec.entries import part_of
from ..spec.feedback import Feedback
from .float_models import FloatModel, FloatModels
from .margin import MarginModel

__all__ = ["baseline_model", "reference_model"]


def reference_model(design: Design) -> FloatModel:
    """The equations of a design's rule in float64."""
    return _selective(design, _models(design).model(design))


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
        return _selective(design, models.backprop(design))
    if feedback is Feedback.RANDOM:
        return _selective(design, models.alignment(design, seed))
    raise ValueError(f"feedback must be TRANSPOSE or RANDOM, not {feedback}")


def _selective(design: Design, model: FloatModel) -> FloatModel:
    """The model, which leaves alone what the design does."""
    shift = design.margin_shift
    return model if shift is None else MarginModel(model, 2.0**-shift)


def _models(design: Design) -> FloatModels:
    return part_of(design.rule.name, "cortigate.reference_models")
