"""``cortigate inversion``"""

import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cortigate.scripts.experiments.inversion import (
    SECTIONS,
    as_json,
    as_markdown,
    figures,
    train,
)

__all__ = ["inversion"]

QUICK = {"digits": 1, "guard": 1, "linear": 1000, "nonlinear": 1000}


def inversion(
    only: Annotated[list[str] | None, typer.Option(
        help=f"Sections, of {', '.join(SECTIONS)}; may be repeated.")] = None,
    row: Annotated[str | None, typer.Option(
        help="Only rows whose network or model holds this text.")] = None,
    seeds: Annotated[int, typer.Option(
        min=1, max=1000, help="Seeds 0, 1, … of data, start, order.")] = 5,
    output: Annotated[Path, typer.Option(help="Folder of inversion.md and .json.")] = Path("build"),
    quick: Annotated[bool, typer.Option("--quick", help="1000 samples or one epoch.")] = False,
):
    """Rerun the tables of dynamic inversion in float64: regression, digits, the guard."""
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
                one = dataclasses.replace(one, length=QUICK[name])
            trained.append(train(one, section.teacher, range(seeds)))
            text = "  ".join(f"{key} {value}" for key, value in figures(trained[-1]).items())
            typer.echo(f"{name:10s} {one.network:27s} {one.label:34s} {text}")
        if trained:
            done.append((name, section.about, trained))
    if not done:
        raise ValueError(f"no row of {', '.join(only or SECTIONS)} holds {row!r}")
    record = as_json(done, shlex.join(["cortigate", *sys.argv[1:]]))
    output.mkdir(parents=True, exist_ok=True)
    (output / "inversion.json").write_text(json.dumps(record, indent=1) + "\n")
    (output / "inversion.md").write_text(as_markdown(record), encoding="utf-8")
    typer.echo(f"wrote {output / 'inversion.md'} and .json")
