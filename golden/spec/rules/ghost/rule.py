"""Parameters of the ghost-unit rule (after Mesnard et al. 2019, arXiv:1911.08585).

Reconstructed from the paper's abstract; symbols are this project's own. A layer's state s follows

    tau ds_l/dt = -s_l + v_l + B_l (r_{l+1} - q_l),     v_l = W_l r_{l-1} + b_l,

where the ghosts' rates q_l cancel the top-down feedback as long as no target nudges the output.
B_l is W_{l+1}^T, or one of the other kinds of `golden.spec.feedback`.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from ...design import Activation, Design, Network
from ...engine import Engine
from ...fan_in import octaves_given_back, octaves_lower_of_all
from ...feedback import Feedback, engine_traits, feedback_start
from ...memory_kind import MemoryKind
from ...qformat import QFormat, Rounding, check_integer
from ...rule import Rule
from ...sampler import DesignSampler
from ...start import HIDDEN_BIAS, random_weights
from ...steps import Step
from ...targets import Target
from .program import program

__all__ = ["GhostRule", "Mechanism", "Schedule", "design_for", "mnist_for"]

FEW_INPUTS = 64  # below which classes are taught with a part of the error


class Mechanism(Enum):
    """How the ghosts come by the rates that they subtract (what the hardware offers)."""

    REPLICATE = "C1"  # one-to-one online replication of r_{l+1}, held while nudged
    COPY = "A-copy"  # ghosts read the upper layer's own weights: q = rho(W r + b), live
    LEARN = "A-sameR"  # plastic ghosts with a weight bank of their own, never gated
    NONE = "N"  # ablation: nothing is subtracted


class Schedule(Enum):
    """How a nudged sample travels down the network."""

    SWEEP = "sweep"  # first arrival: one top-down sweep, feedforward drives held
    RELAXATION = "relaxation"  # leaky integration of every layer in small steps


@dataclass(frozen=True)
class GhostRule(Rule):
    """One configuration of the ghost-unit rule.

    Parameters
    ----------
    mechanism : Mechanism
        How ghost units, which cancel feedback as long as there is no error, get their rates. C1:
        each copies a neuron of the layer above and holds it while the target is shown; A-copy:
        they compute them by the upper layer's own weights; A-sameR: by weights of their own, which
        learn and take as much memory again; N: there are no ghosts, a control that shows what they
        are good for.
    schedule : Schedule
        How an error travels down. sweep: once through every layer, the fast way; relaxation:
        all layers move towards it in small time steps, as the equations have it.
    learning_rate_shift : int
        The learning rate eta is 2**-learning_rate_shift, 0 .. 16: one more halves it. Raise it
        where learning is unstable, lower it where it is slow.
    nudging_shift : int
        The target pulls at the outputs with the strength beta = 2**-nudging_shift, 0 .. 6: 0 is
        the full error. A weaker pull moves hidden neurons less, and more of it is lost in rounding.
    ghost_rate_shift : int or None
        Learning rate of the ghosts' own weights (A-sameR), 2**-ghost_rate_shift, -6 .. 16. None:
        eta / beta, the same step that the upper layer's weights take.
    step_shift : int
        With relaxation: length of a time step as a part of a neuron's time constant,
        dt / tau = 2**-step_shift, 0 .. 6. Smaller steps are more exact and need more of them.
    steps : int
        With relaxation: number of time steps of a sample while the target is shown, 1 .. 255. More
        of them come closer to rest and take longer.
    feedback : Feedback
        Weights B by which errors reach the layers below. transpose: those of the layer above, read
        the other way round (no memory of their own); random: drawn once and fixed; concordant:
        fixed, with the signs that the weights above have at the start; learned: random at first,
        and learning along with the weights above. Change it to compare ways of feedback.
    decay_shift : int
        With learned feedback: the part 2**-decay_shift that weights from the second matrix on, and
        B, lose with each update, 1 .. 20. It makes both alike: less decay takes longer to. Give
        `weight` stochastic rounding, or a small decay is rounded away. Ghosts' weights do not
        decay.
    """

    mechanism: Mechanism = Mechanism.REPLICATE
    schedule: Schedule = Schedule.SWEEP
    learning_rate_shift: int = 4
    nudging_shift: int = 0
    ghost_rate_shift: int | None = None
    step_shift: int = 1
    steps: int = 16
    feedback: Feedback = Feedback.TRANSPOSE
    decay_shift: int = 12

    name = "ghost"
    code = 1
    title = "Ghost units learn"
    units = (Activation.CLIP, Activation.RELU)
    predicts_before_label = True  # by the free phase
    knows_margins = True
    choices = {"mechanism": Mechanism, "schedule": Schedule, "feedback": Feedback}
    later = ("feedback", "decay_shift")
    second_rate = "ghost_rate_shift"
    small, large = "digits", "digits-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)
        check_integer("nudging_shift", self.nudging_shift, 0, 6)
        if self.ghost_rate_shift is not None:
            check_integer("ghost_rate_shift", self.ghost_rate_shift, -6, 16)
        check_integer("step_shift", self.step_shift, 0, 6)
        check_integer("steps", self.steps, 1, 255)
        check_integer("decay_shift", self.decay_shift, 1, 20)

    def check(self, design: Design) -> None:
        """A sweep's column events have no sign, and the reference knows no other rates.

        Feedback weights are no transposed memory: see `engine`.
        """
        if design.transposed and self.feedback.stored:
            raise ValueError(f"transposed must be False with {self.feedback.value} feedback: only "
                             "transposed feedback reads the last weights the other way round")
        if design.network.hidden.value not in ("clip", "relu"):
            raise ValueError("the hidden rates of ghost units must be clip or relu, which are "
                             f"never negative, not {design.network.hidden.value}")

    def transposes(self, design: Design) -> bool:
        """Outputs that fill up to eight lanes once and less than half of them again are better so.

        They leave the other lanes idle in every pass. On 8 lanes a sample of 64-32-10 takes 399
        cycles then, not 439, the mean of the first 1,000 digits. Some other shapes gain, too,
        64-24-11 on 5 lanes 7 %: there it is a choice.
        """
        lanes, (*_, before, outputs) = design.lanes, design.network.sizes
        return (design.engine.may_transpose and 0 < 2 * (outputs - lanes) < lanes <= 8
                and before >= 3 * lanes)

    @property
    def update_shift(self) -> int:
        """k of eta / beta = 2**-k: the factor in front of every weight update."""
        return self.learning_rate_shift - self.nudging_shift

    @property
    def second_update_shift(self) -> int:
        """k of the plastic ghosts' learning rate 2**-k."""
        return self.update_shift if self.ghost_rate_shift is None else self.ghost_rate_shift

    @property
    def nudging(self) -> float:
        """beta as a float."""
        return 2.0**-self.nudging_shift

    @property
    def relaxes(self) -> bool:
        """True if the state is integrated in small steps."""
        return self.schedule is Schedule.RELAXATION

    @property
    def plastic_ghosts(self) -> bool:
        """True if the ghosts own a weight bank."""
        return self.mechanism is Mechanism.LEARN

    @property
    def separate_feedback(self) -> bool:
        """True if what is fed back, r - q, differs from what the plasticity multiplies.

        With C1 and A-copy the ghost's rate *is* the rate that the plasticity compares with.
        """
        return self.mechanism in (Mechanism.LEARN, Mechanism.NONE)

    @property
    def ghost_memory(self) -> bool:
        """True if the ghosts' rates need storage (C1 holds them, A-sameR computes them early)."""
        return self.mechanism in (Mechanism.REPLICATE, Mechanism.LEARN)

    @property
    def held_presynaptic(self) -> bool:
        """True if plasticity pairs with the free rates although the layers have moved since.

        C1 in relaxation learns by the temporal difference (r_nudged - r_free) r_free^T; all other
        cases pair with the present rate, which in the sweep is the free one.
        """
        return self.relaxes and self.mechanism is Mechanism.REPLICATE

    @property
    def engine(self) -> Engine:
        """Traits: few for a sweep; small steps carry changes of either sign."""
        own: dict[str, Any] = {
            "relaxes": self.relaxes, "signed_events": self.relaxes, "doubled_words": self.relaxes,
            "second_weights": self.plastic_ghosts, "streams": ("ghost",),
            "may_transpose": not (self.relaxes or self.separate_feedback or self.feedback.stored)}
        return Engine(**own | engine_traits(self.feedback, self.decay_shift))

    def describe(self) -> str:
        """Mechanism, schedule, nudging, and feedback that is stored."""
        words = [self.mechanism.value, self.schedule.value, f"nudging {self.nudging:g}"]
        return ", ".join(words + [f"{self.feedback.value} feedback"] * self.feedback.stored)

    def program(self, design: Design) -> tuple[tuple[Step, ...], int]:
        """See `golden.spec.rules.ghost.program`."""
        return program(design)

    @classmethod
    def design(cls, sizes: tuple[int, ...], *, mechanism: Mechanism = Mechanism.REPLICATE,
               schedule: Schedule = Schedule.SWEEP, feedback: Feedback = Feedback.TRANSPOSE,
               **changes: Any) -> Design:
        """Clipped hidden and linear output units; see `design_for`."""
        return design_for(Network(sizes), mechanism, schedule, feedback, **changes)

    @classmethod
    def presets(cls) -> dict[str, Design]:
        """Digits with every mechanism and schedule, and MNIST."""
        return _presets()

    @classmethod
    def draw(cls, sampler: DesignSampler) -> Design:
        """Mechanism and schedule take turns: eight designs in a row have every pair of them."""
        kinds = [(m, s) for s in Schedule for m in Mechanism]
        mechanism, schedule = kinds[sampler.turn % len(kinds)]
        draw = sampler.number
        sizes, rate = sampler.layers(halved=schedule is Schedule.RELAXATION)
        learning, nudging = draw(2, 6), draw(0, 2)
        rule = cls(mechanism, schedule, learning, nudging, step_shift=draw(0, 3),
                   steps=draw(1, 6))
        more = sampler.apart(sampler.FEEDBACK)
        if more.integers(2):
            rule = replace(rule, feedback=list(Feedback)[int(more.integers(1, len(Feedback)))],
                           decay_shift=int(more.integers(3, 9)))
        return sampler.design(rule, Network(sizes, cls.units[draw(0, 1)]), rate)

    def start(self, design: Design, seed: int) -> dict[str, np.ndarray]:
        """Also of plastic ghosts, and of feedback weights where they are stored."""
        sizes, bias = design.network.sizes, HIDDEN_BIAS[design.network.hidden]
        weights = random_weights(sizes, seed, second=self.plastic_ghosts, hidden_bias=bias)
        return weights | feedback_start(self.feedback, weights, random_weights(sizes, [seed, 2]))


