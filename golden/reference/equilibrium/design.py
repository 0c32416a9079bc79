"""The equilibrium network of a design in float64, and its baselines.

The baselines are those of the feedforward network of the same layers, clipped hidden and linear
output units, since a clipped output has no gradient where it is most wrong.
"""

from typing import Any

import numpy as np

from ...initial import initial_weights
from ...spec import Design
from ...spec.qformat import rate_of
from ...spec.rules.equilibrium import ClampedStart, EquilibriumRule
from ..baselines import BackpropModel, FeedbackAlignmentModel
from ..feedforward import ReferenceRule
from ..float_models import FloatModels
from .model import EqPropModel
from .rule import EqPropRule, Nudge, Start

__all__ = ["MODELS", "EquilibriumReference", "equilibrium_rule"]


def equilibrium_rule(design: Design, **changes: Any) -> EqPropRule:
    """The rule of an equilibrium design in float64.

    The reference divides only the basal branch by its share, not the bias with it: its
    initialisation is clip(W h / alpha + b), the chip's clip((W h + b) / alpha). Which of both a
    network uses, its weights learn to fit.
    """
    rule, depth = EquilibriumRule.of(design), design.network.depth
    # W learns by 2**-k (h+ h+^T - h- h-^T), the reference by rate / (2 beta) of it, or rate.
    rate = (1.0 if rule.clamps else 2.0 * rule.nudging) * rule.learning_rate
    share = 2.0**-rule.share_shift
    whole = share == 1.0  # the plain feedforward pass: there is no share to learn
    start = Start.NAIVE if whole else Start.SHARE
    clamped: dict[str, Any] = {}
    if rule.clamps:
        clamped = {"nudge": Nudge.CLAMP, "nudged_steps": rule.clamped_steps,
                   "clamped_start": {ClampedStart.FREE: None, ClampedStart.FORWARD: start,
                                     ClampedStart.ZERO: Start.ZERO}[rule.clamped_start]}
    parameters: dict[str, Any] = {
        "sizes": design.network.sizes, "start": start,
        "rate": (rate,) * (depth - 1) + (rate * 2.0**-rule.output_rate_shift,),
        "share": 0.5 if whole else share, "beta": rule.nudging,
        "free_steps": rule.steps, "nudged_steps": 1,
        "tolerance": 0.0 if rule.tolerance_shift is None else 2.0**-rule.tolerance_shift,
        "branch_rate": (0.0 if rule.branch_rate_shift is None or whole
                        else 2.0**-rule.branch_rate_shift / share),
        "feedback": rule.feedback, "decay": 2.0**-rule.decay_shift * rule.feedback.learns,
    }
    return EqPropRule(**parameters | clamped | changes)


class EquilibriumReference:
    """An equilibrium design in float64.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self.design = design
        self.model = EqPropModel(equilibrium_rule(design), initial_weights(design, 0))
        self._rules: dict[float | None, EqPropRule] = {None: self.model.rule}

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The live ones."""
        return self.model.weights

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`."""
        self.model.set_weights(weights)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Classes of samples (n, n_0), int64."""
        return self.model.predict(x)

    def outputs(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """Rates (n, n_layer) that inferences leave: see `FloatModel`."""
        return self.model.outputs(x, layer)

    def learn(self, x: np.ndarray, target: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> Any:
        """Learn from one sample."""
        own = self.design.rule
        scale = 1.0 if update_shift is None else rate_of(update_shift) / rate_of(own.update_shift)
        if second_update_shift is not None and second_update_shift not in self._rules:
            rate = (self._rules[None].branch_rate
                    * rate_of(second_update_shift) / rate_of(own.second_update_shift))
            self._rules[second_update_shift] = self._rules[None].replace(branch_rate=rate)
        self.model.rule = self.model.net.rule = self._rules[second_update_shift]
        return self.model.learn(x, target, scale)


def _feedforward(design):
    return ReferenceRule(design.network.sizes, eta=design.rule.learning_rate)


MODELS = FloatModels(
    EquilibriumReference,
    backprop=lambda design: BackpropModel(_feedforward(design), seed=0),
    alignment=lambda design, seed: FeedbackAlignmentModel(_feedforward(design), seed=seed))
