"""The table of builds, from their report.json: what a board holds, how fast, how many samples."""

from .record import BuildRecord

__all__ = ["COLUMNS", "markdown", "row"]

COLUMNS = ("board", "design", "lanes", "clock", "placed", "seed", "LUT", "FF", "DSP", "block RAM",
           "SPRAM", "cycles/sample", "samples/s", "proven")


def row(record: BuildRecord, cycles):
    """One row, a list of str as long as `COLUMNS`.

    Parameters
    ----------
    record : BuildRecord
    cycles : callable
        ``cycles(design)``: mean clock cycles while a sample is learned, or None if it cannot be
        said.
    """
    design, report = record.design, record["report"]
    used = {entry["name"]: entry for entry in report["resources"]}

    def resource(name):
        entry = used.get(name)
        if entry is None:
            return ""
        share = entry["available"] if name not in ("LUT", "FF") else None
        return f"{entry['used']}" if share is None else f"{entry['used']} of {share}"

    achieved, _ = record.fmax
    count = cycles(design)
    return [
        record.board, f"{design.rule.name}, {design.network}", f"{design.lanes}",
        f"{record['clock_hz'] / 1e6:g} MHz", f"{achieved:.1f} MHz", f"{report['seed']}",
        *map(resource, ("LUT", "FF", "DSP", "block RAM", "SPRAM")),
        "" if count is None else f"{count:.0f}",
        "" if count is None else f"{record['clock_hz'] / count:.0f}",
        proven(record.content.get("proof")),
    ]


def proven(proof):
    """A record's proof, in words."""
    return "no" if proof is None else f"{proof['stage']}, {proof['samples']} samples"


def markdown(rows):
    """The table as Markdown."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
