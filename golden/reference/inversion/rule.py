"""Everything that the float reference of dynamic inversion can vary."""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from ...floats import exponential, tanh
from ...spec.plain import Plain, shown
from ..activation import ACTIVATIONS, TransferFunction
from ..sizes import check_sizes

__all__ = ["HIDDEN", "OUTPUTS", "DynamicInversionRule", "InversionCredit", "InversionFeedback",
           "Output", "SlopeUse"]


# A controller that nothing answers yet moves by ku (1 - alpha ku)^(t-1) of its error in step t: for
# ku = 1/2 and alpha = 1/4 by less than the guard's quarter from step 7 on.
GUARDED_STEPS = 8


class InversionCredit(Enum):
    """How an error delta_l becomes d_{l-1}, one layer below; delta_{l-1} = g'(a_{l-1}) d_{l-1}."""

    BACKPROP = "BP"  # d = W^T delta
    ALIGNMENT = "FA"  # d = B delta
    PSEUDO_INVERSE = "PBP"  # d = W^+ delta
    STEADY = "NDI"  # where the layerwise loop would come to rest, solved exactly
    LAYERWISE = "DI"  # one loop for each pair of layers, from the output down
    SINGLE_LOOP = "SLDI"  # one loop through all layers at once

    @property
    def loops(self):
        """True if d is found by a dynamics."""
        return self in (InversionCredit.LAYERWISE, InversionCredit.SINGLE_LOOP)


class InversionFeedback(Enum):
    """Where the feedback weights B come from."""

    RANDOM = "random"  # fixed, drawn independently of W
    START = "start"  # fixed, B = W(0)^T
    TRACKED = "tracked"  # B = W^T at any time: W is read transposed
    REFRESHED = "refreshed"  # B <- W^T every few samples
    KOLEN_POLLACK = "Kolen-Pollack"  # random at first; learns W^T's own change, both decay


class SlopeUse(Enum):
    """The function between d and the forward weights inside the loop."""

    AFTER = "after"  # nothing: W d; the slope g' is applied to the result only
    GATED = "gated"  # W (g' d): the linearised forward pass
    RATE = "rate"  # W g(d): the nonlinearity around zero


HIDDEN = {
    "tanh": TransferFunction(tanh, lambda a: 1.0 - tanh(a) ** 2),
    "htanh": TransferFunction(lambda a: np.minimum(np.maximum(a, -1.0), 1.0),
                        lambda a: (np.abs(a) < 1.0).astype(float)),
    **{name: ACTIVATIONS[name] for name in ("clip", "relu", "linear")},
}