def design_for(network: Network, mechanism: Mechanism = Mechanism.REPLICATE,
               schedule: Schedule = Schedule.SWEEP, feedback: Feedback = Feedback.TRANSPOSE,
               **changes: Any) -> Design:
    """Ghost units with recommended rate and formats for a network and what else is chosen.

    The sweep needs 8 fraction bits of rate and state; small steps need 12, since with 8 the
    integrator's dead zone, half a unit of the last place over dt, swallows the error. Weights that
    decay are rounded stochastically.

    Where the target is the input, outputs nudge by a quarter: rates of hidden units, which are not
    saturated then, follow the nudge in a straight line, and what they learn is closer to backprop.
    They learn at a rate lower by `octaves_given_back`: at 2**-4 the codes of 64-8-64 are all silent
    after 20 epochs of the digits, with a squared error of 0.076, and 0.027 at 2**-6; of
    64-32-8-32-64 it is 0.034 and 0.025. Of the 13 numbers of wine 2**-4 is best, of the 30 of
    breast cancer 2**-5. Of the digits, 64-32-8-32-64 gives back 0.24 of the variance of training
    digits that were held out, and 0.33 when nudged by the whole error. Few values are learned more
    exactly by the whole error, of which rounding takes less: an arm's hand comes within 5 mm of its
    place, not 8.

    Classes of fewer than 64 inputs, as tables have them, are taught with an eighth of the error:
    the whole of it moves units with few inputs so far that two rings (2-32-2) stay at chance. Of
    what was held out 98 % are right with an eighth and 55 with the whole; of three nested shells
    (5-32-3) 65 and 35, of a made table (20-32-4) 57 and 48, of the digits as many with either.
    """
    target, sizes = changes.get("target", Target.CLASS), network.sizes
    lower = octaves_lower_of_all(sizes, target)
    if target is Target.INPUT:
        lower += round(octaves_given_back(sizes[0]))
    rule = GhostRule(mechanism, schedule, GhostRule.learning_rate_shift + lower, feedback=feedback)
    if target is Target.INPUT:  # no decay acts that is smaller than the bits that are dropped
        rule = replace(rule, nudging_shift=2, decay_shift=11)
    elif target is Target.CLASS and sizes[0] < FEW_INPUTS:
        rule = replace(rule, nudging_shift=3)
        if feedback.learns:
            rule = replace(rule, decay_shift=10)
    formats: dict[str, Any] = {}
    if schedule is Schedule.RELAXATION:
        rule = replace(rule, nudging_shift=1, step_shift=2)
        formats = {"rate": QFormat(2, 12), "state": QFormat(4, 12)}
    if feedback.learns:
        formats["weight"] = QFormat(2, 14, rounding=Rounding.STOCHASTIC)
    design = Design(network=network, rule=rule, **formats | changes)
    if "transposed" in changes:
        return design
    return design.replace(transposed=rule.transposes(design))


