"""Rerun samples left alone: what learning loses and gains where they lead by a margin.

Digits and MNIST by rules that have a margin (`Design.margin_shift`), in integers, beside exact
backprop in float64 with the same margin.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from joblib import delayed
from threadpoolctl import threadpool_limits

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.designs import baseline_model
from cortigate.golden.spec import Design, preset
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.timeline import Timeline
from cortigate.scripts.benchmark.engine import left_alone
from cortigate.scripts.document import documented
from cortigate.scripts.processes import results_of
from cortigate.scripts.speaking import emit
from cortigate.scripts.tables import (
    RECORD,
    OutputOption,
    QuickOption,
    RowOption,
    SeedsOption,
    WorkersOption,
    command_line,
    markdown_table,
    spread,
    versions,
    write_record,
)

from .accuracy import data
from .accuracy.run import Run, order_of, raw_samples, shifts_of

__all__ = ["Row", "margins", "rows_of"]

MARGINS = (None, 3, 2, 1)
MEASURED = 1000  # samples, in the middle of the epochs, of which cycles and shares are means
LEGEND = (
    "Accuracy in % after the last epoch, mean ± sample standard deviation over the seeds, and "
    "beside it the difference to margin off. Left alone: share of the samples of all epochs of "
    "which nothing is learned; cycles: of a learning sample in the engine, by the timeline. Both "
    f"are means over {MEASURED:,} samples, as many from the middle of every epoch.")


@dataclass(frozen=True)
class Row(Plain):
    """A network of one rule, or of backprop, with a margin or without one.

    Parameters
    ----------
    network, model : str
    design : Design
    epochs : int
    halvings : tuple of int
        Epochs at whose start the learning rates are halved.
    """

    network: str
    model: str
    design: Design
    epochs: int
    halvings: tuple[int, ...]

    @property
    def backprop(self) -> bool:
        """True of the baseline, which has the design's network and rate."""
        return self.model == "backprop"

    @property
    def margin(self) -> str:
        """The margin as text."""
        shift = self.design.margin_shift
        return "off" if shift is None else f"{2.0**-shift:g}"


def _designs(mnist):
    """(Model, design, has it a row of backprop?) of a data set."""
    if not mnist:
        return [("ghost", preset("digits"), True), ("inversion", preset("inversion"), False),
                ("equilibrium", preset("equilibrium"), True)]
    ghost = preset("mnist")
    return [("ghost", ghost, True),
            ("equilibrium", EquilibriumRule.design(
                ghost.network.sizes, weight=ghost.weight, lanes=64, neuron_lanes=2,
                sample_capacity=64), False)]


def rows_of(mnist: bool, quick: bool = False, text: str | None = None) -> list[Row]:
    """Rows of the digits, or of MNIST; `text`: only those whose network or model holds it."""
    epochs, halvings = (5, (2, 3, 4)) if mnist else (20, (10, 15))
    rows = []
    for model, design, baseline in _designs(mnist):
        for name in (model, *(["backprop"] * baseline)):
            for shift in MARGINS[::3] if quick else MARGINS:
                rows.append(Row(f"{design.network}", name, design.replace(margin_shift=shift),
                                1 if quick else epochs, () if quick else halvings))
    return [row for row in rows if text is None or text in row.network or text in row.model]


class _Chip:
    """An integer model, and what it leaves alone."""

    def __init__(self, design, seed):
        self.model, self.timeline = integer_model(design), Timeline(design)
        self.model.set_weights(initial_weights(design, seed))

    def learn(self, x, labels, order, shifts):
        self.model.learn_all(x, labels, order, *shifts)

    def measured(self, x, labels, order, shifts):
        """(Cycles, left alone?) of samples that a copy learns."""
        model, timeline, found = copy.deepcopy(self.model), self.timeline, []
        for i in order:
            trace = model.learn(x[i], int(labels[i]), *shifts)
            found.append((timeline.cycles(trace), left_alone(timeline, trace)))
        return found


class _Backprop:
    """Exact backprop of a design's network, with its margin."""

    def __init__(self, design, seed):
        self.model: Any = baseline_model(design.replace(margin_shift=None))
        self.margin = None if design.margin_shift is None else 2.0**-design.margin_shift
        start = initial_weights(design, seed)
        self.model.set_weights({name: start[name] for name in self.model.weights})

    def learn(self, x, labels, order, shifts):
        self.model.learn_all(x, labels, order, *shifts, margin=self.margin)

    def measured(self, x, labels, order, shifts):
        """As of a chip, without cycles; the model does not learn meanwhile."""
        rates = self.model.outputs(x[order])
        own = np.eye(rates.shape[1], dtype=bool)[labels[order]]
        lead = rates[own] - np.where(own, -np.inf, rates).max(axis=1)
        return [(0, self.margin is not None and one >= self.margin) for one in lead]


