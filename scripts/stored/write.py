"""cortigate data write: a set of samples into a board's flash memory."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from cortigate.golden.datasets import load_digits_split, load_idx_folder
from cortigate.golden.spec import Design, Target
from cortigate.golden.spec.flash import BLOCK_SAMPLES, MOST_SAMPLES
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import documented
from cortigate.scripts.flash_sets import PortArgument, header_keys, memory_of
from cortigate.scripts.opening import BaudOption, ReportOption, TakeOverOption, require_ends
from cortigate.scripts.progress import Bars
from cortigate.scripts.speaking import emit

__all__ = ["HEADER", "write"]

DIGITS = "digits"
HEADER = {
    "name": "string: of the set", "samples": "integer", "inputs": "integer: of a sample",
    "outputs": "integer: classes or values", "blocks": "integer",
    "block_samples": "integer: in a block", "address": "integer: of its first byte",
    "bytes": "integer", "bytes_per_sample": "number"}


@documented(**HEADER)
def write(
    device: PortArgument,
    dataset: Annotated[str, typer.Argument(
        metavar="DATASET", help="digits, or a folder of the four idx files of MNIST and its kin. "
                                "Their training samples are written.")],
    samples: Annotated[int | None, typer.Option(
        min=1, help="Number of samples, from the first on. Default: all.")] = None,
    block: Annotated[int, typer.Option(
        min=1, max=MOST_SAMPLES, help="Number of samples that stay together in every order.")
    ] = BLOCK_SAMPLES,
    report: ReportOption = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
):
    """Write the training samples of a set to a board's flash memory, and verify them.

    They replace the set that was there. The bitstream's part is never touched.

    Example: cortigate data write PORT digits
    """
    found = load_digits_split() if dataset == DIGITS else _folder(dataset)
    with memory_of(device, report, "write", baud=baud, take_over=take_over) as memory:
        inputs, labels = _raw(memory.design, device, found, samples)
        bars = Bars(TextColumn("{task.description}"), BarColumn(),
                    TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn(),
                    console=new_console())
        with bars:
            task = bars.add_task(f"writing {len(inputs)} samples", total=None)
            header = memory.write(
                inputs, labels, name=found.name, block_samples=block,
                told=lambda done, total: bars.update(task, completed=done, total=total))
    if not emit(header_keys(header)):
        say(f"{header.name}: {header.samples} samples in {header.length} bytes, "
            f"{header.length / header.samples:.0f} each, in blocks of {header.block_samples}: "
            "written and read back")


def _folder(name):
    """Data of a folder of idx files."""
    folder = Path(name)
    if not folder.is_dir():
        raise ValueError(f"DATASET must be {DIGITS} or a folder of idx files, not {name}")
    return load_idx_folder(folder)


def _raw(design: Design, device, found, samples):
    """(inputs, labels): training samples in a design's formats, as many as are wanted."""
    require_ends(design, (found.inputs, max(found.classes, design.network.sizes[-1])), device,
                 "these images", Target.CLASS)
    inputs = design.sample.from_float(found.x_train[:samples])
    return inputs, np.asarray(found.y_train[:samples], np.int64)
