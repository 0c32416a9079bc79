"""The boards, from the files that define them, as ``cortigate boards`` prints them."""

from cortigate.boards.board import BOARDS, board
from cortigate.scripts.commands.boards import described, facts_of, largest, largest_in_words

from .tables import table

__all__ = ["boards", "boards_in_short"]

INPUTS = 64  # of the largest network


def boards_in_short():
    """One row for each board."""
    rows = []
    for entry in map(board, BOARDS):
        chip = entry.chip
        spram = f", {chip.large_rams} SPRAM" if chip.large_rams else ""
        rows.append((f"[{entry.name}](#{entry.name})", entry.title,
                     f"{entry.clock_hz / 1e6:g} MHz", chip.luts, chip.dsps,
                     f"{chip.block_rams}{spram}", largest_in_words(largest(entry, None, INPUTS))))
    return table(("board", "description", "clock", "LUT", "DSP", "block RAM",
                  f"largest {INPUTS}-h-10"), rows)


def boards():
    """A section for each board: chip, clock, pins, programmer, presets, notes."""
    out = []
    for entry in map(board, BOARDS):
        title, *lines = described(entry, facts_of(entry, None, INPUTS), INPUTS)
        rows = [line.strip().partition("  ")[::2] for line in lines]
        out += [f"### {entry.name}", title.partition(": ")[2],
                table(("", ""), [(label, text.strip()) for label, text in rows])]
    return "\n\n".join(out)
