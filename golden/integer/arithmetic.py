"""Integer arithmetic of the specification: one function per narrowing."""

import numpy as np

from ..spec.design import Activation, Design
from ..spec.generator import ROUNDING_BITS
from ..spec.qformat import QFormat, Rounding

__all__ = ["activate", "integrate", "rate_limits", "requantise", "round_shift", "saturate", "size",
           "soft_edges", "soft_slope"]


def saturate(value: np.ndarray, fmt: QFormat) -> tuple[np.ndarray, np.ndarray]:
    """(value clipped into `fmt`, True where it had to be clipped)."""
    clipped = np.clip(value, fmt.minimum, fmt.maximum)
    return clipped, clipped != value


def round_shift(value: np.ndarray, shift: int, rounding: Rounding = Rounding.NEAREST_EVEN,
                random: np.ndarray | None = None) -> np.ndarray:
    """value / 2**shift as an integer; a negative shift multiplies.

    Stochastic: `random` (0 .. 255) stands for the uppermost bits of a number that is uniform below
    2**shift, added before truncation; with fewer than 8 bits to drop only its upper bits are used.
    """
    if shift <= 0:
        return value << -shift
    if rounding is Rounding.TRUNCATE:
        return value >> shift
    if rounding is Rounding.STOCHASTIC:
        if random is None:
            raise ValueError("stochastic rounding needs random bits, not None")
        spare = shift - ROUNDING_BITS
        return (value + (random << spare if spare >= 0 else random >> -spare)) >> shift
    # Nearest, ties to even: half minus one, plus the bit that will be the last one.
    return (value + (1 << (shift - 1)) - 1 + (value >> shift & 1)) >> shift


def requantise(value: np.ndarray, fraction: int,
               fmt: QFormat) -> tuple[np.ndarray, np.ndarray]:
    """Exact integer with `fraction` fraction bits -> (raw in `fmt`, saturated?)."""
    return saturate(round_shift(value, fraction - fmt.fraction, fmt.rounding), fmt)


def activate(state: np.ndarray, design: Design, layer: int) -> np.ndarray:
    """Rate of a membrane potential of `layer`, raw in design.rate (equal fraction bits)."""
    if design.network.activation(layer) is Activation.SOFT:
        return _soft(state, design.rate.one)
    return np.clip(state, *rate_limits(design, layer))


def rate_limits(design: Design, layer: int) -> tuple[int, int]:
    """(lowest, highest) rate of `layer`, between which it is the membrane potential."""
    rate = design.rate
    return {
        Activation.CLIP: (0, rate.one), Activation.RELU: (0, rate.maximum),
        Activation.TANH: (-rate.one, rate.one), Activation.LINEAR: (rate.minimum, rate.maximum),
    }[design.network.activation(layer)]


def _soft(state, one):
    """tanh in pieces; what a slope of 1/2, 1/4 or 1/8 shifts out below is cut off |s|."""
    size = abs(state)
    pieces = (size, one // 4 + (size >> 1), one // 2 + (size >> 2), 11 * one // 16 + (size >> 3),
              np.full_like(size, one))
    return np.sign(state) * np.choose(_piece(size, one), pieces)


def soft_edges(one: int) -> tuple[int, int, int, int]:
    """Sizes at which the soft tanh's next piece begins."""
    return one // 2, one, 3 * one // 2, 5 * one // 2


def _piece(size, one):
    return np.digitize(size, soft_edges(one))


def soft_slope(state: np.ndarray, design: Design) -> np.ndarray:
    """k of the slope 2**-k of the soft tanh, 0 .. 3, and 4 where it is flat."""
    return _piece(abs(state), design.rate.one)


def size(values: np.ndarray) -> int:
    """Bitwise or of x, or -1 - x where that is negative: see golden.spec.steps."""
    return int(np.bitwise_or.reduce(np.where(values < 0, ~values, values), initial=0))


def integrate(state: np.ndarray, drive: np.ndarray, shift: int,
              fmt: QFormat) -> tuple[np.ndarray, np.ndarray]:
    """(state + (drive - state) / 2**shift rounded to nearest-even, saturated; saturated?)."""
    return saturate(state + round_shift(drive - state, shift), fmt)
