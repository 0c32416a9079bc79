"""The fixed-point shape: an Amaranth shape that knows where its point is."""

from amaranth.hdl import Const, Format, ShapeCastable, Value, ValueCastable, signed, unsigned

from ...golden.spec.qformat import QFormat

__all__ = ["Fixed", "FixedShape"]


class FixedShape(ShapeCastable):
    """Shape of a number in a `QFormat`.

    Two shapes are equal only if their formats are, so that a port of one scale is not taken for a
    port of another merely because their widths agree.

    Parameters
    ----------
    format : QFormat

    Raises
    ------
    TypeError
        `format` is not a QFormat.
    """

    def __init__(self, format):
        if not isinstance(format, QFormat):
            raise TypeError(f"format must be a QFormat, not {format!r}")
        self._format = format

    def as_shape(self):
        """Plain Amaranth shape of equal width."""
        return signed(self._format.width) if self._format.signed else unsigned(self._format.width)

    def __call__(self, target):
        return Fixed(self, target)

    def const(self, init):
        """Constant nearest to the real number `init` (0 if None)."""
        raw = 0 if init is None else int(self._format.from_float(init))
        return Const(raw, self.as_shape())

    def from_bits(self, raw):
        """Real value of an integer."""
        return float(self._format.to_float(Const(raw, self.as_shape()).value))

    def format(self, value, spec):
        """Print as a raw integer."""
        return Format(f"{{:{spec}}}", Value.cast(value))

    def __eq__(self, other):
        return isinstance(other, FixedShape) and self._format == other._format

    def __hash__(self):
        return hash(self._format)

    def __repr__(self):
        return f"FixedShape({self._format})"


class Fixed(ValueCastable):
    """Value of a `FixedShape`; `raw` is the integer, and nothing is rescaled silently.

    Parameters
    ----------
    shape : FixedShape
    target : value-like
    """

    def __init__(self, shape, target):
        self._shape, self._target = shape, Value.cast(target)

    @property
    def raw(self):
        """The integer, an Amaranth value."""
        return self._target

    def shape(self):
        """The FixedShape."""
        return self._shape

    def as_value(self):
        """The integer, an Amaranth value."""
        return self._target

    def eq(self, other):
        """Assignment; `other` must have this very shape.

        Raises
        ------
        TypeError
            `other` has another format.
        """
        if not isinstance(other, Fixed) or other.shape() != self._shape:
            raise TypeError(f"a value of {self._shape} can only take one of that shape, "
                            f"not {other!r}")
        return self._target.eq(other.raw)
