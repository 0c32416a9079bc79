"""``cortigate verify``: hold the gateware, in any form up to the file, to the golden models."""

import math
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cortigate.boards.board import board
from cortigate.boards.build import STAGES
from cortigate.boards.learn.training import rule_name
from cortigate.golden.edges import Meetings
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import preset, resized, tiny_preset
from cortigate.golden.timeline import Timeline
from cortigate.scripts.choosing import (
    DesignFileOption,
    LanesOption,
    LayersOption,
    PresetOption,
    RuleOption,
    asked,
    chosen,
    hertz,
    recommended,
)
from cortigate.scripts.console import new_console, say
from cortigate.scripts.document import DESIGN, design_keys, documented
from cortigate.scripts.explanation import full_sample
from cortigate.scripts.progress import Progress
from cortigate.scripts.speaking import emit
from cortigate.sim.cells import family
from cortigate.sim.ladder import climb
from cortigate.sim.link_coverage import link_coverage
from cortigate.sim.lockstep.draw import draw_design
from cortigate.sim.lockstep.runner import run_lockstep

__all__ = ["verify"]

SCENES = 60  # the smallest designs want some 40
# What is done for each design before a line can say what came of it.
PREPARING = {"rtl": "compiling takes some seconds", "netlist": "synthesis and compiling can take "
             "minutes", "placed": "the build takes minutes", "bitstream": "the build takes minutes"}


@documented(
    stage="string: form that was verified", board="string or null",
    simulator="string or null: null is a simulated board",
    mismatches="integer: number of designs that differ",
    cycles="integer or null: clock cycles compared; null: all that is learned is",
    designs=[{**DESIGN, "samples?": "integer: learned and inferred", "cycles?": "integer: compared",
              "cycles_per_sample?": "number", "cycles_per_sample_dense?": "integer: of a learning "
              "sample in which nothing is zero", "seconds?": "number: that it took",
              "difference?": "string or null: the first one", "waveform?": "string or null: file",
              "rungs?": "list of string: the forms that were equal, and how"}],
    coverage=[{"of": "string: the rule, or the link", "cases": "integer", "met": "integer",
               "holes": "integer: neither met nor explained"}])
def verify(
    preset_name: PresetOption = None,
    design_file: DesignFileOption = None,
    samples: Annotated[int, typer.Option(min=1, help="Number of random samples for each "
                                                     "design.")] = 20,
    simulator: Annotated[str | None, typer.Option(
        help="verilator or icarus, for the stages rtl and netlist. Default: verilator for rtl, "
             "icarus for netlist.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed for all random choices.")] = 0,
    random_designs: Annotated[int, typer.Option(
        "--random", min=0,
        help="Number of random designs to verify in place of a preset.")] = 0,
    rule: RuleOption = None,
    cycles: Annotated[int, typer.Option(
        min=0, help="Total number of clock cycles, divided among the designs, in place of "
                    "--samples; for the stages rtl and netlist.")] = 0,
    stage: Annotated[str, typer.Option(
        help="Form to verify: rtl; netlist, after synthesis; placed, after place and route; or "
             "bitstream, the very file that goes into the chip.")] = "rtl",
    board_name: Annotated[str | None, typer.Option(
        "--board", help="Board to build for. Every stage but rtl needs one; with one, rtl is "
                        "elaborated for its chip family, with models of the cells.")] = None,
    layers: LayersOption = None,
    lanes: LanesOption = None,
    clock: Annotated[float | None, typer.Option(
        help="Clock in MHz, for the stages placed and bitstream. Default: the board's "
             "own.")] = None,
    seeds: Annotated[int, typer.Option(
        min=1, help="Number of placements to try, for the stages placed and bitstream.")] = 8,
    scenes: Annotated[int | None, typer.Option(
        min=0, help="Most extra samples to search for each design, so that values reach every "
                    "edge, for the stages rtl and netlist. Default: 60, or none for random "
                    "designs.")
    ] = None,
    coverage: Annotated[bool, typer.Option(
        "--coverage", help="Print how often every edge, step, list and sign was met, and every "
                           "request and status of the link, and why some cannot be; for the stages "
                           "rtl and netlist.")] = False,
    output: Annotated[Path | None, typer.Option(
        help="Folder for the build, for the stages placed and bitstream. Default: the build is not "
             "kept.")
    ] = None,
):
    """Hold the hardware to the integer model: every port in every cycle, or all that it learns.

    Without --preset and --design it is the smallest design of the rule.

    Example: cortigate verify --random 6 --cycles 1000000
    """
    console = new_console()
    found = chosen(asked(design_file, preset_name, rule, layers, lanes), smallest)
    preset_name, rule = found.place, found.design.rule.name
    if stage not in STAGES:
        raise ValueError(f"--stage must be one of {', '.join(STAGES)}, not {stage!r}")
    if board_name is None and stage != "rtl":
        raise ValueError(f"--stage {stage} is made for a board's chip: name the board with --board")
    target = None if board_name is None else board(board_name).running(
        preset_name, None if clock is None else hertz(clock))
    designs = [draw_design(seed, i, rule) for i in range(random_designs)] or [found.design]
    if lanes is not None:
        designs = [resized(design, lanes=lanes) for design in designs]
    if target is not None and stage in ("placed", "bitstream"):
        done = []
        with Progress(console) as progress:
            progress(beginning(designs, stage, target, "a simulated board"))
            for design in map(target.stored, designs):
                done.append(design_keys(design) | {"rungs": []})
                for rung in climb(target, design, (stage,), samples=samples, seed=seed,
                                  seeds=target.placements(preset_name, count=seeds),
                                  output=output, log=progress):
                    done[-1]["rungs"].append(f"{rung.stage}: {rung.text}")
                    progress(f"{design.network} {describe(design.rule)}: {rung.stage}: "
                             f"{rung.text}")
        if not emit({"stage": stage, "board": target.name, "simulator": None, "mismatches": 0,
                     "cycles": None, "designs": done, "coverage": []}):
            console.print(f"{stage}, {target.name}: 0 differ over {len(designs)} designs",
                          highlight=False)
        return
    if scenes is None:
        scenes = 0 if random_designs else SCENES
    # Verilator compiles a netlist of 3000 cells for minutes, Icarus for seconds.
    simulator = simulator or ("verilator" if stage == "rtl" else "icarus")
    done, meetings = lockstep(console, designs, samples, scenes, cycles, seed, stage, target,
                              simulator)
    found = {"stage": stage, "board": target and target.name, "simulator": simulator,
             "mismatches": sum(one["difference"] is not None for one in done),
             "cycles": sum(one["cycles"] for one in done), "designs": done, "coverage": []}
    what = "" if target is None else f"{target.name} {stage}, "
    console.print(f"{what}{simulator}: {found['cycles']} cycles compared over {len(designs)} "
                  f"designs, {found['mismatches']} mismatches", highlight=False)
    if coverage:
        found["coverage"] = [show_coverage(console, meetings, rule),
                             show_coverage(console, link_coverage(), "the link")]
    emit(found)
    if found["mismatches"]:
        raise typer.Exit(1)