def trained(row: Row, seed: int, folder: str | None, validation: bool) -> dict[str, Any]:
    """Accuracy in %, share left alone in %, and mean cycles (0 of backprop) with one seed."""
    run = Run(row.network, row.model, "integer", row.design, epochs=row.epochs,
              halvings=row.halvings, validation=validation, data=folder)
    samples = data.data_of(run, seed)
    if not row.backprop:
        samples = raw_samples(row.design, samples)
    x, labels, each = samples.x_train, samples.y_train, MEASURED // row.epochs
    with threadpool_limits(1):  # the matrices are small, and other rows may share the machine
        model, found = (_Backprop if row.backprop else _Chip)(row.design, seed), []
        for epoch in range(row.epochs):
            order, shifts = order_of(row.design, len(x), seed, epoch), shifts_of(run, epoch)
            half = len(order) // 2
            model.learn(x, labels, order[:half], shifts)
            found += model.measured(x, labels, order[half:half + each], shifts)
            model.learn(x, labels, order[half:], shifts)
        right = (model.model.predict(samples.x_test) == samples.y_test).mean()
    cycles, left = np.mean(found, axis=0)
    return {"accuracy": 100 * float(right), "left": 100 * float(left), "cycles": float(cycles)}


def record_of(row: Row, results: list[dict[str, Any]], seeds: int) -> dict[str, Any]:
    """A row and what each seed has reached, ready for JSON."""
    return {"network": row.network, "model": row.model, "margin": row.margin,
            "epochs": row.epochs, "halvings": list(row.halvings), "digest": row.design.digest,
            "seeds": list(range(seeds)),
            **{name: [one[name] for one in results] for name in results[0]}}


def as_markdown(record: dict[str, Any]) -> str:
    """The record as a Markdown document."""
    used = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    lines = ["# Samples left alone", "", f"`{record['command']}`; {used}.", "", LEGEND]
    for section in record["sections"]:
        plain = {(row["network"], row["model"]): row for row in section["rows"]
                 if row["margin"] == "off"}
        lines += ["", f"## {section['name']}", "", f"{section['about']}.", "", *markdown_table(
            [_figures(row, plain.get((row["network"], row["model"])))
             for row in section["rows"]])]
    return "\n".join(lines) + "\n"


def _figures(row, plain):
    """Name and text of each column; `plain` is the row without a margin, None if there is none."""
    lost = np.mean(row["accuracy"]) - np.mean(plain["accuracy"]) if plain else 0.0
    return {"network": row["network"], "model": row["model"], "margin": row["margin"],
            "accuracy": spread(row["accuracy"]),
            "to off": "" if row is plain or plain is None else f"{lost:+.2f}",
            "left alone / %": f"{np.mean(row['left']):.1f}",
            "cycles": f"{np.mean(row['cycles']):.0f}" if any(row["cycles"]) else "",
            "seeds": f"{len(row['seeds'])}"}


@documented(**{key: shape for key, shape in RECORD.items() if key != "experiment"})
def margins(
    row: RowOption = None,
    seeds: SeedsOption = 5,
    workers: WorkersOption = 2,
    validation: Annotated[
        bool, typer.Option("--validation", help="Report the accuracy on a split of the training "
                                                "samples instead of the test samples.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--data", help="Folder of MNIST's four files. Default: the "
                                                 "digits.")] = None,
    output: OutputOption = Path("build"),
    quick: QuickOption = False,
):
    """Rerun samples left alone: accuracy and cycles where a class that leads is not learned."""
    place = None if folder is None else str(folder)
    rows = rows_of(folder is not None, quick, row)
    if not rows:
        raise ValueError(f"no row holds {row!r}")
    results = results_of((delayed(trained)(one, seed, place, validation)
                          for one in rows for seed in range(seeds)), workers)
    found = []
    for one in rows:
        found.append(record_of(one, [next(results) for _ in range(seeds)], seeds))
        said = _figures(found[-1], None)
        typer.echo("  ".join(f"{name} {text}" for name, text in said.items() if text))
    name = "margins-mnist" if folder else "margins"
    record = {"command": command_line(), "versions": versions(), "sections": [
        {"name": name, "about": data.about(place, validation), "rows": found}]}
    write_record(output, name, record, as_markdown(record))
    emit(record)
