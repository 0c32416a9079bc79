"""The option --show: a picture or a page in the desktop's viewer, once it is written."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .console import say

__all__ = ["ShowOption", "show"]

ShowOption = Annotated[bool, typer.Option(
    "--show/--no-show", help="Open the picture in the desktop's viewer when it is written. "
                             "Without a display the command only says where it is.")]


def show(*paths: Path | None) -> None:
    """Open files in the desktop's viewer; say where they are if that is not possible.

    Whatever goes wrong is said and no error: the files are there.

    Parameters
    ----------
    *paths : Path or None
        None: it was not written, which has been said.
    """
    for path in filter(None, paths):
        reason = _missing()
        if reason is None:
            with _apart():
                try:
                    failed = typer.launch(str(path.absolute()))
                except OSError:
                    failed = 1
            reason = "no viewer could be started" if failed else None
        say(f"{path} was given to the desktop's viewer" if reason is None else
            f"{reason}: open {path.absolute()} yourself")


def _missing() -> str | None:
    """What a desktop needs and this one lacks, in words; None: nothing."""
    if sys.platform in ("win32", "cygwin", "darwin"):
        return None
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return "there is no display"
    return None if shutil.which("xdg-open") else "there is no xdg-open that could find a viewer"


@contextmanager
def _apart() -> Iterator[None]:
    """Inside, what a program that is started prints goes to standard error: a document may follow.
    """
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