def beginning(designs, stage, target, simulator):
    """The line that is printed before anything runs, since results are long in coming."""
    first = designs[0]
    what = f"{len(designs)} designs, first " if len(designs) > 1 else ""
    of = "" if target is None else f" of {target.name}"
    return (f"verifying {what}{first.network}, rule {first.rule.name}: {stage}{of}, with "
            f"{simulator}; {PREPARING[stage]}")


def coverage_table(meetings, title):
    """A table with a row for every edge: its cases, how often each was met, and what is missing."""
    rows = Table("where", "met", "holes", title=title, title_justify="left")
    counts = meetings.counts
    for name, edge in meetings.edges.items():
        met, holes = [], []
        for case, count in zip(edge.cases, counts[name], strict=True):
            if count:
                met.append(f"{case} {count}")
            else:
                holes.append(f"{case}: {edge.without.get(case, 'NOT MET')}")
        rows.add_row(name, ", ".join(met), "; ".join(holes))
    return rows


def show_coverage(console, meetings, what):
    """The table of a coverage, and a line that counts it; gives the counts."""
    console.print(coverage_table(meetings, f"What {what} has met"))
    cases = sum(len(edge.cases) for edge in meetings.edges.values())
    counts = {"of": what, "cases": cases, "met": len(meetings.met()),
              "holes": len(meetings.holes())}
    console.print("{cases} cases: {met} met, {explained} explained, {holes} holes".format(
        **counts, explained=cases - counts["met"] - counts["holes"]), highlight=False)
    return counts


def smallest(wish):
    """(Name, design): the smallest preset of a rule, or two lanes of the layers that are asked."""
    name = tiny_preset(rule_name(wish.rule))
    if wish.sizes is None:
        return name, preset(name)
    return recommended(wish.sizes, lanes=2, sample_capacity=32)(wish)


def lockstep(console, designs, samples, scenes, cycles, seed, stage, target, simulator):
    """The stages rtl and netlist: every observed port in every cycle.

    Returns an entry of the document for each design, and the Meetings of all.
    """
    cells = None if target is None else family(target.chip.family.name).on(target)
    say(beginning(designs, stage, target, simulator))
    done, meetings = [], Meetings(())
    for number, design in enumerate(designs):
        dense = _dense_cycles(design)
        count = math.ceil(cycles / len(designs) / (0.6 * dense)) if cycles else samples
        began = time.perf_counter()
        result = run_lockstep(design, samples=count, scenes=scenes, seed=seed + number,
                              simulator=simulator, family=cells,
                              synthesised=stage == "netlist")
        meetings.add(result.coverage.meetings)
        done.append(design_keys(design) | {
            "samples": result.samples, "cycles": result.cycles,
            "cycles_per_sample": result.cycles_per_sample, "cycles_per_sample_dense": dense,
            "seconds": time.perf_counter() - began, "difference": result.divergence,
            "waveform": result.waveform})
        text = (f"{design.network} {describe(design.rule)}, "
                f"{design.lanes} lanes, K = {design.neuron_lanes}, "
                f"W {design.weight} {design.weight.rounding.value}, "
                f"r {design.rate}, s {design.state}, digest {design.digest}: "
                f"{result.samples} samples, {result.cycles} cycles compared, "
                f"{result.cycles_per_sample:.1f} cycles per sample (dense {dense}), "
                f"{done[-1]['seconds']:.0f} s")
        console.print(text, soft_wrap=True, highlight=False)
        if result.divergence is not None:
            console.print(result.divergence, style="red", highlight=False, soft_wrap=True)
            if result.waveform is not None:
                console.print(f"waveform: {result.waveform} (with lockstep.gtkw beside it)",
                              soft_wrap=True, highlight=False)
    return done, meetings


def _dense_cycles(design):
    """Cycles of a learning sample in which nothing is zero."""
    model = integer_model(design)
    model.set_weights(initial_weights(design, 0))
    return Timeline(design).cycles(model.learn(*full_sample(design)), dense=True)


def describe(rule):
    """A rule in a few words: those that it is chosen by, or its name."""
    words = [getattr(rule, name).value for name in rule.choices if name not in rule.left_out()]
    return " ".join(words if set(rule.choices) - set(rule.later) else [rule.name, *words])
