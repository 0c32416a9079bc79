"""cortigate predict: what a model of `cortigate train` says of new rows."""

import csv
import io
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from cortigate.boards.extras import command_name
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.storage.files import write_whole
from cortigate.golden.datasets import Columns, read_table
from cortigate.scripts.console import say
from cortigate.scripts.document import documented
from cortigate.scripts.opening import BaudOption, TakeOverOption, on_line
from cortigate.scripts.own.problem import KINDS, OwnTask
from cortigate.scripts.saving import position_of, writable
from cortigate.scripts.speaking import emit

__all__ = ["predict"]


@documented(
    rows="integer: predicted", columns="list of string: what is predicted of a row",
    output="string or null: file of the predictions", predictions="list of array or null: the rows "
    "themselves; null: they are in the file", task="string: classes, regression or anomaly",
    right="number or null: share of the labels in the table that are as predicted; null: it has "
          "none")
def predict(
    model: Annotated[Path, typer.Argument(
        help="File of `cortigate train --save`, or of an estimator's own save.")],
    data: Annotated[Path, typer.Argument(
        help="Table of new rows, with the columns that were learned from in any order.")],
    output: Annotated[Path | None, typer.Option(
        "--output", "-o", help="New CSV file. Default: standard output.")] = None,
    probabilities: Annotated[bool, typer.Option(
        "--probabilities", help="A column for each class, too: a softmax of the output rates, not "
                                "calibrated.")] = False,
    ignore: Annotated[list[str] | None, typer.Option(
        help="Column to leave out. May be said several times.")] = None,
    device: Annotated[str | None, typer.Option(
        help="As of train. Default: the integer model, which has the bits of every board; of "
             "weights in real numbers, the model that learned them.")] = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
):
    """Predict the label, the values or the anomalies of each row of a table.

    Example: cortigate predict my.safetensors new.csv -o out.csv --probabilities
    """
    writable(output, "delete it, or name another file")
    learner, task, notes = opened(model, device, baud, take_over)
    if probabilities and task is not OwnTask.CLASSES:
        raise ValueError(f"--probabilities belongs to classes, but {model} has learned {task}")
    settings = notes.get("settings") or {}
    inputs, labels = settings.get("inputs"), tuple(settings.get("labels", ()))
    table = read_table(data, Columns(
        labels, tuple(ignore or ()), inputs and tuple(inputs), tuple(settings.get("ignored", ())),
        optional=True))
    table = table.test or table
    if table.inputs.shape[1] != learner.n_features_in_:
        raise ValueError(f"{data} has {table.inputs.shape[1]} inputs, but {model} has learned from "
                         f"{learner.n_features_in_}: leave out columns with --ignore")
    if not finished(learner):
        typer.echo(f"{model} is of a training that was interrupted after {learner.n_epochs_} of "
                   f"{learner.epochs} epochs", err=True)
    head, rows = predicted(learner, task, table.inputs, labels, probabilities)
    right = None
    if table.labels and task is OwnTask.CLASSES:
        [known] = table.labels.values()
        right = agreeing(np.array([row[0] for row in rows]), known)
    if output is not None:
        write_whole(output, csv_of(head, rows).encode(), "the predictions")
    if emit({"rows": len(rows), "columns": head, "output": output,
             "predictions": rows if output is None else None, "task": f"{task}", "right": right}):
        return
    if output is None:
        typer.echo(csv_of(head, rows), nl=False)
    else:
        say(f"wrote {len(rows)} rows to {output}")
    if right is not None:
        typer.echo(f"{100 * right:.2f} % of the labels in {data} are as predicted", err=True)


def csv_of(head, rows):
    """A table as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


def opened(path, device, baud=None, take_over=False):
    """(Estimator, task, notes) of a model's file."""
    checkpoint = Checkpoint.load(path)
    tasks = {kind.KIND: task for task, kind in KINDS.items()}
    task = tasks.get(checkpoint.position.get("command"))
    if task is None:
        raise ValueError(f"{path} holds no model for a table: make one with "
                         f"{command_name()} train --save")
    if device is None and not checkpoint.real:
        device = "integer"
    if baud is not None or take_over:
        device = on_line("of its training" if device is None else device, baud, take_over)
    return KINDS[task].load(path, device=device), task, position_of(checkpoint)


def finished(learner):
    """Whether an estimator, or a pipeline around one, has learned all that it was to learn."""
    return (not hasattr(learner, "n_epochs_") or learner.early_stopping
            or learner.n_epochs_ >= learner.epochs)


def agreeing(found, known):
    """Share of labels that are equal, 1 and 1.0 too."""
    if "U" in (found.dtype.kind, known.dtype.kind):
        found, known = found.astype(str), known.astype(str)
    return float((found == known).mean())


def predicted(learner, task, x, labels, probabilities):
    """(Names of columns, rows) of what is predicted."""
    found = learner.predict(x)
    if task is OwnTask.ANOMALY:
        return ("anomaly", "score"), [
            (int(one < 0), score) for one, score in zip(
                found.tolist(), learner.score_samples(x).tolist(), strict=True)]
    columns = found.reshape(len(x), -1).tolist()
    head = labels or (("label",) if len(columns[0]) == 1 else tuple(
        f"label {place}" for place in range(1, len(columns[0]) + 1)))
    if not probabilities:
        return head, columns
    shares = np.round(learner.predict_proba(x), 6).tolist()
    return ((*head, *(f"probability_{name}" for name in learner.classes_.tolist())),
            [(*label, *share) for label, share in zip(columns, shares, strict=True)])
