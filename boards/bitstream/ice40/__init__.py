"""iCE40 UltraPlus 5K: the file for the chip and what nextpnr has placed, as circuits."""

from pathlib import Path

from .decode import decode
from .image import flip, read
from .placed import placed
from .pll import clock_hz

__all__ = ["clock_hz", "decode", "flipped", "placed"]


def flipped(path, bits, output):
    """Write a copy of a file in which some configuration bits are inverted.

    Parameters
    ----------
    path, output : path
    bits : iterable
        Keys of `Decoded.uses`.
    """
    Path(output).write_bytes(flip(read(path), bits).to_bytes())
