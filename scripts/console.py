"""Where tables go: a terminal, or a pipe."""

import os
import sys

from rich.console import Console

__all__ = ["table_console"]

PIPED = 240  # columns


def table_console():
    """A Console for tables: where there is no terminal, every row gets one line of its own."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=PIPED if piped else None)
