"""Dynamic inversion in float64 as a design has it, and its baselines.

The baselines have hard tanh and clipped outputs, with the loss whose gradient is the rule's error
t - h.
"""

from typing import Any

import numpy as np

from ...initial import initial_weights
from ...spec import Activation, Design
from ...spec.rules.inversion import InversionRule
from ..float_models import FloatModels
from .model import DynamicInversion
from .rule import DynamicInversionRule, InversionCredit, InversionFeedback

__all__ = ["MODELS", "InversionReference", "inversion_rule"]

UNITS = {Activation.TANH: "htanh", Activation.LINEAR: "linear"}


def inversion_rule(design: Design, **changes: Any) -> DynamicInversionRule:
    """The rule of a dynamic-inversion design in float64; like the chip it has no guard."""
    rule, network = InversionRule.of(design), design.network
    if network.hidden not in UNITS:
        allowed = ", ".join(unit.value for unit in UNITS)
        raise ValueError(f"hidden units of the float model of dynamic inversion must be {allowed}, "
                         f"not {network.hidden.value}")
    parameters: dict[str, Any] = {
        "sizes": network.sizes, "hidden": UNITS[network.hidden], "output": network.output.value,
        "credit": InversionCredit.LAYERWISE, "feedback": InversionFeedback.TRACKED,
        "alpha": 2.0**-rule.leak_shift, "ku": 2.0**-rule.control_shift,
        "kd": 2.0**-rule.follow_shift, "steps": rule.steps, "guard": False,
        "eta": rule.learning_rate,
    }
    return DynamicInversionRule(**parameters | changes)


class InversionReference:
    """A dynamic-inversion design in float64, or a baseline of the same network.

    Parameters
    ----------
    design : Design
    seed : int
        Of random feedback, where there is any.
    **changes
        Of its `DynamicInversionRule`.
    """

    def __init__(self, design: Design, *, seed: int = 0, **changes: Any):
        self.rule, self.seed = inversion_rule(design, **changes), seed
        self.set_weights(initial_weights(design, 0))

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The live ones."""
        return self.model.weights

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`; ValueError if a loop is unstable with them."""
        self.model = DynamicInversion(self.rule, weights, self.seed)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Classes of samples (n, n_0), int64."""
        return self.model.predict(x)

    def outputs(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """Rates (n, n_layer) that inferences leave: see `FloatModel`."""
        return self.model.outputs(x, layer)

    def learn(self, x: np.ndarray, target: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> Any:
        """Learn from one sample; there is no second rate."""
        return self.model.learn(x, target, update_shift)


def _baseline(design, credit, seed=0):
    return InversionReference(design, seed=seed, credit=credit, feedback=InversionFeedback.RANDOM)


MODELS = FloatModels(
    InversionReference,
    backprop=lambda design: _baseline(design, InversionCredit.BACKPROP),
    alignment=lambda design, seed: _baseline(design, InversionCredit.ALIGNMENT, seed))
