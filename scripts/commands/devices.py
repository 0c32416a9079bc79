"""``cortigate devices``"""

from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from cortigate.boards.host.discovery import Answer, ask, ports
from cortigate.boards.learn.designs import known, rule_of
from cortigate.boards.learn.opening import device_names
from cortigate.scripts.console import new_console

__all__ = ["devices"]

COLUMNS = ("port", "board", "clock", "configuration", "known as", "state")
WHOLE = ("port", "configuration")  # whose text is copied


def devices(
    more: Annotated[list[str] | None, typer.Option(
        "--port", help="Ask this port too, such as a pseudo-terminal or one that is not on USB; "
                       "may be repeated.")] = None,
):
    """List the serial ports, the boards behind them, and the other devices.

    Example: cortigate devices
    """
    console, (on_usb, others) = new_console(), ports()
    asked: list[str] = [*on_usb, *(more or [])]
    named = list(dict.fromkeys(asked))
    table, problems = Table(*(Column(name, overflow="fold", no_wrap=name in WHOLE)
                              for name in COLUMNS)), []
    with console.status("asking") as status:
        for port in named:
            status.update(Text(f"asking {port}"))
            cells, notes = described(ask(port, state=True))
            table.add_row(port, *cells)
            problems += notes
    for port in others:
        if port not in named:
            table.add_row(port, f"not asked, since not on USB: --port {port}")
    if table.row_count:
        console.print(table)
    else:
        console.print("This machine has no serial port. Name one that is not found with --port "
                      "PORT.")
    for text in dict.fromkeys(problems):
        console.print(f"WARNING: {text}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Other devices: {', '.join(device_names())}.", highlight=False)


def described(answer: Answer):
    """(Cells of a port's row after its name, why records of builds could not be read)."""
    found = answer.identity
    if found is None:
        return [answer.reason], []
    design, problems = known(found)
    layers = "-".join(map(str, found.sizes))
    return [f"{rule_of(found) or 'unknown rule'}, {layers}, {found.lanes} lanes",
            f"{found.clock_hz / 1e6:g} MHz", found.digest,
            "unknown" if design is None else design.name,
            "running" if answer.running else "idle"], problems
