"""Phaseless alignment learning in float64 as a design has it, with the chip's own noise."""

from typing import Any

import numpy as np

from ...initial import initial_weights
from ...integer import RoundingGenerator
from ...spec import Design
from ...spec.qformat import rate_of
from ...spec.rules.pal import PalRule
from ..float_models import FloatModels
from . import LayeredModel, Noise, PalCredit, PhaselessRule
from .filters import HighPass

__all__ = ["MODELS", "PalReference", "pal_rule"]


def pal_rule(design: Design, **changes: Any) -> PhaselessRule:
    """The rule of a design in float64: white binary noise, the change of a rate since a step."""
    rule = PalRule.of(design)
    parameters: dict[str, Any] = {
        "sizes": design.network.sizes, "steps": rule.steps, "noise": Noise.BINARY,
        "sigma": 2.0**-rule.noise_shift, "tau_noise": 1.0, "tau_highpass": 1.0,
        "limit": 2.0**-rule.clip_shift, "rate": rule.learning_rate,
        "back_rate": 2.0**(rule.noise_shift - rule.feedback_rate_shift),
        "back_decay": 2.0**-rule.decay_shift,
        "credit": PalCredit.PAL if rule.feedback.learns else PalCredit.ALIGNMENT,
    }
    return PhaselessRule(**parameters | changes)


class ChipNoise:
    """The bits of the noise's generators, +sigma or -sigma for each hidden neuron."""

    def __init__(self, generator: RoundingGenerator, sizes: tuple[int, ...], sigma: float):
        self.generator, self.sizes, self.sigma = generator, sizes, sigma

    def step(self) -> np.ndarray:
        """Noise of one time step, (1, units)."""
        bits = np.concatenate([self.generator.noise(size) for size in self.sizes])
        return self.sigma * (2.0 * bits[None] - 1.0)


class SampleHighPass(HighPass):
    """Differences of successive signals, the first one of a sample zero, as on the chip."""

    begins = True

    def step(self, signal: np.ndarray) -> np.ndarray:
        """Take one step; returns the difference."""
        if self.begins:
            self.before, self.begins = np.array(signal), False
        return super().step(signal)


class PalReference:
    """A design in float64, or a baseline of the same network.

    Parameters
    ----------
    design : Design
    **changes
        Of its `PhaselessRule` in golden.reference.

    Attributes
    ----------
    generator : RoundingGenerator
        All the design's; only the noise's move.
    """

    def __init__(self, design: Design, **changes: Any):
        self.design, self.rule = design, pal_rule(design, **changes)
        self.generator = RoundingGenerator.of(design)
        names = LayeredModel(self.rule).weights
        start = initial_weights(design, 0)
        self.set_weights({name: start[name] for name in names})

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The live ones."""
        return self.model.weights

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take copies of `weights`."""
        self.model = LayeredModel(self.rule, weights)
        hidden = self.design.network.sizes[1:-1]
        self.model.noise = ChipNoise(self.generator, hidden, self.rule.sigma)
        self._highpass = SampleHighPass(self.model.rates, self.rule.tau_highpass)
        self.model.highpass = self._highpass

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Classes of samples (n, n_0), int64, without noise."""
        return self.model.predict(x)

    def outputs(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """Rates (n, n_layer) that inferences leave: see `FloatModel`."""
        return self.model.outputs(x, layer)

    def learn(self, x: np.ndarray, target: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> Any:
        """Learn from one sample; without a target, of its feedback alone, if `target` is None."""
        if second_update_shift is not None:
            noise_shift = PalRule.of(self.design).noise_shift
            rate = rate_of(second_update_shift) / rate_of(noise_shift)
            if rate != self.model.rule.back_rate:
                self.model.rule = self.model.rule.replace(back_rate=rate)
        self._highpass.begins = True
        if target is None:
            outputs = [self.model.step(x) for _ in range(self.model.rule.steps)]
            return int(outputs[0].argmax())
        return self.model.learn(x, target, update_shift)


# The same time steps; feedback alignment with the same noise and the design's first feedback
# weights, backprop without noise.
MODELS = FloatModels(
    PalReference,
    backprop=lambda design: PalReference(design, credit=PalCredit.BACKPROP, sigma=0.0),
    alignment=lambda design, seed: PalReference(design, credit=PalCredit.ALIGNMENT))
