"""cortigate stop: ends the run of a board, whoever began it."""


import typer

from cortigate.boards.host.identify import describe, read_identity
from cortigate.boards.host.rates import open_link
from cortigate.boards.host.session import Session
from cortigate.scripts.document import documented
from cortigate.scripts.opening import BaudOption, PortOption, port_of
from cortigate.scripts.speaking import emit

__all__ = ["stop"]


COUNTED = ("samples", "correct", "cycles", "weight_saturations", "state_saturations",
           "frames_dropped")


@documented(board="string: in words", stopped="boolean: something was running",
            samples="integer: of the run", correct="integer: of them predicted right",
            cycles="integer: clock cycles", weight_saturations="integer",
            state_saturations="integer", frames_dropped="integer: damaged on the way to the board")
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
    if emit({"board": describe(board), "stopped": running,
             **{name: getattr(counters, name) for name in COUNTED}}):
        return
    typer.echo(f"{describe(board)}: " + (
        "stopped; its weights stay as they are" if running else "nothing was running"))
    typer.echo(f"{counters.samples} samples, {counters.correct} of them predicted right, "
               f"{counters.cycles} clock cycles; saturations of weights and neurons: "
               f"{counters.weight_saturations}, {counters.state_saturations}; damaged frames: "
               f"{counters.frames_dropped}")
