"""ECP5: Lattice's .bit files, and the placed netlists of nextpnr-ecp5, as circuits."""

from .clock import clock_hz, clocks_hz
from .decode import board_chip, decode, package
from .flip import flipped
from .placed import placed

__all__ = ["clock_hz", "clocks_hz", "decode", "flipped", "pins", "placed"]


def pins(board):
    """Names of the pins of a board's chip in its package, a set; DecodeError as of `decode`."""
    return {pad.pin for pad in board_chip(board).pads(package(board)).values()}
