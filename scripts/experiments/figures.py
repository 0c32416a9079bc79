"""Rerun the tables of docs/results.md that a laptop reruns in an hour, and say which changed.

A table of the page that can be rerun stands below a mark of its name. Its leading columns name a
row; every other cell that is not empty is a figure, compared as text with the one that comes out.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from joblib import Parallel, delayed

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec import Network, preset, resized
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.ghost import Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.scripts.benchmark.engine import cost
from cortigate.scripts.benchmark.measuring import DIGITS, SAMPLES
from cortigate.scripts.benchmark.portion import Portion
from cortigate.scripts.benchmark.summary import waiting_rows
from cortigate.scripts.insights.depth import NETWORKS, depth_experiment

from .accuracy.report import summarise
from .accuracy.run import execute
from .accuracy.table import rows_of
from .events import PRESETS, trained_cycles
from .operations import QUARTILES, trained_costs
from .utilisation import measured, time_steps

__all__ = ["FIGURES", "Figures", "differences", "figures", "table_of"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"
SEEDS = range(5)


@dataclass(frozen=True)
class Figures(Plain):
    """A table that can be rerun.

    Parameters
    ----------
    keys : int
        Number of columns that name a row.
    rerun : callable
        ``rerun(workers)``: dict of (row, column) to text. A row is its names, joined by ", ".
    quick : bool
        Takes seconds.
    """

    keys: int
    rerun: Callable
    quick: bool = False


# ---- tables that are rerun -----------------------------------------------------------------


def ghost(workers):
    """Accuracies of ghost units."""
    runs = [run for _, _, runs in rows_of("hardware", quick=False, only=None, validation=False,
                                          epochs=None, halvings=None, data=None) for run in runs]
    results = list(Parallel(n_jobs=workers)(delayed(execute)(run, seed) for run in runs
                                            for seed in SEEDS))
    found = {}
    for number, run in enumerate(runs):
        row = summarise(run, results[len(SEEDS) * number:len(SEEDS) * (number + 1)])
        found[run.network, run.label] = f"{row['mean']:.2f} ± {row['std']:.2f}"
    cells = {}
    for (network, label), text in found.items():
        if label in BASELINES:
            cells[f"{network}, C1, A-copy", BASELINES[label]] = text
            continue
        model, _, kind = label.rpartition(" ")
        ghosts = GHOSTS[model]
        if found[network, f"C1 {kind}"] != found[network, f"A-copy {kind}"]:
            ghosts = {"C1": "C1", "A-copy": "A-copy"}.get(model, ghosts)  # the page joins the two
        cells[f"{network}, {ghosts}", MODELS[kind]] = text
    return cells


MODELS = {"integer": "integers (the hardware's bits)", "float": "float64"}
BASELINES = {"backprop": "backprop, float64", "feedback alignment": "feedback alignment"}
GHOSTS = {"C1": "C1, A-copy", "A-copy": "C1, A-copy", "A-sameR": "A-sameR, from random ghosts",
          "A-copy relaxation": "A-copy, relaxation", "N": "N, nudging 1/4"}


def signs(workers):
    """Depth and the signs of the microcircuit's feedback."""
    found = depth_experiment(load_digits_split(0))
    words = {1: "one", 2: "two", 4: "four"}
    return {(words[hidden], "signs of the weights" if concordant else "random signs"):
            f"{100 * found[hidden, concordant][-1]:.1f} %"
            for hidden in NETWORKS for concordant in (True, False)}


def operations(workers):
    """Cycles of the microcircuit by spikes."""
    costs = trained_costs(MicrocircuitRule.design((64, 32, 10)).replace(lanes=8), 8, 360, 0)
    cells = {}
    for column, what, cycles in (
            ("cycles, inference, by spikes", "spikes", costs.inference),
            ("cycles, learning, by error spikes", "errors", costs.learning)):
        for name, chosen in zip(QUARTILES, costs.quartiles(what), strict=True):
            cells[name, column] = f"{cycles[chosen].mean():.0f}"
    return cells


def events(workers):
    """Cycles per learning sample of trained networks."""
    rules = ("ghost units, A-copy, relaxation", "equilibrium network", "dynamic inversion")
    cells = {}
    for rule, name in zip(rules, PRESETS, strict=True):
        dense, sparse, *_ = trained_cycles(preset(name), 10, 200, 0)
        cells[rule, "cycles per learning sample, dense"] = f"{dense:.0f}"
        cells[rule, "event-driven"] = f"{sparse:.0f}"
        cells[rule, "ratio"] = f"{dense / sparse:.2f}"
    return cells


