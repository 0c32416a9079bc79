"""Dynamic inversion in float64 as a design has it, and its baselines.

The baselines have hard tanh and clipped outputs, with the loss whose gradient is the rule's error
t - h.
"""

from typing import Any

import numpy as np

from ...initial import initial_weights
from ...spec import Activation, Design, Feedback
from ...spec.rules.inversion import InversionRule
from ..float_models import FloatModels
from .model import DynamicInversion
from .rule import DynamicInversionRule, InversionCredit, InversionFeedback

__all__ = ["MODELS", "InversionReference", "inversion_rule"]

UNITS = {Activation.TANH: "htanh", Activation.LINEAR: "linear", Activation.CLIP: "clip",
         Activation.RELU: "relu"}
# Concordant feedback is given with the weights, and stays as random feedback does.
FEEDBACK = {Feedback.TRANSPOSE: InversionFeedback.TRACKED,
            Feedback.RANDOM: InversionFeedback.RANDOM,
            Feedback.CONCORDANT: InversionFeedback.RANDOM,
            Feedback.LEARNED: InversionFeedback.KOLEN_POLLACK}


def inversion_rule(design: Design, **changes: Any) -> DynamicInversionRule:
    """The rule of a dynamic-inversion design in float64, with the guard of the chip."""
    rule, network = InversionRule.of(design), design.network
    if network.hidden not in UNITS:
        allowed = ", ".join(unit.value for unit in UNITS)
        raise ValueError(f"hidden units of the float model of dynamic inversion must be {allowed}, "
                         f"not {network.hidden.value}")
    parameters: dict[str, Any] = {
        "sizes": network.sizes, "hidden": UNITS[network.hidden], "output": network.output.value,
        "credit": InversionCredit.LAYERWISE, "feedback": FEEDBACK[rule.feedback],
        "alpha": 2.0**-rule.leak_shift, "ku": 2.0**-rule.control_shift,
        "kd": 2.0**-rule.follow_shift, "steps": rule.steps, "guard": False,
        "retries": rule.guard, "eta": rule.learning_rate,
        "decay": 2.0**-rule.decay_shift if rule.feedback.learns else 0.0,
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
        weights = initial_weights(design, 0)
        if self.rule.credit is not InversionCredit.LAYERWISE:  # its feedback has a seed of its own
            weights = {name: matrix for name, matrix in weights.items() if name[0] == "W"}
        self.set_weights(weights)

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The live ones, feedback as a design has it: B1 … B{L-1}, n_l x n_{l+1}."""
        return {name if name[0] == "W" else f"B{int(name[1:]) - 1}":
                matrix if name[0] == "W" else matrix.T for name, matrix in
                self.model.weights.items()}

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`; ValueError if a loop is unstable with them."""
        taken = {name: matrix for name, matrix in weights.items() if name[0] == "W"}
        if self.rule.has_feedback:
            taken |= {f"B{int(name[1:]) + 1}": np.asarray(matrix).T
                      for name, matrix in weights.items() if name[0] == "B"}
        self.model = DynamicInversion(self.rule, taken, self.seed)

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
