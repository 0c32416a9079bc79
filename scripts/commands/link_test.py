"""cortigate link-test: how good the line to a board is."""

from typing import Annotated

import typer
from rich.table import Table

from cortigate.boards.host.identify import describe, read_identity
from cortigate.boards.host.quality import line_quality, samples_per_second
from cortigate.boards.host.rates import open_link
from cortigate.boards.host.session import Session
from cortigate.scripts.console import new_console
from cortigate.scripts.opening import BaudOption, PortOption, port_of

__all__ = ["link_test"]


def link_test(
    device: PortOption,
    baud: BaudOption = None,
    requests: Annotated[int, typer.Option(min=1, help="Requests of each of the three "
                                                      "kinds.")] = 200,
):
    """Find the best rate for the line to a board, remember it, and measure errors and speed.

    Nothing on the board changes.

    Example: cortigate link-test --device PORT
    """
    device = port_of(device)
    link = open_link(device, baud=baud, anew=True)
    try:
        board, session = read_identity(link), Session(link)
        quality = line_quality(link, requests, lambda: session.counters().frames_dropped)
    finally:
        link.close()
    table = Table(title=f"Line to the board on {device}", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in (
        ("board", f"{describe(board)}, {board.clock_hz / 1e6:g} MHz"),
        ("rate", f"{quality.baud} baud"),
        ("requests answered", f"{quality.requests}"),
        ("sent again", f"{quality.repeats}"),
        ("damaged on the way to the board", f"{quality.dropped}"),
        ("round trip, median", f"{1e3 * quality.latency:.2f} ms"),
        ("round trip, 99 %", f"{1e3 * quality.latest:.2f} ms"),
        ("to the board", f"{quality.to_board:,.0f} bytes/s"),
        ("from the board", f"{quality.to_host:,.0f} bytes/s"),
        (f"samples of {board.sizes[0]} inputs",
         f"{samples_per_second(quality, board.sizes[0]):,.0f} a second"),
    ):
        table.add_row(name, text)
    new_console().print(table, highlight=False)
    raise typer.Exit(0 if quality.repeats == quality.dropped == 0 else 1)
