"""cortigate compare: are two checkpoints, or a checkpoint and a board, the same, and where not."""

import re
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.comparison import differences
from cortigate.boards.learn.opening import AUTO, is_port, open_device
from cortigate.scripts.console import say
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.opening import BaudOption, TakeOverOption, port_of
from cortigate.scripts.saving import said
from cortigate.scripts.speaking import emit

__all__ = ["compare"]

PORT = re.compile(r"/dev/|COM\d|[a-z0-9]+://", re.IGNORECASE)


@documented(first="string", second="string", **DESIGN, equal="boolean",
            differences="list of string: where they differ, in words",
            weights="integer: number of weights", generators="integer: number of generators")
def compare(
    ctx: typer.Context,
    one: Annotated[str, typer.Argument(help="A checkpoint.")],
    other: Annotated[str, typer.Argument(
        help="Another checkpoint, the serial port of a board, or auto: the only board.")],
    baud: BaudOption = None,
    take_over: TakeOverOption = False,
):
    """Say whether two checkpoints, or a checkpoint and a board, are equal, and where they differ.

    Exit code 0: equal; 1: different; 2: one of them cannot be read. A board keeps its weights.

    Example: cortigate compare half.safetensors whole.safetensors
    """
    first = Checkpoint.load(one)
    board = names_board(other)
    if board:
        with open_device(port_of(other), first.design, baud=baud, take_over=take_over) as opened:
            second = Checkpoint.of(opened)
    elif said(ctx) & {"baud", "take_over"}:
        raise ValueError(f"--baud and --take-over can only be given with a board, but {other} is "
                         "taken for a checkpoint")
    else:
        second = Checkpoint.load(other)
    found = differences(first, second, everything=not board)
    count = sum(values.size for values in first.weights.values())
    design = first.design
    if not emit({"first": one, "second": other, **design_keys(design), "equal": not found,
                 "differences": found, "weights": count, "generators": first.generators.size}):
        say(f"first: {one}, second: {other}; {design.network}, {design.rule.name}, configuration "
            f"{design.digest}")
        for text in found:
            typer.echo(f"different: {text}")
        if not found:
            typer.echo(f"equal: {count} weights and {first.generators.size} generators"
                       + ("" if board else ", and where the run stands"))
    raise typer.Exit(1 if found else 0)


def names_board(text):
    """True if a name is that of a board rather than of a file."""
    return (is_port(text) and not Path(text).is_file()
            and (text == AUTO or PORT.match(text) is not None))
