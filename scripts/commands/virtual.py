"""cortigate virtual: a virtual board for any program."""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.scripts.choosing import UNASKED, Asked, chosen, hertz, takes_design
from cortigate.sim.virtual_board import CLOCK_HZ, Bridge, VirtualBoard

__all__ = ["virtual"]


@takes_design("mechanism", "schedule")
def virtual(
    wish: Asked = UNASKED,
    clock: Annotated[float, typer.Option(
        help="Clock in MHz that it says it has: that of a board, to play that one.")] = (
            CLOCK_HZ / 1e6),
    factor: Annotated[float, typer.Option(
        help="Play a USB bridge that speaks at this many times the rate it is asked for.")] = 1.0,
    clean: Annotated[int | None, typer.Option(
        help="Play a USB bridge that damages bytes above this rate in baud.")] = None,
    cut: Annotated[int | None, typer.Option(
        help="Play a USB bridge that loses one byte of this many.")] = None,
    flash_file: Annotated[Path | None, typer.Option(
        help="Give it a flash memory for samples, which holds what is in this file, 16 MB; a new "
             "file if there is none: see `cortigate data write`.")] = None,
    trace: Annotated[Path | None, typer.Option(help="File for a waveform (VCD).")] = None,
    trace_cycles: Annotated[int, typer.Option(
        min=1, help="Number of cycles in the waveform.")] = 100_000,
):
    """Run a virtual board until Ctrl-C and print its serial port, which any program may open.

    Without --preset and --design it is 64-32-10 with 8 lanes.

    Example: cortigate virtual --preset digits
    """
    design = chosen(wish).design
    if flash_file is not None:
        design = design.replace(flash=True)
    board = VirtualBoard(design, flash=flash_file, clock_hz=hertz(clock), trace=trace,
                         trace_cycles=trace_cycles, bridge=Bridge(factor, clean, cut))
    try:
        with board as port:
            typer.echo(f"{design.network}, {design.lanes} lanes, configuration {design.digest}\n"
                       f"port {port}")
            code = board.wait()
    except KeyboardInterrupt:
        typer.echo(f"\n{board.cycles} cycles, {board.cycles_per_second:.0f} a second")
        return
    raise RuntimeError(f"the virtual board ended: {board.ended or f'exit code {code}'}")
