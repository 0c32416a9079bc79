"""Where commands print: a terminal, or a pipe."""

import os
import sys

from rich.console import Console

from .speaking import is_quiet

__all__ = ["new_console", "print_anything", "say", "talk"]

PIPED = 1000  # columns: more than any table has


def new_console(**options):
    """A rich Console: off a terminal, tables have their full width and text is not wrapped.

    Text is printed as it is: brackets and colons in the names of a user's files mean nothing.

    Parameters
    ----------
    **options
        Of `rich.console.Console`.
    """
    stream = sys.stderr if options.get("stderr") else sys.stdout
    piped = (stream is None or not stream.isatty()) and "COLUMNS" not in os.environ
    return Console(**{"width": PIPED if piped else None, "markup": False, "emoji": False} | options)


def talk(console=None):
    """The console for progress and sentences: the given one or a new one, silent with --quiet."""
    if is_quiet():
        return Console(quiet=True)
    return new_console() if console is None else console


def say(text):
    """Print a sentence, which --quiet leaves out."""
    talk().print(text, highlight=False, soft_wrap=True)


def print_anything():
    """From now on print "?" for characters that the terminal's encoding lacks, instead of failing.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a test's stream has none
            reconfigure(errors="replace")
