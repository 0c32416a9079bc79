"""``cortigate boards``"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cortigate.boards import fit
from cortigate.boards.board import BOARDS, board
from cortigate.boards.host.training import rule_name
from cortigate.golden.spec import PRESETS, RULES

__all__ = ["boards"]


def boards(
    rule: Annotated[str | None, typer.Option(
        help=f"Of the largest network: {', '.join(RULES)}; the board's own if none is named."
    )] = None,
    inputs: Annotated[int, typer.Option(min=1, max=1024, help="n of the largest network.")] = 64,
):
    """List the boards that `cortigate build` knows, and what fits on them."""
    table = Table("board", "device", "clock", "LUT", "DSP", "block RAM", "SPRAM",
                  f"largest {inputs}-h-10", "presets that fit")
    for entry in map(board, BOARDS):
        device = entry.device
        table.add_row(entry.name, entry.title, f"{entry.clock_hz / 1e6:g} MHz", str(device.luts),
                      str(device.dsps), str(device.block_rams), str(device.large_rams or ""),
                      largest(entry, rule and rule_name(rule), inputs),
                      presets_that_fit(entry))
    console = Console()
    console.print(table)
    console.print("What fits is an estimate, good to some 10 %: the tools have the last word. "
                  "Largest: hidden units with the preset's lanes, and the most lanes.")


def presets_that_fit(entry):
    """The presets for which the board is large enough, but for the tests' own, as text."""
    presets = {name: design for name, design in PRESETS.items() if not name.startswith("tiny")}
    fitting = [name for name, design in presets.items()
               if not fit.shortage(entry.stored(design), entry.device)]
    return f"all {len(presets)}" if len(fitting) == len(presets) else ", ".join(fitting)


def largest(entry, rule, inputs):
    """The largest network inputs-h-10 of a rule on a board, and the most lanes, as text."""
    if rule is not None and rule not in entry.presets:
        return f"no preset for {rule}"
    design = fit.resized(entry.design(rule)[1], (inputs, 1, 10))
    hidden = fit.largest_hidden(design, entry.device)
    if hidden == 0:
        return "none"
    lanes = fit.largest_lanes(design, entry.device)
    return f"h = {hidden} with {design.lanes} lanes; up to {lanes} lanes"
