# amaranth: UnusedElaboratable=no
"""``cortigate explain``"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from cortigate.boards.board import BOARDS, board
from cortigate.boards.fit import LUT_ERROR, USABLE_LUTS
from cortigate.golden.spec import MemoryMap
from cortigate.scripts.choosing import (
    LanesOption,
    LayersOption,
    PresetOption,
    RuleOption,
    asked,
    chosen,
)
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.explanation import (
    MATRIX_COLUMNS,
    SPACE_COLUMNS,
    STEP_COLUMNS,
    fitting,
    matrices_of,
    matrix_rows,
    sample_cost,
    space_rows,
    step_rows,
)
from cortigate.scripts.speaking import emit

__all__ = ["explain"]

PARTS = ("luts", "dsps", "block_rams", "large_rams")  # of a chip


@documented(
    name="string: of the preset or the file", **DESIGN, neuron_lanes="integer",
    synapses="integer: number of weights", sample_capacity="integer: samples that it stores",
    matrices=[{"matrix": "string: its name", "first_word": "integer: in the weight memory",
               "words": "integer", "rows": "integer", "columns": "integer",
               "biased": "boolean: the last column is of biases"}],
    spaces=[{"space": "string: of the link's addresses", "words": "integer",
             "word_bytes": "integer"}],
    steps=[{"step": "integer: its number", "pass": "string", "matrix": "string",
            "walks": "string", "mode": "string: of the neurons", "leaves": "string",
            "learning_only": "boolean"}],
    samples="string: the ones whose cycles are counted",
    cycles="number: of a learning sample, mean",
    cycles_dense="number: if nothing were zero",
    macs="number: multiply-accumulates of a learning sample",
    passes="number: multiply-accumulates for each weight",
    utilisation="number: of the lanes; above 1 where zeros are skipped, which count as made",
    boards=[{"board": "string: its name",
             "luts": "integer: that the design takes, by estimate", "luts_available": "integer",
             "dsps": "integer", "dsps_available": "integer", "block_rams": "integer",
             "block_rams_available": "integer", "large_rams": "integer: SPRAM",
             "large_rams_available": "integer", "samples": "integer: that it stores there",
             "clock_hz": "number", "samples_per_second": "number: of the core while it learns",
             "fits": "boolean: by estimate", "close": "boolean: only a build can tell",
             "most_lanes": "integer: with which the network fits; 0: none",
             "most_hidden": "integer or null: neurons that fit with the lanes; null: the network "
                            "has several hidden layers",
             "advice": "string: whether it fits, and what would"}])
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
    design = found.design
    cost, what = sample_cost(design, found.data)
    matrices, spaces, steps = matrices_of(design), space_rows(design), step_rows(design)
    places = [facts_of(design, found.place, entry, cost.events) for entry in entries]
    if emit({"name": found.name, **design_keys(design),
             "neuron_lanes": design.neuron_lanes, "synapses": design.network.synapses,
             "sample_capacity": design.sample_capacity, "matrices": matrices,
             "spaces": [dict(zip(("space", "words", "word_bytes"), row, strict=True))
                        for row in spaces],
             "steps": [dict(zip(("step", "pass", "matrix", "walks", "mode", "leaves"), row[:-1],
                                strict=True), learning_only=bool(row[-1])) for row in steps],
             "samples": what, "cycles": cost.events, "cycles_dense": cost.dense,
             "macs": cost.macs, "passes": cost.passes, "utilisation": cost.busy(design.lanes),
             "boards": places}):
        return
    console = new_console()
    for line in summary(design, found.name):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(table("Weight memory", MATRIX_COLUMNS, matrix_rows(matrices)))
    console.print(table("Spaces of the link", SPACE_COLUMNS, spaces))
    console.print(table("Program of a learning sample", STEP_COLUMNS, steps))
    console.print(f"Cycles of a learning sample: {cost.dense:.0f} if nothing were zero, "
                  f"{cost.events:.0f} with first weights on {what}. It makes "
                  f"{cost.macs:.0f} multiply-accumulates, {cost.passes:.1f} for each weight. That "
                  f"is {100 * cost.busy(design.lanes):.0f} % of what the lanes can make in these "
                  "cycles; products with a zero are skipped but count, so that it may be more than "
                  "100 %.",
                  highlight=False, soft_wrap=True)
    console.print(room(places))
    say("The column LUT counts all that the chip has, the last column "
        f"{100 * USABLE_LUTS:.0f} % of them, which is what a placement can use.")
    say("LUT and block RAM are estimates. Designs that were built for comparison took up to "
        f"{100 * LUT_ERROR:.0f} % more LUTs: what fits has room for that, or is the board's own "
        "preset; of what is close only a build can tell. More lanes and hidden neurons are by the "
        "estimate alone. Samples per second are the core's, at the board's clock for the design.")


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
    yield (f"{counted(design.lanes, 'lane')}, {counted(design.neuron_lanes, 'neuron lane')}; "
           f"{formats}")
    yield (f"{capacity} samples of {MemoryMap(design).sample_words} words; digest "
           f"{design.digest}")


def counted(number, noun):
    """A number of things in words."""
    return f"{number} {noun}{'s' if number != 1 else ''}"


def table(title, columns, rows):
    """A table of rows of anything."""
    found = Table(*columns, title=title, title_justify="left")
    for row in rows:
        found.add_row(*map(str, row))
    return found


def facts_of(design, name, entry, cycles):
    """Figures of a design, called `name`, on a board: its entry in the document."""
    fits, chip = fitting(design, entry, name), entry.chip
    parts = {}
    for part in PARTS:
        parts |= {part: getattr(fits.need, part), f"{part}_available": getattr(chip, part)}
    return {"board": entry.name, **parts, "samples": fits.samples, "clock_hz": fits.clock_hz,
            "samples_per_second": fits.clock_hz / cycles, "fits": not fits.shortage,
            "close": fits.doubtful,
            "most_lanes": fits.lanes, "most_hidden": fits.hidden, "advice": fits.advice}


def room(places):
    """A row for every board: the chip's parts that the design takes, its speed, what would fit."""
    found = Table("board", "LUT", "DSP", "block RAM", "SPRAM", "samples", "samples/s",
                  Column("room", overflow="fold"), title="Boards", title_justify="left")
    for one in places:
        parts = [f"{one[part]} of {has}" if (has := one[f"{part}_available"]) else ""
                 for part in PARTS]
        found.add_row(one["board"], *parts, f"{one['samples']}",
                      f"{one['samples_per_second']:,.0f}", one["advice"])
    return found
