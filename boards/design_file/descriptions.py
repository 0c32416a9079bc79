"""Descriptions of parameters, in the words of its class's docstring."""

import inspect
import re

__all__ = ["described"]

_SECTION = re.compile(r"\n(\w[\w ]*)\n-+\n")
_PARAMETER = re.compile(r"(\w+(?:, \w+)*) : .*")


def described(owner: type) -> dict[str, str]:
    """Parameter -> what it is, one paragraph, as the docstrings of a class and its bases say it."""
    found: dict[str, str] = {}
    for kind in reversed(owner.__mro__[:-1]):
        pieces = _SECTION.split(inspect.cleandoc(kind.__dict__.get("__doc__") or ""))
        sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
        for section in ("Attributes", "Parameters"):
            found |= _parameters(sections.get(section, ""))
    return found


def _parameters(text):
    """Parameter -> its paragraph, of a section in numpydoc's manner."""
    found, names = {}, ()
    for line in text.splitlines():
        head = _PARAMETER.fullmatch(line)
        if head is not None:
            names = head[1].split(", ")
            found |= dict.fromkeys(names, "")
        elif line.startswith(" "):
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found
