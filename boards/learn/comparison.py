"""Where two checkpoints, or a checkpoint and a device, are not the same."""

import numpy as np

from .checkpoint import Checkpoint

__all__ = ["differences"]

SHOWN = 60  # letters of a value


def differences(one: Checkpoint, other: Checkpoint, *, everything: bool = True) -> list[str]:
    """How two checkpoints differ, a list of sentences; empty if they are equal.

    Parameters
    ----------
    one, other : Checkpoint
    everything : bool
        Compare positions and extra arrays too, which no device holds.
    """
    found = [*_nested("configuration", one.design.to_dict(), other.design.to_dict())]
    if one.real != other.real:
        kinds = ("raw integers", "real numbers")
        found.append(f"weights: {kinds[one.real]}, and {kinds[other.real]}")
    found += _arrays({**one.weights, "generators": one.generators},
                     {**other.weights, "generators": other.generators})
    if everything:
        found += _nested("position", _of_the_run(one.position), _of_the_run(other.position))
        found += _arrays(*({f"extra {name}": values for name, values in which.extra.items()}
                           for which in (one, other)))
    return found


def _of_the_run(position):
    """A position without how often it was saved, which changes nothing of a run."""
    settings = position.get("settings")
    if not isinstance(settings, dict):
        return position
    return position | {"settings": {name: value for name, value in settings.items()
                                    if name != "every"}}


def _arrays(ours, theirs):
    """Differences of arrays by name."""
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name not in ours or name not in theirs:
            yield f"{name}: only in the {'second' if name not in ours else 'first'}"
            continue
        mine, yours = ours[name], theirs[name]
        if mine.shape != yours.shape:
            yield f"{name}: shape {mine.shape}, and {yours.shape}"
            continue
        places = np.argwhere(mine != yours)
        if len(places):
            first = tuple(places[0].tolist())
            yield (f"{name}: {len(places)} of {mine.size} differ, first at {list(first)}: "
                   f"{mine[first]}, and {yours[first]}")


def _nested(where, ours, theirs):
    """Differences of plain values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in [*ours, *(name for name in theirs if name not in ours)]:
            if name not in ours or name not in theirs:
                yield f"{where}, {name}: only in the {'second' if name not in ours else 'first'}"
            else:
                yield from _nested(f"{where}, {name}", ours[name], theirs[name])
    elif ours != theirs or type(ours) is not type(theirs):
        yield f"{where}: {_short(ours)}, and {_short(theirs)}"


def _short(value):
    """A value in a few letters."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
