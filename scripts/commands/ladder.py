"""``cortigate ladder``"""

import time
from typing import Annotated

import typer
from joblib import delayed
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from cortigate.boards.board import board
from cortigate.boards.build import STAGES
from cortigate.boards.fit import multipliers
from cortigate.boards.learn.training import rule_name
from cortigate.golden.spec import RULES, preset, tiny_preset
from cortigate.scripts.choosing import hertz
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import documented
from cortigate.scripts.processes import results_of
from cortigate.scripts.progress import Bars
from cortigate.scripts.speaking import emit
from cortigate.sim.ladder import climb
from cortigate.sim.proof import SAMPLES

__all__ = ["ladder"]

# Of one ladder: of the first rule 42, 99 and 439 s on the boards below, on two busy cores.
SECONDS = "one takes one to eight minutes"
# One board for each family of chips, with a clock in MHz that a small design reaches easily.
BOARDS = ("icebreaker:18", "colorlight-i5:50", "tang-nano-9k:27")


@documented(
    ladders=[{"board": "string: as it was named", "rule": "string", "equal": "boolean: all rungs",
              "rungs": "list of string: what was compared, or how it differs, or why it failed",
              "seconds": "number: that it took"}],
    equal="boolean: all ladders were climbed", seconds="number: that it took")
def ladder(
    boards: Annotated[list[str] | None, typer.Argument(
        metavar="[BOARD[:MHZ]]...", help=f"Default: {', '.join(BOARDS)}.")] = None,
    rule: Annotated[list[str] | None, typer.Option(
        help=f"Rule; may be repeated. Default: {', '.join(RULES)}.")] = None,
    samples: Annotated[int, typer.Option(
        min=1, help="Number of samples to learn on each rung.")] = SAMPLES,
    seed: Annotated[int, typer.Option(min=0, help="Seed for weights and samples.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Number of builds at the same time.")] = 2,
):
    """Climb from the RTL to the file in the chip with every rule's smallest design.

    Example: cortigate ladder icebreaker
    """
    began, console = time.monotonic(), new_console()
    work = [(name, rule_name(which)) for which in rule or RULES for name in boards or BOARDS]
    say(announced(len(work), jobs))
    results = results_of((delayed(one)(name, which, samples, seed) for name, which in work), jobs)
    failed, found = 0, []
    with Bars(TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(),
              TimeElapsedColumn(), console=console) as bars:
        task = bars.add_task("ladders", total=len(work))
        for (name, which), (lines, good, seconds) in zip(work, results, strict=True):
            failed += not good
            found.append({"board": name, "rule": which, "equal": good, "rungs": lines,
                          "seconds": seconds})
            for line in (*lines, f"{'all rungs' if good else 'FAILED'}, {seconds:.0f} s"):
                console.print(f"{name}, {which}: {line}", highlight=False, markup=False,
                              soft_wrap=True)
            bars.update(task, completed=len(found))
    console.print(f"{len(work) - failed} of {len(work)} ladders climbed in "
                  f"{time.monotonic() - began:.0f} s", highlight=False)
    emit({"ladders": found, "equal": not failed, "seconds": time.monotonic() - began})
    if failed:
        raise typer.Exit(1)


def announced(ladders, jobs):
    """All that there is to do, in words."""
    return (f"{ladders} ladder{'s' * (ladders != 1)} of {len(STAGES)} stages "
            f"({', '.join(STAGES)}), {min(jobs, ladders)} at a time: {SECONDS}")


def of_few_lanes(design, chip):
    """The design with two lanes; with one where each takes several multipliers.

    Only that has room on an iCE40UP5K, whose multipliers are the narrowest.
    """
    several = multipliers(design, chip.family.operand_bits) > 1
    return design.replace(lanes=1 if several else 2)


def one(name, rule, samples, seed):
    """(Lines about the rungs, whether all were equal, seconds) of one board and rule."""
    began, lines, good = time.monotonic(), [], True
    name, _, clock = name.partition(":")
    which = tiny_preset(rule)
    target = board(name).running(which, hertz(float(clock)) if clock else None)
    design = of_few_lanes(preset(which), target.chip)
    try:
        for rung in climb(target, design, STAGES, samples=samples, seed=seed,
                          seeds=range(1, 5), log=lambda text: None):
            lines.append(f"{rung.stage}: {rung.text}")
            good = good and rung.equal
    except RuntimeError as error:  # of a tool, a check or a simulator
        lines.append(f"{error}")
        good = False
    return lines, good, time.monotonic() - began
