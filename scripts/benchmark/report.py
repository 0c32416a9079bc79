"""Tables and records of a benchmark."""

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.measure import Measurement
from rich.table import Table

from cortigate.golden.spec import Design
from cortigate.scripts.document import design_keys

from .engine import Cost, link_rate
from .fabric import Fabric
from .timing import Speed

__all__ = ["BenchmarkRun", "growth_document", "growth_record", "growth_table", "machine",
           "notes", "run_document", "run_record", "run_table", "show"]

NONE = "-"
WIDEST = 400  # columns of a table


@dataclass(frozen=True)
class BenchmarkRun:
    """One design: what it costs, what became of it on boards, how fast this computer is.

    `after`: samples that were learned before those that are measured.
    """

    name: str
    design: Design
    data: str
    cost: Cost
    fabrics: list[Fabric]
    speeds: list[Speed]
    after: int = 0

    @property
    def about(self):
        """Rule, network and lanes in words."""
        rule = self.design.rule
        kind = "".join(f" {getattr(rule, part).value}" for part in ("mechanism", "schedule")
                       if hasattr(rule, part))
        margin = f", margin {self.margin}" if self.margin else ""
        return f"{rule.name}{kind}, {self.design.network}, {self.design.lanes} lanes{margin}"

    @property
    def margin(self):
        """The design's margin as text; "" if it has none."""
        shift = self.design.margin_shift
        return "" if shift is None else f"1/{2**shift}" if shift else "1"

    @property
    def place(self):
        """(Fabric, MHz) of the fastest clock: of builds, else of what boards plan; or None."""
        clocks = [(f, f.clock) for f in self.fabrics if f.clock]
        clocks = clocks or [(f, f.planned) for f in self.fabrics if f.planned]
        return max(clocks, key=lambda pair: pair[1], default=None)

    @property
    def rate(self):
        """Samples per second of the engine at the clock of `place`, or None."""
        return None if self.place is None else self.place[0].rate(self.cost.cycles, self.place[1])


