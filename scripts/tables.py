"""One runner for experiments: it trains tables row by row, prints each row, and writes them all."""

import dataclasses
import json
import platform
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from joblib import delayed
from threadpoolctl import threadpool_limits

from cortigate.golden.spec.plain import Plain
from cortigate.scripts.console import say
from cortigate.scripts.document import documented
from cortigate.scripts.processes import results_of
from cortigate.scripts.speaking import emit

__all__ = ["Experiment", "OnlyOption", "OutputOption", "QuickOption", "RECORD", "RowOption",
           "Section",
           "SeedsOption", "WorkersOption", "about", "command_line", "markdown_table", "spread",
           "versions", "write_record"]

# Options of every experiment.
OnlyOption = Annotated[list[str] | None, typer.Option(
    help="Table to rerun, by name; may be repeated.")]
RowOption = Annotated[str | None, typer.Option(
    help="Only rows whose network or model holds this text.")]
SeedsOption = Annotated[int, typer.Option(
    min=1, max=1000, help="Number of seeds 0, 1, … for data, initial weights and order.")]
WorkersOption = Annotated[int, typer.Option(min=1, help="Number of processes.")]
OutputOption = Annotated[Path, typer.Option(help="Folder for the tables as Markdown and JSON.")]
QuickOption = Annotated[bool, typer.Option(
    "--quick", help="Learn for one epoch only, or from just enough samples to show that it "
                    "works.")]


# Shape of the record of an experiment that trains tables.
RECORD: dict[str, Any] = {
    "experiment": "string: its name", "command": "string: that was typed",
    "versions": "object: package to version", "sections": [{
        "name": "string: of the table", "about": "string: what it is",
        "rows": "list of object: what was trained and what it has reached, by the table's own "
                "keys"}]}


def about(function: Callable) -> str:
    """A table's subject: the docstring of the function that makes it.

    Raises
    ------
    ValueError
        It has none, as where Python is told to strip them.
    """
    if function.__doc__ is None:
        raise ValueError(f"{function.__qualname__} must have a docstring, which its table shows")
    return function.__doc__


@dataclass(frozen=True)
class Section(Plain):
    """A table.

    Parameters
    ----------
    about : str
        A sentence.
    rows : tuple
        Dataclasses with a `label`, a `network` and a `length` in samples or epochs; the two names
        are unlike any other row's.
    train : callable
        ``train(row, seeds)``: trains one network for each seed and returns a dict, ready for JSON,
        of what they reached. Defined at the top of a module, since other processes call it.
    quick : int
        The largest `length` of a quick run.
    """

    about: str
    rows: tuple[object, ...]
    train: Callable
    quick: int = 1


