"""Print useful multiply-accumulates per multiplier and cycle, over a sample or a time step."""

from dataclasses import replace
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import PRESETS, Design, Network, Operation, Program, preset, resized
from cortigate.golden.spec.rules.ghost import Mechanism, Schedule, design_for
from cortigate.golden.timeline import Timeline
from cortigate.scripts.console import new_console

__all__ = ["utilisation"]

LANES = [8, 16]  # measured if none are named


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


def time_steps(design: Design):
    """Time steps of a training sample: the turns of its outermost loop, if that is all it does."""
    steps = Program.of(design).steps
    whole = steps[-1].operation is Operation.REPEAT and steps[-1].first == 0
    return steps[-1].turns if whole else 1


def utilisation(
    layers: Annotated[
        str | None, typer.Option(help="Network on the digits, 64-…-10. Default: the preset's, or "
                                      "64-64-32-10.")] = None,
    preset_name: Annotated[
        str | None, typer.Option("--preset", help="Design in place of ghost units, for the digits: "
                                                  f"one of {', '.join(PRESETS)}.")] = None,
    lanes: Annotated[list[int], typer.Option(help="Lanes; may be repeated.")] = LANES,
    neuron_lanes: Annotated[int, typer.Option(help="Neurons per cycle: 1, 2, 4, 8 or 16.")] = 1,
    mechanism: Annotated[Mechanism, typer.Option()] = Mechanism.REPLICATE,
    schedule: Annotated[Schedule, typer.Option()] = Schedule.SWEEP,
    samples: Annotated[int, typer.Option(min=1, max=1437)] = 300,
    seed: Annotated[int, typer.Option(min=0)] = 0,
):
    """Print useful multiply-accumulates per multiplier and cycle, over a sample or a time step."""
    network = Network.parse(layers or "64-64-32-10")
    base, about = design_for(network, mechanism, schedule), f"{mechanism.value}, {schedule.value}"
    if preset_name is not None:
        base, about = preset(preset_name), preset(preset_name).rule.name
        if layers is not None:
            base = resized(base, network=replace(base.network, sizes=network.sizes))
    if (base.network.sizes[0], base.network.sizes[-1]) != (64, 10):
        raise ValueError(f"layers must begin with 64 and end with 10 for the digits, "
                         f"not {base.network}")
    turns = time_steps(base)
    unit = "training sample" if turns == 1 else f"of {turns} time steps of a training sample"
    table = Table(title=f"{base.network}, {about}: one {unit}")
    for column in ("lanes", "MACs", "cycles, dense", "utilisation",
                   "cycles, events", "dense-equivalent"):
        table.add_column(column, justify="right")
    for count in lanes:
        useful, dense, sparse = (
            total / turns for total in measured(
                resized(base, lanes=count, neuron_lanes=neuron_lanes), samples, seed))
        table.add_row(str(count), f"{useful:.0f}", f"{dense:.1f}", f"{useful / count / dense:.3f}",
                      f"{sparse:.1f}", f"{useful / count / sparse:.3f}")
    console = new_console()
    console.print(table)
    console.print(f"MACs: useful multiply-accumulates, rows x columns of every pass, biases left "
                  f"out. Events: mean of the first {samples} training digits (seed {seed}), "
                  "while they are learned.")
