"""cortigate endure: resets, killed hosts, compilations and runs, again and again."""

from typing import Annotated

import typer

from cortigate.boards.voice import tell
from cortigate.scripts.document import documented
from cortigate.scripts.interruptions import interrupt
from cortigate.scripts.speaking import emit
from cortigate.sim.endure import endure_kills, endure_resets
from cortigate.sim.interrupted import endure_compilations

__all__ = ["endure"]


@documented(
    seed="integer", trials=[{"what": "string: resets, kills, compilations or interruptions",
                             "count": "integer", "outcome": "string: in words",
                             "times": "integer: that it was seen"}])
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
    trials = []
    for name, count, run in (("resets", resets, endure_resets), ("kills", kills, endure_kills),
                             ("compilations", compilations, endure_compilations),
                             ("interruptions", interruptions, interrupt)):
        if not count:
            continue

        def told(seen, name=name, count=count):
            if seen.total() % 10 == 0:
                tell(f"{seen.total()} of {count} {name}")

        seen = run(count, seed, told)
        typer.echo(f"{count} {name}, seed {seed}: no wrong result, nothing left over")
        for outcome, times in sorted(seen.items()):
            typer.echo(f"  {outcome}: {times}")
            trials.append({"what": name, "count": count, "outcome": f"{outcome}", "times": times})
    emit({"seed": seed, "trials": trials})
