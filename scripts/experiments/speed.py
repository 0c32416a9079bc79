"""Print how many samples a second the integer models learn from, here and now."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from cortigate.golden.datasets import load_digits_split, load_idx_folder
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import PRESETS, RULES, Network, preset
from cortigate.scripts.console import new_console

__all__ = ["speed"]


def speeds(design, inputs, labels, plain):
    """(Seconds of the first call, samples per second, processor's, with the plain model).

    Parameters
    ----------
    design : Design
    inputs, labels : arrays
        Raw samples and their classes.
    plain : int
        Samples for the plain model; 0 leaves it out, and its speed is NaN.
    """
    model = integer_model(design)
    model.set_weights(initial_weights(design, 0))
    began = time.perf_counter()
    model.learn_all(inputs[:1], labels[:1])  # compiles, or finds what was compiled
    first, began, used = (time.perf_counter() - began, time.perf_counter(), time.process_time())
    model.learn_all(inputs, labels)
    wall, used = time.perf_counter() - began, time.process_time() - used
    began = time.perf_counter()
    for x, label in zip(inputs[:plain], labels[:plain], strict=True):
        model.learn(x, label)
    slow = time.perf_counter() - began
    return first, per_second(len(inputs), wall), per_second(len(inputs), used), per_second(
        plain, slow)


def per_second(count, seconds):
    """Rate; NaN of nothing, or where the clock is too coarse."""
    return count / seconds if count and seconds else float("nan")


def speed(
    data: Annotated[
        Path | None, typer.Option(help="Folder of MNIST's four files. Default: the digits.")
    ] = None,
    layers: Annotated[
        str | None, typer.Option(help="Network. Default: 784-128-10 for MNIST, else 64-32-10.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(RULES)}; may be repeated. Default: "
                                            "all.")] = None,
    preset_name: Annotated[
        str | None, typer.Option("--preset", help="Design in place of the rules': one of "
                                                  f"{', '.join(PRESETS)}.")] = None,
    lanes: Annotated[int, typer.Option(help="Of the rules' designs.")] = 64,
    samples: Annotated[int, typer.Option(min=1, help="Samples to learn from.")] = 1000,
    plain: Annotated[int, typer.Option(
        min=0, help="Samples for the models that are not compiled, too.")] = 20,
):
    """Print how many samples a second the integer models learn from, here and now."""
    split = load_digits_split(0) if data is None else load_idx_folder(data)
    network = Network.parse(layers or ("64-32-10" if data is None else "784-128-10"))
    for name in rule or ():
        if name not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, not {name}")
    designs = [RULES[name].design(network.sizes, lanes=lanes) for name in rule or RULES]
    if preset_name is not None:
        designs = [preset(preset_name)]
    table = Table(title="samples learned a second")
    for column in ("rule", "network", "first call, s", "compiled", "per processor second", "plain"):
        table.add_column(column, justify="right")
    for design in designs:
        if (design.network.sizes[0], design.network.sizes[-1]) != (split.inputs, split.classes):
            raise ValueError(f"layers must begin with {split.inputs} and end with "
                             f"{split.classes} for these samples, not {design.network}")
        chosen = np.arange(samples) % len(split.x_train)
        first, wall, used, slow = speeds(design, design.sample.from_float(split.x_train[chosen]),
                                         split.y_train[chosen], min(plain, samples))
        table.add_row(design.rule.name, str(design.network), f"{first:.1f}", f"{wall:.0f}",
                      f"{used:.0f}", f"{slow:.0f}")
    console = new_console()
    console.print(table)
    console.print("One process, one core. Beside other work the processor's seconds tell more.")
