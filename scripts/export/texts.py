"""Texts of an export: templates filled in, and the hardware's name among others."""

import re
from importlib import resources

__all__ = ["checked_name", "filled", "template"]

MARK = re.compile(r"<<(\w+)>>")
# Words of Verilog that a module cannot be called, among those that somebody might try.
RESERVED = {"and", "begin", "buf", "case", "default", "design", "end", "event", "function", "if",
            "initial", "input", "instance", "integer", "library", "module", "nand", "nor", "not",
            "or", "output", "parameter", "real", "reg", "signed", "table", "task", "time", "wire",
            "xor"}


def checked_name(name: str) -> str:
    """The name of a Verilog module, if it is one.

    Raises
    ------
    ValueError
        It is not.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in RESERVED:
        raise ValueError("the core's name must be one of Verilog's, at most 40 small letters, "
                         f"digits and underscores, a letter first, and no word of its own, not "
                         f"{name!r}")
    return name


def template(name: str) -> str:
    """The text of a file of the folder templates."""
    folder = resources.files(__name__.rpartition(".")[0]) / "templates"
    return (folder / f"{name}.in").read_text(encoding="utf-8")


def filled(name: str, values: dict[str, object]) -> str:
    """A template with its marks, ``<<word>>``, replaced; KeyError if a word has no value."""
    return MARK.sub(lambda found: str(values[found[1]]), template(name))
