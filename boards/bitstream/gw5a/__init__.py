"""Gowin GW5A: nextpnr's placements and .fs files as circuits."""

from ..circuit import DecodeError
from ..gowin import pins
from . import frames
from .decode import decode, read_file
from .mending import mend
from .placed import placed

__all__ = ["clock_hz", "decode", "flipped", "mend", "pins", "placed"]


def flipped(path, bits, output):
    """Write a copy of a .fs file in which configuration bits are inverted, its checksums right.

    Parameters
    ----------
    path : path
    bits : iterable of (int, int)
        Keys of `Decoded.uses`.
    output : path
    """
    frames.write(read_file(path), bits, output)


def clock_hz(circuit, reference_hz):
    """Clock that the PLL in a circuit makes from a reference; DecodeError: none is understood."""
    raise DecodeError("a PLL of GW5A is not understood")
