"""The options of ``cortigate experiment noise``, and its table."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from cortigate.boards.learn.training import design_by_name
from cortigate.golden.spec import Network
from cortigate.scripts.console import new_console
from cortigate.scripts.insights.drawing import Drawing, check_picture
from cortigate.scripts.showing import ShowOption, show

from .drawing import draw
from .measures import CHIP, NUMPY, SOURCES, alignment, measure

__all__ = ["noise"]

STEPS = 2**15
QUICK_STEPS = 2**11


def noise(
    layers: Annotated[
        str, typer.Option(help="Network on the digits, 64-…-10.")] = "64-32-8-32-10",
    seeds: Annotated[int, typer.Option(
        min=1, help="Number of seeds 0, 1, … for weights, digits and noise of the angles.")] = 5,
    samples: Annotated[int, typer.Option(
        min=1, help="Number of digits that the networks see for the angles, 4 time steps "
                    "each.")] = 8000,
    output: Annotated[
        Path, typer.Option(help="File for the picture.")] = Path("cortigate-noise.png"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Take fewer time steps, and no angles.")] = False,
    shown: ShowOption = False,
):
    """Hold the noise of phaseless alignment learning to NumPy's: measures, angles, a picture."""
    design = design_by_name(Network.parse(layers).sizes, rule="pal", lanes=16)
    if (design.network.sizes[0], design.network.sizes[-1]) != (64, 10):
        raise ValueError(f"layers must begin with 64 and end with 10, not {design.network}")
    check_picture(output)
    console, neurons = new_console(), sum(design.network.sizes[1:-1])
    steps = QUICK_STEPS if quick else STEPS
    measured, courses = {}, {}
    for source in SOURCES:
        with console.status(source.name):
            measured[source.name] = measure(source.draw(design, 0, steps, neurons))
            if not quick:
                courses[source.name] = alignment(source, design, samples, range(seeds))
    title = f"Noise of {neurons} hidden neurons ({design.network}), {steps} time steps"
    console.print(table_of(title, measured, courses))
    if seeds > 1 and courses:
        console.print(comparison(courses), highlight=False)
    with Drawing() as drawing:
        draw(output, title, measured, courses)
    if not drawing.failed:
        console.print(f"Picture: {output}")
        if shown:
            show(output)


def table_of(title, measured, courses):
    """A column for each kind of noise."""
    table = Table(title=title)  # 80 columns at most
    table.add_column("", no_wrap=True)
    for name in measured:
        table.add_column(name, justify="right", max_width=9)
    found = measured.values()
    rows = {"mean / A": [f"{one.mean:+.4f}" for one in found],
            "  worst neuron's": [f"{one.bias:.4f}" for one in found],
            "deviation / A": [f"{one.deviation:.3f}" for one in found],
            "pairs, largest |r|": [f"{one.largest_pair:.4f}" for one in found]}
    for number, name in enumerate(("low", "mid", "high")):
        rows[f"power / A², {name}"] = [f"{one.bands[number]:.3f}" for one in found]
    rows["  peak over mean"] = [f"{one.peak:.2f}" for one in found]
    rows["certain triples"] = [str(one.triples) for one in found]
    for layer in range(hidden_layers(courses)):
        ends = [np.array(one["angles"])[-1, :, layer] for one in courses.values()]
        rows[f"angle of B{layer + 1} / °"] = [f"{one.mean():.1f}" for one in ends]
        if len(ends[0]) > 1:
            rows[f"  ± of seeds, B{layer + 1}"] = [f"{one.std(ddof=1):.1f}" for one in ends]
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def hidden_layers(courses):
    """Of the networks whose angles were taken; 0 if there are none."""
    return len(next(iter(courses.values()))["angles"][0][0]) if courses else 0


def comparison(courses):
    """The chip's angles less NumPy's, seed by seed: same weights, same digits, other bits."""
    ends = [np.array(courses[source.name]["angles"][-1]) for source in (CHIP, NUMPY)]
    less = ends[0] - ends[1]
    error = less.std(axis=0, ddof=1) / np.sqrt(len(less))
    text = ", ".join(f"B{layer} {one:+.2f} ± {spread:.2f}" for layer, (one, spread) in
                     enumerate(zip(less.mean(axis=0), error, strict=True), start=1))
    return (f"Angles with the chip's bits less those with NumPy's, same weights and digits, mean "
            f"of {len(less)} seeds ± standard error: {text} degrees.")
