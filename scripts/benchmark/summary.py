"""All designs of a benchmark in two tables: what cycles are spent on, and beside this computer."""

from rich.table import Table

from cortigate.golden.timeline import Account
from cortigate.scripts.tables import markdown_table

from .engine import Cost
from .report import NONE, BenchmarkRun, number, ratio

__all__ = ["LEGENDS", "TITLES", "summary_document", "summary_tables", "waiting_rows"]

TITLES = {"waiting": "What the cycles of a learning sample are spent on",
          "rates": "Samples per second of the engine, beside this computer"}
LEGENDS = {
    "waiting":
        "By the timeline, without feeding. Zeros left out: as the engine works; none: as if no "
        "value were zero. Limit: cycles if every multiplier made a useful product in each; biases "
        "are no useful ones. Waiting: share of the cycles without a request to the array; those "
        "of each cause are cycles. Products: made by a multiplier in a cycle; dense-equivalent: "
        "those with zeros, which were left out, count as made.",
    "rates":
        "Engine: at the clock of the board; placed: of the build with the fastest one, planned: "
        "where there is no build, the fastest that a board is to have. Cycles are those that the "
        "simulated hardware counted, where it was simulated, else the timeline's. In brackets "
        "beside each program: how many times as fast the engine is; nothing where other programs "
        "had the core, too (≥). The programs learn by "
        "backpropagation, whatever the design's rule; with a margin they leave alone what leads "
        "by it, and learn at the rule's rate. Left alone: on the engine, by the first program."}


def waiting_rows(name, design, cost: Cost, margin=""):
    """Two rows of text by column: a design's cycles with zeros left out, and with none.

    Parameters
    ----------
    name : str
    design : Design
    cost : Cost
    margin : str
        "": none.
    """
    who = {"design": name, "rule": design.rule.name + (f", margin {margin}" if margin else ""),
           "network": f"{design.network}", "lanes": f"{design.lanes}"}
    dense = cost.macs / design.lanes
    return [
        who | {"zeros": "left out"} | _spent(cost.limit, cost.events, cost.waits, dense),
        dict.fromkeys(who, "") | {"zeros": "none"} | _spent(dense, cost.dense, cost.dense_waits)]


def _spent(limit, cycles, waits, equivalent=None):
    """Cells of one row; `equivalent`: cycles of the limit if nothing were left out."""
    causes = {cause: f"{waits[cause]:.1f}" if cause in waits else ""
              for cause in Account.causes()}
    return {"limit": f"{limit:.0f}", "cycles": f"{cycles:.0f}",
            "waiting": f"{100 * sum(waits.values()) / cycles:.1f} %", **causes,
            "products": f"{limit / cycles:.3f}",
            "dense-equivalent": "" if equivalent is None else f"{equivalent / cycles:.3f}"}


def rate_row(run: BenchmarkRun):
    """A design's samples per second, and those of every program; text by column."""
    row = {"design": run.name, "network": f"{run.design.network}", "lanes": f"{run.design.lanes}",
           "margin": run.margin, "cycles": number(run.cost.cycles), "board": "", "clock": "",
           "engine": number(run.rate)}
    if run.place is not None:
        fabric, clock = run.place
        row["board"] = fabric.board
        row["clock"] = f"{clock:g} MHz, {'placed' if fabric.clock else 'planned'}"
    for speed in run.speeds:
        cell = NONE
        if speed.median is not None:
            cell = f"{number(speed.median)} ({ratio(run.rate, speed)})"
            if speed.disturbed:  # what it would be by itself may be far more
                cell = f"≥ {number(speed.median)} ({NONE})"
        row[speed.name] = cell
    if run.margin:
        shares = [run.cost.left, *(s.left for s in run.speeds[:1] if s.median is not None)]
        row["left alone"] = ", ".join(f"{100 * share:.1f} %" for share in shares)
    return row


def rows_of(runs):
    """Rows of both tables by name."""
    return {"waiting": [row for run in runs
                        for row in waiting_rows(run.name, run.design, run.cost, run.margin)],
            "rates": [rate_row(run) for run in runs]}


def summary_tables(runs):
    """Both tables for people: list of (rich Table, legend)."""
    found = []
    for name, rows in rows_of(runs).items():
        columns = dict.fromkeys(column for row in rows for column in row)
        table = Table(title=TITLES[name])
        for column in columns:
            table.add_column(column, justify="left" if column in ("design", "rule") else "right",
                             no_wrap=True)
        for row in rows:
            table.add_row(*(row.get(column, "") for column in columns))
        found.append((table, LEGENDS[name]))
    return found


def summary_document(runs, about):
    """Both tables in Markdown.

    Parameters
    ----------
    runs : list of BenchmarkRun
    about : str
        The command, the data, the computer.
    """
    lines = ["# Benchmark", "", about]
    for name, rows in rows_of(runs).items():
        lines += ["", f"## {TITLES[name]}", "", LEGENDS[name], "", *markdown_table(rows)]
    return "\n".join(lines) + "\n"
