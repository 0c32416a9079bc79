"""cortigate stop: ends the run of a board, whoever began it."""

from typing import Annotated

import typer

from cortigate.boards.host.identify import describe, read_identity
from cortigate.boards.host.rates import open_link
from cortigate.boards.host.session import Session

__all__ = ["stop"]


def stop(
    device: Annotated[str, typer.Option(help="Serial port of the board.")],
    baud: Annotated[
        int | None, typer.Option(min=300, help="Rate of the port; found if none is named.")
    ] = None,
):
    """End the run of a board after the sample in work, for a program that has died."""
    link = open_link(device, baud=baud)
    try:
        board, session = read_identity(link), Session(link, take_over=True)
        running = session.counters().running
        counters = session.stop() if running else session.counters()
    finally:
        link.close()
    typer.echo(f"{describe(board)}: " + (
        "stopped; its weights stay as they are" if running else "nothing was running"))
    typer.echo(f"{counters.samples} samples, {counters.correct} of them predicted right, "
               f"{counters.cycles} clock cycles; saturations of weights and neurons: "
               f"{counters.weight_saturations}, {counters.state_saturations}; damaged frames: "
               f"{counters.frames_dropped}")
