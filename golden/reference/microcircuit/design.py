"""Sign-concordant microcircuit in float64 as a design has it, and its baselines.

The circuit is a reconstruction from the abstract of Yang and Li 2022 (arXiv:2205.07292).
"""

from typing import Any

import numpy as np

from ...initial import initial_weights
from ...integer.microcircuit import MicrocircuitModel
from ...spec import Design
from ...spec.rules.microcircuit import MicrocircuitRule
from ...spec.shifts import own_shifts
from ..float_models import FloatModels
from . import BpttModel, CircuitParameters, SpikeFeedback, SpikingMicrocircuit

__all__ = ["MODELS", "MicrocircuitBackprop", "MicrocircuitReference", "circuit_parameters",
           "feedback_of"]

# Backprop: derivative of a spike within its gate, and a rate some octaves above the rule's. The
# best of slopes 1/4 .. 1 and rates 2^-12 .. 2^-8 on held-out training digits, in 64-32-10 and in
# 64-48-48-48-32-10; twice the rate silences a network at times.
SLOPE, OCTAVES = 0.5, 1


def circuit_parameters(design: Design, **changes: Any) -> CircuitParameters:
    """The rule of a design in float64."""
    rule = MicrocircuitRule.of(design)
    parameters: dict[str, Any] = {
        "sizes": design.network.sizes, "steps": rule.steps, "rate": rule.learning_rate,
        "feedback": SpikeFeedback.TRACKING if rule.concordant else SpikeFeedback.RANDOM,
    }
    return CircuitParameters(**parameters | changes)


def feedback_of(design: Design, *, concordant: bool) -> dict[str, np.ndarray]:
    """The design's own feedback in float64, by name: M1 …, or with its random signs B1 ….

    A unit of the chip's |M| is what makes its threshold, an integer, the 1/2 of the equations.
    """
    feedback, sizes = {}, design.network.sizes
    rule, model = MicrocircuitRule.of(design), MicrocircuitModel(design)
    for layer in range(1, design.network.depth):
        magnitudes, signs = model.feedback[f"W{layer + 1}"]
        unit = 0.5 / rule.threshold(sizes[layer + 1])
        feedback[f"{'M' if concordant else 'B'}{layer}"] = (
            unit * (magnitudes if concordant else magnitudes * signs).T)
    return feedback


class SpikingReference:
    """The common part of float models of a design's spiking network.

    Parameters
    ----------
    design : Design
    """

    model: SpikingMicrocircuit | BpttModel

    def __init__(self, design: Design):
        self.design = design
        self.set_weights(initial_weights(design, 0))

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`."""
        raise NotImplementedError

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The live ones, W1 … WL."""
        return {name: matrix for name, matrix in self.model.weights.items() if name[0] == "W"}

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Classes of samples (n, n_0), int64."""
        return self.model.predict(coded(x))

    def outputs(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """Rates (n, n_layer) that inferences leave: see `FloatModel`."""
        return self.model.outputs(coded(x), layer)

    def learn(self, x: np.ndarray, target: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> int:
        """Learn from one sample; there is no second rate."""
        return int(self.model.learn(coded(x), target, self._shift(update_shift)))

    def _shift(self, update_shift):
        """k of the model's rate for one of the rule's."""
        return update_shift


class MicrocircuitReference(SpikingReference):
    """A design in float64: its feedback magnitudes, weights that change in every time step.

    Parameters
    ----------
    design : Design
    concordant : bool or None
        Signs of the feedback are those of the weights, or random and fixed; None is the design's.
    """

    def __init__(self, design: Design, concordant: bool | None = None):
        own = MicrocircuitRule.of(design).concordant
        self.concordant = own if concordant is None else concordant
        self._feedback = feedback_of(design, concordant=self.concordant)
        super().__init__(design)

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`."""
        feedback = SpikeFeedback.TRACKING if self.concordant else SpikeFeedback.RANDOM
        self.model = SpikingMicrocircuit(circuit_parameters(self.design, feedback=feedback),
                                         weights | self._feedback)


class MicrocircuitBackprop(SpikingReference):
    """Backpropagation through time of a design's network by a surrogate gradient, plain descent."""

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`."""
        self.model = BpttModel(circuit_parameters(self.design, slope=SLOPE), weights)

    def _shift(self, update_shift):
        return own_shifts(self.design.rule, update_shift)[0] - OCTAVES


def coded(x: np.ndarray) -> np.ndarray:
    """Inputs as the coder of spikes takes them: nothing above 1."""
    return np.minimum(x, 1.0)


# Backpropagation through time with a surrogate gradient; feedback alignment with the design's
# magnitudes and its random signs.
MODELS = FloatModels(
    MicrocircuitReference,
    backprop=MicrocircuitBackprop,
    alignment=lambda design, seed: MicrocircuitReference(design, concordant=False))
