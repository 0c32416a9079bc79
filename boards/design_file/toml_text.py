"""The TOML text of a file: read, taken apart, and errors with the line that they are about."""

from collections.abc import Callable
from os import PathLike
from typing import Any, Self, TypeVar

from ..storage.lines import line_of
from ..storage.toml import in_line, plain_text, read_toml, tables_of
from .words import WrongValue

__all__ = ["TomlFile", "judged", "placed", "plain_text", "read_text"]

MOST_BYTES = 1 << 15  # a file that says everything, with comments, has some 4000

Judgement = TypeVar("Judgement")


class TomlFile:
    """Base of what one TOML file describes."""

    WHAT = ""  # in words, for messages: "a design"

    @classmethod
    def read(cls, path: str | PathLike) -> Self:
        """Description in a file.

        Raises
        ------
        ValueError
            The file cannot be read, is no TOML, or describes no such thing: one line with the
            file, the line in it, and what is allowed.
        """
        return cls.parse(read_text(path, cls.WHAT), path)

    @classmethod
    def parse(cls, text: str, path: str | PathLike) -> Self:
        """The same of a text, which stands in the file `path`; ValueError as of `read`."""
        raise NotImplementedError(f"{cls.__name__} must say how it is parsed")


def read_text(path: str | PathLike, what: str) -> str:
    """Text of a file; ValueError if it cannot be read or is not UTF-8.

    Parameters
    ----------
    path : path
    what : str
        What it describes, for messages: "a design".
    """
    return read_toml(path, MOST_BYTES, f"the file of {what}")


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
    tree = tables_of(text, path, what)
    try:
        return judge(tree)
    except WrongValue as error:
        raise placed(error, text, path) from None
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deeply for {what}") from None


def placed(error: WrongValue, text: str, path: str | PathLike) -> ValueError:
    """The error of a value with the file, and the line of the text that it is about."""
    place = in_line(path, line_of(text, error.path) if error.path else None)
    return ValueError(f"{place}: {' '.join(str(error).split())}")
