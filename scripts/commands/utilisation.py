"""``cortigate utilisation``: how busy the multipliers are, from the timeline."""

from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design, Mechanism, Network, Schedule, design_for
from cortigate.golden.timeline import Timeline

__all__ = ["utilisation"]


def measured(design: Design, samples, seed):
    """Means over the first `samples` training digits while they are learned.

    Returns
    -------
    tuple of float
        Useful multiply-accumulates of the passes if they were dense; cycles if they were dense,
        and nothing left out; cycles.
    """
    data = load_digits_split(seed)
    model, timeline = integer_model(design), Timeline(design)
    model.set_weights(initial_weights(design, seed))
    x = design.sample.from_float(data.x_train[:samples])
    totals = np.zeros(3)
    for one, label in zip(x, data.y_train[:samples], strict=True):
        trace = model.learn(one, int(label))
        totals += (timeline.multiplications(trace), timeline.cycles(trace, dense=True),
                   timeline.cycles(trace))
    return tuple(totals / len(x))


def utilisation(
    layers: Annotated[str, typer.Option(help="Network on the digits, 64-…-10.")] = "64-64-32-10",
    lanes: Annotated[list[int], typer.Option(help="Lanes; may be repeated.")] = (8, 16),
    mechanism: Annotated[Mechanism, typer.Option()] = Mechanism.REPLICATE,
    schedule: Annotated[Schedule, typer.Option()] = Schedule.SWEEP,
    samples: Annotated[int, typer.Option(min=1, max=1437)] = 300,
    seed: Annotated[int, typer.Option(min=0)] = 0,
):
    """Print useful multiply-accumulates per multiplier and cycle over a whole training sample."""
    network = Network.parse(layers)
    table = Table(title=f"{network}, {mechanism.value}, {schedule.value}: one training sample")
    for column in ("lanes", "MACs", "cycles, dense", "utilisation",
                   "cycles, events", "dense-equivalent"):
        table.add_column(column, justify="right")
    for count in lanes:
        design = design_for(network, mechanism, schedule, lanes=count)
        useful, dense, sparse = measured(design, samples, seed)
        table.add_row(str(count), f"{useful:.0f}", f"{dense:.1f}", f"{useful / count / dense:.3f}",
                      f"{sparse:.1f}", f"{useful / count / sparse:.3f}")
    console = Console()
    console.print(table)
    console.print(f"MACs: useful multiply-accumulates, rows x columns of every pass, biases left "
                  f"out. Events: mean of the first {samples} training digits (seed {seed}), "
                  "while they are learned.")
