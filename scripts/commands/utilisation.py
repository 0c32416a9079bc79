"""``cortigate utilisation``: how busy the multipliers are, from the timeline."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Design, Mechanism, Network, Schedule, design_for
from cortigate.golden.timeline import Timeline

__all__ = ["utilisation"]


def measured_cycles(design: Design, samples, seed):
    """Mean cycles of the first `samples` training digits while they are learned."""
    data = load_digits_split(seed)
    model, timeline = integer_model(design), Timeline(design)
    model.set_weights(initial_weights(design, seed))
    x = design.sample.from_float(data.x_train[:samples])
    total = 0
    for one, label in zip(x, data.y_train[:samples], strict=True):
        passes = model.learn(one, int(label)).passes
        total += timeline.cycles(
            [0 if p.events is None else int((p.events != 0).sum()) for p in passes])
    return total / len(x)


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
        timeline = Timeline(design)
        useful = timeline.multiplications()
        dense = timeline.cycles(timeline.dense_events())
        sparse = measured_cycles(design, samples, seed)
        table.add_row(str(count), str(useful), str(dense), f"{useful / count / dense:.3f}",
                      f"{sparse:.1f}", f"{useful / count / sparse:.3f}")
    console = Console()
    console.print(table)
    console.print(f"MACs: useful multiply-accumulates, rows x columns of every pass, biases left "
                  f"out. Events: mean of the first {samples} training digits (seed {seed}), "
                  "while they are learned.")
