"""Tables in Markdown, and the comments that stand behind names in source."""

import inspect
import re

__all__ = ["comments", "table"]


def table(columns, rows):
    """A table; cells are text, in which a bar is no border.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequence of str
    """
    def line(cells):
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(columns), line(["---"] * len(columns)), *map(line, rows)])


def comments(enumeration):
    """Member -> the comment behind its value in the source, "" if there is none.

    Parameters
    ----------
    enumeration : type
        An `enum.Enum`.
    """
    said = {}
    for line in inspect.getsource(enumeration).splitlines():
        found = re.match(r"\s+([A-Z][A-Z_0-9]*) = [^#]*(?:#\s*(.*))?$", line)
        if found and found[1] in enumeration.__members__:
            said[enumeration[found[1]]] = found[2] or ""
    return said
