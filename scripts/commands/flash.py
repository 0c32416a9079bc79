"""``cortigate flash``"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.board import board
from cortigate.boards.programmer import built, load
from cortigate.boards.release import released, usual_release

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
    release: Annotated[Path | None, typer.Option(
        help="Folder of a release, to take its bitstream in place of a build's. Default, if there "
             "is no build: the release of this version in the user's data folder, "
             "releases/cortigate-VERSION.")] = None,
):
    """Load the bitstream that `cortigate build` made, or a released one, onto a board.

    Example: cortigate flash icebreaker --flash
    """
    found, options = board(name), options or []
    if options and not options[0].startswith("-"):
        raise ValueError("words for the programmer must follow -- and begin with an option, not "
                         f"{options[0]!r}; name the folder of a build with --build")
    if build is not None and release is not None:
        raise ValueError("name a build with --build or a release with --release, not both")
    asked = sys.stdin.isatty() and sys.stdout.isatty()
    load(found, place(found, build, release),
         None if target is None else "sram" if target else "flash",
         options=options, confirm=typer.confirm if asked else None, log=typer.echo)


def place(target, build=None, release=None):
    """Path of a board's build, or of its bitstream in a release, which is said.

    Parameters
    ----------
    target : BoardSpec
    build, release : path or None
        Folder of either. Without both it is the usual build, else the usual release if it is there.

    Raises
    ------
    ValueError
        From `boards.release.released`.
    """
    if release is None:
        folder = build or Path("build", target.name)
        usual = usual_release()
        if build is not None or built(target, folder) is not None or not usual.is_dir():
            return folder
        release = usual
    record = released(target.name, release)
    typer.echo(f"{record.bitstream} and its record are as released: {record.design.network} by "
               f"{record.design.rule.name}")
    return record.bitstream
