"""Everything that the float reference can vary: more than the hardware offers."""

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

from ...spec import Design
from ...spec.feedback import Feedback
from ...spec.plain import Plain, shown
from ...spec.qformat import rate_of
from ...spec.rules.ghost import GhostRule, Schedule
from ..activation import ACTIVATIONS
from ..sizes import check_sizes
from .cancellation import MECHANISMS

__all__ = ["ReadOut", "ReferenceRule"]


class ReadOut(Enum):
    """Which difference of rates the plasticity multiplies."""

    LOCAL = "LD"  # r_l - rho(v_l), soma against its own feedforward drive, at one instant
    TEMPORAL = "TD"  # r_l nudged - r_l free


@dataclass(frozen=True)
class ReferenceRule(Plain):
    """Network, ghost-unit rule and rates of one float model.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    hidden, output : str
        Keys of ACTIVATIONS.
    mechanism : str
        Key of MECHANISMS (golden/reference/feedforward/cancellation.py has the equations).
    schedule : Schedule
    read_out : ReadOut
    feedback : Feedback
    gamma : float
        Gain of transposed feedback, > 0: B = gamma W^T.
    decay : float
        Learned feedback: fraction of W2 … WL and B that is lost at each update, 0 .. 1.
    eta, beta : float
        Learning rate and nudging strength; weights change by eta / beta post pre^T.
    ghost_rate : float or None
        Learning rate of plastic ghosts; None takes eta / beta.
    mismatch : float
        Hybrid: epsilon of G = (1 - epsilon) W; 0 is a pure copy, 1 pure replication.
    ghosts_per_unit : int
        A-learnB: ghosts for each upper neuron.
    step : float
        Relaxation: dt / tau, 0 < step <= 1.
    steps, free_steps : int
        Relaxation: nudged steps T >= 1, and free steps before it (not needed where the
        feedforward pass is the free fixed point, that is, where cancellation is exact).
    ghost_step : float or None
        Relaxation: dt / tau_g of the ghosts; None makes them follow without delay. Live copies
        with tau_g = tau (ghost_step = step) are stable up to dt = tau; without delay they lead
        their partners, and for some samples the loop is unstable from about dt = tau / 2 on.
    hold_nudge : bool
        Relaxation: inject beta (t - r_L^free) instead of beta (t - r_L).
    """

    sizes: tuple[int, ...]
    hidden: str = "clip"
    output: str = "linear"
    mechanism: str = "C1"
    schedule: Schedule = Schedule.SWEEP
    read_out: ReadOut = ReadOut.LOCAL
    feedback: Feedback = Feedback.TRANSPOSE
    gamma: float = 1.0
    decay: float = 0.0
    eta: float = 2.0**-4
    beta: float = 1.0
    ghost_rate: float | None = None
    mismatch: float = 0.0
    ghosts_per_unit: int = 1
    step: float = 0.25
    steps: int = 16
    free_steps: int = 0
    ghost_step: float | None = None
    hold_nudge: bool = False

    def __post_init__(self):
        super().__post_init__()
        check_sizes(self.sizes)
        for name, allowed in (("hidden", ACTIVATIONS), ("output", ACTIVATIONS),
                              ("mechanism", MECHANISMS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, "
                                 f"not {shown(getattr(self, name))}")
        for name in ("gamma", "eta", "beta"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        for name in ("decay", "mismatch"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in 0 .. 1, not {getattr(self, name)!r}")
        for name, value in (("step", self.step), ("ghost_step", self.ghost_step)):
            if value is not None and not 0.0 < value <= 1.0:
                raise ValueError(f"{name} must be above 0 and at most 1, not {value!r}")
        for name, least in (("steps", 1), ("free_steps", 0), ("ghosts_per_unit", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, "
                                 f"not {shown(getattr(self, name))}")
        if self.ghost_rate is not None and not 0.0 <= self.ghost_rate < math.inf:
            raise ValueError(f"ghost_rate must be 0 or more, not {self.ghost_rate!r}")
        if self.mechanism == "C2" and self.relaxes and self.ghost_step is None:
            raise ValueError("ghost_step must be given for C2 in relaxation: ghosts that are never "
                             "held and follow without delay would cancel the error too")

    @classmethod
    def from_design(cls, design: Design, **changes: Any) -> Self:
        """The rule of a hardware design in float64, with `changes` beyond what it offers."""
        rule = GhostRule.of(design)
        held = rule.held_presynaptic
        parameters: dict[str, Any] = {
            "sizes": design.network.sizes, "hidden": design.network.hidden.value,
            "output": design.network.output.value,
            "mechanism": rule.mechanism.value, "schedule": rule.schedule,
            "read_out": ReadOut.TEMPORAL if held else ReadOut.LOCAL,
            "eta": rule.learning_rate, "beta": rule.nudging,
            "ghost_rate": rate_of(rule.second_update_shift),
            "step": 2.0**-rule.step_shift, "steps": rule.steps, "feedback": rule.feedback,
            "decay": 2.0**-rule.decay_shift if rule.feedback.learns else 0.0,
        }
        return cls(**parameters | changes)

    @property
    def depth(self):
        """L, the number of weight matrices."""
        return len(self.sizes) - 1

    @property
    def relaxes(self):
        """True if states are integrated in small steps."""
        return self.schedule is Schedule.RELAXATION

    def activation(self, layer):
        """Activation of layer 1 .. L."""
        return ACTIVATIONS[self.output if layer == self.depth else self.hidden]

    def replace(self, **changes):
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
