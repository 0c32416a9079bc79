"""``cortigate alignment``"""

import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cortigate.scripts.experiments.pal import SECTIONS, as_json, as_markdown, figures, train

__all__ = ["alignment"]

QUICK = {"patterns": 100, "inputs": 100, "digits": 1}


def alignment(
    only: Annotated[list[str] | None, typer.Option(
        help=f"Sections, of {', '.join(SECTIONS)}; may be repeated.")] = None,
    row: Annotated[str | None, typer.Option(
        help="Only rows whose network or model holds this text.")] = None,
    seeds: Annotated[int, typer.Option(
        min=1, max=1000, help="Seeds 0, 1, … of data, start, noise.")] = 5,
    output: Annotated[Path, typer.Option(help="Folder of alignment.md and .json.")] = Path("build"),
    quick: Annotated[bool, typer.Option("--quick", help="100 samples or one epoch.")] = False,
):
    """Rerun the tables of Phaseless Alignment Learning in float64: angles over time, digits."""
    for name in only or ():
        if name not in SECTIONS:
            raise ValueError(f"--only must be one of {', '.join(SECTIONS)}, not {name!r}")
    done = []
    for name in only or SECTIONS:
        section = SECTIONS[name]()
        rows = [one for one in section.rows if row is None or row in one.network
                or row in one.label]
        trained = []
        for one in rows:
            if quick:
                one = dataclasses.replace(one, length=QUICK[section.data])
            trained.append(train(one, section.data, range(seeds)))
            text = "  ".join(f"{key} {value}" for key, value in figures(trained[-1]).items())
            typer.echo(f"{name:12s} {one.network:14s} {one.label:31s} {text}")
        if trained:
            done.append((name, section.about, trained))
    if not done:
        raise ValueError(f"no row of {', '.join(only or SECTIONS)} holds {row!r}")
    record = as_json(done, shlex.join(["cortigate", *sys.argv[1:]]))
    output.mkdir(parents=True, exist_ok=True)
    (output / "alignment.json").write_text(json.dumps(record, indent=1) + "\n")
    (output / "alignment.md").write_text(as_markdown(record), encoding="utf-8")
    typer.echo(f"wrote {output / 'alignment.md'} and .json")
