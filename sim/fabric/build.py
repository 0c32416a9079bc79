"""The file of a finished build as a board: decoded, and behind a serial port."""

from dataclasses import replace

from ...boards.board import board
from ...boards.build import family_of
from ...boards.record import BuildRecord
from .board import open_fabric

__all__ = ["open_build"]


def open_build(built: BuildRecord, own=None, **limits):
    """A driver's `Board` on the circuit that a build's bitstream configures.

    Parameters
    ----------
    built : BuildRecord
    own : str or None
        The board, if it is the user's own: its Python file.
    **limits
        Of `open_fabric`.

    Raises
    ------
    ValueError
        There is no such board, or the file cannot be decoded.
    RuntimeError, MissingTool, BuildError, LinkError
        From `open_fabric`.
    """
    target = board(own or built.board)
    if target.name != built.board:
        raise ValueError(f"the file was built for {built.board}, not for {target.name}")
    target = replace(target, clock_hz=built["clock_hz"], baud=built["baud"])
    circuit = family_of(target).decode(built.bitstream, target).circuit
    return open_fabric(circuit, target, built.design, **limits)
