"""Fixed-point number formats: the one place where a width, a rounding or an overflow is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from .plain import Plain, plain, shown

__all__ = ["Overflow", "QFormat", "Rounding", "check_integer", "rate_of"]


class Rounding(Enum):
    """How bits below the least significant one are dropped."""

    NEAREST_EVEN = "nearest-even"
    TRUNCATE = "truncate"
    STOCHASTIC = "stochastic"


class Overflow(Enum):
    """Treatment of a value outside the range."""

    SATURATE = "saturate"
    WRAP = "wrap"


def check_integer(name: str, value: object, low: int, high: int) -> int:
    """Return `value` if it is an integer in ``low .. high``, else raise with the reason."""
    value = plain(name, value, int)
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in {low} .. {high}, not {shown(value)}")
    return value


def rate_of(shift: float) -> float:
    """The learning rate 2**-shift as a float, for models in float64; TypeError if it is no number.

    The shift need not be whole there: a table may want any rate.
    """
    return 2.0**-plain("the shift of a learning rate", shift, float)


@dataclass(frozen=True)
class QFormat(Plain):
    """Two's complement (or unsigned) fixed point.

    Parameters
    ----------
    integer : int
        Bits left of the point, 0 .. 32, the sign bit included where `signed`.
    fraction : int
        Bits right of the point, 0 .. 32.
    signed : bool
        Two's complement, else unsigned.
    rounding, overflow : Rounding, Overflow
        What a narrowing into this format does.

    Raises
    ------
    TypeError, ValueError
        A parameter of the wrong kind or outside its range, or a width outside 1 .. 60 bits.
    """

    integer: int
    fraction: int
    signed: bool = True
    rounding: Rounding = Rounding.NEAREST_EVEN
    overflow: Overflow = Overflow.SATURATE

    def __post_init__(self):
        super().__post_init__()
        check_integer("integer bits", self.integer, 0, 32)
        check_integer("fraction bits", self.fraction, 0, 32)
        check_integer("width", self.integer + self.fraction, 1, 60)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Format of the plain values that `dataclasses.asdict` gives, enums as their values."""
        words = {"rounding": Rounding(record["rounding"]), "overflow": Overflow(record["overflow"])}
        return cls(**{**record, **words})

    @property
    def width(self) -> int:
        """Number of bits."""
        return self.integer + self.fraction

    @property
    def minimum(self) -> int:
        """Smallest raw integer."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        """Largest raw integer."""
        return (1 << (self.width - 1 if self.signed else self.width)) - 1

    @property
    def one(self) -> int:
        """Raw integer that stands for 1.0 (it may lie outside the range)."""
        return 1 << self.fraction

    def from_float(self, values: ArrayLike) -> np.ndarray:
        """Raw int64 nearest to `values` (ties to even), saturated.

        Raises
        ------
        ValueError
            A value is NaN.
        """
        values = np.asarray(values, dtype=np.float64)
        if np.isnan(values).any():
            raise ValueError(f"values must be numbers to become {self}, but at least one is NaN")
        # Clipped before the cast: an infinity has no integer.
        scaled = np.clip(np.rint(np.ldexp(values, self.fraction)), self.minimum, self.maximum)
        return scaled.astype(np.int64)

    @overload
    def to_float(self, raw: int) -> np.float64: ...

    @overload
    def to_float(self, raw: ArrayLike) -> np.ndarray: ...

    def to_float(self, raw: ArrayLike) -> np.ndarray | np.float64:
        """Real value, float64, of raw integers."""
        return np.ldexp(np.asarray(raw, dtype=np.float64), -self.fraction)

    def contains(self, raw: ArrayLike) -> bool:
        """True where every raw integer lies in the range."""
        raw = np.asarray(raw)
        return bool(((raw >= self.minimum) & (raw <= self.maximum)).all())

    def reaches(self, values: ArrayLike) -> bool:
        """True if every real value is at most half a step beyond the range (no NaN is)."""
        values = np.asarray(values, dtype=np.float64)
        half = self.to_float(1) / 2
        return bool(((values >= self.to_float(self.minimum) - half)
                     & (values <= self.to_float(self.maximum) + half)).all())

    def __str__(self):
        return f"{'Q' if self.signed else 'U'}{self.integer}.{self.fraction}"
