"""The table of builds, from their report.json: what a board holds, how fast, how many samples."""

import json
from pathlib import Path

from ..golden.spec import Design

__all__ = ["COLUMNS", "markdown", "record", "row"]

COLUMNS = ("board", "design", "lanes", "clock", "placed", "seed", "LUT", "FF", "DSP", "block RAM",
           "SPRAM", "cycles/sample", "samples/s", "proven")


def record(folder):
    """The record of a finished build, a dict.

    Raises
    ------
    ValueError
        There is none in this folder.
    """
    path = Path(folder, "report.json")
    if not path.is_file():
        raise ValueError(f"there is no finished build in {folder}: cortigate build makes one")
    return json.loads(path.read_text(encoding="utf-8"))


def row(found, cycles):
    """One row, a list of str as long as `COLUMNS`.

    Parameters
    ----------
    found : dict
        As `record` returns it.
    cycles : callable
        ``cycles(design)``: mean clock cycles while a sample is learned, or None if it cannot be
        said.
    """
    design, report = Design.from_dict(found["design"]), found["report"]
    used = {entry["name"]: entry for entry in report["resources"]}

    def resource(name):
        entry = used.get(name)
        if entry is None:
            return ""
        share = entry["available"] if name not in ("LUT", "FF") else None
        return f"{entry['used']}" if share is None else f"{entry['used']} of {share}"

    achieved, _ = min(report["fmax"].values(), key=lambda pair: pair[0] / pair[1])
    count = cycles(design)
    return [
        found["board"], f"{design.rule.name}, {design.network}", f"{design.lanes}",
        f"{found['clock_hz'] / 1e6:g} MHz", f"{achieved:.1f} MHz", f"{report['seed']}",
        *map(resource, ("LUT", "FF", "DSP", "block RAM", "SPRAM")),
        "" if count is None else f"{count:.0f}",
        "" if count is None else f"{found['clock_hz'] / count:.0f}",
        proven(found.get("proof")),
    ]


def proven(proof):
    """What a record says of its proof, in words."""
    return "no" if proof is None else f"{proof['stage']}, {proof['samples']} samples"


def markdown(rows):
    """The table as Markdown."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
