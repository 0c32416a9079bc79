"""Everything that the layered form of Phaseless Alignment Learning can vary."""

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from ...floats import tanh
from ...spec.plain import Plain, shown
from ..activation import ACTIVATIONS, TransferFunction
from ..sizes import check_sizes

__all__ = ["HIDDEN", "Noise", "Order", "PalCredit", "PhaselessRule"]


class PalCredit(Enum):
    """Which feedback weights B carry the errors down."""

    PAL = "PAL"  # learnt from noise
    BACKPROP = "BP"  # W^T, at any time
    ALIGNMENT = "FA"  # fixed, drawn once


class Order(Enum):
    """Rates that a layer reads within a time step."""

    SWEEP = "sweep"  # rates from below and errors from above of the same step, layer after layer
    PARALLEL = "parallel"  # those of the step before, all layers at once


class Noise(Enum):
    """Distribution of the white noise that drives the Ornstein-Uhlenbeck process; variance 1."""

    GAUSSIAN = "gaussian"
    BINARY = "binary"  # +1 or -1: one random bit


# tanh in pieces whose slopes are powers of two: within 0.04 of tanh, and a multiplication is a
# shift.
KNOTS = np.array([-2.5, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.5])
VALUES = np.array([-1.0, -0.875, -0.75, -0.5, 0.5, 0.75, 0.875, 1.0])
SLOPES = np.array([0.0, 1 / 8, 1 / 4, 1 / 2, 1.0, 1 / 2, 1 / 4, 1 / 8, 0.0])

HIDDEN = {
    "ptanh": TransferFunction(lambda u: np.interp(u, KNOTS, VALUES),
                        lambda u: SLOPES[np.searchsorted(KNOTS, u)]),
    "tanh": TransferFunction(tanh, lambda u: 1.0 - tanh(u) ** 2),
    "logistic": ACTIVATIONS["sigmoid"],
    "linear": ACTIVATIONS["linear"],
}


@dataclass(frozen=True)
class PhaselessRule(Plain):
    """Network, dynamics, noise and rates of one layered model. Times count time steps dt.

    Parameters
    ----------
    sizes : tuple of int
        Neurons per layer, input first; 3 layers or more. The output is linear.
    hidden : str
        Key of HIDDEN: the rate of hidden neurons.
    credit : PalCredit
    order : Order
    steps : int
        T, time steps for which a sample is held; at least the depth if all layers move at once.
    tau_membrane : float or None
        Time constant of the potentials, 1 or more; None: no membrane, which is what an exact
        look-ahead makes of it.
    look_ahead : float
        Share of the membrane's delay that the rates look ahead: 1 cancels it, 0 leaves it.
    noise : Noise
    sigma : float
        Amplitude of the noise in the hidden neurons, in units of the potential; 0: none.
    tau_noise : float
        Correlation time, 1 or more; 1: white. Parallel order needs more than 1 to align.
    tau_highpass : float
        Time constant of the rates' high-pass, 1 or more; 1: the difference of two steps.
    limit : float or None
        The high-passed rate is clipped to +- limit where it teaches B: else its jumps when the
        sample changes, 20 times the noise, are most of what B sees.
    rate : float
        Of W and the biases, for each time step, >= 0.
    back_rate : float
        Of B, for each time step, >= 0.
    back_decay : float
        Fraction of B that is lost in each time step, 0 .. 1: 1 / the memory of B.

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range.
    """

    sizes: tuple[int, ...]
    hidden: str = "ptanh"
    credit: PalCredit = PalCredit.PAL
    order: Order = Order.SWEEP
    steps: int = 16
    tau_membrane: float | None = None
    look_ahead: float = 1.0
    noise: Noise = Noise.GAUSSIAN
    sigma: float = 0.05
    tau_noise: float = 2.0
    tau_highpass: float = 2.0
    limit: float | None = 2.0**-3
    rate: float = 2.0**-8
    back_rate: float = 2.0**-2
    back_decay: float = 2.0**-13

    def __post_init__(self):
        super().__post_init__()
        check_sizes(self.sizes)
        if self.hidden not in HIDDEN:
            raise ValueError(f"hidden must be one of {', '.join(HIDDEN)}, not {shown(self.hidden)}")
        least = self.depth if self.order is Order.PARALLEL else 1
        if self.steps < least:
            raise ValueError(f"steps must be {least} or more, not {shown(self.steps)}")
        for name in ("tau_noise", "tau_highpass", "tau_membrane"):
            value = getattr(self, name)
            if value is not None and not value >= 1.0:
                raise ValueError(f"{name} must be 1 time step or more, not {value!r}")
        for name in ("sigma", "rate", "back_rate"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        for name in ("look_ahead", "back_decay"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in 0 .. 1, not {getattr(self, name)!r}")
        if self.limit is not None and not self.limit > 0.0:
            raise ValueError(f"limit must be None or positive, not {self.limit!r}")
        if self.look_ahead < 1.0 and self.tau_membrane is None:
            raise ValueError("look_ahead must be 1 without a membrane, which alone delays, not "
                             f"{self.look_ahead!r}")

    @property
    def depth(self):
        """L, the number of forward weight matrices."""
        return len(self.sizes) - 1

    def replace(self, **changes):
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
