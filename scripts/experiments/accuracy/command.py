"""The options of ``cortigate experiment accuracy``."""

from pathlib import Path
from typing import Annotated

import typer
from joblib import delayed

from cortigate.scripts.document import documented
from cortigate.scripts.processes import results_of
from cortigate.scripts.speaking import emit
from cortigate.scripts.tables import RECORD, write_record

from .report import as_json, as_markdown, summarise
from .run import execute
from .table import TABLES, rows_of

__all__ = ["accuracy"]


@documented(**{key: shape for key, shape in RECORD.items() if key != "experiment"},
            table="string: its name", data="string: that was learned")
def accuracy(
    table: Annotated[str, typer.Option(help=f"One of {', '.join(TABLES)}.")] = "hardware",
    seeds: Annotated[int, typer.Option(
        min=1, max=1000, help="Number of seeds 0, 1, … for split, initial weights and order.")] = 5,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs. Default: the table's.")] = None,
    halve_at: Annotated[
        str | None,
        typer.Option(help="Epochs at which the learning rates are halved, such as 10,15."),
    ] = None,
    validation: Annotated[
        bool, typer.Option("--validation", help="Report the accuracy on a split of the training "
                                                "samples instead of the test samples.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="Only rows whose network or model holds this text.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of MNIST's four files, for table mnist.")
    ] = None,
    output: Annotated[
        Path, typer.Option(help="Folder for accuracy-<table>.md and .json.")
    ] = Path("build"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Take only two epochs, two seeds and the rows' first "
                                           "network.")
    ] = False,
):
    """Rerun the accuracy tables: rules and baselines, networks, seeds; reference and integer."""
    halvings = None
    if halve_at is not None:
        try:
            halvings = [int(part) for part in halve_at.split(",") if part]
        except ValueError:
            raise ValueError(f"--halve-at must look like 10,15, not {halve_at!r}") from None
    folder = None if data is None else str(data)
    sections = rows_of(table, quick=quick, only=only, validation=validation, epochs=epochs,
                       halvings=halvings, data=folder)
    if not any(runs for _, _, runs in sections):
        raise ValueError(f"no row of table {table} holds {only!r}")
    chosen = range(min(seeds, 2) if quick else seeds)
    tasks = [(run, seed) for _, _, runs in sections for run in runs for seed in chosen]
    # Results come in the tasks' order, as soon as they are there.
    results = results_of((delayed(execute)(run, seed) for run, seed in tasks), workers)
    done = []
    for name, about, runs in sections:
        rows = []
        for run in runs:
            row = summarise(run, [next(results) for _ in chosen])
            rows.append(row)
            typer.echo(f"{name:12s} {row['network']:20s} {row['model']:36s} "
                       f"{row['mean']:6.2f} ± {row['std']:.2f} %")
        done.append((name, about, rows))
    record = as_json(table, done, validation, folder)
    write_record(output, f"accuracy-{table}", record, as_markdown(record))
    emit(record)
