"""Print cycles per sample of trained networks, dense against event-driven."""

from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design, preset
from cortigate.golden.timeline import Timeline
from cortigate.scripts.console import new_console

__all__ = ["events"]

# A relaxation of every rule.
PRESETS = ["digits-relax", "equilibrium-deep", "inversion-deep"]


def events(
    presets: Annotated[
        list[str], typer.Option("--preset", help="Design on the digits; may be repeated.")
    ] = PRESETS,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs to learn before measuring.")] = 10,
    samples: Annotated[int, typer.Option(min=1, max=360, help="Test digits to measure.")] = 200,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    neuron_lanes: Annotated[int, typer.Option(help="Neurons per cycle: 1, 2, 4, 8 or 16.")] = 1,
):
    """Print cycles per sample of trained networks, dense against event-driven."""
    table = Table(title=f"Cycles per sample after {epochs} epochs")
    table.add_column("preset", no_wrap=True)
    for column in ("learning,\ndense", "\nevents", "\nratio",
                   "inference,\ndense", "\nevents", "\nratio"):
        table.add_column(column, justify="right", no_wrap=True)
    for name in presets:
        design = preset(name).replace(neuron_lanes=neuron_lanes)
        means = trained_cycles(design, epochs, samples, seed)
        cells = [f"{means[0]:.0f}", f"{means[1]:.0f}", f"{means[0] / means[1]:.2f}",
                 f"{means[2]:.0f}", f"{means[3]:.0f}", f"{means[2] / means[3]:.2f}"]
        table.add_row(name, *cells)
    console = new_console()
    console.print(table)
    console.print(f"Mean over {samples} test digits (seed {seed}) with the weights of the integer "
                  "model, which stand still. Dense: the same passes, as if no value were zero and "
                  "no pass left out.")


def trained_cycles(design: Design, epochs, samples, seed):
    """Mean cycles per sample of a network after this many epochs.

    Returns
    -------
    float64 array (4,)
        Of a learning sample, dense and event-driven; of an inference, likewise.
    """
    data = load_digits_split(seed)
    halved = (epochs // 2, 3 * epochs // 4) if epochs > 3 else ()
    learned = CortigateClassifier(design=design, epochs=epochs, milestones=halved,
                                  scale=None, random_state=seed).fit(data.x_train, data.y_train)
    return mean_cycles(design, learned.weights_, data.x_test[:samples], data.y_test[:samples])


def mean_cycles(design: Design, weights, x, labels):
    """As `trained_cycles`, of given raw weights and samples."""
    model, timeline = integer_model(design), Timeline(design)
    totals = np.zeros(4)
    for one, label in zip(design.sample.from_float(x), labels, strict=True):
        model.set_weights(weights)  # learning changes them
        for first, train in ((2, False), (0, True)):
            trace = model.learn(one, int(label)) if train else model.trace_inference(one)
            totals[first:first + 2] += [timeline.cycles(trace, train, dense=dense)
                                        for dense in (True, False)]
    return totals / len(x)
