"""Narrowing of integers: rounding and saturation as combinational expressions."""

from amaranth.hdl import Cat, Const, Mux, Value

from ...golden.spec.generator import ROUNDING_BITS
from ...golden.spec.qformat import Rounding

__all__ = ["add_rounded", "add_with_carry", "divide", "offset", "round_shift", "rounding_bit",
           "saturate"]


def rounding_bit(value, shift, rounding):
    """The 0 or 1 that rounding adds to ``value >> shift`` (not for stochastic rounding).

    As a carry into the next adder it costs no carry chain of its own.
    """
    if shift <= 0 or rounding is Rounding.TRUNCATE:
        return Const(0, 1)
    value = _wide_enough(Value.cast(value), shift)
    # The bit below the point, unless the rest is an exact half and the result is even already.
    return value[shift - 1] & (value[:shift - 1].any() | value[shift])


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


def add_rounded(a, value, shift, rounding):
    """a + value / 2**shift, rounded (all signed; not for stochastic rounding).

    One carry chain goes through the bits that are cut off, too: tables that look at all of them
    would come before it, and are slower than the chain.
    """
    if shift <= 0 or rounding is Rounding.TRUNCATE:
        return a + divide(value, shift)
    value = _wide_enough(Value.cast(value), shift)
    # One less than a half, and one more where the result is odd.
    half = Cat(value[shift], Const((1 << shift - 1) - 1, shift), a).as_signed()
    return (Cat(Const(1, 1), value).as_signed() + half) >> shift + 1


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
    return add_rounded(Const(0, 1), value, shift, rounding)


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
