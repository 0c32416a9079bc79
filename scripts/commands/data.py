"""Sets of samples in a board's flash memory: write, show and learn them."""

import typer

from cortigate.scripts import stored
from cortigate.scripts.group import Group

__all__ = ["data"]


class Stored(Group):
    """The commands of scripts/stored."""

    package = stored


data = typer.Typer(cls=Stored, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@data.callback()
def _data():
    """Write, show or learn the set of samples in a board's flash memory."""
