"""Tables of accuracies as Markdown and as JSON, with everything needed to repeat them."""

import platform
from importlib import metadata

import numpy as np

from .data import about

__all__ = ["as_json", "as_markdown", "summarise", "versions"]

LEGEND = (
    "Held-out accuracy in % after the last epoch (mean of the last ones where the column epochs "
    "says so), mean ± standard deviation over the seeds (of the digits the split differs too). To "
    "backprop: against the best backprop of the same network. Cosine: update against exact "
    "backprop, layers 1 … L, before and after training. Residual: what the ghosts leave of the "
    "feedback without a target, relative, after training. Angles: in degrees, feedback against "
    "transposed forward weights, hidden layers from below, after training."
)
COLUMNS = ("network", "model", "accuracy", "least", "to backprop", "cosine before", "after",
           "residual", "angles", "epochs", "halved at", "batch", "seeds", "digest")


def versions():
    """Versions of what computes the figures."""
    packages = ("cortigate", "numpy", "numba", "scikit-learn")
    return {"python": platform.python_version()} | {p: metadata.version(p) for p in packages}


def _mean(values):
    """Mean over the first axis as nested lists; None where it is not a number (JSON has no NaN)."""
    mean = np.mean(values, axis=0)
    return np.where(np.isnan(mean), None, mean).tolist()


def summarise(run, results):
    """One row: the run, and mean and spread (population standard deviation) over its seeds."""
    final = np.array([np.mean(result.accuracies[-run.last:]) for result in results])
    row = {
        "network": run.network, "model": run.label, "kind": run.kind, "digest": run.digest,
        "epochs": run.epochs, "last": run.last, "batch": run.batch, "halvings": list(run.halvings),
        "ghost_epochs": run.ghost_epochs, "seeds": [result.seed for result in results],
        "mean": float(final.mean()), "std": float(final.std()), "least": float(final.min()),
        "accuracies": [result.accuracies for result in results],
    }
    if results[0].cosines:
        row["cosines"] = _mean([result.cosines for result in results])
        row["residual"] = _mean([result.residual for result in results])
    if results[0].angles:
        row["angles"] = _mean([result.angles for result in results])
    return row


def as_json(table, sections, command, validation, data=None):
    """Record of the whole table, ready for json.dump.

    Parameters
    ----------
    table, command : str
    sections : list of (str, str, list of dict)
        Name, description and summarised rows.
    validation : bool
        True if the held-out samples were cut from the training set.
    data : str or None
        Their folder, as `Run.data`.
    """
    return {
        "table": table, "command": command, "versions": versions(),
        "data": about(data, validation),
        "sections": [{"name": name, "about": about, "rows": rows}
                     for name, about, rows in sections],
    }


def _numbers(values):
    """Three decimals; an exact zero is written as such."""
    return " ".join("–" if value is None else "0" if value == 0.0 else f"{value:.3f}"
                    for value in values)


def _cosines(row):
    if "cosines" not in row:
        return "", ""
    return tuple(map(_numbers, row["cosines"]))


def as_markdown(record):
    """The record of `as_json` as a Markdown document."""
    lines = [f"# Accuracy: {record['table']}", "",
             f"`{record['command']}`; {record['data']}.",
             ", ".join(f"{name} {version}" for name, version in record["versions"].items()) + ".",
             LEGEND]
    for section in record["sections"]:
        lines += ["", f"## {section['name']}", "", section["about"], "",
                  "| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
        reference = {}
        for row in section["rows"]:
            if row["kind"].endswith("backprop"):
                best = reference.get(row["network"])
                reference[row["network"]] = max(row["mean"], best or 0.0)
        for row in section["rows"]:
            distance = row["mean"] - reference.get(row["network"], np.nan)
            residual = _numbers(row.get("residual", []))
            lines.append("| " + " | ".join([
                row["network"], row["model"], f"{row['mean']:.2f} ± {row['std']:.2f}",
                f"{row['least']:.2f}", "" if np.isnan(distance) else f"{distance:+.2f}",
                *_cosines(row), residual,
                " ".join(f"{one:.0f}" for one in row.get("angles", [])),
                str(row["epochs"]) + (f", last {row['last']}" if row["last"] > 1 else ""),
                ", ".join(map(str, row["halvings"])) or "–", str(row["batch"]),
                str(len(row["seeds"])), f"`{row['digest']}`",
            ]) + " |")
    return "\n".join(lines) + "\n"
