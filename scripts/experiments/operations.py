"""Print spikes, synaptic operations and cycles per sample of a trained microcircuit."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.training import design_by_name
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.integer import integer_model
from cortigate.golden.integer.activity import activity, counted_operations
from cortigate.golden.spec import Design, Network
from cortigate.golden.timeline import Timeline
from cortigate.scripts.console import new_console
from cortigate.scripts.course import milestones

__all__ = ["operations"]

QUARTILES = ("fewest", "second", "third", "most")
KINDS = ("forward", "feedback", "update")


@dataclass(frozen=True)
class Costs:
    """Of samples, one after the other.

    Attributes
    ----------
    spikes, errors, met : int64 arrays (samples, layers)
        S_0 … S_L; Z_1 … Z_L; Z_l n_{l-1} rho_{l-1}.
    counted, formula : int64 arrays (samples, 3)
        Synaptic operations: forward, feedback, updates.
    learning, inference : int64 arrays (samples,)
        Cycles.
    """

    spikes: np.ndarray
    errors: np.ndarray
    met: np.ndarray
    counted: np.ndarray
    formula: np.ndarray
    learning: np.ndarray
    inference: np.ndarray

    def quartiles(self, what):
        """Four arrays of samples, from those with the fewest `spikes` or `errors` up."""
        return np.array_split(np.argsort(getattr(self, what).sum(axis=1), kind="stable"), 4)

    def relation(self, cycles, *what):
        """Correlation of `learning` or `inference` with the best sum of `spikes`, `errors`."""
        counts = [getattr(self, name).sum(axis=1) for name in what]
        causes, effects = np.column_stack([np.ones(len(self.spikes)), *counts]), getattr(
            self, cycles)
        fitted = causes @ np.linalg.lstsq(causes, effects, rcond=None)[0]
        return float(np.corrcoef(fitted, effects)[0, 1])


def operations(
    layers: Annotated[str, typer.Option(help="Neurons per layer, 64-…-10.")] = "64-32-10",
    lanes: Annotated[int, typer.Option(help="Lanes.")] = 8,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs to learn before measuring.")] = 8,
    samples: Annotated[int, typer.Option(min=4, max=360, help="Test digits to measure.")] = 360,
    seed: Annotated[int, typer.Option(min=0)] = 0,
):
    """Print spikes, synaptic operations and cycles per sample of a trained microcircuit."""
    design = design_by_name(Network.parse(layers).sizes, rule="microcircuit", lanes=lanes)
    found = trained_costs(design, epochs, samples, seed)
    console = new_console()
    console.print(f"{design.network}, {lanes} lanes, after {epochs} epochs: means of {samples} "
                  f"test digits (seed {seed}),\nlearned from by the integer model with weights "
                  "that stand still.", highlight=False)
    for table in (layer_table(design, found), operation_table(found),
                  quartile_table(found, "spikes", "spikes"),
                  quartile_table(found, "errors", "error spikes")):
        console.print(table)
    equal = bool((found.counted == found.formula).all())
    console.print(
        f"Counted and formula are {'equal' if equal else 'DIFFERENT'} for every sample. "
        f"Correlation of cycles: inference and spikes {found.relation('inference', 'spikes'):.2f}, "
        f"learning and error spikes {found.relation('learning', 'errors'):.2f}, "
        f"learning and both {found.relation('learning', 'spikes', 'errors'):.2f}.",
        highlight=False)
    raise typer.Exit(0 if equal else 1)


def trained_costs(design: Design, epochs, samples, seed):
    """Costs of test digits in a network after this many epochs."""
    data = load_digits_split(seed)
    learned = CortigateClassifier(design=design, epochs=epochs, random_state=seed, scale=None,
                                  milestones=milestones(design, epochs))
    learned.fit(data.x_train, data.y_train)
    return costs(design, learned.weights_, data.x_test[:samples], data.y_test[:samples])


def costs(design: Design, weights, x, labels):
    """Costs of samples with given raw weights."""
    model, timeline = integer_model(design), Timeline(design)
    records = []
    for one, label in zip(design.sample.from_float(x), labels, strict=True):
        model.set_weights(weights)  # learning changes them
        inference = timeline.cycles(model.trace_inference(one), train=False)
        trace = model.learn(one, int(label))
        fired, counted = activity(trace), counted_operations(trace)
        formula = fired.operations()
        records.append((fired.spike_counts, fired.error_counts, fired.met,
                        *([getattr(of, kind) for kind in KINDS] for of in (counted, formula)),
                        timeline.cycles(trace), inference))
    return Costs(*map(np.array, zip(*records, strict=True)))


def columns(title, first, *names):
    """Table whose first column is text and the others numbers."""
    table = Table(title=title)
    table.add_column(first, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def layer_table(design, found):
    """Spikes S, error spikes Z, and rho of the layer's own traces."""
    table, sizes = columns("", "layer", "neurons", "spikes", "error spikes",
                           "traces not 0"), design.network.sizes
    depth = len(sizes) - 1
    for layer, size in enumerate(sizes):
        above = found.errors[:, layer].sum() * size if layer < depth else 0
        table.add_row("input" if layer == 0 else "output" if layer == depth else f"hidden {layer}",
                      str(size), f"{found.spikes[:, layer].mean():.2f}",
                      f"{found.errors[:, layer - 1].mean():.2f}" if layer else "",
                      f"{100 * found.met[:, layer].sum() / above:.0f} %" if above else "")
    return table


def operation_table(found):
    """Synaptic operations, counted one by one and by the formula."""
    table = columns("", "synaptic operations", "counted", "formula")
    means = [of.mean(axis=0) for of in (found.counted, found.formula)]
    for kind, *values in zip(KINDS, *means, strict=True):
        table.add_row(kind, *(f"{value:.1f}" for value in values))
    table.add_row("all", *(f"{values.sum():.1f}" for values in means))
    return table


def quartile_table(found, what, name):
    """Cycles by how many spikes or error spikes a sample has."""
    table = columns("", f"quarter by\n{name}", "\nspikes", "error\nspikes",
                    "synaptic\noperations", "cycles,\nlearning", "\ninference")
    for name, chosen in zip(QUARTILES, found.quartiles(what), strict=True):
        means = (values[chosen].sum(axis=1).mean()
                 for values in (found.spikes, found.errors, found.counted))
        table.add_row(name, *(f"{mean:.1f}" for mean in means),
                      f"{found.learning[chosen].mean():.0f}",
                      f"{found.inference[chosen].mean():.0f}")
    return table
