"""``cortigate fuzz``"""

from typing import Annotated

import typer
from rich.progress import Progress

from cortigate.golden.spec import preset
from cortigate.scripts.console import new_console
from cortigate.sim.fuzz import fuzz_link

__all__ = ["fuzz"]


def fuzz(
    frames: Annotated[int, typer.Option(min=1, help="Frames to send.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of requests and damage.")] = 0,
    preset_name: Annotated[str, typer.Option("--preset", help="Design of the board.")] = "tiny",
):
    """Damage the link of a virtual board: it must do what it is asked, and only that."""
    console = new_console()
    with Progress(console=console) as bar:
        task = bar.add_task("frames", total=frames)
        result = fuzz_link(preset(preset_name), frames, seed,
                           lambda so_far: bar.update(task, completed=so_far.frames))
    console.print(f"{result.frames} frames in {result.cases} cases, {result.running} of them while "
                  f"the engine ran, {result.requests} requests in between: {result.answers} "
                  f"answered, {result.dropped} dropped and counted; {result.garbled} more frames "
                  "at a wrong speed. No word changed that was not asked for; the request after "
                  "each case was answered.", highlight=False)
