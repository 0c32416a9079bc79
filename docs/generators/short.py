"""Lists that stand in the pages themselves, for readers of the Markdown: commands, boards, Python.

They stand between two lines, ``<!-- short: NAME -->`` and ``<!-- end -->``, and are written anew,
in the folder docs, by ``python -m generators.short``.
"""

import inspect
import re
from pathlib import Path

import typer

import cortigate
from cortigate.boards.board import BOARDS, board
from cortigate.golden.datasets import read_table
from cortigate.scripts.cli import app
from cortigate.scripts.commands.boards import largest, largest_in_words

from .boards import INPUTS
from .commands import called, plain, walk
from .tables import table

__all__ = ["LISTS", "written"]

DOCS = Path(__file__).resolve().parents[1]
PART = re.compile(r"(<!-- short: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands():
    """Every command, what it does, and its options."""
    rows = []
    for words, command in walk((), typer.main.get_command(app)):
        arguments = [called(one) for one in command.params if one.param_type_name == "argument"]
        options = [f"`{one.opts[0]}`" for one in command.params
                   if one.param_type_name == "option" and one.name != "quiet"]
        rows.append((f"`{' '.join([*words, *arguments])}`",
                     plain((command.help or "").partition("\n")[0]), " ".join(options)))
    return table(("command", "does", "options"), rows)


def boards():
    """Every board, what it is, and the largest network that fits."""
    rows = []
    for entry in map(board, BOARDS):
        chip = entry.chip
        spram = f", {chip.large_rams} SPRAM" if chip.large_rams else ""
        rows.append((f"`{entry.name}`", entry.title, f"{entry.clock_hz / 1e6:g} MHz", chip.luts,
                     chip.dsps, f"{chip.block_rams}{spram}",
                     largest_in_words(largest(entry, None, INPUTS))))
    return table(("board", "description", "clock", "LUT", "DSP", "block RAM",
                  f"largest {INPUTS}-h-10"), rows)


def python():
    """Every public name, what it is, and its parameters."""
    rows = []
    for name in (*(name for name in cortigate.__all__ if name != "__version__"), "read_table"):
        value = read_table if name == "read_table" else getattr(cortigate, name)
        said = (inspect.getdoc(value) or "").partition("\n")[0]
        rows.append((f"`{name}`", plain(said.replace("``", "")), ", ".join(
            f"`{one}`" for one in inspect.signature(value).parameters)))
    return table(("name", "is", "parameters"), rows)


LISTS = {"commands": commands, "boards": boards, "python": python}
PAGES = ("commands.md", "boards.md", "api.md")


def written(text):
    """A page with its lists as they are now."""
    return PART.sub(lambda found: f"{found[1]}\n{LISTS[found[2]]()}\n\n{found[3]}", text)


if __name__ == "__main__":
    for page in PAGES:
        path = DOCS / page
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
