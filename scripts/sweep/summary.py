"""The table and the picture of a sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich.table import Table

from cortigate.scripts.insights.drawing import COLOURS, save_figure
from cortigate.scripts.sweep.grid import words_for
from cortigate.scripts.sweep.plans import SweepPlan, SweepTrial
from cortigate.scripts.sweep.running import Row
from cortigate.scripts.tables import spread
from cortigate.scripts.tasks.shared import DIVERGED

__all__ = ["TableLine", "best_of", "combinations", "draw", "larger_is_better", "lines_of",
           "said_of", "table_of"]

# Measure -> (in words, what a score is multiplied by, digits shown, whether more is better).
SHOWN = {"accuracy": ("accuracy / %", 100.0, 2, True), "R2": ("R²", 1.0, 4, True),
         "error": ("reconstruction error", 1.0, 5, False)}
IN_NETWORK = ("rule", "layers", "hidden_layer_sizes")  # shown as rule and network
MOST_DRAWN = 60  # combinations in the picture, the best ones


@dataclass
class TableLine:
    """ResultsFile of one combination.

    Attributes
    ----------
    plan : SweepPlan
    scores, baseline : list of float
        Of each seed, in the units of the table; without those that have diverged.
    diverged : int
        Seeds of which there is no score for that reason.
    """

    plan: SweepPlan
    scores: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)
    diverged: int = 0


def larger_is_better(measure: str) -> bool:
    """True if more is better of a measure, one of `MEASURES`."""
    return SHOWN[measure][3]


def lines_of(measure: str, trials: list[SweepTrial], rows: Mapping[str, Row],
             numbers: str) -> list[TableLine]:
    """Lines of a sweep, in the order of its combinations.

    Parameters
    ----------
    measure : str
        Of `MEASURES`.
    trials : list of SweepTrial
        All of them, those of the baseline included.
    rows : dict of str to dict
        Key of a trial -> its row.
    numbers : str
        Of the trials that are no baseline.
    """
    scale, lines = SHOWN[measure][1], {}
    for trial in trials:
        line = lines.setdefault(id(trial.plan), TableLine(trial.plan))
        score, own = rows[trial.key]["score"], trial.numbers == numbers
        if score is not None:
            (line.scores if own else line.baseline).append(scale * score)
        elif own:
            line.diverged += 1
    return list(lines.values())


def table_of(measure: str, lines: list[TableLine]) -> Table:
    """Table with a row for each combination: mean ± standard deviation over its seeds.

    Runs that have diverged are not in the mean.
    """
    words, _, digits, _ = SHOWN[measure]
    names = [name for name in varied(lines) if name not in IN_NETWORK]
    compared = any(line.baseline for line in lines)
    found = Table("rule", "network", *names)
    for column in ("runs", words, *(("backprop",) if compared else ())):
        found.add_column(column, justify="right", no_wrap=True)
    for line in lines:
        design, said = line.plan.design, line.plan.choice.said
        runs = len(line.scores) + line.diverged
        reached = [line.scores, *((line.baseline,) if compared else ())]
        found.add_row(design.rule.name, str(design.network),
                      *(words_for(said.get(name, "")) for name in names),
                      f"{len(line.scores)}{f' of {runs}' if line.diverged else ''}",
                      *(spread(values, digits) if values else DIVERGED for values in reached))
    return found


def combinations(measure: str, lines: list[TableLine]) -> list[dict[str, Any]]:
    """Entries of lines in the document of a sweep, with scores in the measure's own unit."""
    scale = SHOWN[measure][1]
    return [{"rule": line.plan.design.rule.name, "network": str(line.plan.design.network),
             "configuration": line.plan.design.digest, "choice": line.plan.choice.said,
             "scores": [score / scale for score in line.scores],
             "mean": float(np.mean(line.scores)) / scale if line.scores else None,
             "diverged": line.diverged,
             "backprop": [score / scale for score in line.baseline]} for line in lines]


def best_of(measure: str, lines: list[TableLine]) -> list[TableLine]:
    """Lines that have results, the best mean first; those with equal means stay in order."""
    sign = -1.0 if larger_is_better(measure) else 1.0
    return sorted((line for line in lines if line.scores),
                  key=lambda line: sign * float(np.mean(line.scores)))


def said_of(measure: str, line: TableLine, lines: list[TableLine]) -> str:
    """One of several combinations and what it reached, in words."""
    words, _, digits, _ = SHOWN[measure]
    return f"{label_of(line, lines)}: {words} {spread(line.scores, digits)}"


def label_of(line: TableLine, lines: list[TableLine]) -> str:
    """Name of a combination, in words."""
    rest = line.plan.choice.text([name for name in varied(lines) if name not in IN_NETWORK])
    design = line.plan.design
    return f"{design.rule.name} {design.network}{f', {rest}' if rest else ''}"


def varied(lines: list[TableLine]) -> list[str]:
    """Names of the grid in which combinations differ, in the order of the file."""
    said = [line.plan.choice.said for line in lines]
    return [name for name in dict.fromkeys(name for one in said for name in one)
            if any(one.get(name) != said[0].get(name) for one in said)]


def draw(path: Path, measure: str, lines: list[TableLine], title: str) -> None:
    """Write the picture: every run a dot, means with standard deviations, the best on top."""
    shown = best_of(measure, lines)[:MOST_DRAWN]
    rules = list(dict.fromkeys(line.plan.design.rule.name for line in lines))
    figure = Figure(figsize=(9, 1.6 + 0.34 * max(4, len(shown))), layout="constrained")
    axes = figure.subplots()
    for place, line in enumerate(shown):
        rule = line.plan.design.rule.name
        colour = COLOURS[rules.index(rule) % len(COLOURS)]
        for values, shade, height, label in ((line.baseline, "grey", place + 0.25, "backprop"),
                                             (line.scores, colour, place, rule)):
            if values:
                axes.plot(values, [height] * len(values), ".", color=shade, alpha=0.4)
                axes.errorbar([np.mean(values)], [height], fmt="o", color=shade, capsize=3,
                              xerr=float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
                              label=label)
    axes.set_yticks(range(len(shown)), [label_of(line, lines).replace("$", r"\$")
                                        for line in shown], fontsize=8)
    axes.invert_yaxis()
    axes.set(title=title.replace("$", r"\$"), xlabel=SHOWN[measure][0])
    axes.grid(alpha=0.3)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), once, fontsize=8)
    save_figure(figure, path)
