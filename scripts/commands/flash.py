"""``cortigate flash``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.board import board
from cortigate.boards.loader import load

__all__ = ["flash"]


def flash(
    name: Annotated[str, typer.Argument(
        metavar="BOARD", help="See `cortigate boards`, or a Python file that defines BOARD.")],
    target: Annotated[bool | None, typer.Option(
        "--sram/--flash", help="Load the chip itself, until it loses power, or write the flash "
                               "that it starts from; the chip, where the loader can.")] = None,
    build: Annotated[Path | None, typer.Option(
        help="Folder of the build; build/BOARD if not given.")] = None,
):
    """Load the bitstream that `cortigate build` made onto a board."""
    found = board(name)
    load(found, build or Path("build", found.name),
         None if target is None else "sram" if target else "flash")