def mnist_for(sizes: tuple[int, ...], **changes: Any) -> Design:
    """Ghost units with the recommended parameters for MNIST: rectified hidden units, weights of
    18 bits, rounded stochastically.

    784 inputs want a quarter of the digits' learning rate: 2**-5 is close to unstable. Rates that
    saturate at 2 and inputs of 4 fraction bits cost nothing: on 10,000 training samples held out
    784-128-10 and 784-200-200-10 reach 97.6 and 98.1 %, as with 4 and with 7 bits. A state must not
    be wider than the rate: feedback would not reach a saturated rate (97.5 %). So states, most of
    them far below zero, saturate all the time, and their counter says nothing.
    """
    network = Network(sizes, Activation.RELU, Activation.LINEAR)
    return Design.recommended(
        GhostRule(learning_rate_shift=6), network, changes, rate=QFormat(2, 8), state=QFormat(2, 8),
        sample=QFormat(1, 4, signed=False), weight=QFormat(2, 16, rounding=Rounding.STOCHASTIC))


def _digits(layers, lanes, mechanism=Mechanism.REPLICATE, schedule=Schedule.SWEEP):
    return design_for(Network.parse(layers), mechanism, schedule, lanes=lanes)


def _presets():
    return {
        # The smallest that has everything: two hidden layers, partly filled blocks.
        "tiny": Design(Network((5, 4, 3, 2)), GhostRule(), lanes=2, sample_capacity=32),
        "digits": _digits("64-32-10", 8),
        "digits-deep": _digits("64-64-32-10", 16),
        "digits-copy": _digits("64-64-32-10", 16, Mechanism.COPY),
        "digits-learn": _digits("64-64-32-10", 16, Mechanism.LEARN),
        "digits-none": _digits("64-64-32-10", 16, Mechanism.NONE),
        "digits-relax": _digits("64-64-32-10", 16, Mechanism.COPY, Schedule.RELAXATION),
        "digits-narrow": _digits("64-10-10-10-10", 8),
        # For an iCE40UP5K: an SPRAM for each lane, of whose 16384 words 12755 are used; samples
        # are in what is left of the block RAM.
        "mnist-small": mnist_for((784, 64, 10), lanes=4, sample_capacity=5,
                                 weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC),
                                 weight_memory=MemoryKind.SINGLE),
        # Two blocks of hidden neurons, of which one drains while the other is walked; one bank of
        # samples. Two neurons a cycle: 760 cycles for a sample instead of 855.
        "mnist": mnist_for((784, 128, 10), lanes=64, neuron_lanes=2,
                           sample_capacity=41, transposed=True),
        # A lane for every hidden neuron and one for the biases: half the cycles of "mnist" on twice
        # the lanes, which take 129 of an ECP5-85's 156 multipliers. As many samples as fill 64 of
        # its block RAMs: nothing hides the feeding of a run's first one.
        "mnist-wide": mnist_for((784, 128, 10), lanes=129, neuron_lanes=16,
                                sample_capacity=166, transposed=True),
        # 199,210 weights of 18 bits: 200 of an ECP5-85's 208 block RAMs, and eleven memories more.
        "mnist-deep": mnist_for((784, 200, 200, 10), lanes=100, sample_capacity=2, transposed=True),
    }
