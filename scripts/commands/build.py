"""``cortigate build``"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cortigate.boards import build as flow
from cortigate.boards.board import board
from cortigate.boards.record import remember
from cortigate.golden.spec import Design
from cortigate.scripts.choosing import (
    DesignFileOption,
    LanesOption,
    LayersOption,
    PresetOption,
    RuleOption,
    asked,
    chosen,
    hertz,
)
from cortigate.scripts.console import new_console
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.progress import Progress
from cortigate.scripts.speaking import emit
from cortigate.sim.proof import SAMPLES, prove

__all__ = ["build"]


@documented(
    board="string: its name", name="string: of the preset or the file", **DESIGN,
    clock_hz="number: in use", fmax_hz="number: by nextpnr",
    margin="number: share by which Fmax must exceed the clock",
    icetime_hz="number or null: Fmax by icetime", seed="integer: of the placement",
    resources=[{"resource": "string: its name", "used": "integer",
                "available": "integer or null"}],
    comparison="string: of the file with the placed netlist",
    proven="boolean: the file has learned as the integer model does",
    proof="string or null: what was run, and the samples that it learned",
    bitstream="string: its file")
def build(
    name: Annotated[str, typer.Argument(
        metavar="BOARD", help="See `cortigate boards`; or a Python file that defines BOARD, "
                              "which is executed.")],
    rule: RuleOption = None,
    preset_name: PresetOption = None,
    design_file: DesignFileOption = None,
    layers: LayersOption = None,
    clock: Annotated[float | None, typer.Option(
        help="Clock in MHz that the PLL can make. Default: the board's own.")] = None,
    lanes: LanesOption = None,
    neuron_lanes: Annotated[int | None, typer.Option(
        help="Neurons per cycle: 1, 2, 4, 8 or 16, a divisor of the lanes, or of all but one.")
    ] = None,
    flash_data: Annotated[bool, typer.Option(
        "--flash-data", help="With samples in the board's flash memory: see `cortigate data "
                             "write`.")] = False,
    baud: Annotated[int | None, typer.Option(
        min=9600, help="Fixed rate of the serial line in baud, for a design that fills its chip. "
                       "Default: the board finds the rate of the host.")] = None,
    seed: Annotated[int | None, typer.Option(
        help="Seed of the first placement. Default: one that is known to work for the board.")
    ] = None,
    seeds: Annotated[int, typer.Option(
        min=1, help="Number of placements to try; the first that is fast enough is kept.")] = 8,
    proven: Annotated[bool, typer.Option(
        "--proof/--no-proof", help="Simulate the finished file as a board that learns, and compare "
                                   "it with the integer model.")] = True,
    samples: Annotated[int, typer.Option(
        min=1, help="Number of samples that the proof learns.")] = SAMPLES,
    output: Annotated[Path | None, typer.Option(
        help="Folder for the results. Default: build/BOARD, or build/BOARD-DESIGN for a design "
             "other than the board's own.")] = None,
):
    """Build a bitstream, with a table of its resources and its frequency.

    Without --preset and --design it is the board's own design for the rule.

    Example: cortigate build icebreaker --clock 30
    """
    target = board(name)
    found = chosen(asked(design_file, preset_name, rule, layers, lanes),
                   lambda wish: target.design(wish.rule))
    preset_name, design = found.place, target.stored(found.design)
    target = target.running(preset_name, None if clock is None else hertz(clock))
    target = target if baud is None else replace(target, baud=baud)
    folder = target.name if preset_name == target.preset else f"{target.name}-{preset_name}"
    if neuron_lanes is not None:
        design = design.replace(neuron_lanes=neuron_lanes)
    if flash_data:
        design, folder = design.replace(flash=True), f"{folder}-flash"
    console = new_console()
    with Progress(console) as progress:
        result = flow.build(target, design, output or Path("build", folder),
                            seeds=target.placements(preset_name, seed, seeds), log=progress,
                            prove=partial(prove, samples=samples) if proven else None)
    report, timing, proof = result.report, result.timing, result.proof
    found = {"board": target.name, "name": preset_name, **design_keys(design),
             "clock_hz": target.clock_hz, "fmax_hz": 1e6 * timing.achieved,
             "margin": timing.margin, "icetime_hz": timing.icetime and 1e6 * timing.icetime,
             "seed": report.seed,
             "resources": [{"resource": row.name, "used": row.used, "available": row.available}
                           for row in report.resources],
             "comparison": f"{result.comparison or 'NOT DONE'}",
             "proven": proof is not None and proof.stage == flow.STAGES[-1],
             "proof": proof and f"{proof}",
             "bitstream": result.bitstream}
    if not emit(found):
        show(console, found, f"{preset_name}: {design.network}, {lanes_of(design)} on "
                             f"{target.title}", f"{timing}")
    if result.comparison is None:
        console.print(f"WARNING: {flow.not_read(target)}", soft_wrap=True, highlight=False)
    try:
        remember(design, target.name, result.bitstream.parent)
    except OSError as error:
        console.print("WARNING: commands in other folders will know this board only with --report: "
                      f"{error}", soft_wrap=True, highlight=False, markup=False)


def show(console, found, title, timing):
    """Print a document for people."""
    console.print(resources(found["resources"], title))
    console.print(f"Fmax {timing}, clock in use {found['clock_hz'] / 1e6:g} MHz, placement "
                  f"seed {found['seed']}", highlight=False)
    console.print(f"design {found['configuration']}", highlight=False)
    console.print(f"file and placed netlist: {found['comparison']}", highlight=False,
                  soft_wrap=True)
    console.print(f"proven: {found['proof']}" if found["proven"] else
                  f"NOT PROVEN: {found['proof'] or 'built with --no-proof'}", highlight=False)
    console.print(f"bitstream {found['bitstream']}", soft_wrap=True, highlight=False)


def resources(rows, title):
    """Resources that a placement takes, as a table."""
    table = Table("resource", "used", "available", "%", title=title)
    for row in rows:
        used, available = row["used"], row["available"]
        share = ("", "") if available is None else (f"{available}", f"{100 * used / available:.0f}")
        table.add_row(row["resource"], f"{used}", *share)
    return table


def lanes_of(design: Design):
    """A design's lanes in words."""
    several = f", {design.neuron_lanes} neuron lanes" if design.neuron_lanes > 1 else ""
    return f"{design.lanes} lanes{several}"
