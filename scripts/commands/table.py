"""``cortigate table``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards import build as flow
from cortigate.boards.board import BOARDS, board
from cortigate.boards.record import REPORT, BuildRecord
from cortigate.boards.table import facts, markdown, row
from cortigate.golden.datasets import load_idx_folder
from cortigate.golden.initial import initial_weights
from cortigate.scripts.benchmark.engine import predicted
from cortigate.scripts.document import DESIGN, documented
from cortigate.scripts.experiments.utilisation import measured
from cortigate.scripts.speaking import emit
from cortigate.sim.proof import prove

__all__ = ["table"]

SAMPLES = 100  # training samples whose cycles are counted


@documented(
    builds=[{"board": "string", **DESIGN, "clock_hz": "number: in use",
             "fmax_hz": "number: by nextpnr", "seed": "integer: of the placement",
             "resources": [{"resource": "string: its name", "used": "integer",
                            "available": "integer"}],
             "cycles_per_sample": "number or null: while it learns; null: there is no data for it",
             "samples_per_second": "number or null", "proof": "string: or no"}],
    missing="list of string: builds that are not there, and why",
    samples="integer: training samples whose cycles are counted")
def table(
    names: Annotated[list[str] | None, typer.Argument(
        metavar="[BOARD]...", help="Default: all boards.")] = None,
    every_rule: Annotated[bool, typer.Option(
        "--every-rule", help="Print a row for every rule of a board, not only for its "
                             "first.")] = False,
    build: Annotated[bool, typer.Option(
        "--build", help="Make builds that are missing.")] = False,
    seeds: Annotated[int, typer.Option(
        min=1, max=1000, help="Number of placements to try for each build.")] = 8,
    data: Annotated[Path | None, typer.Option(
        help="Folder of MNIST's idx files, for the cycles of designs that fit them.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the builds.")] = Path("build"),
):
    """Print a Markdown table of the boards' builds, with the samples that they learn per second.

    Example: cortigate table icebreaker
    """
    split = None if data is None else load_idx_folder(data)
    found, missing = [], []
    for target in map(board, names or BOARDS):
        places = {}
        for rule in list(target.offered)[:None if every_rule else 1]:
            name, design = target.design(rule)
            own = target.name if name == target.preset else f"{target.name}-{name}"
            places[folder / own] = name, design
        # And whatever else was built for it.
        places |= {path.parent: (path.parent.name.removeprefix(f"{target.name}-"), None)
                   for path in sorted(folder.glob(f"{target.name}-*/{REPORT}"))
                   if path.parent not in places
                   and BuildRecord.read(path).board == target.name}
        for place, (name, design) in places.items():
            if build and design and not (place / REPORT).is_file():
                try:
                    flow.build(target.running(name), design, place, prove=prove,
                               seeds=target.placements(name, count=seeds))
                except flow.BuildError as error:
                    missing.append(f"{target.name}, {name}: {error}")
                    continue
            try:
                found.append(facts(BuildRecord.read(place), lambda one: cycles(one, split)))
            except ValueError as error:
                missing.append(f"{target.name}, {name}: {error}")
    if emit({"builds": found, "missing": missing, "samples": SAMPLES}):
        return
    print(markdown(map(row, found)))
    for text in missing:
        print(f"not in the table: {text}")
    print(f"Cycles: mean of the first {SAMPLES} training samples while they are learned.")


def cycles(design, split=None):
    """Mean cycles while a sample is learned, or None if the network is for no data at hand.

    Parameters
    ----------
    design : Design
    split : Dataset or None
        MNIST's; without it only digits can be said.
    """
    ends = design.network.sizes[0], design.network.sizes[-1]
    if ends == (64, 10):
        return measured(design, SAMPLES, 0)[2]
    if split is None or ends != (split.inputs, split.classes):
        return None
    x = design.sample.from_float(split.x_train[:SAMPLES])
    return predicted(design, initial_weights(design, 0), x, split.y_train[:SAMPLES])[0].events
