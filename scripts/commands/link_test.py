"""cortigate link-test: how good the line to a board is."""

from typing import Annotated

import typer
from rich.table import Table

from cortigate.boards.host.identify import describe, read_identity
from cortigate.boards.host.quality import line_quality, samples_per_second
from cortigate.boards.host.rates import open_link
from cortigate.boards.host.session import Session
from cortigate.scripts.console import new_console
from cortigate.scripts.document import documented
from cortigate.scripts.opening import BaudOption, PortOption, port_of
from cortigate.scripts.speaking import emit

__all__ = ["link_test"]


@documented(
    port="string", board="string: in words", clock_hz="integer", baud="integer: best rate",
    requests="integer: answered", repeats="integer: requests that were sent again",
    dropped="integer: frames that were damaged on the way to the board",
    latency_seconds="number: round trip, median", latest_seconds="number: round trip, 99 %",
    to_board_bytes_per_second="number", from_board_bytes_per_second="number",
    inputs="integer: of the board's network", samples_per_second="number: that the line carries")
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
    found = {"port": device, "board": describe(board), "clock_hz": board.clock_hz,
             "baud": quality.baud, "requests": quality.requests, "repeats": quality.repeats,
             "dropped": quality.dropped, "latency_seconds": quality.latency,
             "latest_seconds": quality.latest, "to_board_bytes_per_second": quality.to_board,
             "from_board_bytes_per_second": quality.to_host, "inputs": board.sizes[0],
             "samples_per_second": samples_per_second(quality, board.sizes[0])}
    if not emit(found):
        new_console().print(table_of(found), highlight=False)
    raise typer.Exit(0 if quality.repeats == quality.dropped == 0 else 1)


def table_of(found):
    """The table of a document."""
    table = Table(title=f"Line to the board on {found['port']}", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in (
        ("board", f"{found['board']}, {found['clock_hz'] / 1e6:g} MHz"),
        ("rate", f"{found['baud']} baud"),
        ("requests answered", f"{found['requests']}"),
        ("sent again", f"{found['repeats']}"),
        ("damaged on the way to the board", f"{found['dropped']}"),
        ("round trip, median", f"{1e3 * found['latency_seconds']:.2f} ms"),
        ("round trip, 99 %", f"{1e3 * found['latest_seconds']:.2f} ms"),
        ("to the board", f"{found['to_board_bytes_per_second']:,.0f} bytes/s"),
        ("from the board", f"{found['from_board_bytes_per_second']:,.0f} bytes/s"),
        (f"samples of {found['inputs']} inputs", f"{found['samples_per_second']:,.0f} a second"),
    ):
        table.add_row(name, text)
    return table
