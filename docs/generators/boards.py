"""The boards, from the files that define them, as ``cortigate boards`` prints them."""

from cortigate.boards.board import BOARDS, board
from cortigate.scripts.commands.boards import described, facts_of

from .tables import table

__all__ = ["INPUTS", "boards"]

INPUTS = 64  # of the largest network


def boards():
    """A section for each board: chip, clock, pins, programmer, presets, notes."""
    out = []
    for entry in map(board, BOARDS):
        title, *lines = described(entry, facts_of(entry, None, INPUTS), INPUTS)
        rows = [line.strip().partition("  ")[::2] for line in lines]
        out += [f"### {entry.name}", title.partition(": ")[2],
                table(("", ""), [(label, text.strip()) for label, text in rows])]
    return "\n\n".join(out)
