"""``cortigate flips``"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cortigate.boards.board import board
from cortigate.boards.record import BuildRecord
from cortigate.scripts.console import new_console
from cortigate.scripts.document import documented
from cortigate.scripts.progress import Progress
from cortigate.scripts.speaking import emit
from cortigate.sim import flips as module
from cortigate.sim.proof import SAMPLES

__all__ = ["flips"]


COUNTS = ("inverted", "compared", "refused", "ran", "wrong", "silent")


@documented(
    board="string: its name", configuration="string: digest of the design",
    categories=[{"category": "string: what the bits are for; all: the sum",
                 "inverted": "integer: bits", "compared": "integer: noticed by the comparison",
                 "refused": "integer: not run", "ran": "integer",
                 "wrong": "integer: noticed by the board",
                 "silent": "integer: shown to be unnoticeable"}],
    bits=[{"category": "string", "place": "string", "name": "string",
           "said": "string: who noticed it, in words"}])
def flips(
    name: Annotated[str, typer.Argument(
        metavar="BOARD", help="See `cortigate boards`; or a Python file that defines BOARD, "
                              "which is executed.")],
    build: Annotated[Path | None, typer.Option(
        help="Folder of the build. Default: build/BOARD.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Number of bits to invert.")] = 48,
    samples: Annotated[int, typer.Option(
        min=1, help="Number of samples that each file learns.")] = SAMPLES,
    seed: Annotated[int, typer.Option(min=0, help="Seed for the choice of bits.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Number of files that run at the same "
                                                  "time.")] = 2,
):
    """Invert single bits of a build's file, and see who notices: the comparison, the board.

    Example: cortigate flips icebreaker --count 12
    """
    target = board(name)
    folder = build or Path("build", target.name)
    record = BuildRecord.read(folder)
    design, target = record.design, replace(target, clock_hz=record["clock_hz"],
                                            baud=record["baud"])
    console = new_console()
    with Progress(console) as progress:
        found = module.flips(target, design, folder, count=count, seed=seed, samples=samples,
                             jobs=jobs, log=progress)
    for flip in found:
        console.print(f"{flip.use.category}, {flip.use.place}, {flip.use.name}: "
                      f"{sentence(flip)}", soft_wrap=True, highlight=False, markup=False)
    table, total = Table("bits of", "inverted", "noticed by the comparison", "refused, not run",
                         "ran", "ran wrongly", "cannot be noticed"), Counter()
    categories = []
    for category in sorted({flip.use.category for flip in found}):
        counts = counted([flip for flip in found if flip.use.category == category])
        total.update(dict(enumerate(counts)))
        table.add_row(category, *map(str, counts))
        categories.append({"category": category, **dict(zip(COUNTS, counts, strict=True))})
    table.add_row("all", *(str(total[i]) for i in range(6)))
    categories.append({"category": "all", **{name: total[i] for i, name in enumerate(COUNTS)}})
    console.print(table)
    bits, compared, refused, _, wrong, silent = (total[i] for i in range(6))
    left = bits - silent - refused
    console.print(f"The comparison notices {compared} of {bits} bits. Refused before they "
                  f"run: {refused}. Shown silent: {silent}. The board notices {wrong} of the "
                  f"other {left}.", highlight=False)
    emit({"board": target.name, "configuration": design.digest, "categories": categories,
          "bits": [{"category": flip.use.category, "place": flip.use.place, "name": flip.use.name,
                    "said": sentence(flip)} for flip in found]})


def counted(found):
    """(Inverted, noticed by the comparison, refused, ran, ran wrongly, cannot be noticed)."""
    return (len(found), sum(flip.compared is not None for flip in found),
            sum(flip.refused for flip in found), sum(not flip.refused for flip in found),
            sum(flip.ran is not None for flip in found),
            sum(flip.silent is not None for flip in found))


def sentence(flip):
    """Who noticed a bit, in words."""
    if flip.refused:
        return f"refused: {flip.compared}"
    seen = f"differs: {flip.compared}" if flip.compared else "does not differ"
    learned = "learned without a fault" + (f": {flip.silent}" if flip.silent else "")
    return f"{seen}; {flip.ran or learned}"
