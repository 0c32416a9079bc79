"""``cortigate flash``"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.board import board
from cortigate.boards.programmer import load

__all__ = ["flash"]


def flash(
    name: Annotated[str, typer.Argument(
        metavar="BOARD", help="See `cortigate boards`; or a Python file that defines BOARD, "
                              "which is executed.")],
    options: Annotated[list[str] | None, typer.Argument(
        metavar="[-- OPTION…]", help="Words after -- go to the programmer, such as "
                                     "-- --cable ft4232.")] = None,
    target: Annotated[bool | None, typer.Option(
        "--sram/--flash", help="Load the chip itself, which lasts until it loses power, or write "
                               "the flash memory that it starts from. Default: the chip; if the "
                               "programmer can only write the flash memory, you are asked first.")
    ] = None,
    build: Annotated[Path | None, typer.Option(
        help="Folder of the build. Default: build/BOARD.")] = None,
):
    """Load the bitstream that `cortigate build` made onto a board.

    Example: cortigate flash icebreaker --flash
    """
    found, options = board(name), options or []
    if options and not options[0].startswith("-"):
        raise ValueError("words for the programmer must follow -- and begin with an option, not "
                         f"{options[0]!r}; name the folder of a build with --build")
    asked = sys.stdin.isatty() and sys.stdout.isatty()
    load(found, build or Path("build", found.name),
         None if target is None else "sram" if target else "flash",
         options=options, confirm=typer.confirm if asked else None, log=typer.echo)
