"""The table of builds, from their report.json: what a board holds, how fast, how many samples."""

from .record import BuildRecord

__all__ = ["COLUMNS", "facts", "markdown", "row"]

COLUMNS = ("board", "design", "lanes", "clock", "placed", "seed", "LUT", "FF", "DSP", "block RAM",
           "SPRAM", "cycles/sample", "samples/s", "proven")


def row(found):
    """One row of `facts`, a list of str as long as `COLUMNS`."""
    used = {entry["resource"]: entry for entry in found["resources"]}

    def resource(name):
        entry = used.get(name)
        if entry is None:
            return ""
        share = entry["available"] if name not in ("LUT", "FF") else None
        return f"{entry['used']}" if share is None else f"{entry['used']} of {share}"

    count = found["cycles_per_sample"]
    return [
        found["board"], f"{found['rule']}, {found['network']}", f"{found['lanes']}",
        f"{found['clock_hz'] / 1e6:g} MHz", f"{found['fmax_hz'] / 1e6:.1f} MHz",
        f"{found['seed']}", *map(resource, ("LUT", "FF", "DSP", "block RAM", "SPRAM")),
        "" if count is None else f"{count:.0f}",
        "" if count is None else f"{found['samples_per_second']:.0f}", found["proof"],
    ]


def facts(record: BuildRecord, cycles):
    """Facts about a build, a dict.

    Parameters
    ----------
    record : BuildRecord
    cycles : callable
        ``cycles(design)``: mean clock cycles while a sample is learned, or None if it cannot be
        said.
    """
    design, report, (achieved, _) = record.design, record["report"], record.fmax
    count = cycles(design)
    return {
        "board": record.board, "rule": design.rule.name, "network": f"{design.network}",
        "lanes": design.lanes, "configuration": design.digest, "clock_hz": record["clock_hz"],
        "fmax_hz": 1e6 * achieved, "seed": report["seed"],
        "resources": [{"resource": entry["name"], "used": entry["used"],
                       "available": entry["available"]} for entry in report["resources"]],
        "cycles_per_sample": count,
        "samples_per_second": None if count is None else record["clock_hz"] / count,
        "proof": proven(record.content.get("proof"))}


def proven(proof):
    """A record's proof, in words."""
    return "no" if proof is None else f"{proof['stage']}, {proof['samples']} samples"


def markdown(rows):
    """The table as Markdown."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