def utilisation(workers):
    """Useful multiply-accumulates per multiplier and cycle."""
    network, pal = Network((64, 64, 32, 10)), preset("pal")
    cells = {}
    for name, design in (
            ("ghost units", design_for(network, Mechanism.REPLICATE, Schedule.SWEEP)),
            ("phaseless alignment", pal.replace(network=replace(pal.network, sizes=network.sizes))),
            ("phaseless alignment", pal)):
        for lanes in (8, 16):
            useful, dense, sparse = (total / time_steps(design) for total in measured(
                resized(design, lanes=lanes), 300, 0))
            row = f"{name}, {design.network}, {lanes}"
            cells[row, "no rate zero"] = f"{useful / lanes / dense:.3f}"
            cells[row, "digits, dense-equivalent"] = f"{useful / lanes / sparse:.3f}"
    return cells


def waiting(workers):
    """Cycles, by what they are spent on, of the designs that `bench` measures by itself."""
    costs: list[Any] = list(
        Parallel(n_jobs=workers)(delayed(cost_of)(name) for name in DIGITS))
    cells = {}
    for name, spent in zip(DIGITS, costs, strict=True):
        above = dict.fromkeys(WHO, "")
        for row in waiting_rows(name, preset(name), spent):
            above = {column: row[column] or above[column] for column in WHO}
            cells |= {(", ".join(above.values()), column): text for column, text in row.items()
                      if text and column not in WHO}
    return cells


WHO = ("design", "rule", "network", "lanes", "zeros")


def cost_of(name):
    """Cost of a preset on the samples of `cortigate bench`, from the timeline."""
    x, labels = Portion(load_digits_split(0), SAMPLES).samples
    return cost(preset(name), x, labels, rtl=False)


FIGURES = {"waiting": Figures(len(WHO), waiting),
           "utilisation": Figures(3, utilisation, quick=True),
           "operations": Figures(1, operations), "events": Figures(1, events),
           "signs": Figures(1, signs), "ghost": Figures(2, ghost)}


# ---- the page ------------------------------------------------------------------------------


def table_of(text, name, keys):
    """Cells of a page's table: dict of (row, column) to text, empty ones left out.

    Parameters
    ----------
    text : str
        The page.
    name : str
        Of the mark ``<!-- figures: NAME -->``, below which the table is the first one.
    keys : int
        Leading columns that name a row; an empty one means the same as in the row above.

    Raises
    ------
    ValueError
        There is no such mark, or no table below it.
    """
    _, mark, rest = text.partition(f"<!-- figures: {name} -->\n")
    lines = re.search(r"\A\s*((?:\|.*\|\n?)+)", rest) if mark else None
    if lines is None:
        raise ValueError(f"the page must have a table below <!-- figures: {name} -->")
    columns, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")]
                         for line in lines[1].splitlines()]
    cells, above = {}, [""] * keys
    for row in rows:
        above = [cell or before for cell, before in zip(row, above, strict=False)]
        for column, cell in zip(columns[keys:], row[keys:], strict=False):
            if cell:
                cells[", ".join(above), column] = cell
    return cells


def differences(page, found):
    """A line for each figure that differs, or that only one of two tables has."""
    lines = []
    for place in dict.fromkeys((*page, *found)):
        ours, theirs = page.get(place, "nothing"), found.get(place, "nothing")
        if ours != theirs:
            lines.append(f"{place[0]}: {place[1]}: the page has {ours}, now {theirs}")
    return lines


def figures(
    only: Annotated[list[str] | None, typer.Option(
        help=f"Table, one of {', '.join(FIGURES)}; may be repeated.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes.")] = 2,
    page: Annotated[Path, typer.Option(
        help="Page to compare with. Default: docs/results.md of the clone.",
        show_default=False)] = PAGE,
    quick: Annotated[bool, typer.Option(
        "--quick", help="Rerun only the tables that take seconds.")] = False,
):
    """Rerun tables of docs/results.md and say which changed; the whole takes up to an hour."""
    for name in only or ():
        if name not in FIGURES:
            raise ValueError(f"--only must be one of {', '.join(FIGURES)}, not {name!r}")
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{page} cannot be read: {error.strerror}") from error
    chosen = {name: FIGURES[name] for name in only or FIGURES
              if FIGURES[name].quick or not quick}
    if not chosen:
        raise ValueError(f"none of {', '.join(only or ())} is quick: leave out --quick")
    pages = {name: table_of(text, name, one.keys) for name, one in chosen.items()}
    changed = []
    for name, one in chosen.items():
        began = time.perf_counter()
        lines = differences(pages[name], one.rerun(workers))
        taken = time.perf_counter() - began
        typer.echo(f"{name}: {'CHANGED' if lines else f'all {len(pages[name])} figures the same'}"
                   f", {taken:.0f} s")
        for line in lines:
            typer.echo(f"  {line}")
        changed += [name] * bool(lines)
    typer.echo(f"changed: {', '.join(changed) or 'none'}")
    raise typer.Exit(1 if changed else 0)
