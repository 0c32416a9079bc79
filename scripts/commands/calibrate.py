"""``cortigate calibrate``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.calibrate import BOARDS, LANES, measure, written
from cortigate.boards.device import DEEP_PRESETS

__all__ = ["calibrate"]


def calibrate(
    output: Annotated[Path, typer.Option(help="The module that is written.")] = Path(
        "boards", "measured.py"),
):
    """Measure what designs take of each family of chips, for the estimates of `cortigate boards`."""
    points = []
    for name in BOARDS:
        for rule in DEEP_PRESETS:
            for lanes in LANES:
                points.append(measure(name, rule, lanes, log=lambda line: None))
                print(points[-1], flush=True)
    new = output.with_name(f"{output.name}.new")
    new.write_text(written(points), encoding="utf-8")
    new.replace(output)
    print(f"{len(points)} points: {output}")
