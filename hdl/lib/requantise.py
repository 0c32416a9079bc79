"""Narrowing of integers: rounding and saturation as combinational expressions."""

from amaranth.hdl import Cat, Const, Mux, Value

from ...golden.spec.generator import ROUNDING_BITS
from ...golden.spec.qformat import Rounding

__all__ = ["add_rounded", "add_with_carry", "divide", "offset", "round_shift", "rounding_bit",
           "rounding_pair", "saturate"]


def rounding_bit(value, shift, rounding):
    """The 0 or 1 that rounding adds to ``value >> shift`` (not for stochastic rounding).

    As a carry into the next adder it costs no carry chain of its own.
    """
    half, rest = rounding_pair(value, shift, rounding)
    return half & rest


def rounding_pair(value, shift, rounding):
    """Two bits, both 1 where `rounding_bit` is, for `add_rounded`.

    Nearest-even: the bit below the point, unless the rest is an exact half and the result is even
    already.
    """
    if shift <= 0 or rounding is Rounding.TRUNCATE:
        return Const(0, 1), Const(0, 1)
    value = _wide_enough(Value.cast(value), shift)
    return value[shift - 1], value[:shift - 1].any() | value[shift]


def divide(value, shift):
    """floor(value / 2**shift); a negative shift multiplies."""
    value = Value.cast(value)
    if shift <= 0:
        return value << -shift
    upper = _wide_enough(value, shift)[shift:]
    return upper.as_signed() if value.shape().signed else upper


def _wide_enough(value, shift):
    """The value with a sign bit above every bit that a rounding looks at."""
    missing = shift + 2 - len(value)
    if missing <= 0 or not value.shape().signed:
        return value if missing <= 0 else Cat(value, Const(0, missing))
    return Cat(value, value[-1].replicate(missing)).as_signed()


def add_with_carry(a, b, carry):
    """a + b + carry (signed) in one carry chain."""
    return (Cat(Const(1, 1), a).as_signed() + Cat(carry, b).as_signed()) >> 1


def add_rounded(a, b, pair):
    """a + b + both bits of a `rounding_pair` (signed) in one carry chain, which joins the bits."""
    half, rest = pair
    return (Cat(half, a).as_signed() + Cat(rest, b).as_signed()) >> 1


def offset(random, shift):
    """The number of `shift` bits that stochastic rounding adds before it cuts them off."""
    spare = shift - ROUNDING_BITS
    return Cat(Const(0, spare), random) if spare >= 0 else random[-spare:]


def round_shift(value, shift, rounding, random=None):
    """value / 2**shift as a signed value, rounded.

    Parameters
    ----------
    value : signed value
    shift : int
    rounding : Rounding
    random : 8-bit value or None
        Stochastic: uppermost bits of the number that is added before truncation.
    """
    value = _wide_enough(Value.cast(value), shift)
    if shift > 0 and rounding is Rounding.STOCHASTIC:
        return divide(value + offset(random, shift), shift)
    if shift <= 0:
        return divide(value, shift)
    return add_rounded(divide(value, shift), Const(0, 1), rounding_pair(value, shift, rounding))


def saturate(value, fmt):
    """(value clipped into the signed format `fmt`, 1 where it had to be clipped)."""
    value = Value.cast(value)
    if len(value) <= fmt.width:
        return value, Const(0, 1)
    sign = value[-1]
    upper = value[fmt.width - 1:-1]
    outside = Mux(sign, ~upper.all(), upper.any())
    clipped = Mux(sign, Const(fmt.minimum, value.shape()), Const(fmt.maximum, value.shape()))
    return Mux(outside, clipped, value)[:fmt.width].as_signed(), outside
