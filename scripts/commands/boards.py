"""``cortigate boards``"""

from rich.console import Console
from rich.table import Table

from cortigate.boards.board import BOARDS, board

__all__ = ["boards"]


def boards():
    """List the boards that `cortigate build` knows."""
    table = Table("board", "device", "clock", "baud", "presets")
    for entry in map(board, BOARDS):
        table.add_row(entry.name, entry.title, f"{entry.clock_hz / 1e6:g} MHz", f"{entry.baud}",
                      ", ".join(entry.presets.values()))
    Console().print(table)
