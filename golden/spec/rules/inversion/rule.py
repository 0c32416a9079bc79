"""Parameters of dynamic inversion (Podlaski and Machens 2020, arXiv:2007.05112).

Reconstructed from the abstract, the reviews and the observable behaviour of the authors' code.
The forward pass is h_l = g(a_l), a_l = W_l h_{l-1} + b_l; then, from the top down, a leaky
integral controller u_l drives the neurons d_{l-1} below until their forward image is the error,

    u_l     <- u_l + ku (delta_l - W_l d_{l-1} - alpha u_l),
    d_{l-1} <- d_{l-1} + kd (B_{l-1} u_l - d_{l-1}),    delta_{l-1} = g'(a_{l-1}) d_{l-1},

with delta_L = t - h_L, and every weight changes by eta delta_l h_{l-1}^T. B_{l-1} is W_l^T, or one
of the other kinds of `golden.spec.feedback`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...design import Activation, Design, Network
from ...engine import Engine
from ...fan_in import REFERENCE_INPUTS, octaves_lower_of_all
from ...feedback import Feedback, engine_traits, feedback_start
from ...qformat import QFormat, Rounding, check_integer
from ...rule import Rule
from ...sampler import DesignSampler
from ...start import HIDDEN_BIAS, random_weights
from ...steps import Step
from ...targets import Target
from .program import program

__all__ = ["InversionRule"]

GUARDED_STEPS = 8  # a loop with ku = 1/2 and alpha = 1/4 moves by less than a quarter from then on


@dataclass(frozen=True)
class InversionRule(Rule):
    """One configuration of dynamic inversion, layer by layer.

    Parameters
    ----------
    learning_rate_shift : int
        The learning rate eta is 2**-learning_rate_shift, 0 .. 16: one more halves it. Raise it
        where learning is unstable, lower it where it is slow.
    control_shift : int
        Each layer's error is found by a loop: a controller u pushes the neurons below until they
        would take the error back. It takes steps of ku = 2**-control_shift times what is left,
        0 .. 6. Raise it (smaller steps) if loops do not come to rest.
    follow_shift : int
        The neurons below follow the controller in steps of kd = 2**-follow_shift, 0 .. 6. Raise it
        if loops do not come to rest.
    leak_shift : int
        The controller forgets the part alpha = 2**-leak_shift of itself in each step, 0 .. 10.
        Little leak finds the error more exactly, much comes to rest sooner.
    steps : int
        Steps of each layer's loop, at most, 2 .. 255; it ends earlier when nothing changes any
        more. A sample takes longer with more.
    feedback : Feedback
        Weights B by which errors reach the layers below. transpose: those of the layer above, read
        the other way round (no memory of their own); random: drawn once and fixed; concordant:
        fixed, with the signs that the weights above have at the start; learned: random at first,
        and learning along with the weights above. Change it to compare ways of feedback.
    decay_shift : int
        With learned feedback: the part 2**-decay_shift that weights from the second matrix on, and
        B, lose with each update, 1 .. 20. It makes both alike: less decay takes longer to. Give
        `weight` stochastic rounding, or a small decay is rounded away.
    guard : int
        A loop that does not come to rest begins again with half of ku, at most this many times, 0
        .. 5, and ends the sample if it does not rest even then; 0: nothing looks at that. It needs
        8 steps or more. Set it where learning diverges, above all with feedback other than
        transpose, whose loops may have no point of rest.
    """

    learning_rate_shift: int = 5
    control_shift: int = 1
    follow_shift: int = 1
    leak_shift: int = 2
    steps: int = 20
    feedback: Feedback = Feedback.TRANSPOSE
    decay_shift: int = 13
    guard: int = 0

    name = "inversion"
    code = 3
    title = "Dynamic inversion learns"
    units = (Activation.TANH, Activation.LINEAR, Activation.CLIP, Activation.RELU)
    predicts_before_label = True  # by the forward pass
    choices = {"feedback": Feedback}
    later = ("feedback", "decay_shift", "guard")
    large = "inversion-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)
        for name in ("control_shift", "follow_shift"):
            check_integer(name, getattr(self, name), 0, 6)
        check_integer("leak_shift", self.leak_shift, 0, 10)
        check_integer("steps", self.steps, 2, 255)
        check_integer("decay_shift", self.decay_shift, 1, 20)
        check_integer("guard", self.guard, 0, 5)
        if self.guard and self.steps < GUARDED_STEPS:
            raise ValueError(f"guard must be 0 with fewer than {GUARDED_STEPS} steps, not "
                             f"{self.guard} with {self.steps}: a sound loop would be taken for one "
                             "that never comes to rest")

    def check(self, design: Design) -> None:
        """The gate of a hidden neuron is open or shut: its rate's slope is 1 or 0."""
        allowed = ("clip", "relu", "tanh", "linear")
        if design.network.hidden.value not in allowed:
            raise ValueError("the hidden rates of dynamic inversion must be one of "
                             f"{', '.join(allowed)}, not {design.network.hidden.value}")

    @property
    def engine(self) -> Engine:
        """Changes of either sign."""
        own: dict[str, Any] = {"relaxes": True, "signed_events": True, "guarded": self.guard > 0}
        return Engine(**own | engine_traits(self.feedback, self.decay_shift))

    def describe(self) -> str:
        """Steps and leak of a loop, and what is not the default."""
        words = [f"up to {self.steps} steps of a loop", f"leak {2.0**-self.leak_shift:g}"]
        if self.feedback.stored:
            words.append(f"{self.feedback.value} feedback")
        if self.guard:
            words.append(f"guarded by {self.guard} halvings")
        return ", ".join(words)

    def program(self, design: Design) -> tuple[tuple[Step, ...], int]:
        """See `golden.spec.rules.inversion.program`."""
        return program(design)

    @classmethod
    def design(cls, sizes: tuple[int, ...], *, feedback: Feedback = Feedback.TRANSPOSE,
               **changes: Any) -> Design:
        """Hard tanh below, clipped outputs; with feedback of its own a guard.

        So has a network whose second hidden layer, or one above it, is wider than 64 and than the
        input: with as many controllers above few neurons a loop is restless. 64-64-512-10 learns no
        digit without. Weights that decay are rounded stochastically.
        """
        network = Network(sizes, Activation.TANH, Activation.CLIP)
        formats = {"weight": QFormat(2, 14, rounding=Rounding.STOCHASTIC)} if (
            feedback.learns) else {}
        wide = max(sizes[2:-1], default=0) > max(sizes[0], REFERENCE_INPUTS)
        lower = octaves_lower_of_all(sizes, changes.get("target", Target.CLASS))
        rule = cls(cls.learning_rate_shift + lower, feedback=feedback,
                   guard=4 if feedback.stored or wide else 0)
        return Design.recommended(rule, network, changes, **formats)

    @classmethod
    def presets(cls) -> dict[str, Design]:
        """Tiny, shallow, deep."""
        return {"tiny-inversion": cls.design((5, 4, 3, 2), lanes=2, sample_capacity=32),
                "inversion": cls.design((64, 32, 10), lanes=16),
                "inversion-deep": cls.design((64, 64, 32, 10), lanes=16)}

    @classmethod
    def draw(cls, sampler: DesignSampler) -> Design:
        """Every hard unit below, clipped and linear outputs; kinds of feedback take turns."""
        draw = sampler.number
        sizes, rate = sampler.layers(halved=True)
        rule = cls(draw(2, 6), draw(0, 2), draw(0, 2), draw(0, 4), draw(2, 8))
        more = sampler.apart(sampler.FEEDBACK)
        feedback = list(Feedback)[sampler.turn % len(Feedback)]
        if guard := int(more.integers(0, 4)):
            rule = replace(rule, guard=guard, steps=rule.steps + GUARDED_STEPS - 2)
        rule = replace(rule, feedback=feedback, decay_shift=int(more.integers(3, 9)))
        hard = (Activation.CLIP, Activation.RELU, Activation.TANH, Activation.LINEAR)
        network = Network(sizes, hard[draw(0, 3)],
                          (Activation.CLIP, Activation.LINEAR)[draw(0, 1)])
        return sampler.design(rule, network, rate)

    def start(self, design: Design, seed: int) -> dict[str, np.ndarray]:
        """Random weights, and feedback weights where they are stored."""
        sizes, bias = design.network.sizes, HIDDEN_BIAS[design.network.hidden]
        weights = random_weights(sizes, seed, hidden_bias=bias)
        return weights | feedback_start(self.feedback, weights, random_weights(sizes, [seed, 2]))
