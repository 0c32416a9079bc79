"""Parameters of the ghost-unit rule (after Mesnard et al. 2019, arXiv:1911.08585).

Reconstructed from the paper's abstract; symbols are this project's own. A layer's state s follows

    tau ds_l/dt = -s_l + v_l + B_l (r_{l+1} - q_l),     v_l = W_l r_{l-1} + b_l,

where the ghosts' rates q_l cancel the top-down feedback as long as no target nudges the output.
"""

from dataclasses import dataclass
from enum import Enum

from .qformat import check_integer
from .rule import Rule

__all__ = ["GhostRule", "Mechanism", "Schedule"]


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
    schedule : Schedule
    learning_rate_shift : int
        eta = 2**-learning_rate_shift, 0 .. 16.
    nudging_shift : int
        beta = 2**-nudging_shift, 0 .. 6.
    ghost_rate_shift : int or None
        Learning rate of plastic ghosts, 2**-ghost_rate_shift; None means eta / beta, the very
        update that the upper layer's weights receive.
    step_shift : int
        Relaxation: dt / tau = 2**-step_shift, 0 .. 6.
    steps : int
        Relaxation: number of nudged steps T, 1 .. 255.
    """

    mechanism: Mechanism = Mechanism.REPLICATE
    schedule: Schedule = Schedule.SWEEP
    learning_rate_shift: int = 4
    nudging_shift: int = 0
    ghost_rate_shift: int | None = None
    step_shift: int = 1
    steps: int = 16

    name = "ghost"
    predicts_before_label = True  # by the free phase

    def __post_init__(self):
        super().__post_init__()
        check_integer("learning_rate_shift", self.learning_rate_shift, 0, 16)
        check_integer("nudging_shift", self.nudging_shift, 0, 6)
        if self.ghost_rate_shift is not None:
            check_integer("ghost_rate_shift", self.ghost_rate_shift, -6, 16)
        check_integer("step_shift", self.step_shift, 0, 6)
        check_integer("steps", self.steps, 1, 255)

    @classmethod
    def from_dict(cls, record):
        """Rule of plain values."""
        return cls(**record | {"mechanism": Mechanism(record["mechanism"]),
                               "schedule": Schedule(record["schedule"])})

    def check(self, design):
        """A sweep's column events have no sign, and the reference knows no other rates."""
        if design.network.hidden.value not in ("clip", "relu"):
            raise ValueError("ghost units' hidden rates are clip or relu, never negative, not "
                             f"{design.network.hidden.value}")

    @property
    def update_shift(self):
        """k of eta / beta = 2**-k: the factor in front of every weight update."""
        return self.learning_rate_shift - self.nudging_shift

    @property
    def second_update_shift(self):
        """k of the plastic ghosts' learning rate 2**-k."""
        return self.update_shift if self.ghost_rate_shift is None else self.ghost_rate_shift

    @property
    def nudging(self):
        """beta as a float."""
        return 2.0**-self.nudging_shift

    @property
    def relaxes(self):
        """True if the state is integrated in small steps."""
        return self.schedule is Schedule.RELAXATION

    @property
    def sends_changes(self):
        """True if what goes down are changes of r - q: those of a relaxation."""
        return self.relaxes

    @property
    def signed_rates(self):
        """True if column events may be negative: the changes of a relaxation."""
        return self.relaxes

    @property
    def plastic_ghosts(self):
        """True if the ghosts own a weight bank."""
        return self.mechanism is Mechanism.LEARN

    @property
    def separate_feedback(self):
        """True if what is fed back, r - q, differs from what the plasticity multiplies.

        With C1 and A-copy the ghost's rate *is* the rate that the plasticity compares with.
        """
        return self.mechanism in (Mechanism.LEARN, Mechanism.NONE)

    @property
    def ghost_memory(self):
        """True if the ghosts' rates need storage (C1 holds them, A-sameR computes them early)."""
        return self.mechanism in (Mechanism.REPLICATE, Mechanism.LEARN)

    @property
    def may_transpose(self):
        """True if the last layer's weights may be stored transposed."""
        return not (self.relaxes or self.separate_feedback)

    @property
    def held_presynaptic(self):
        """True if plasticity pairs with the free rates although the layers have moved since.

        C1 in relaxation learns by the temporal difference (r_nudged - r_free) r_free^T; all other
        cases pair with the present rate, which in the sweep is the free one.
        """
        return self.relaxes and self.mechanism is Mechanism.REPLICATE
