"""Everything that the sign-concordant microcircuit can vary."""

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum

from ...spec.plain import Plain, shown
from ..sizes import check_sizes

__all__ = ["CircuitParameters", "Errors", "SpikeFeedback"]


class SpikeFeedback(Enum):
    """Where the weights B of the feedback connections come from; M are fixed random magnitudes.

    The first four keep or reach the signs of the forward weights, as the paper's abstract asks for;
    which of them its authors use is not known.
    """

    TRACKING = "tracking"  # M with the signs that the forward weights have at the time
    CONSTANT = "constant"  # the same with one magnitude for all
    DALE = "Dale"  # M with the first signs; a forward weight stops at zero instead of changing sign
    KOLEN_POLLACK = "Kolen-Pollack"  # learn what the forward weights learn, and both decay
    RANDOM = "random"  # fixed and random, signs too: feedback alignment
    TRANSPOSED = "transposed"  # the forward weights times transpose_gain
    NONE = "none"  # no feedback: only the last layer learns


class Errors(Enum):
    """The signal that an error cell sends down and learns with."""

    TERNARY = "ternary"  # a spike of E+, a spike of E-, or nothing
    GRADED = "graded"  # its potential


@dataclass(frozen=True)
class CircuitParameters(Plain):
    """Network, cells, feedback and rates of one circuit. Times count time steps.

    The values are the reconstruction's: the abstract of Yang & Li 2022 has none.

    Parameters
    ----------
    sizes : tuple of int
        Cells per layer, input first; 2 layers or more.
    feedback : SpikeFeedback
    errors : Errors
    steps : int
        T, time steps for which a sample is shown.
    tau_s, tau_m, tau_e : float
        Time constants, 1 or more: of postsynaptic currents and of the traces and top error cells
        that match them; of membranes; of hidden error cells. inf is no leak, 1 no memory.
    threshold, error_threshold : float
        Of pyramidal and of error cells, positive.
    gate : (float, float)
        A cell has errors while its potential, in thresholds, lies strictly between the two.
    slope : float
        Derivative of a spike after the potential within the gate, >= 0; for BPTT alone, since the
        feedback weights of a circuit have scales of their own.
    error_reset : bool
        A hidden error cell loses `error_threshold` when it spikes.
    online : bool
        Weights change in every time step, else after the sample or batch.
    rate : float
        Learning rate eta, >= 0.
    gain : float
        First weights are uniform in +- gain sqrt(3 / inputs).
    feedback_scale : float
        f_s >= 0: M is uniform in 0 … 2 f_s / sqrt(cells above), or constantly f_s / sqrt(…).
    transpose_gain : float
        c >= 0: B is c W^T (TRANSPOSED) or comes towards it (KOLEN_POLLACK).
    decay : float
        lambda >= 0: under KOLEN_POLLACK W and B lose eta lambda of themselves with every sample.

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range.
    """

    sizes: tuple[int, ...]
    feedback: SpikeFeedback = SpikeFeedback.TRACKING
    errors: Errors = Errors.TERNARY
    steps: int = 8
    tau_s: float = 2.0
    tau_m: float = 4.0
    tau_e: float = 2.0
    threshold: float = 1.0
    error_threshold: float = 0.5
    gate: tuple[float, float] = (-1.0, 3.0)
    slope: float = 1.0
    error_reset: bool = False
    online: bool = True
    rate: float = 2.0**-9
    gain: float = 0.7
    feedback_scale: float = 2.0
    transpose_gain: float = 4.0
    decay: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        check_sizes(self.sizes, 2)
        if self.steps < 1:
            raise ValueError(f"steps must be 1 or more, not {shown(self.steps)}")
        for name in ("tau_s", "tau_m", "tau_e"):
            if not getattr(self, name) >= 1.0:
                raise ValueError(f"{name} must be 1 or more, not {shown(getattr(self, name))}")
        for name in ("threshold", "error_threshold"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        for name in ("slope", "rate", "gain", "feedback_scale", "transpose_gain", "decay"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        if not self.gate[0] < self.gate[1]:
            raise ValueError(f"gate must be a lower and an upper end, not {self.gate!r}")
        if self.error_reset and self.errors is Errors.GRADED:
            raise ValueError("error_reset must be False for graded errors, which have no spikes, "
                             f"not {self.error_reset!r}")
        if self.rate * self.decay > 1.0:
            raise ValueError(f"decay must be {1.0 / self.rate:g} or less, so that weights keep "
                             f"their signs, not {self.decay!r}")

    @property
    def depth(self):
        """L, the number of forward weight matrices."""
        return len(self.sizes) - 1

    def replace(self, **changes):
        """Copy with some parameters changed (and checked again)."""
        return dataclasses.replace(self, **changes)