def softmax(a):
    """exp(a) / sum of exp(a) over the last axis."""
    powers = exponential(a - a.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _cross_entropy(a, t):
    top = a.max(axis=-1, keepdims=True)
    return (np.log(exponential(a - top).sum(axis=-1)) + top[..., 0]) * t.sum(axis=-1) - (
        t * a).sum(axis=-1)


def _clip_integral(a):
    """Integral of min(max(a, 0), 1) from 0 to a."""
    inside = np.clip(a, 0.0, 1.0)
    return inside * a - 0.5 * inside**2


@dataclass(frozen=True)
class Output:
    """y = rate(a), and the loss whose gradient with respect to a is exactly y - t.

    For the clipped output that is not the squared error, whose slope vanishes outside 0 .. 1, but
    the matching loss, which keeps a wrong saturated output learning.
    """

    rate: Callable
    loss: Callable


OUTPUTS = {
    "linear": Output(lambda a: a, lambda a, t: 0.5 * ((t - a) ** 2).sum(axis=-1)),
    "softmax": Output(softmax, _cross_entropy),
    "clip": Output(lambda a: np.minimum(np.maximum(a, 0.0), 1.0),
                   lambda a, t: (_clip_integral(a) - t * a).sum(axis=-1)),
}


@dataclass(frozen=True)
class DynamicInversionRule(Plain):
    """Network, credit assignment and rates of one float model.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first.
    hidden, output : str
        Keys of HIDDEN and OUTPUTS.
    credit : InversionCredit
    feedback : InversionFeedback
        Of all but backprop and the pseudo-inverse, which have none.
    refresh : int
        REFRESHED: samples from one B <- W^T to the next.
    alpha : float
        Leak of the controllers u, >= 0: damping of the inverse.
    ku, kd : float
        Step of the controllers and of the inverted layer's units, 0 < k <= 1.
    steps : int
        T, steps of the loop at most.
    tolerance : float or None
        Stop as soon as no state of the loop moves by more than this; None takes all T steps.
    slope : SlopeUse
        Inside the loop.
    guard : bool
        A loop whose last step still moves a state by more than a quarter of the largest error
        entry is taken as diverging: this sample gets d = 0 below, and this layer's ku is halved
        for good, down to 1/32. Needs 8 steps or more, after which a sound loop moves by less.
    retries : int
        The guard of the chip instead: such a loop begins again with half the ku, at most this many
        times, and d = 0 if that does not help; the next sample begins with the whole ku.
    eta : float
        Learning rate.
    decay : float
        Fraction of W that is lost at each update, 0 .. 1. Kolen-Pollack: of B, too, and not of W1,
        which has no partner.
    largest_delta : float or None
        Norm to which the delta of each layer is clipped before the update.
    upper_gain : float
        Gain of the drawn W2 … WL. A random B needs small ones (0.05) or alpha of about 1.
    strict : bool
        Raise if a loop is unstable at the start; else only warn.

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range.
    """

    sizes: tuple[int, ...]
    hidden: str = "htanh"
    output: str = "clip"
    credit: InversionCredit = InversionCredit.LAYERWISE
    feedback: InversionFeedback = InversionFeedback.TRACKED
    refresh: int = 1000
    alpha: float = 2.0**-2
    ku: float = 0.5
    kd: float = 0.5
    steps: int = 20
    tolerance: float | None = None
    slope: SlopeUse = SlopeUse.AFTER
    guard: bool = True
    retries: int = 0
    eta: float = 2.0**-5
    decay: float = 0.0
    largest_delta: float | None = None
    upper_gain: float = 1.0
    strict: bool = True

    def __post_init__(self):
        super().__post_init__()
        check_sizes(self.sizes)
        for name, allowed in (("hidden", HIDDEN), ("output", OUTPUTS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, "
                                 f"not {shown(getattr(self, name))}")
        for name in ("ku", "kd"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ValueError(
                    f"{name} must be above 0 and at most 1, not {getattr(self, name)!r}")
        for name in ("eta", "upper_gain"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        for name in ("steps", "refresh"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {shown(getattr(self, name))}")
        if self.guard and self.credit.loops and self.steps < GUARDED_STEPS:
            raise ValueError(f"guard must be off for steps below {GUARDED_STEPS}, not on for "
                             f"{self.steps}: a sound loop would be taken for a diverging one")
        if not 0 <= self.retries <= 16:
            raise ValueError(f"retries must lie in 0 .. 16, not {shown(self.retries)}")
        if self.guard and self.retries:
            raise ValueError(f"guard must be off with {self.retries} retries: there is one guard "
                             "or the other")
        if not 0.0 <= self.alpha < math.inf:
            raise ValueError(f"alpha must be 0 or more, not {self.alpha!r}")
        if not 0.0 <= self.decay <= 1.0:
            raise ValueError(f"decay must lie in 0 .. 1, not {self.decay!r}")
        for name in ("tolerance", "largest_delta"):
            value = getattr(self, name)
            if value is not None and not value >= 0.0:
                raise ValueError(f"{name} must be None, or 0 or more, not {value!r}")
        if (self.credit is InversionCredit.SINGLE_LOOP and self.depth > 2
                and self.feedback is InversionFeedback.KOLEN_POLLACK):
            raise ValueError("feedback must not be Kolen-Pollack for a single loop over more than "
                             "one hidden layer: the B from the output to h_1 has no W that changes "
                             "with it")
        if self.credit is InversionCredit.STEADY and self.slope is SlopeUse.RATE:
            raise ValueError("slope must be after or gated for NDI: with g(d) inside the loop its "
                             "steady state has no closed form")

    @property
    def depth(self):
        """L, the number of weight matrices."""
        return len(self.sizes) - 1

    @property
    def has_feedback(self):
        """True if the network stores feedback weights B of its own."""
        return (self.credit not in (InversionCredit.BACKPROP, InversionCredit.PSEUDO_INVERSE)
                and self.feedback is not InversionFeedback.TRACKED)

    def replace(self, **changes):
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
