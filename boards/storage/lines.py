"""The line of a TOML file on which a name gets its value, by TOML's own parser.

tomllib keeps no lines of what it has read. But the beginning of a file up to the end of a statement
is a file as well: a name is set on the first line from which on it is there.
"""

import tomllib
from bisect import bisect_left
from collections.abc import Mapping

__all__ = ["line_of"]

LONGEST = 20  # lines of one statement that are looked through


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Number of the line, from 1, on which a value or a table begins; None if it is not found.

    Parameters
    ----------
    text : str
        Whole TOML.
    path : tuple of str
        Names of tables, then that of the value. Where there is no such name in a table, the
        line of the table.
    """
    lines = text.split("\n")
    for depth in range(len(path), 0, -1):
        name = path[depth - 1]
        places = [number for number, line in enumerate(lines) if name in line]
        found = bisect_left(places, True, key=lambda place: _has(lines, place, path[:depth]))
        if found < len(places):
            return places[found] + 1
    return None


def _has(lines, place, path):
    """True if a path is in the file up to the end of the statement of a line."""
    for end in range(place + 1, min(len(lines), place + LONGEST) + 1):
        try:
            found = tomllib.loads("\n".join(lines[:end]) + "\n")
        except ValueError:  # in the midst of a statement
            continue
        for name in path:
            if not isinstance(found, Mapping) or name not in found:
                return False
            found = found[name]
        return True
    return False
