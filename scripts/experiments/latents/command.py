"""The command: which rows, their table, and the picture of their codes."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cortigate.scripts.document import documented
from cortigate.scripts.showing import ShowOption, show
from cortigate.scripts.tables import (
    RECORD,
    Experiment,
    OnlyOption,
    OutputOption,
    QuickOption,
    RowOption,
    Section,
    SeedsOption,
    WorkersOption,
    spread,
)

from .picture import draw
from .rows import digits, integers, mnist, mnist_integers

__all__ = ["experiment_of", "latents"]

LEGEND = (
    "R2 of the reconstruction of held-out samples (1 is perfect, 0 what their mean would be), and "
    "accuracy in % of a linear probe, multinomial logistic regression on the code in the middle, "
    "fitted on codes of training samples, scored on held-out ones; mean ± sample standard "
    "deviation over the seeds. Chance names the commonest class. Rate is that of W in each of the "
    "4 time steps of a sample. Angles in degrees between B and the transposed W, hidden layers "
    "from below, mean over the seeds."
)
DIGITS = {"digits": digits, "integers": integers}
MNIST = {"mnist": mnist, "mnist-integers": mnist_integers}


def experiment_of(data: Path | None, **changes: object) -> Experiment:
    """The experiment; with the tables of MNIST only if there is a folder of its files.

    Parameters
    ----------
    data : Path or None
    **changes
        Of every `Row`.
    """
    sections: dict[str, Callable] = {
        name: _changed(make, changes) for name, make in DIGITS.items()}
    if data is not None:
        sections |= {name: _changed(make, changes | {"data": str(data)})
                     for name, make in MNIST.items()}
    return Experiment("latents", "The codes of autoencoders with a narrow middle", LEGEND, sections,
                      _settings, _figures)


def _changed(make, changes):
    """`make` of other rows; one that does not learn keeps its 0 epochs."""
    def section() -> Section:
        made = make()
        rows = tuple(dataclasses.replace(row, **{
            name: value if name != "length" or row.length else 0
            for name, value in changes.items() if value is not None}) for row in made.rows)
        return dataclasses.replace(made, rows=rows)

    section.__doc__ = make.__doc__
    return section


def _settings(row):
    return {"shift": row.shift, "samples": row.samples, "validation": row.validation,
            "learns": row.length > 0}


def _figures(row):
    """Name and text of what a row has reached."""
    angles = [sum(layer) / len(layer) for layer in zip(*row["angles"], strict=True)]
    return [{
        "R2": spread(row["r2"], 3), "probe": spread(row["probe"], 1),
        "chance": f"{sum(row['chance']) / len(row['chance']):.1f}",
        "rate": f"2^-{row['shift']}" if row["learns"] else "–", "epochs": f"{row['length']}",
        "samples": "all" if row["samples"] is None else f"{row['samples']}",
        "angles": ", ".join(f"{one:.0f}" for one in angles)}]


@documented(**RECORD)
def latents(
    only: OnlyOption = None,
    row: RowOption = None,
    seeds: SeedsOption = 5,
    workers: WorkersOption = 2,
    output: OutputOption = Path("build"),
    quick: QuickOption = False,
    data: Annotated[Path | None, typer.Option(
        help="Folder of MNIST's four original idx files, for the tables mnist and "
             "mnist-integers.")] = None,
    samples: Annotated[int | None, typer.Option(
        min=100, help="Number of training samples, the first ones. Default: all.")] = None,
    epochs: Annotated[int | None, typer.Option(
        min=1, help="Epochs instead of the tables' own.")] = None,
    shift: Annotated[int | None, typer.Option(
        min=1, max=16, help="k of the rate 2^-k of every row instead of its own.")] = None,
    validation: Annotated[bool, typer.Option(
        "--validation", help="Hold out a part of the training samples instead of the test's, as "
                             "for choosing rates.")] = False,
    shown: ShowOption = False,
):
    """Read an autoencoder's narrow code: phaseless alignment, feedback alignment, backprop.

    Tables: digits, integers; with --data also mnist, mnist-integers. The codes of two numbers are
    drawn as latents.png, beside the tables.
    """
    unknown = [name for name in only or () if name in MNIST and data is None]
    if unknown:
        raise ValueError(f"--only {unknown[0]} needs --data FOLDER with MNIST's four files")
    experiment = experiment_of(data, samples=samples, length=epochs, shift=shift,
                               validation=validation)
    experiment.run(only, row, seeds, workers, output, quick)
    record = json.loads((output / "latents.json").read_text(encoding="utf-8"))
    if draw(output / "latents.png", record):
        typer.echo(f"wrote {output / 'latents.png'}")
        if shown:
            show(output / "latents.png")
