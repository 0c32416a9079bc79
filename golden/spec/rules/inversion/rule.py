"""Parameters of dynamic inversion (Podlaski and Machens 2020, arXiv:2007.05112).

Reconstructed from the abstract, the reviews and the observable behaviour of the authors' code.
The forward pass is h_l = g(a_l), a_l = W_l h_{l-1} + b_l; then, from the top down, a leaky
integral controller u_l drives the neurons d_{l-1} below until their forward image is the error,

    u_l     <- u_l + ku (delta_l - W_l d_{l-1} - alpha u_l),
    d_{l-1} <- d_{l-1} + kd (W_l^T u_l - d_{l-1}),    delta_{l-1} = g'(a_{l-1}) d_{l-1},

with delta_L = t - h_L, and every weight changes by eta delta_l h_{l-1}^T.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...design import Activation, Design, Network
from ...engine import Engine
from ...fan_in import octaves_lower
from ...qformat import check_integer
from ...rule import Rule
from ...sampler import DesignSampler
from ...start import HIDDEN_BIAS, random_weights
from ...steps import Step
from .program import program

__all__ = ["InversionRule"]


@dataclass(frozen=True)
class InversionRule(Rule):
    """One configuration of dynamic inversion, layer by layer, fed back through the weights.

    Parameters
    ----------
    learning_rate_shift : int
        eta = 2**-learning_rate_shift, 0 .. 16.
    control_shift, follow_shift : int
        ku = 2**-control_shift and kd = 2**-follow_shift, 0 .. 6.
    leak_shift : int
        alpha = 2**-leak_shift, 0 .. 10.
    steps : int
        At most this many steps of each layer's loop, 2 .. 255; it ends earlier when nothing
        changes any more.
    """

    learning_rate_shift: int = 5
    control_shift: int = 1
    follow_shift: int = 1
    leak_shift: int = 2
    steps: int = 20

    name = "inversion"
    code = 3
    title = "Dynamic inversion learns"
    units = (Activation.TANH, Activation.LINEAR)
    predicts_before_label = True  # by the forward pass
    large = "inversion-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)
        for name in ("control_shift", "follow_shift"):
            check_integer(name, getattr(self, name), 0, 6)
        check_integer("leak_shift", self.leak_shift, 0, 10)
        check_integer("steps", self.steps, 2, 255)

    def check(self, design: Design) -> None:
        """The gate of a hidden neuron is open or shut: its rate's slope is 1 or 0."""
        allowed = ("clip", "relu", "tanh", "linear")
        if design.network.hidden.value not in allowed:
            raise ValueError("the hidden rates of dynamic inversion must be one of "
                             f"{', '.join(allowed)}, not {design.network.hidden.value}")

    @property
    def engine(self) -> Engine:
        """Changes of either sign."""
        return Engine(relaxes=True, signed_events=True)

    def describe(self) -> str:
        """Steps and leak of a loop."""
        return f"up to {self.steps} steps of a loop, leak {2.0**-self.leak_shift:g}"

    def program(self, design: Design) -> tuple[tuple[Step, ...], int]:
        """See `golden.spec.rules.inversion.program`."""
        return program(design)

    @classmethod
    def design(cls, sizes: tuple[int, ...], **changes: Any) -> Design:
        """Hard tanh below, clipped outputs."""
        network = Network(sizes, Activation.TANH, Activation.CLIP)
        rule = cls(cls.learning_rate_shift + octaves_lower(sizes))
        return Design.recommended(rule, network, changes)

    @classmethod
    def presets(cls) -> dict[str, Design]:
        """Tiny, shallow, deep."""
        return {"tiny-inversion": cls.design((5, 4, 3, 2), lanes=2, sample_capacity=32),
                "inversion": cls.design((64, 32, 10), lanes=16),
                "inversion-deep": cls.design((64, 64, 32, 10), lanes=16)}

    @classmethod
    def draw(cls, sampler: DesignSampler) -> Design:
        """Every hard unit below, clipped and linear outputs."""
        draw = sampler.number
        sizes, rate = sampler.layers(halved=True)
        rule = cls(draw(2, 6), draw(0, 2), draw(0, 2), draw(0, 4), draw(2, 8))
        hard = (Activation.CLIP, Activation.RELU, Activation.TANH, Activation.LINEAR)
        network = Network(sizes, hard[draw(0, 3)],
                          (Activation.CLIP, Activation.LINEAR)[draw(0, 1)])
        return sampler.design(rule, network, rate)

    def start(self, design: Design, seed: int) -> dict[str, np.ndarray]:
        """Random weights."""
        return random_weights(design.network.sizes, seed,
                              hidden_bias=HIDDEN_BIAS[design.network.hidden])
