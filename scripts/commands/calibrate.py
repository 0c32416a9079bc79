"""``cortigate calibrate``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards import measured
from cortigate.boards.board import board as board_named
from cortigate.boards.calibrate import BOARDS, LANES, measure, written
from cortigate.boards.chip import large_presets
from cortigate.boards.storage.files import write_whole

__all__ = ["calibrate"]

# As typer takes them: what is repeated is a list.
EVERY_BOARD, NO_RULE, EVERY_COUNT = [*BOARDS], list[str](), [*LANES]


def calibrate(
    board: Annotated[list[str], typer.Option(help="Board; may be repeated.")] = EVERY_BOARD,
    rule: Annotated[list[str], typer.Option(help="Rule; may be repeated. Default: all.")] = NO_RULE,
    lanes: Annotated[list[int], typer.Option(help="Lanes; may be repeated.")] = EVERY_COUNT,
    output: Annotated[Path | None, typer.Option(
        help="Module to write. Default: the one in this working copy.")] = None,
):
    """Measure how much of a chip designs take, for the estimates of `cortigate boards`.

    Example: cortigate calibrate
    """
    output = writable(output)
    for name in board:  # refused now, not after minutes
        board_named(name)
    rule = rule or list(large_presets())
    for which in rule:
        if which not in large_presets():
            raise ValueError(f"rule must be one of {', '.join(large_presets())}, not {which!r}")
    points = []
    for name in board:
        for which in rule:
            for count in lanes:
                points.append(measure(name, which, count, log=lambda line: None))
                print(points[-1], flush=True)
    write_whole(output, written(points).encode(), "the module")
    print(f"{len(points)} points: {output}")


def writable(output):
    """The module to write, never one of an installed package; ValueError before anything is done.
    """
    package = Path(measured.__file__).resolve().parents[1]
    installed = not (package / "pyproject.toml").is_file()
    if output is None and installed:
        raise ValueError(f"cortigate is installed in {package}, which must not be changed: name "
                         "another file, such as --output measured.py")
    output = Path(measured.__file__) if output is None else output
    if installed and output.resolve().is_relative_to(package):
        raise ValueError(f"output must be outside of the installed package {package}, not {output}")
    if not output.absolute().parent.is_dir():
        raise ValueError(f"output must be a file in a folder that exists, not {output}")
    return output
