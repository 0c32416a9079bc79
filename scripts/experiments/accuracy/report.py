"""Tables of accuracies as Markdown and as JSON, with everything needed to repeat them."""

import numpy as np

from cortigate.scripts.tables import command_line, markdown_table, versions

from .data import about

__all__ = ["as_json", "as_markdown", "summarise"]

LEGEND = (
    "Held-out accuracy in % after the last epoch (mean of the last ones where the column epochs "
    "says so), mean ± standard deviation over the seeds (of the digits the split differs too). To "
    "backprop: against the best backprop of the same network. Cosine: update against exact "
    "backprop, layers 1 … L, before and after training. Residual: what the ghosts leave of the "
    "feedback without a target, relative, after training. Angles: in degrees, feedback against "
    "transposed forward weights, hidden layers from below, after training."
)


def _mean(values):
    """Mean over the first axis as nested lists; None where it is not a number (JSON has no NaN)."""
    mean = np.mean(values, axis=0)
    found = np.array(mean, dtype=object)
    found[np.isnan(mean)] = None
    return found.tolist()


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


def as_json(table, sections, validation, data=None):
    """Record of the whole table, ready for json.dump.

    Parameters
    ----------
    table : str
    sections : list of (str, str, list of dict)
        Name, description and summarised rows.
    validation : bool
        True if the held-out samples were cut from the training set.
    data : str or None
        Their folder, as `Run.data`.
    """
    return {
        "table": table, "command": command_line(), "versions": versions(),
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
        best = {}
        for row in section["rows"]:
            if row["kind"].endswith("backprop"):
                best[row["network"]] = max(row["mean"], best.get(row["network"], 0.0))
        lines += ["", f"## {section['name']}", "", section["about"], "", *markdown_table(
            [_figures(row, best.get(row["network"])) for row in section["rows"]])]
    return "\n".join(lines) + "\n"


def _figures(row, best):
    """Name and text of each column; `best` is backprop's mean, None if there is none."""
    before, after = _cosines(row)
    return {
        "network": row["network"], "model": row["model"],
        "accuracy": f"{row['mean']:.2f} ± {row['std']:.2f}", "least": f"{row['least']:.2f}",
        "to backprop": "" if best is None else f"{row['mean'] - best:+.2f}",
        "cosine before": before, "after": after, "residual": _numbers(row.get("residual", [])),
        "angles": " ".join(f"{one:.0f}" for one in row.get("angles", [])),
        "epochs": f"{row['epochs']}" + (f", last {row['last']}" if row["last"] > 1 else ""),
        "halved at": ", ".join(map(str, row["halvings"])) or "–", "batch": f"{row['batch']}",
        "seeds": f"{len(row['seeds'])}", "digest": f"`{row['digest']}`",
    }
