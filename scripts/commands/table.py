"""``cortigate table``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards import build as flow
from cortigate.boards.board import BOARDS, board
from cortigate.boards.table import markdown, record, row

from .utilisation import measured

__all__ = ["table"]

SAMPLES = 100  # training digits whose cycles are counted


def table(
    names: Annotated[list[str] | None, typer.Argument(
        metavar="[BOARD]...", help="All boards if none is named.")] = None,
    every_rule: Annotated[bool, typer.Option(
        "--every-rule", help="A row for each rule of a board, not only for its first.")] = False,
    build: Annotated[bool, typer.Option(
        "--build", help="Build what is not there yet.")] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Placements to try for each build.")] = 4,
    folder: Annotated[Path, typer.Option(help="Where the builds are, or go.")] = Path("build"),
):
    """Print a Markdown table of the boards' builds, with the samples that they learn a second."""
    rows, missing = [], []
    for target in map(board, names or BOARDS):
        for rule in list(target.presets)[:None if every_rule else 1]:
            name, design = target.design(rule)
            place = folder / (target.name if name == target.preset else f"{target.name}-{name}")
            if build and not (place / "report.json").is_file():
                try:
                    flow.build(target, design, place, seeds=range(1, seeds + 1))
                except flow.BuildError as error:
                    missing.append(f"{target.name}, {name}: {error}")
                    continue
            try:
                rows.append(row(record(place), cycles))
            except ValueError as error:
                missing.append(f"{target.name}, {name}: {error}")
    print(markdown(rows))
    for text in missing:
        print(f"not in the table: {text}")
    print(f"Cycles: mean of the first {SAMPLES} training digits while they are learned.")


def cycles(design):
    """Mean cycles while a digit is learned, or None if the network is not one for digits."""
    if (design.network.sizes[0], design.network.sizes[-1]) != (64, 10):
        return None
    return measured(design, SAMPLES, 0)[2]
