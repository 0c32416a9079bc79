"""``cortigate bench``: the engine's speed, next to the same network on this computer."""

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.board import board
from cortigate.boards.chip import large_presets
from cortigate.golden.datasets import load_digits_split, load_idx_folder
from cortigate.golden.spec import PRESETS, Network, preset
from cortigate.scripts.benchmark.backprop import task_for
from cortigate.scripts.benchmark.engine import cost
from cortigate.scripts.benchmark.fabric import boards_of, build_missing, fabric
from cortigate.scripts.benchmark.growth import growth as measure_growth
from cortigate.scripts.benchmark.report import (
    BenchmarkRun,
    growth_record,
    growth_table,
    machine,
    notes,
    run_record,
    run_table,
    show,
)
from cortigate.scripts.benchmark.timing import SECONDS, speeds
from cortigate.scripts.console import new_console

__all__ = ["bench"]

DIGITS = ("digits", "digits-deep", "equilibrium-deep", "inversion-deep", "pal-deep",
          "microcircuit")
GROWTH = tuple(large_presets().values())  # one of each rule, with as many lanes


def bench(
    presets: Annotated[list[str] | None, typer.Option(
        "--preset", help=f"Design; may be repeated. Default: {', '.join(DIGITS)}; with --data, all "
                         "that have its inputs.")] = None,
    data: Annotated[Path | None, typer.Option(
        help="Folder of MNIST's idx files. Default: scikit-learn's digits.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Number of training samples.")] = 1000,
    seed: Annotated[int, typer.Option(
        min=0, help="Seed for weights and for the digits' split.")] = 0,
    layers: Annotated[str | None, typer.Option(
        help="Neurons per layer, such as 784-128-10. Default: the preset's.")] = None,
    lanes: Annotated[int | None, typer.Option(help="Multiply-accumulate lanes. Default: the "
                                                   "preset's.")] = None,
    boards: Annotated[list[str] | None, typer.Option(
        "--board", help="Board; may be repeated. Default: all with this preset.")] = None,
    builds: Annotated[Path, typer.Option(help="Folder of the builds.")] = Path("build"),
    build: Annotated[bool, typer.Option(
        "--build", help="Make missing builds, which takes minutes for each.")] = False,
    rtl: Annotated[bool, typer.Option(
        "--rtl/--no-rtl", help="Measure cycles on the simulated hardware, or only predict them.",
    )] = True,
    seconds: Annotated[float, typer.Option(
        min=0, help="Seconds for which each program on this computer runs.")] = SECONDS,
    growth: Annotated[bool, typer.Option(
        "--growth",
        help="Print cycles against width, depth and sparsity of the input instead.")] = False,
    output: Annotated[Path | None, typer.Option(
        help="JSON file; the tables are saved beside it as .txt. Default: build/bench.json, or "
             "build/bench-growth.json with --growth.")] = None,
):
    """Measure cycles, frequency and samples per second, beside PyTorch, NumPy and C."""
    console, notices = new_console(record=True), new_console(stderr=True)

    def log(text):
        notices.print(text, style="dim", highlight=False, soft_wrap=True)

    output = output or Path("build", "bench-growth.json" if growth else "bench.json")
    record = {"command": shlex.join(["cortigate", *sys.argv[1:]]), "seed": seed}
    if growth:
        if data is not None or layers is not None or boards or build:
            raise ValueError("--growth has its own samples and networks, and needs no board: only "
                             "--preset, --lanes, --seed and --output can be given with it")
        designs = {name: preset(name) if lanes is None else preset(name).replace(lanes=lanes)
                   for name in presets or GROWTH}
        rows = measure_growth(designs, seed=seed, log=log)
        show(console, growth_table(rows, designs))
        save(output, record | {"growth": growth_record(rows, designs)}, console)
        return
    for name in boards or ():
        board(name)  # refused now, not after minutes
    dataset = load_digits_split(seed) if data is None else load_idx_folder(data)
    x, labels = dataset.x_train[:samples], dataset.y_train[:samples]
    chosen = {name: changed(preset(name), layers, lanes)
              for name in presets or default_presets(dataset, layers)}
    for name, design in chosen.items():
        check(name, design, dataset, data)
    record |= {"machine": machine()}
    runs, timed = [], {}
    for name, design in chosen.items():
        other = design != preset(name)
        places = boards or ([] if other else boards_of(name))
        fabrics = [build_missing(design, name, place, builds, other, log=log) if build else
                   fabric(design, name, place, builds, other) for place in places]
        spent = cost(design, x, labels, seed, rtl=rtl, log=log)
        task = task_for(design, x, labels, seed)
        if (task.sizes, task.bounds) not in timed:
            timed[task.sizes, task.bounds] = speeds(task, seconds, log)
        runs.append(BenchmarkRun(name, design, dataset.name, spent, fabrics,
                        timed[task.sizes, task.bounds]))
        show(console, run_table(runs[-1]))
        for line in notes(runs[-1]):
            console.print(line, highlight=False, soft_wrap=True)
        console.print()
    console.print(f"This computer: {record['machine']['cpu']}, load {record['machine']['load']}. "
                  "It learns by backpropagation, a sample at a time, in float32.",
                  highlight=False, soft_wrap=True)
    save(output, record | {"data": dataset.name, "samples": len(x),
                           "runs": [run_record(run) for run in runs]}, console)
    if any(run.cost.identical is False for run in runs):
        raise typer.Exit(1)


def changed(design, layers, lanes):
    """A design with other layers or lanes, where they are given."""
    if layers is not None:
        design = design.replace(
            network=replace(design.network, sizes=Network.parse(layers).sizes))
    return design if lanes is None else design.replace(lanes=lanes)


def default_presets(dataset, layers):
    """Names of the presets that are measured if none is named."""
    if layers is not None or dataset.inputs == 64:
        return DIGITS
    found = [name for name, design in PRESETS.items()
             if design.network.sizes[0] == dataset.inputs]
    if not found:
        raise ValueError(f"no preset has the {dataset.inputs} inputs of {dataset.name}: name one "
                         "with --preset and its network with --layers, such as "
                         f"{dataset.inputs}-128-10")
    return found


def check(name, design, dataset, data):
    """ValueError if a design does not go with the data."""
    sizes = design.network.sizes
    if (sizes[0], sizes[-1]) != (dataset.inputs, dataset.classes):
        hint = ("; name other data with --data" if data is None else
                "; leave out --data for the digits")
        raise ValueError(f"{name} is {design.network}, but a sample of {dataset.name} has "
                         f"{dataset.inputs} inputs and one of {dataset.classes} classes{hint}, or "
                         "another network with --layers")


def save(output, record, console):
    """Write the record, and beside it what was printed."""
    output.parent.mkdir(parents=True, exist_ok=True)
    text = output.with_suffix(".txt")
    output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    text.write_text(console.export_text(), encoding="utf-8")
    console.print(f"wrote {output} and {text}", highlight=False, soft_wrap=True)
