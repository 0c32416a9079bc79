"""cortigate stop: ends the run of a board, whoever began it."""


import typer

from cortigate.boards.host.identify import describe, read_identity
from cortigate.boards.host.rates import open_link
from cortigate.boards.host.session import Session
from cortigate.scripts.opening import BaudOption, PortOption, port_of

__all__ = ["stop"]


def stop(
    device: PortOption,
    baud: BaudOption = None,
):
    """End the run on a board after its current sample, for a program that has died.

    Example: cortigate stop --device PORT
    """
    device = port_of(device)
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
