"""Gowin GW1NR-9C and GW2A(R)-18C: nextpnr's placements and .fs files as circuits."""

from . import frames, pll
from .database import chip
from .decode import decode, read_file
from .mending import mend
from .placed import placed

__all__ = ["clock_hz", "decode", "flipped", "mend", "pins", "placed"]


def pins(board):
    """Names of the pins of a board's chip in its package, a set."""
    platform = board.platform()
    return set(chip(platform.chip).pins(platform.part).values())


def flipped(path, bits, output):
    """Write a copy of a .fs file in which configuration bits are inverted, its checksums right.

    Parameters
    ----------
    path : path
    bits : iterable of (int, int)
        Keys of `Decoded.uses`.
    output : path
    """
    file = read_file(path)
    frames.write(file, bits, output, chip(file.chip).height)


def clock_hz(circuit, reference_hz):
    """Clock that the PLL in a circuit makes from a reference."""
    (cell,) = (cell for cell in circuit.cells.values() if cell.kind == "rPLL")
    return pll.clock_hz(cell.settings, reference_hz)
