"""Equilibrium network: its choices, and what the neurons do with a drive."""

from enum import Enum

from ...steps import NeuronMode

__all__ = ["ClampedStart", "Mode", "Phase"]


class Phase(Enum):
    """The phase that the free one is compared with."""

    NUDGED = "nudged"  # two sweeps, with a current towards the target and away from it
    CLAMPED = "clamped"  # the output held at its target, the rest relaxed


class ClampedStart(Enum):
    """Where the hidden layers begin the clamped phase."""

    FREE = "free"  # where the free phase has ended
    FORWARD = "forward"  # at the feedforward pass
    ZERO = "zero"  # at rates of zero


class Mode(NeuronMode):
    """See golden.spec.rules.equilibrium.program."""

    FREE = 0
    APICAL = 1
    SWEEP = 2
    BASAL_ERROR = 3
    APICAL_ERROR = 4
    PLUS = 5
    MINUS = 6
    BEGIN = 7
    CLAMP = 8
    PULL = 9
    BASAL = 10
    SETTLE = 11
