"""Everything that the float reference of equilibrium networks can vary."""

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum

from ...spec.feedback import Feedback
from ...spec.plain import Plain, shown
from ..sizes import check_sizes

__all__ = ["EqPropRule", "Nudge", "Relaxation", "Start"]


class Start(Enum):
    """Where a relaxation starts: see start.py for the equations."""

    ZERO = "zero"
    NAIVE = "ff1"
    SHARE = "ffa"
    GAIN = "ffg"
    MATRIX = "ffF"


class Relaxation(Enum):
    """How the states move towards the fixed point."""

    LEAKY = "leaky"  # all layers at once: h <- clip(h + step (soma - h), 0, 1)
    SWEEP = "sweep"  # layer after layer, h_l <- rho(soma_l): upwards free, downwards nudged


class Nudge(Enum):
    """The pull on the output towards the target."""

    CURRENT = "current"  # beta (t - y_free), constant
    SPRING = "spring"  # beta (t - y)
    CLAMP = "clamp"  # the output is held at the target, clipped to 0 .. 1


BRANCHES = ("basal", "apical")


def _per_layer(name, value, count, allowed, meaning):
    """`value` as a tuple of `count` floats, each of which `allowed` accepts."""
    values = (value,) * count if isinstance(value, float) else value
    if len(values) != count or not all(allowed(v) for v in values):
        raise ValueError(f"{name} must be one number or {count}, each {meaning}, "
                         f"not {shown(value)}")
    return values


def _of_layer(values: float | tuple[float, ...], layer: int) -> float:
    """What `_per_layer` has for layer 1 …."""
    return values[layer - 1] if isinstance(values, tuple) else values


@dataclass(frozen=True)
class EqPropRule(Plain):
    """Network, relaxation, nudging and rates of one float model.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first; 3 layers or more.
    start : Start
        Of the free phase.
    companions : tuple of Start
        Further initialisers that learn alongside without being used, to be compared.
    relaxation : Relaxation
    step : float
        dt / tau of the leaky relaxation, 0 < step <= 1.
    free_steps, nudged_steps : int
        T1 >= 0 and T2 >= 1, steps or sweeps at most; T2 of the clamped phase, too.
    tolerance : float
        A sample's relaxation stops as soon as max |rho(soma) - h| is below it; 0: never.
    temperature : float
        T >= 0 of Langevin noise in every step or sweep; 0: none. See `relaxation.Langevin`.
    nudge : Nudge
    beta : float
        Nudging strength > 0. A negative spring needs beta < 1, else the energy has no minimum.
        A clamp has none.
    symmetric : bool
        Nudge by +beta and by -beta, both from the free state, and learn from the difference;
        else by one of them, drawn for each sample, and learn from the difference to the free state.
        A clamp has one side.
    clamped_start : Start or None
        Of the clamped phase; None: where the free phase has ended.
    rate : float or tuple of float
        Learning rate of W1 … WL, > 0: W changes by rate times the estimate of -dC/dW.
    share : float or tuple of float
        alpha of layers 1 … L-1, strictly between 0 and 1: the basal branch's share of the drive.
        The top layer has only the basal branch: its share is 1.
    branch_rate : float
        lambda >= 0 of the branches' own learning; 0: they don't.
    branches : tuple of str
        Which of them learn: "basal", "apical" or both.
    start_rate : float
        Learning rate >= 0 of the gains and offsets of GAIN and of the matrices of MATRIX.
    feedback : Feedback
        Where the apical branch's weights come from. Stored ones have no energy, and their apical
        branches do not learn to predict.
    decay : float
        Learned feedback: fraction of B and of W2 … WL, but for the biases, that is lost at each
        update, 0 .. 1.
    """

    sizes: tuple[int, ...]
    start: Start = Start.SHARE
    companions: tuple[Start, ...] = ()
    relaxation: Relaxation = Relaxation.SWEEP
    step: float = 0.5
    free_steps: int = 2
    nudged_steps: int = 1
    tolerance: float = 0.0
    temperature: float = 0.0
    nudge: Nudge = Nudge.CURRENT
    beta: float = 0.5
    symmetric: bool = True
    clamped_start: Start | None = None
    rate: float | tuple[float, ...] = 2.0**-4
    share: float | tuple[float, ...] = 0.5
    branch_rate: float = 0.0
    branches: tuple[str, ...] = BRANCHES
    start_rate: float = 2.0**-4
    feedback: Feedback = Feedback.TRANSPOSE
    decay: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        check_sizes(self.sizes)
        if not 0.0 < self.step <= 1.0:
            raise ValueError(f"step must be above 0 and at most 1, not {self.step!r}")
        for name, least in (("free_steps", 0), ("nudged_steps", 1), ("tolerance", 0.0),
                            ("temperature", 0.0), ("branch_rate", 0.0), ("start_rate", 0.0)):
            if not least <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be {least} or more, "
                                 f"not {shown(getattr(self, name))}")
        if not 0.0 <= self.decay <= 1.0:
            raise ValueError(f"decay must be 0 .. 1, not {self.decay!r}")
        if not 0.0 < self.beta < math.inf:
            raise ValueError(f"beta must be positive, not {self.beta!r}")
        if self.nudge is Nudge.SPRING and self.beta >= 1.0:
            raise ValueError(f"beta must be below 1 for a spring, not {self.beta!r}: with 1 or "
                             "more, an output that is pushed away has no fixed point")
        if not set(self.branches) <= set(BRANCHES):
            raise ValueError(f"branches must be among {', '.join(BRANCHES)}, not "
                             f"{shown(self.branches)}")
        object.__setattr__(self, "rate", _per_layer(
            "rate", self.rate, self.depth, lambda v: 0.0 < v < math.inf, "positive"))
        object.__setattr__(self, "share", _per_layer(
            "share", self.share, self.depth - 1, lambda v: 0.0 < v < 1.0,
            "strictly between 0 and 1"))

    @property
    def depth(self):
        """L, the number of weight matrices."""
        return len(self.sizes) - 1

    @property
    def starts(self):
        """Every initialiser that has to be kept, the used one first."""
        second = () if self.clamped_start is None else (self.clamped_start,)
        return tuple(dict.fromkeys((self.start, *second, *self.companions)))

    def basal_share(self, layer: int) -> float:
        """alpha of layer 1 … L."""
        return 1.0 if layer == self.depth else _of_layer(self.share, layer)

    def layer_rate(self, layer: int) -> float:
        """Learning rate of W_l, l = 1 … L."""
        return _of_layer(self.rate, layer)

    def replace(self, **changes):
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
