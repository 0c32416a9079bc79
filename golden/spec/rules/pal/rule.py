"""Parameters of Phaseless Alignment Learning (Max et al. 2022, arXiv:2212.10249).

The layered form, reconstructed from the abstract and from what the authors' code computes. Every
time step, with a target that stands for some of them,

    upwards:    u_l = W_l r_{l-1} + b_l + xi_l,  r_l = phi(u_l)      (no noise in the last layer)
    downwards:  e_L = y - u_L,  e_l = phi'(u_l) * (B_l e_{l+1})
    always:     W_l += eta e_l r_{l-1}^T,
                B_l += eta_B xi_l clip(r_{l+1} - r_{l+1}')^T - decay B_l

where r' are the rates of the step before; the first step of a sample counts as no change, since
there the pattern has changed. The noise xi, one of +-A for each neuron and step, reaches the layer
above through W, so that B_l learns to point where W_{l+1}^T does. Without a target e_L = 0, and
B_l goes on learning.

With fixed feedback B_l stays as it was drawn, and everything else is the same: feedback alignment
(Lillicrap et al. 2016) with the same noise, which phaseless alignment learning is compared with.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...design import Activation, Design, Network, Target
from ...engine import Engine
from ...fan_in import octaves_given_back, octaves_lower_of_all
from ...feedback import Feedback
from ...qformat import QFormat, Rounding, check_integer
from ...rule import Rule
from ...sampler import DesignSampler
from ...start import feedback_weights, random_weights
from ...steps import Step
from .program import program

__all__ = ["PalRule"]


@dataclass(frozen=True)
class PalRule(Rule):
    """One configuration of the layered form.

    Parameters
    ----------
    learning_rate_shift : int
        The learning rate eta of every time step is 2**-learning_rate_shift, 0 .. 16: one more
        halves it. Raise it where learning is unstable, lower it where it is slow.
    noise_shift : int
        Every hidden neuron gets noise of +-2**-noise_shift, 1 .. 8, from which the feedback weights
        learn. More noise (a smaller number) lets them learn faster and disturbs the outputs.
    feedback_rate_shift : int
        Learning rate of the feedback weights B: a change of a rate by 1 changes them by
        2**-feedback_rate_shift, 0 .. 16.
    decay_shift : int
        The part 2**-decay_shift that B loses in each time step, 1 .. 20. More decay (a smaller
        number) forgets older noise sooner and keeps B smaller.
    clip_shift : int
        Changes of rates count up to 2**-clip_shift, 0 .. 8, when B learns, so that a new pattern,
        which changes rates more than the noise does, does not disturb it.
    steps : int
        Time steps that a sample stands for, 1 .. 255. More learn more of each sample, and take
        longer.
    feedback : Feedback
        Weights B by which errors reach the layers below. learned: they learn from the noise.
        random: they stay as they were drawn, to compare with, and feedback_rate_shift, decay_shift
        and clip_shift mean nothing. Other ones are refused.
    """

    learning_rate_shift: int = 6
    noise_shift: int = 5
    feedback_rate_shift: int = 7
    decay_shift: int = 13
    clip_shift: int = 3
    steps: int = 4
    feedback: Feedback = Feedback.LEARNED

    name = "pal"
    code = 4
    title = "Phaseless alignment learning learns"
    units = (Activation.SOFT,)
    predicts_before_label = True  # by the first time step
    choices = {"feedback": Feedback}
    later = ("feedback",)
    second_rate = "feedback_rate_shift"
    rate_followers = ("feedback_rate_shift", "decay_shift")  # B learns and decays as W does
    large = "pal-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)
        check_integer("noise_shift", self.noise_shift, 1, 8)
        check_integer("feedback_rate_shift", self.feedback_rate_shift, 0, 16)
        check_integer("decay_shift", self.decay_shift, 1, 20)
        check_integer("clip_shift", self.clip_shift, 0, 8)
        check_integer("steps", self.steps, 1, 255)
        if self.feedback not in (Feedback.LEARNED, Feedback.RANDOM):
            raise ValueError("feedback of phaseless alignment learning must be learned, from "
                             f"noise, or random and fixed, not {self.feedback.value}")

    def check(self, design: Design) -> None:
        """Units are soft below a linear output; noise and limit must not be lost."""
        network = design.network
        if design.target is Target.CLASS and network.sizes[-1] > 255:
            raise ValueError("phaseless alignment learning must have at most 255 classes, since "
                             f"one label stands for no target, not {network.sizes[-1]}")
        if (network.hidden.value, network.output.value) != ("soft", "linear"):
            raise ValueError("hidden and output units of phaseless alignment learning must be soft "
                             f"and linear, not {network.hidden.value} and {network.output.value}")
        if design.rate.fraction < 4:
            raise ValueError("rate must have 4 fraction bits or more, so that the pieces of soft "
                             f"units begin on its grid, not {design.rate}")
        for name in ("noise_shift", "clip_shift"):
            if getattr(self, name) > design.rate.fraction:
                raise ValueError(f"{name} must be at most {design.rate.fraction}, the rate's "
                                 f"fraction bits, not {getattr(self, name)}")

    @property
    def second_update_shift(self) -> int:
        """k of the feedback weights' rate 2**-k."""
        return self.feedback_rate_shift

    @property
    def engine(self) -> Engine:
        """Feedback weights that decay and learn from noise; errors of the last layer in a list."""
        return Engine(signed_events=True, feedback_weights=True, noise=True, output_lists=True,
                      decay_shift=self.decay_shift if self.feedback.learns else None,
                      always_on=True)

    def describe(self) -> str:
        """Time steps and noise."""
        text = f"{self.steps} time steps, noise {2.0**-self.noise_shift:g}"
        return text if self.feedback.learns else f"{text}, fixed feedback"

    def program(self, design: Design) -> tuple[tuple[Step, ...], int]:
        """See `golden.spec.rules.pal.program`."""
        return program(design)

    @classmethod
    def design(cls, sizes: tuple[int, ...], *, feedback: Feedback = Feedback.LEARNED,
               **changes: Any) -> Design:
        """12 fraction bits of rate, weights rounded stochastically."""
        network = Network(sizes, Activation.SOFT, Activation.LINEAR)
        formats = {"rate": QFormat(2, 12), "state": QFormat(4, 12),
                   "weight": QFormat(2, 14, rounding=Rounding.STOCHASTIC)}
        target = changes.get("target", Target.CLASS)
        lower = octaves_lower_of_all(sizes, target)
        if target is Target.INPUT:  # half as many as with ghost units
            lower += round(octaves_given_back(sizes[0]) / 2)
        rule = cls(feedback=feedback).at_rate(cls.learning_rate_shift + lower)
        return Design.recommended(rule, network, changes, **formats)

    @classmethod
    def presets(cls) -> dict[str, Design]:
        """Tiny, shallow, deep, narrow."""
        return {"tiny-pal": cls.design((5, 4, 3, 2), lanes=2, sample_capacity=32),
                "pal": cls.design((64, 32, 10), lanes=16),
                "pal-deep": cls.design((64, 64, 32, 10), lanes=16),
                "pal-narrow": cls.design((64, 32, 4, 32, 10), lanes=16)}

    @classmethod
    def draw(cls, sampler: DesignSampler) -> Design:
        """Noise of one unit of the last place and more; fixed feedback in every third design."""
        draw = sampler.number
        sizes, rate = sampler.layers(halved=True)
        learning = draw(2, 6)
        feedback = Feedback.LEARNED if sampler.turn % 3 else Feedback.RANDOM
        rule = cls(learning, draw(1, min(5, rate.fraction)), learning + draw(0, 1), draw(3, 8),
                   draw(0, 4), draw(1, 5), feedback)
        return sampler.design(rule, Network(sizes, Activation.SOFT, Activation.LINEAR), rate)

    def start(self, design: Design, seed: int) -> dict[str, np.ndarray]:
        """Random weights, and feedback weights independent of them."""
        sizes = design.network.sizes
        return random_weights(sizes, seed) | feedback_weights(sizes, seed)
