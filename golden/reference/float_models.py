"""Float64 models of a rule: its own equations on a design, and baselines of the same network."""

from collections.abc import Callable
from dataclasses import dataclass

from ..spec.plain import Plain

__all__ = ["FloatModels"]


@dataclass(frozen=True)
class FloatModels(Plain):
    """Float64 models of a rule's designs.

    Each model has ``weights``, ``set_weights(weights)``, ``predict(x)`` of samples x inputs, and
    ``learn(x, label, update_shift, second_update_shift)`` of one sample, which returns the
    prediction made meanwhile: before the label acts, if `Rule.predicts_before_label`. None stands
    for the rule's own rate.

    Parameters
    ----------
    model : function of a design
        The equations of the rule.
    backprop : function of a design
        Exact backprop of its network.
    alignment : function of a design and a seed
        Feedback alignment, whose random feedback has the seed.
    """

    model: Callable
    backprop: Callable
    alignment: Callable
