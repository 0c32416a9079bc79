"""The TOML text of a file: read, taken apart, and errors with the line that they are about."""

import re
import tomllib
from collections.abc import Callable
from os import PathLike
from typing import Any, TypeVar

from ..storage.files import read_whole
from .lines import line_of
from .words import WrongValue

__all__ = ["judged", "placed", "plain_text", "read_text"]

MOST_BYTES = 1 << 15  # a file that says everything, with comments, has some 4000
LONGEST_LINE = 1024  # tomllib's time is the square of a name's dots

Judgement = TypeVar("Judgement")


def read_text(path: str | PathLike, what: str) -> str:
    """Text of a file; ValueError if it cannot be read or is not UTF-8.

    Parameters
    ----------
    path : path
    what : str
        What it describes, for messages: "a design".
    """
    content = read_whole(path, MOST_BYTES, f"the file of {what}")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise ValueError(f"{path}, line {line}: a TOML file must be UTF-8, and this is not"
                         ) from None


def plain_text(text: str) -> str:
    """A text without a byte order mark, its lines ended as TOML's parser counts them."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n") + "\n"


def judged(text: str, path: str | PathLike, what: str,
           judge: Callable[[dict[str, Any]], Judgement]) -> Judgement:
    """Result of `judge` for the tree of a text's TOML.

    Parameters
    ----------
    text : str
        Of `plain_text`.
    path : path
        Its file, for messages.
    what : str
        What it describes, for messages.
    judge : callable
        Raises WrongValue for what it does not take.

    Raises
    ------
    ValueError
        It is no TOML, or not what `judge` takes: one line with the file, the line in it, and
        what is allowed.
    """
    try:
        return judge(_tree(text, what))
    except WrongValue as error:
        raise placed(error, text, path) from None
    except _NotToml as error:
        raise ValueError(f"{path}{error}") from None
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply for {what}") from None


def placed(error: WrongValue, text: str, path: str | PathLike) -> ValueError:
    """The error of a value with the file, and the line of the text that it is about."""
    line = line_of(text, error.path) if error.path else None
    place = f"{path}, line {line}" if line else f"{path}"
    return ValueError(f"{place}: {' '.join(str(error).split())}")


class _NotToml(ValueError):
    """A text is no TOML."""


def _tree(text, what):
    """The tree of TOML text."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise _NotToml(f", line {number}: a line of {what} must have at most "
                           f"{LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except ValueError as error:
        reason, line = str(error), re.search(r"\(at line (\d+), column \d+\)", str(error))
        if line is None:  # at the end of the text
            raise _NotToml(f": it is not TOML: {reason}") from None
        raise _NotToml(f", line {line[1]}: it is not TOML: {reason.replace(line[0], '').strip()}"
                       ) from None
