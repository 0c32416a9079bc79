"""cortigate data learn: a board learns the set in its flash memory, epoch after epoch."""

from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.device.digests import weights_digest
from cortigate.boards.host.flash import FlashRun
from cortigate.boards.host.identify import read_identity
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.resumable import begin
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import epoch_mask
from cortigate.golden.spec.flash import block_bits
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.flash_sets import PortArgument, memory_of
from cortigate.scripts.opening import BaudOption, ReportOption, TakeOverOption
from cortigate.scripts.saving import writable
from cortigate.scripts.speaking import emit

__all__ = ["learn"]


@documented(
    **DESIGN, samples="integer: in the set", learned=[{
        "epoch": "integer: from 0 on", "accuracy_while_learning": "number: 0 .. 1",
        "cycles_per_sample": "number", "samples_per_second": "number: at the board's clock"}],
    accuracy="number: of the same samples afterwards, 0 .. 1", weights="string: digest")
def learn(
    device: PortArgument,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the set.")] = 1,
    seed: Annotated[int, typer.Option(
        min=0, help="Seed for the initial weights and the order.")] = 0,
    in_order: Annotated[bool, typer.Option(
        "--in-order", help="Learn in the stored order instead of a random one of the blocks.")
    ] = False,
    save: Annotated[Path | None, typer.Option(
        help="New file for the weights, a checkpoint.")] = None,
    report: ReportOption = None,
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
):
    """Learn the set in a board's flash memory, at the pace of board and flash.

    Example: cortigate data learn PORT --epochs 3
    """
    writable(save, "delete it, or name another file")
    console, learned = new_console(), []
    with memory_of(device, report, "learn", baud=baud, take_over=take_over) as memory:
        board, design, header = memory.board, memory.design, memory.header()
        clock = read_identity(board.link).clock_hz
        begin(board, initial_weights(design, seed))
        say(f"{design.network}, {design.lanes} lanes, configuration {design.digest}: "
            f"{header.samples} samples of {header.name}")
        for epoch in range(epochs):
            mask = None if in_order else epoch_mask(seed, epoch, block_bits(header.blocks))
            done = memory.run(header, FlashRun(mask))
            cycles = done.cycles / done.samples
            learned.append({"epoch": epoch, "accuracy_while_learning": done.correct / done.samples,
                            "cycles_per_sample": cycles, "samples_per_second": clock / cycles})
            console.print(f"epoch {epoch}: right {100 * done.correct / done.samples:.2f} % while "
                          f"it learns, {cycles:.0f} cycles a sample, {clock / cycles:.0f} samples "
                          "a second", highlight=False, soft_wrap=True)
        right = memory.run(header, FlashRun(train=False)).correct / header.samples
        checkpoint = Checkpoint.of(board, epochs=epochs, seed=seed, in_order=in_order)
    if save is not None:
        checkpoint.save(save)
    found = {**design_keys(design), "samples": header.samples, "learned": learned,
             "accuracy": right, "weights": weights_digest(checkpoint.weights)}
    if not emit(found):
        console.print(f"right afterwards: {100 * right:.2f} % of these samples; weights "
                      f"{found['weights']}", highlight=False, soft_wrap=True)
