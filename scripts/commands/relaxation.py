"""``cortigate relaxation``"""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from joblib import Parallel, delayed

from cortigate.scripts.experiments.equilibrium import (
    TABLES,
    as_json,
    as_markdown,
    carry_out,
    trainings_of,
)

__all__ = ["relaxation"]


def relaxation(
    table: Annotated[
        list[str], typer.Option(help=f"Of {', '.join(TABLES)}; may be repeated.")
    ] = tuple(TABLES),
    seeds: Annotated[int, typer.Option(
        min=1, max=1000, help="Seeds 0, 1, … of split, start, order.")] = 5,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    output: Annotated[
        Path, typer.Option(help="Folder of relaxation.md and .json.")
    ] = Path("build"),
    quick: Annotated[
        bool, typer.Option("--quick", help="One epoch, one seed, the first network.")
    ] = False,
):
    """Rerun the equilibrium networks' tables: fixed points, initialisers, few free steps."""
    chosen = list(range(1 if quick else seeds))
    trainings = trainings_of(table, quick=quick)
    # Results come in the tasks' order, as soon as they are there.
    results = Parallel(n_jobs=workers, return_as="generator")(
        delayed(carry_out)(training, seed) for training in trainings for seed in chosen)
    rows = []
    for training in trainings:
        rows.append((training, [next(results) for _ in chosen]))
        # A table with figures for each initialiser: the feedforward start stands for the row.
        figures = [result.get("ffa", result)["accuracy"] for result in rows[-1][1]]
        typer.echo(f"{training.table:10s} {training.network:12s} {training.label:32s} "
                   f"{sum(figures) / len(figures):6.2f} %")
    record = as_json(rows, chosen, shlex.join(["cortigate", *sys.argv[1:]]))
    output.mkdir(parents=True, exist_ok=True)
    (output / "relaxation.json").write_text(json.dumps(record, indent=1) + "\n")
    (output / "relaxation.md").write_text(as_markdown(record), encoding="utf-8")
    typer.echo(f"wrote {output / 'relaxation.md'} and .json")
