"""How a command speaks: --quiet, and --json with one document in place of what is for people."""

import json
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from os import PathLike
from typing import Annotated, Any, TextIO

import typer

from cortigate.boards.voice import muted

__all__ = ["JsonOption", "QuietEverywhereOption", "QuietOption", "emit", "is_quiet", "speaking"]

_QUIET = "Print results, warnings and errors alone: no progress, no sentences."
QuietOption = Annotated[bool | None, typer.Option("--quiet/--no-quiet", help=_QUIET)]
# Before the command.
QuietEverywhereOption = Annotated[bool | None, typer.Option(
    "--quiet/--no-quiet", help=_QUIET, envvar="CORTIGATE_QUIET", show_envvar=False)]
JsonOption = Annotated[bool, typer.Option(
    "--json", help="Print the result as one JSON document to standard output, and all else to "
                   "standard error.")]


@dataclass(frozen=True)
class _Manner:
    """What was asked for; `stream` is where a document goes, if `as_json`."""

    quiet: bool = False
    as_json: bool = False
    stream: TextIO | None = None


_MANNER: ContextVar[_Manner] = ContextVar("manner")
_USUAL = _Manner()


@contextmanager
def speaking(quiet: bool = False, as_json: bool = False) -> Iterator[None]:
    """Speak so inside: with `as_json`, whatever is printed goes to standard error."""
    token = _MANNER.set(_Manner(quiet, as_json, sys.stdout))
    try:
        with (redirect_stdout(sys.stderr) if as_json else nullcontext(),
              muted() if quiet else nullcontext()):
            yield
    finally:
        _MANNER.reset(token)


def is_quiet() -> bool:
    """True if progress and sentences are left out."""
    return _MANNER.get(_USUAL).quiet


def emit(document: Mapping[str, Any]) -> bool:
    """Print a command's result as JSON, if that was asked for; False: print it for people.

    Parameters
    ----------
    document : dict
        Of what JSON knows, of numpy's numbers and of paths. A number that is not finite is null.
    """
    manner = _MANNER.get(_USUAL)
    if manner.as_json and manner.stream is not None:
        print(json.dumps(_plain(document), allow_nan=False), file=manner.stream, flush=True)
    return manner.as_json


def _plain(value):
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "item"):  # numpy's
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, PathLike) else value
