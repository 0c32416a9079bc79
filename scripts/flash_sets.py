"""A board whose design has samples in flash memory, and what its commands have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.host.driver import Board
from cortigate.boards.host.flash import FlashMemory
from cortigate.golden.spec.flash import Header
from cortigate.scripts.opening import port_of, resolved

__all__ = ["PortArgument", "header_keys", "memory_of"]

PortArgument = Annotated[str, typer.Argument(
    metavar="DEVICE", help="Serial port of the board, or auto: the only board.")]


@contextmanager
def memory_of(device: str, report: Path | None, command: str, *, baud: int | None,
              take_over: bool) -> Iterator[FlashMemory]:
    """Open a board and its flash memory.

    Raises
    ------
    ValueError
        The device is no port, or its design has no samples in flash memory.
    LinkError
        From the board.
    """
    port, design = resolved(port_of(device), report, {}, f"data {command}", baud=baud)
    assert design is not None  # a port has one
    with Board.open(port, design, baud=baud, take_over=take_over) as board:
        yield FlashMemory(board)


def header_keys(header: Header) -> dict[str, object]:
    """Facts of a set's header, for a document."""
    return {"name": header.name, "samples": header.samples, "inputs": header.inputs,
            "outputs": header.outputs, "blocks": header.blocks,
            "block_samples": header.block_samples, "address": header.address,
            "bytes": header.length, "bytes_per_sample": header.length / header.samples}
