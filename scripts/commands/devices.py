"""``cortigate devices``"""

from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from cortigate.boards.host.discovery import Answer, ask, ports
from cortigate.boards.learn.designs import known, rule_of
from cortigate.boards.learn.opening import device_names
from cortigate.scripts.console import new_console, talk
from cortigate.scripts.document import documented
from cortigate.scripts.speaking import emit

__all__ = ["devices"]

COLUMNS = ("port", "board", "clock", "configuration", "known as", "state")
WHOLE = ("port", "configuration")  # whose text is copied


@documented(ports=[{
    "port": "string: its name",
    "rule": "string or null: of learning; null: unknown, or no board answers",
    "network": "string or null: neurons per layer",
    "lanes": "integer or null", "clock_hz": "integer or null",
    "configuration": "string or null: digest of the board's design",
    "known_as": "string or null: name of that design, where it is known",
    "running": "boolean or null: it learns or infers now",
    "reason": "string or null: why it says nothing about a board",
}], models="list of string: the other devices", warnings="list of string: about records of builds")
def devices(
    more: Annotated[list[str] | None, typer.Option(
        "--port", help="Ask this port too, such as a pseudo-terminal or one that is not on USB; "
                       "may be repeated.")] = None,
):
    """List the serial ports, the boards behind them, and the other devices.

    Example: cortigate devices
    """
    on_usb, others = ports()
    asked: list[str] = [*on_usb, *(more or [])]
    named = list(dict.fromkeys(asked))
    rows, problems = [], []
    with talk().status("asking") as status:
        for port in named:
            status.update(Text(f"asking {port}"))
            row, notes = facts_of(port, ask(port, state=True))
            rows.append(row)
            problems += notes
    rows += [no_board(port, f"not asked, since not on USB: --port {port}")
             for port in others if port not in named]
    found = {"ports": rows, "models": device_names(), "warnings": [*dict.fromkeys(problems)]}
    if not emit(found):
        show(new_console(), **found)


def show(console, ports, models, warnings):
    """Print a document for people."""
    if ports:
        table = Table(*(Column(name, overflow="fold", no_wrap=name in WHOLE) for name in COLUMNS))
        for row in ports:
            table.add_row(row["port"], *cells(row))
        console.print(table)
    else:
        console.print("This machine has no serial port. Name one that is not found with --port "
                      "PORT.")
    for text in warnings:
        console.print(f"WARNING: {text}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Other devices: {', '.join(models)}.", highlight=False)


def no_board(port, reason):
    """Entry of a port about which no more is known."""
    return {"port": port, "rule": None, "network": None, "lanes": None, "clock_hz": None,
            "configuration": None, "known_as": None, "running": None, "reason": reason}


def facts_of(port, answer: Answer):
    """(Entry of a port, why records of builds could not be read)."""
    found = answer.identity
    if found is None:
        return no_board(port, answer.reason), []
    design, problems = known(found)
    return {"port": port, "rule": rule_of(found), "network": "-".join(map(str, found.sizes)),
            "lanes": found.lanes, "clock_hz": found.clock_hz, "configuration": found.digest,
            "known_as": None if design is None else design.name, "running": answer.running,
            "reason": None}, problems


def cells(row):
    """Cells of a port's row after its name."""
    if row["reason"] is not None:
        return [row["reason"]]
    return [f"{row['rule'] or 'unknown rule'}, {row['network']}, {row['lanes']} lanes",
            f"{row['clock_hz'] / 1e6:g} MHz", row["configuration"], row["known_as"] or "unknown",
            "running" if row["running"] else "idle"]
