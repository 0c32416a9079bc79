"""Fixed-point number formats: the one place where a width, a rounding or an overflow is named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from .plain import Plain, plain, shown

__all__ = ["Overflow", "QFormat", "Rounding", "check_integer", "rate_of"]


_WRITTEN = re.compile(r"([QU])([0-9]{1,2})\.([0-9]{1,2})")


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

    @classmethod
    def parse(cls, text: str) -> "QFormat":
        """Format of words such as ``Q2.14 stochastic`` or ``U1.7``: see `words`.

        Rounding and overflow may be left out: then they are nearest-even and saturate.

        Raises
        ------
        TypeError, ValueError
            It is no such text; the message says what it may be.
        """
        first, *more = plain("a number format", text, str).split() or [""]
        number, kinds = _WRITTEN.fullmatch(first), {}
        for word in more:
            for name, kind in (("rounding", Rounding), ("overflow", Overflow)):
                if word in [member.value for member in kind] and name not in kinds:
                    kinds[name] = kind(word)
                    break
            else:
                number = None
        if number is None:
            words = ", ".join(member.value for kind in (Rounding, Overflow) for member in kind)
            raise ValueError("a number format must be Q (signed) or U (unsigned) with its integer "
                             "and fraction bits, and perhaps a rounding and an overflow "
                             f"({words}), such as 'Q2.14 stochastic', not {shown(text)}")
        return cls(int(number[2]), int(number[3]), number[1] == "Q", **kinds)

    @property
    def words(self) -> str:
        """The text that `parse` takes: format, and rounding and overflow if not the default.

        Examples
        --------
        >>> from cortigate.golden.spec import QFormat
        >>> QFormat.parse("Q2.14 stochastic").words
        'Q2.14 stochastic'
        """
        usual = QFormat(self.integer, self.fraction, self.signed)
        return " ".join([str(self), *(
            getattr(self, name).value for name in ("rounding", "overflow")
            if getattr(self, name) is not getattr(usual, name))])

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
