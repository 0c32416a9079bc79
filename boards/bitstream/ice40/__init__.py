"""iCE40 UltraPlus 5K: the file for the chip and what nextpnr has placed, as circuits."""

from pathlib import Path

from .chipdb import database
from .decode import decode, package
from .image import flip, read
from .placed import placed
from .pll import clock_hz

__all__ = ["clock_hz", "decode", "flipped", "pins", "placed"]


def pins(board):
    """Names of the pins of a board's chip in its package, a set; DecodeError as of `decode`."""
    return set(package(database(), board))


def flipped(path, bits, output):
    """Write a copy of a file in which some configuration bits are inverted.

    Parameters
    ----------
    path, output : path
    bits : iterable
        Keys of `Decoded.uses`.
    """
    Path(output).write_bytes(flip(read(path), bits).to_bytes())
