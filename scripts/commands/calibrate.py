"""``cortigate calibrate``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards import measured
from cortigate.boards.calibrate import BOARDS, LANES, measure, written
from cortigate.boards.device import DEEP_PRESETS

__all__ = ["calibrate"]


def calibrate(
    board: Annotated[list[str], typer.Option(help="May be repeated.")] = BOARDS,
    rule: Annotated[list[str], typer.Option(help="May be repeated.")] = tuple(DEEP_PRESETS),
    lanes: Annotated[list[int], typer.Option(help="May be repeated.")] = LANES,
    output: Annotated[Path, typer.Option(help="The module that is written.")] = Path(
        measured.__file__),
):
    """Measure what designs take of a family of chips, for the estimates of `cortigate boards`."""
    points = []
    for name in board:
        for which in rule:
            for count in lanes:
                points.append(measure(name, which, count, log=lambda line: None))
                print(points[-1], flush=True)
    new = output.with_name(f"{output.name}.new")
    new.write_text(written(points), encoding="utf-8")
    new.replace(output)
    print(f"{len(points)} points: {output}")