@dataclass(frozen=True)
class Experiment(Plain):
    """Tables of trained networks, and how they are written.

    Parameters
    ----------
    name : str
        Of the command and of the files.
    title : str
        Of the document.
    legend : str
        What the columns of figures mean.
    sections : dict of str to callable
        Each returns a `Section`.
    settings : callable
        ``settings(row)``: dict of a row's constants for the record.
    figures : callable
        ``figures(record)``: list of dicts of str to str, a line of the table each, from the
        record of a trained row: name and text of each column.

    Examples
    --------
    ``scripts/experiments/inversion.py`` defines one; its method `run` is the command
    ``cortigate experiment inversion``.
    """

    name: str
    title: str
    legend: str
    sections: dict[str, Callable]
    settings: Callable
    figures: Callable

    @documented(**RECORD)
    def run(
        self,
        only: OnlyOption = None,
        row: RowOption = None,
        seeds: SeedsOption = 5,
        workers: WorkersOption = 2,
        output: OutputOption = Path("build"),
        quick: QuickOption = False,
    ):
        """Train every row of the chosen tables and write them."""
        sections = self.chosen(only, row, quick)
        tasks = [(one, section.train, self.settings, list(range(seeds)))
                 for section in sections.values() for one in section.rows]
        # Results come in the tasks' order, as soon as they are there.
        results = results_of((delayed(_trained)(*task) for task in tasks), workers)
        widths = [max(map(len, names)) for names in (
            sections, [one.network for one, *_ in tasks], [one.label for one, *_ in tasks])]
        done = []
        for name, section in sections.items():
            rows = []
            for one in section.rows:
                rows.append(next(results))
                names = zip((name, one.network, one.label), widths, strict=True)
                names = "  ".join(f"{text:{width}}" for text, width in names)
                for figures in self.figures(rows[-1]):
                    typer.echo("  ".join([names, *(f"{k} {v}" for k, v in figures.items() if v)]))
            done.append((name, section.about, rows))
        record = self.record(done)
        write_record(output, self.name, record, self.markdown(record))
        emit(record)

    def chosen(self, only=None, row=None, quick=False):
        """The sections by name that `run` carries out, with the rows that it trains.

        Raises
        ------
        ValueError
            A name in `only` is unknown, or no row holds the text `row`.
        """
        for name in only or ():
            if name not in self.sections:
                raise ValueError(f"--only must be one of {', '.join(self.sections)}, not {name!r}")
        found = {}
        for name in only or self.sections:
            section = self.sections[name]()
            rows = [one for one in section.rows
                    if row is None or row in one.network or row in one.label]
            if quick:
                rows = [dataclasses.replace(one, length=min(one.length, section.quick))
                        for one in rows]
            if rows:
                found[name] = dataclasses.replace(section, rows=rows)
        if not found:
            raise ValueError(f"no row of {', '.join(only or self.sections)} holds {row!r}")
        return found

    def record(self, sections):
        """Record of [(name, about, records of trained rows)], ready for JSON."""
        return {"experiment": self.name, "command": command_line(), "versions": versions(),
                "sections": [{"name": name, "about": about, "rows": rows}
                             for name, about, rows in sections]}

    def markdown(self, record):
        """The record as a Markdown document."""
        used = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
        lines = [f"# {self.title}", "", f"`{record['command']}`; {used}.", "", self.legend]
        for section in record["sections"]:
            rows = [{"network": row["network"], "model": row["model"]} | figures
                    | {"seeds": f"{len(row['seeds'])}"}
                    for row in section["rows"] for figures in self.figures(row)]
            lines += ["", f"## {section['name']}", "", section["about"], "", *markdown_table(rows)]
        return "\n".join(lines) + "\n"


def _trained(row, train, settings, seeds):
    """Record of a row: its names and constants, and what `train` makes of it."""
    began = time.perf_counter()
    with threadpool_limits(1):  # the matrices are small, and other rows may share the machine
        reached = train(row, seeds)
    return {"network": row.network, "model": row.label, "seeds": seeds, "length": row.length,
            **settings(row), "seconds": round(time.perf_counter() - began, 1), **reached}


def versions():
    """Versions of what computes the figures."""
    packages = ("cortigate", "numpy", "numba", "scikit-learn")
    return {"python": platform.python_version()} | {p: metadata.version(p) for p in packages}


def command_line():
    """The command that runs, as it was typed."""
    return shlex.join(["cortigate", *sys.argv[1:]])


def write_record(folder, name, record, text):
    """Write ``name.json``, a record, and ``name.md``, the same as a document; say where."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    say(f"wrote {folder / f'{name}.md'} and .json")


def spread(values, digits=2):
    """Mean ± sample standard deviation as text; the mean alone of a single value."""
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {np.std(values, ddof=1):.{digits}f}"


def markdown_table(rows):
    """Lines of a Markdown table from dicts of str to str; a cell that a dict lacks is empty.

    Columns stand in the order in which the rows first name them, "seeds" last.
    """
    names = sorted(dict.fromkeys(name for row in rows for name in row), key="seeds".__eq__)
    cells = [names, *([row.get(name, "") for name in names] for row in rows)]
    lines = ["| " + " | ".join(line) + " |" for line in cells]
    return [lines[0], "|" + "---|" * len(names), *lines[1:]]
