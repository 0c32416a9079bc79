"""TOML files that a user writes: their text, and their tables, or a sentence with the line."""

import re
import tomllib
from os import PathLike
from typing import Any

from .files import read_whole

__all__ = ["in_line", "plain_text", "read_toml", "tables_of"]

LONGEST_LINE = 1024  # tomllib's time is the square of a name's dots


def read_toml(path: str | PathLike, most: int, what: str) -> str:
    """Text of a file, with "\\n" at the end of every line.

    Parameters
    ----------
    path : path
    most : int
        Bytes that such a file may have.
    what : str
        What it should be, for the message: "the file of a design".

    Raises
    ------
    ValueError
        It cannot be read, is too large, or is not UTF-8.
    """
    content = read_whole(path, most, what)
    try:
        return plain_text(content.decode())
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise ValueError(f"{in_line(path, line)}: a TOML file must be UTF-8, and this is "
                         "not") from None


def plain_text(text: str) -> str:
    """A text without a byte order mark, with "\\n" at the end of every line."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n") + "\n"


def tables_of(text: str, path: str | PathLike, what: str) -> dict[str, Any]:
    """The tables of a TOML text, which stands in the file `path` and is `what`, "a design".

    Raises
    ------
    ValueError
        It is no TOML, or nested too deeply.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise ValueError(f"{in_line(path, number)}: a line of {what} must have at most "
                             f"{LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except ValueError as error:
        reason, line = str(error), re.search(r"\(at line (\d+), column \d+\)", str(error))
        if line is not None:
            reason = reason.replace(line[0], "").strip()
        place = in_line(path, None if line is None else int(line[1]))  # None: the end of the text
        raise ValueError(f"{place}: it is not TOML: {reason}") from None
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply for {what}") from None


def in_line(path: str | PathLike, line: int | None) -> str:
    """A line of a file in words, "FILE, line N"; None: the file."""
    return f"{path}" if line is None else f"{path}, line {line}"
