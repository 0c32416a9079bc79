"""``cortigate wave``"""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.storage.files import require_place
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Target
from cortigate.scripts.choosing import UNASKED, Asked, chosen, takes_design
from cortigate.scripts.console import say
from cortigate.sim.proof import examples
from cortigate.sim.waves import observe, write_wave

__all__ = ["wave"]


@takes_design()
def wave(
    wish: Asked = UNASKED,
    sample: Annotated[int, typer.Option(
        min=0, max=100_000, help="Number of the sample that is shown, of the digits if they fit, "
                                 "else of random ones. Those before it are learned first.")] = 0,
    infer: Annotated[bool, typer.Option(
        "--infer", help="Only infer the sample that is shown.")] = False,
    seed: Annotated[int, typer.Option(
        min=0, max=2**32 - 1, help="Seed for the initial weights and the samples.")] = 0,
    output: Annotated[Path, typer.Option(
        "--output", "-o", help="VCD file; views for GTKWave and Surfer go beside it.")] = Path(
            "sample.vcd"),
):
    """Write a waveform of exactly one sample: names, real numbers, layers and neurons.

    The engine is simulated by Amaranth. Without --preset and --design it is 64-32-10 with 8 lanes.

    Example: cortigate wave --preset tiny --sample 3 -o sample.vcd
    """
    if output.suffix != ".vcd":
        raise ValueError(f"the waveform's name must end in .vcd, not be {output}")
    require_place(output, "the waveform")
    design = chosen(wish).design
    inputs, targets, what = _samples(design, sample + 1, seed)
    if sample >= len(inputs):
        raise ValueError(f"--sample must be at most {len(inputs) - 1}, the last of {what}, "
                         f"not {sample}")
    model = integer_model(design)
    model.set_weights(initial_weights(design, seed))
    model.learn_all(inputs[:sample], targets[:sample])
    seen = observe(design, model.weights, model.states, inputs[sample], targets[sample],
                   train=not infer)
    for path in write_wave(output, seen):
        typer.echo(f"{path}")
    say(f"sample {sample} of {what}: {seen.cycles} cycles from its start to its end; "
        f"gtkwave {output.with_suffix('.gtkw')}, or surfer -c "
        f"{output.with_suffix('.sucl')} {output}")


def _samples(design, count, seed):
    """Inputs and targets, raw, and what they are."""
    if design.target is Target.CLASS:
        data = load_digits_split(seed)
        if (data.inputs, data.classes) == (design.network.sizes[0], design.network.sizes[-1]):
            return design.sample.from_float(data.x_train), data.y_train, data.name
    return *examples(design, count, seed), "random samples"
