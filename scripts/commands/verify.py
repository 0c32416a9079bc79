"""``cortigate verify``: hold the gateware to the golden models in every clock cycle."""

import math
import time
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from cortigate.boards.host.training import rule_name
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import PRESETS, RULES, preset
from cortigate.golden.timeline import Timeline
from cortigate.sim.cells import FAMILIES, family
from cortigate.sim.lockstep.draw import draw_design
from cortigate.sim.lockstep.runner import run_lockstep

__all__ = ["verify"]


def verify(
    preset_name: Annotated[str, typer.Option(
        "--preset", help=f"One of {', '.join(PRESETS)}.")] = "tiny",
    samples: Annotated[int, typer.Option(min=1, help="Random samples for each design.")] = 20,
    simulator: Annotated[str | None, typer.Option(
        help="verilator or icarus; if none is named icarus for netlists, else verilator.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    random_designs: Annotated[int, typer.Option(
        "--random", min=0,
        help="Verify so many designs drawn at random instead of a preset.")] = 0,
    rule: Annotated[str, typer.Option(
        help=f"Of the designs that are drawn: {', '.join(RULES)}.")] = "ghost",
    cycles: Annotated[int, typer.Option(
        min=0, help="As many samples as these clock cycles hold, shared by all designs.")] = 0,
    target: Annotated[str | None, typer.Option(
        "--family", help=f"Elaborate for a family of FPGAs ({', '.join(FAMILIES)}), with models "
                         "of its cells.")] = None,
    netlist: Annotated[str | None, typer.Option(
        help="A family: verify what Yosys makes of the design for it, with models of its cells."
    )] = None,
):
    """Run the RTL in lockstep with the integer model and its timeline."""
    console, rule = Console(), rule_name(rule)
    if netlist is not None and target not in (None, netlist):
        raise ValueError(f"--family must be that of --netlist, {netlist}, not {target!r}")
    target = netlist or target
    chosen = None if target is None else family(target)
    # Verilator compiles a netlist of 3000 cells for minutes, Icarus for seconds.
    simulator = simulator or ("verilator" if netlist is None else "icarus")
    designs = [draw_design(seed, i, rule) for i in range(random_designs)] or [preset(preset_name)]
    compared = failed = 0
    for number, design in enumerate(designs):
        dense = _dense_cycles(design)
        count = math.ceil(cycles / len(designs) / (0.6 * dense)) if cycles else samples
        began = time.perf_counter()
        result = run_lockstep(design, samples=count, seed=seed + number, simulator=simulator,
                              family=chosen, synthesised=netlist is not None)
        compared += result.cycles
        text = (f"{design.network} {describe(design.rule)}, "
                f"{design.lanes} lanes, K = {design.neuron_lanes}, "
                f"W {design.weight} {design.weight.rounding.value}, "
                f"r {design.rate}, s {design.state}, digest {design.digest}: "
                f"{result.samples} samples, {result.cycles} cycles compared, "
                f"{result.cycles_per_sample:.1f} cycles per sample (dense {dense}), "
                f"{time.perf_counter() - began:.0f} s")
        console.print(text, soft_wrap=True, highlight=False)
        if result.divergence is not None:
            failed += 1
            console.print(result.divergence, style="red", highlight=False, soft_wrap=True)
            if result.waveform is not None:
                console.print(f"waveform: {result.waveform} (with lockstep.gtkw beside it)",
                              soft_wrap=True, highlight=False)
    what = "" if target is None else f"{target}{' netlist' if netlist else ''}, "
    console.print(f"{what}{simulator}: {compared} cycles compared over {len(designs)} designs, "
                  f"{failed} mismatches", highlight=False)
    if failed:
        raise typer.Exit(1)


def _dense_cycles(design):
    """Cycles of a learning sample in which nothing is zero."""
    model = integer_model(design)
    model.set_weights(initial_weights(design, 0))
    trace = model.learn(np.full(design.network.sizes[0], design.sample.maximum), 0)
    return Timeline(design).cycles(trace, dense=True)


def describe(rule):
    """A rule in a few words."""
    if rule.name == "ghost":
        return f"{rule.mechanism.value} {rule.schedule.value}"
    return rule.name
