"""cortigate endure: resets, killed hosts, compilations and runs, again and again."""

from typing import Annotated

import typer

from cortigate.scripts.interruptions import interrupt
from cortigate.scripts.speaking import is_quiet
from cortigate.sim.endure import endure_kills, endure_resets
from cortigate.sim.interrupted import endure_compilations
from cortigate.sim.virtual_board import say

__all__ = ["endure"]


def endure(
    resets: Annotated[int, typer.Option(min=0, help="Number of boards to reset.")] = 100,
    kills: Annotated[int, typer.Option(min=0, help="Number of hosts to kill.")] = 50,
    compilations: Annotated[int, typer.Option(
        min=0, help="Number of compilations of a virtual board to kill.")] = 20,
    interruptions: Annotated[int, typer.Option(
        min=0, help="Number of runs to kill and to resume from their checkpoints.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Seed for all random choices.")] = 0,
):
    """Reset boards, kill hosts and resume runs: nothing may be wrong, lost or left over.

    Example: cortigate endure --resets 10 --kills 5
    """
    for name, count, run in (("resets", resets, endure_resets), ("kills", kills, endure_kills),
                             ("compilations", compilations, endure_compilations),
                             ("interruptions", interruptions, interrupt)):
        if not count:
            continue

        def tell(seen, name=name, count=count):
            if seen.total() % 10 == 0 and not is_quiet():
                say(f"{seen.total()} of {count} {name}")

        seen = run(count, seed, tell)
        typer.echo(f"{count} {name}, seed {seed}: no wrong result, nothing left over")
        for outcome, times in sorted(seen.items()):
            typer.echo(f"  {outcome}: {times}")
