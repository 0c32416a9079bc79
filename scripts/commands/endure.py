"""cortigate endure: resets, killed hosts and killed compilations, again and again."""

from typing import Annotated

import typer

from cortigate.sim.endure import endure_kills, endure_resets
from cortigate.sim.interrupted import endure_compilations
from cortigate.sim.virtual_board import say

__all__ = ["endure"]


def endure(
    resets: Annotated[int, typer.Option(min=0, help="Boards that are reset.")] = 100,
    kills: Annotated[int, typer.Option(min=0, help="Hosts that are killed.")] = 50,
    compilations: Annotated[int, typer.Option(
        min=0, help="Compilations of a virtual board that are killed.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what, when and where.")] = 0,
):
    """Reset virtual boards and kill hosts at random moments: no wrong result, nothing left over."""
    for name, count, run in (("resets", resets, endure_resets), ("kills", kills, endure_kills),
                             ("compilations", compilations, endure_compilations)):
        if not count:
            continue

        def tell(seen, name=name, count=count):
            if seen.total() % 10 == 0:
                say(f"{seen.total()} of {count} {name}")

        seen = run(count, seed, tell)
        typer.echo(f"{count} {name}, seed {seed}: no wrong result, nothing left over")
        for outcome, times in sorted(seen.items()):
            typer.echo(f"  {outcome}: {times}")
