# amaranth: UnusedElaboratable=no
"""``cortigate explain``"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from cortigate.boards.board import BOARDS, board
from cortigate.boards.fit import LUT_ERROR
from cortigate.golden.spec import MemoryMap
from cortigate.scripts.choosing import (
    LanesOption,
    LayersOption,
    PresetOption,
    RuleOption,
    asked,
    chosen,
)
from cortigate.scripts.console import new_console
from cortigate.scripts.explanation import (
    MATRIX_COLUMNS,
    SPACE_COLUMNS,
    STEP_COLUMNS,
    fitting,
    matrix_rows,
    sample_cost,
    space_rows,
    step_rows,
)

__all__ = ["explain"]


def explain(
    file: Annotated[Path | None, typer.Argument(
        metavar="[FILE]", help="TOML file of a design, in place of --preset.")] = None,
    preset_name: PresetOption = None,
    rule: RuleOption = None,
    layers: LayersOption = None,
    lanes: LanesOption = None,
    boards: Annotated[list[str] | None, typer.Option(
        "--board", help="Board, or a Python file that defines one; may be repeated. Default: "
                        "all.")] = None,
):
    """Say what becomes of a design: memory, program, cycles, and what boards have room for it.

    Without FILE and --preset it is 64-32-10 with 8 lanes.

    Example: cortigate explain my.toml
    """
    found = chosen(asked(file, preset_name, rule, layers, lanes))
    entries = [board(name) for name in boards or BOARDS]
    design, console = found.design, new_console()
    for line in summary(design, found.name):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(table("Weight memory", MATRIX_COLUMNS, matrix_rows(design)))
    console.print(table("Spaces of the link", SPACE_COLUMNS, space_rows(design)))
    console.print(table("Program of a learning sample", STEP_COLUMNS, step_rows(design)))
    cost, what = sample_cost(design, found.data)
    console.print(f"Cycles of a learning sample: {cost.dense:.0f} if nothing were zero, "
                  f"{cost.events:.0f} with first weights on {what}. It makes "
                  f"{cost.macs:.0f} multiply-accumulates, {cost.passes:.1f} for each weight; "
                  f"{100 * cost.busy(design.lanes):.0f} % of what the lanes could, zeros that are "
                  "skipped counted as made.",
                  highlight=False, soft_wrap=True)
    console.print(room(design, found.place, entries, cost.events))
    console.print("LUT and block RAM are estimates. Designs that were built for comparison took "
                  f"up to {100 * LUT_ERROR:.0f} % more LUTs: what fits has room for that, or is "
                  "the board's own preset; of what is close only a build can tell. More lanes and "
                  "hidden neurons are by the estimate alone. Samples per second are the core's, at "
                  "the board's usual clock.", highlight=False, soft_wrap=True)


def summary(design, name):
    """Lines with every parameter of a design in words."""
    network, capacity = design.network, design.sample_capacity
    formats = ", ".join(f"{what} {getattr(design, what).words}"
                        for what in ("weight", "rate", "state", "sample"))
    low, high = design.update_shifts
    yield (f"{name}: {network}, hidden {network.hidden.value}, output {network.output.value}, "
           f"target {design.target.value}; {network.synapses} weights")
    yield (f"Rule {design.rule.name}: {design.rule.describe()}; learning rate "
           f"2^-{design.rule.learning_rate_shift}, at run time eta / beta from 2^-{low} to "
           f"2^-{high}")
    yield f"{design.lanes} lanes, {design.neuron_lanes} neuron lanes; {formats}"
    yield (f"{capacity} samples of {MemoryMap(design).sample_words} words; digest "
           f"{design.digest}")


def table(title, columns, rows):
    """A table of rows of anything."""
    found = Table(*columns, title=title, title_justify="left")
    for row in rows:
        found.add_row(*map(str, row))
    return found


def room(design, name, entries, cycles):
    """A row for every board: the chip's parts that the design takes, its speed, what would fit."""
    found = Table("board", "LUT", "DSP", "block RAM", "SPRAM", "samples", "samples/s",
                  Column("room", overflow="fold"), title="Boards", title_justify="left")
    for entry in entries:
        fits = fitting(design, entry, name)
        chip, need = entry.chip, fits.need
        parts = [f"{used} of {has}" if has else "" for used, has in (
            (need.luts, chip.luts), (need.dsps, chip.dsps), (need.block_rams, chip.block_rams),
            (need.large_rams, chip.large_rams))]
        found.add_row(entry.name, *parts, str(fits.samples), f"{fits.clock_hz / cycles:,.0f}",
                      fits.advice)
    return found
