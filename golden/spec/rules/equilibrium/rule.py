"""Parameters of the feedforward-initialised equilibrium network (Bengio et al. 2016).

arXiv:1606.01651, reconstructed from its abstract and from equilibrium propagation (Scellier and
Bengio 2017). Rates h_k relax towards the minimum of an energy with symmetric weights,

    h_k <- clip(u_k, 0, 1),    u_k = (W_k h_{k-1} + b_k) + W_{k+1}^T h_{k+1},

the basal plus the apical branch. Where feedback weights are stored, B_k h_{k+1} stands for the
latter, and there is no energy. Where the basal branch carries a share alpha of every hidden
neuron's drive, the feedforward pass h_k = clip((W_k h_{k-1} + b_k) / alpha, 0, 1) already is the
fixed point.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...design import Activation, Design, Network
from ...engine import Engine
from ...fan_in import octaves_lower
from ...feedback import Feedback, engine_traits, feedback_start
from ...plain import shown
from ...qformat import QFormat, Rounding, check_integer
from ...rule import Rule
from ...sampler import DesignSampler
from ...start import glorot_weights
from ...steps import Step
from ...targets import Target
from .modes import ClampedStart, Phase
from .program import program

__all__ = ["EquilibriumRule"]

WHERE = {ClampedStart.FREE: "the free state", ClampedStart.FORWARD: "the feedforward pass",
         ClampedStart.ZERO: "zero"}


@dataclass(frozen=True)
class EquilibriumRule(Rule):
    """One configuration of the equilibrium network.

    The free phase relaxes in block-exact sweeps upwards; from its end, two nudged sweeps
    downwards, with +beta (t - h_L) and -beta (t - h_L) at the output, give h+ and h-. Weights
    change by 2**-learning_rate_shift (h+ h+^T - h- h-^T). Or the output is clamped: held at its
    target while the hidden layers relax to c; then weights change by
    2**-learning_rate_shift (c c^T - h h^T), contrastive Hebbian learning.

    Parameters
    ----------
    learning_rate_shift : int
        The learning rate of the hidden layers is 2**-learning_rate_shift, 0 .. 16: one more halves
        it. Raise it where learning is unstable, lower it where it is slow.
    output_rate_shift : int
        The output layer learns 2**-output_rate_shift times as fast as the hidden ones, 0 .. 3.
        Raise it where the outputs change so fast that the hidden layers do not follow.
    nudging_shift : int
        The target pulls at the outputs with the strength beta = 2**-nudging_shift, 0 .. 6. A weak
        pull is closer to the gradient, a strong one is lost less in rounding.
    share_shift : int
        Of its drive, the sum that moves it, a hidden neuron has the part alpha = 2**-share_shift
        from below, 0 .. 2, and the rest from above; 0 begins with a plain forward pass. It must be
        1 unless branch_rate_shift is "none".
    branch_rate_shift : int or None
        Learning rate, 2**-branch_rate_shift, 0 .. 16, with which the weights from below and from
        above learn to predict their parts of the drive, so that the forward pass is nearly at rest
        already. None: they don't. With feedback other than transpose only those from below do.
    steps : int
        Sweeps through the layers that settle the network before the target is shown, at most,
        1 .. 255. More come closer to rest, and a sample takes longer.
    tolerance_shift : int or None
        Sweeps end early when no rate changed by 2**-tolerance_shift or more in one, 1 .. 13, which
        saves time. None: all sweeps are made.
    phase : Phase
        How the target is shown. nudged: the outputs are pulled towards it, and then away from it;
        clamped: the outputs are set to it and the hidden layers settle (contrastive Hebbian
        learning).
    clamped_start : ClampedStart
        With phase clamped: where the hidden layers begin. free: where they were; forward: at the
        forward pass, which is best if there are few sweeps; zero: at 0. It makes no difference to
        one hidden layer.
    clamped_steps : int
        With phase clamped: sweeps that settle the hidden layers, at most, 1 .. 255. One hidden
        layer needs one.
    feedback : Feedback
        Weights B by which errors reach the layers below. transpose: those of the layer above, read
        the other way round (no memory of their own); random: drawn once and fixed; concordant:
        fixed, with the signs that the weights above have at the start; learned: random at first,
        and learning along with the weights above. Change it to compare ways of feedback.
    decay_shift : int
        With learned feedback: the part 2**-decay_shift that weights from the second matrix on (not
        their biases), and B, lose with each sample, 1 .. 20. It makes both alike: less decay takes
        longer to. Give `weight` stochastic rounding, or a small decay is rounded away.
    """

    learning_rate_shift: int = 4
    output_rate_shift: int = 1
    nudging_shift: int = 1
    share_shift: int = 1
    branch_rate_shift: int | None = 9
    steps: int = 3
    tolerance_shift: int | None = None
    phase: Phase = Phase.NUDGED
    clamped_start: ClampedStart = ClampedStart.FORWARD
    clamped_steps: int = 3
    feedback: Feedback = Feedback.TRANSPOSE
    decay_shift: int = 13

    name = "equilibrium"
    code = 2
    title = "An equilibrium network learns"
    units = (Activation.CLIP,)
    predicts_before_label = True  # by the free phase
    aliases = ("eqprop",)
    choices = {"phase": Phase, "clamped_start": ClampedStart, "feedback": Feedback}
    later = ("phase", "clamped_start", "clamped_steps", "feedback", "decay_shift")
    second_rate = "branch_rate_shift"
    large = "equilibrium-deep"

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)
        check_integer("output_rate_shift", self.output_rate_shift, 0, 3)
        check_integer("nudging_shift", self.nudging_shift, 0, 6)
        check_integer("share_shift", self.share_shift, 0, 2)
        if self.branch_rate_shift is not None:
            check_integer("branch_rate_shift", self.branch_rate_shift, 0, 16)
            if self.share_shift != 1:
                raise ValueError("share_shift must be 1 where branches learn, so that both have "
                                 f"the same share, not {shown(self.share_shift)}")
        check_integer("steps", self.steps, 1, 255)
        if self.tolerance_shift is not None:
            check_integer("tolerance_shift", self.tolerance_shift, 1, 13)
        check_integer("clamped_steps", self.clamped_steps, 1, 255)
        check_integer("decay_shift", self.decay_shift, 1, 20)

    def check(self, design: Design) -> None:
        """Rates are clipped to 0 .. 1 in every layer."""
        network = design.network
        if {network.hidden.value, network.output.value} != {"clip"}:
            raise ValueError("hidden and output units of an equilibrium network must be clip, not "
                             f"{network.hidden.value} and {network.output.value}")

    @property
    def learns_branches(self) -> bool:
        """True if the branch errors change the weights."""
        return self.branch_rate_shift is not None

    @property
    def learns_apical(self) -> bool:
        """True if the errors of the apical branch change the weights: those of W^T."""
        return self.learns_branches and not self.feedback.stored

    @property
    def clamps(self) -> bool:
        """True if the output is held at its target and not nudged."""
        return self.phase is Phase.CLAMPED

    @property
    def second_update_shift(self) -> int:
        """k of the branch errors' rate 2**-k, the share (1/2 at alpha = 1/2) included."""
        return self.update_shift if self.branch_rate_shift is None else self.branch_rate_shift

    @property
    def nudging(self) -> float:
        """beta as a float."""
        return 2.0**-self.nudging_shift

    @property
    def engine(self) -> Engine:
        """Changes of either sign; the output layer learns more slowly."""
        return Engine(**{"relaxes": True, "signed_events": True,
                         "lowered": self.output_rate_shift}
                      | engine_traits(self.feedback, self.decay_shift))

    def describe(self) -> str:
        """Sweeps, nudging or clamping, and share."""
        second = f"nudging {self.nudging:g}"
        if self.clamps:
            second = (f"clamped for up to {self.clamped_steps} sweeps from "
                      f"{WHERE[self.clamped_start]}")
        stored = f", {self.feedback.value} feedback" if self.feedback.stored else ""
        return f"up to {self.steps} sweeps, {second}, share {2.0**-self.share_shift:g}{stored}"

    def program(self, design: Design) -> tuple[tuple[Step, ...], int]:
        """See `golden.spec.rules.equilibrium.program`."""
        return program(design)

    @classmethod
    def design(cls, sizes: tuple[int, ...], *, phase: Phase = Phase.NUDGED,
               clamped_start: ClampedStart = ClampedStart.FORWARD,
               feedback: Feedback = Feedback.TRANSPOSE, **changes: Any) -> Design:
        """Every rate is clipped to 0 .. 1; weights that decay are rounded stochastically.

        From 128 inputs on, where the learning rate falls, branches do not learn: their share of so
        many inputs is never learned well. 784-128-10 reaches 97.7 % of MNIST's training samples
        that were held out, with branches that learn at most 95.6 %. Nor do they where the target is
        no class: a plain feedforward pass and one sweep give an autoencoder of the digits two
        thirds of the error.
        """
        network = Network(sizes, Activation.CLIP, Activation.CLIP)
        lower = octaves_lower(sizes)
        rule = cls(cls.learning_rate_shift + lower, phase=phase, clamped_start=clamped_start,
                   feedback=feedback,
                   branch_rate_shift=None if lower else cls.branch_rate_shift)
        if changes.get("target", Target.CLASS) is not Target.CLASS:
            rule = replace(rule, learning_rate_shift=rule.learning_rate_shift + 2, steps=1,
                           output_rate_shift=0, share_shift=0, branch_rate_shift=None)
        formats = {"weight": QFormat(2, 14, rounding=Rounding.STOCHASTIC)} if (
            feedback.learns) else {}
        return Design.recommended(rule, network, changes, **formats)

    @classmethod
    def presets(cls) -> dict[str, Design]:
        """Tiny, shallow, deep."""
        return {"tiny-equilibrium": cls.design((5, 4, 3, 2), lanes=2, sample_capacity=32),
                "equilibrium": cls.design((64, 64, 10), lanes=16),
                "equilibrium-deep": cls.design((64, 64, 32, 10), lanes=16)}

    @classmethod
    def draw(cls, sampler: DesignSampler) -> Design:
        """With and without branches that learn and a tolerance; every other one is clamped."""
        draw = sampler.number
        sizes, rate = sampler.layers(halved=True)
        learning, branches = draw(2, 6), bool(draw(0, 1))
        rule = cls(
            learning, draw(0, 1), draw(0, 2), share_shift=1 if branches else draw(0, 1),
            branch_rate_shift=learning + draw(0, 1) if branches else None, steps=draw(1, 8),
            tolerance_shift=(None, draw(1, 6))[draw(0, 1)])
        more = sampler.apart(sampler.FEEDBACK)
        feedback = list(Feedback)[sampler.turn // 2 % len(Feedback)]
        rule = replace(rule, feedback=feedback, decay_shift=int(more.integers(3, 9)))
        if sampler.turn % 2:
            rule = replace(rule, phase=Phase.CLAMPED,
                           clamped_start=list(ClampedStart)[more.integers(3)],
                           clamped_steps=int(more.integers(1, 7)))
        return sampler.design(rule, Network(sizes, Activation.CLIP, Activation.CLIP), rate)

    def start(self, design: Design, seed: int) -> dict[str, np.ndarray]:
        """Weights that act both ways, and feedback weights where they are stored."""
        sizes = design.network.sizes
        weights = glorot_weights(sizes, seed)
        return weights | feedback_start(self.feedback, weights, glorot_weights(sizes, [seed, 2]))