def machine():
    """This computer in words, and how many programs wanted a core in the last minute."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass  # not Linux
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {"cpu": name, "cores": os.cpu_count(), "load": load, "system": platform.platform(),
            "python": platform.python_version(), "numpy": np.__version__}


def show(console, table):
    """Print a table as wide as it is: a cell that is cut off tells nothing."""
    options = console.options.update(max_width=WIDEST)
    console.width = max(console.width, Measurement.get(console, options, table).maximum)
    console.print(table)


def number(value):
    """Three digits or more, thousands apart."""
    if value is None:
        return NONE
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def rate(value):
    """Samples per second with the microseconds of each."""
    return NONE if value is None else f"{number(value)} ({number(1e6 / value)} us)"


def run_table(run: BenchmarkRun):
    """The table of one design: a column for each board."""
    cost, lanes = run.cost, run.design.lanes
    table = Table(title=f"{run.name}: {run.about}", caption_justify="left")
    table.add_column(f"one learning sample: mean of {cost.samples} of {run.data}", no_wrap=True)
    for fabric in run.fabrics or [None]:
        table.add_column(fabric.board if fabric else "no board", justify="right", no_wrap=True)

    def row(label, *cells):
        table.add_row(label, *cells, *[""] * (len(table.columns) - 1 - len(cells)))

    def each(label, cell):
        if run.fabrics:
            row(label, *(cell(fabric) for fabric in run.fabrics))

    row("cycles, simulated RTL", NONE if cost.measured is None else number(cost.measured))
    row("cycles, timeline: event-driven", number(cost.events))
    row("cycles, timeline: dense", number(cost.dense))
    row("cycles if no lane ever waited", number(cost.limit))
    row("cycles without a request: event-driven", _causes(cost.waits, cost.events))
    row("cycles without a request: dense", _causes(cost.dense_waits, cost.dense))
    row("passes over the weights", f"{cost.passes:.2f}")
    row("MACs per multiplier and cycle: made", f"{cost.limit / cost.cycles:.3f}")
    row("MACs per multiplier and cycle: dense", f"{cost.busy(lanes, dense=True):.3f}")
    row("MACs per multiplier and cycle: dense-equivalent", f"{cost.busy(lanes):.3f}")
    table.add_section()
    each("Fmax, MHz (seed)", lambda f: (f"{f.fmax:.2f} ({f.seed})" if f.fmax else
                                        f.missing.partition(":")[0]))
    each("samples/s at Fmax: event-driven", lambda f: rate(f.rate(cost.cycles)))
    each("samples/s at Fmax: dense", lambda f: rate(f.rate(cost.dense)))
    each("samples/s at the clock in use", lambda f: (
        f"{number(f.rate(cost.cycles, f.clock))} ({f.clock:g} MHz)" if f.clock else NONE))
    each("samples/s that the link carries", lambda f: (
        f"{number(link_rate(run.design, f.baud))} ({f.baud / 1e6:g} Mbaud)"))
    names = dict.fromkeys(name for f in run.fabrics for name in f.resources or ())
    for name in names:
        each(name, lambda f, name=name: resource(f, name))
    table.add_section()
    if run.speeds:
        row("this computer, samples/s, one thread (25-75 %)", "chip / it")
    for speed in run.speeds:
        if speed.median is None:
            row(f"{speed.name}: {NONE}")
            continue
        sign = ">= " if speed.disturbed else ""
        label = (f"{speed.name}: {sign}{number(speed.median)} "
                 f"({number(speed.low)}-{number(speed.high)})")
        row(label, *(ratio(fabric.rate(cost.cycles), speed) for fabric in run.fabrics))
    return table


def _causes(waits, cycles):
    """Share of all cycles, and cycles by cause."""
    parts = ", ".join(f"{cause} {number(mean)}" for cause, mean in waits.items())
    return f"{100 * sum(waits.values()) / cycles:.1f} % ({parts})"


def ratio(chip, speed):
    """How many times as fast the chip is."""
    if chip is None:
        return NONE
    sign = "<= " if speed.disturbed else ""
    return f"{sign}{chip / speed.median:.3g}"


def resource(fabric, name):
    """Used of how many."""
    used, available = (fabric.resources or {}).get(name, (None, None))
    if used is None:
        return NONE
    return f"{used}" if available is None else f"{used} of {available}"


def notes(run: BenchmarkRun):
    """Notes under the table, line by line."""
    cost = run.cost
    if cost.measured is not None:
        lines = ["Weights after these samples on the simulated hardware and in the integer model: "
                 + ("identical." if cost.identical else "DIFFERENT.")]
    else:
        lines = ["Not simulated: cycles are the timeline's."]
    start = f"what {run.after} samples have left" if run.after else "random weights"
    lines.append(f"The network starts from {start}. "
                 f"{run.design.sample_capacity} samples fit into the chip's memory: the link "
                 "limits only those beyond.")
    for fabric in run.fabrics:
        if fabric.missing:
            lines.append(f"{fabric.board}, {fabric.missing}")
    if not run.fabrics:
        lines.append("No board has this preset: name one with --board, see ./scripts/run boards.")
    for speed in run.speeds:
        lines.append(f"{speed.name}: {speed.about}")
    if any(speed.disturbed for speed in run.speeds):
        lines.append(">=: other programs took the core away; run it again on a quiet computer.")
    return lines


def run_record(run: BenchmarkRun):
    """The same as a plain dictionary."""
    cost, lanes = run.cost, run.design.lanes
    boards = []
    for fabric in run.fabrics:
        chip = fabric.rate(cost.cycles)
        boards.append(asdict(fabric) | {
            "samples_per_second": chip,
            "microseconds_per_sample": None if chip is None else 1e6 / chip,
            "samples_per_second_dense": fabric.rate(cost.dense),
            "samples_per_second_at_clock": (
                fabric.rate(cost.cycles, fabric.clock) if fabric.clock else None),
            "link_samples_per_second": link_rate(run.design, fabric.baud),
            "times_as_fast": {speed.name: chip / speed.median for speed in run.speeds
                              if chip is not None and speed.median is not None}})
    return {
        "preset": run.name, "rule": run.design.rule.name, "network": str(run.design.network),
        "lanes": lanes, "margin_shift": run.design.margin_shift, "digest": run.design.digest,
        "data": run.data,
        "cost": asdict(cost) | {"cycles": cost.cycles,
                                "macs_per_multiplier_and_cycle_dense": cost.busy(lanes, dense=True),
                                "macs_per_multiplier_and_cycle": cost.busy(lanes)},
        "boards": boards, "this_computer": [asdict(speed) for speed in run.speeds]}


def run_document(run: BenchmarkRun):
    """The same for --json: units in the keys, and lists in place of names."""
    cost, lanes = run.cost, run.design.lanes
    boards = []
    for fabric in run.fabrics:
        boards.append({
            "board": fabric.board, "missing": fabric.missing or None,
            "fmax_hz": fabric.fmax and 1e6 * fabric.fmax,
            "clock_hz": fabric.clock and 1e6 * fabric.clock,
            "clock_planned_hz": fabric.planned and 1e6 * fabric.planned, "seed": fabric.seed,
            "baud": fabric.baud, "samples_per_second": fabric.rate(cost.cycles),
            "samples_per_second_dense": fabric.rate(cost.dense),
            "samples_per_second_at_clock": (
                fabric.rate(cost.cycles, fabric.clock) if fabric.clock else None),
            "link_samples_per_second": link_rate(run.design, fabric.baud),
            "resources": [{"resource": name, "used": used, "available": available}
                          for name, (used, available) in (fabric.resources or {}).items()]})
    place = run.place
    return {
        "name": run.name, **design_keys(run.design), "data": run.data, "samples": cost.samples,
        "after": run.after,
        "margin": None if run.design.margin_shift is None else 2.0**-run.design.margin_shift,
        "left_alone": cost.left, "board": place and place[0].board,
        "board_clock_hz": place and 1e6 * place[1],
        "board_is_built": place and place[0].clock is not None, "samples_per_second": run.rate,
        "cycles_measured": cost.measured, "cycles": cost.events, "cycles_dense": cost.dense,
        "cycles_limit": cost.limit,
        "waits": [{"cause": cause, "cycles": mean} for cause, mean in cost.waits.items()],
        "waits_dense": [{"cause": cause, "cycles": mean}
                        for cause, mean in cost.dense_waits.items()],
        "macs": cost.macs, "passes": cost.passes, "identical": cost.identical,
        "macs_per_multiplier_and_cycle": cost.busy(lanes),
        "macs_per_multiplier_and_cycle_dense": cost.busy(lanes, dense=True),
        "macs_per_multiplier_and_cycle_made": cost.limit / cost.cycles, "boards": boards,
        "this_computer": [{
            "program": speed.name, "about": speed.about, "samples_per_second": speed.median,
            "samples_per_second_25": speed.low, "samples_per_second_75": speed.high,
            "disturbed": speed.disturbed, "left_alone": speed.left,
            "engine_to_it": (run.rate and speed.median and not speed.disturbed
                             and run.rate / speed.median) or None}
            for speed in run.speeds]}


def growth_document(rows, designs):
    """`growth_record` for --json, with lists in place of names."""
    return [{"varied": point["what"], "network": "-".join(map(str, point["sizes"])),
             "zeros": point["zeros"], "designs": [
                 {"name": name, "cycles": one["events"], "cycles_dense": one["dense"],
                  "macs_per_multiplier_and_cycle": one["macs_per_multiplier_and_cycle"]}
                 for name, one in point["costs"].items()]}
            for point in growth_record(rows, designs)]


def growth_table(rows, designs):
    """Cycles, event-driven and dense, of every design at every point."""
    table = Table(title="Cycles of a learning sample, timeline: event-driven / dense")
    table.add_column("network", no_wrap=True)
    table.add_column("zero inputs", justify="right", no_wrap=True)
    for name, design in designs.items():
        table.add_column(f"{name}:\n{design.rule.name},\n{design.lanes} lanes", justify="right",
                         no_wrap=True)
    last = None
    for point, costs in rows:
        if last not in (None, point.what):
            table.add_section()
        table.add_row("-".join(map(str, point.sizes)), f"{100 * point.zeros:.0f} %",
                      *(f"{costs[name].events:.0f} / {costs[name].dense:.0f}" for name in designs))
        last = point.what
    return table


def growth_record(rows, designs):
    """The same as plain dictionaries, with multiply-accumulates per multiplier and cycle."""
    return [{"what": point.what, "sizes": list(point.sizes), "zeros": point.zeros,
             "costs": {name: asdict(cost) | {
                 "macs_per_multiplier_and_cycle": cost.busy(designs[name].lanes)}
                 for name, cost in costs.items()}} for point, costs in rows]
