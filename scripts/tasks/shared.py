"""Common to the demo's tasks: what was asked for, devices in words, what they are compared in."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cortigate.boards.device.digests import weights_digest
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.choosing import Asked
from cortigate.scripts.insights.drawing import check_picture

__all__ = ["DIVERGED", "FEWEST", "MODELS", "Call", "check_call", "digest_of", "finite", "name_of",
           "same_outputs", "same_weights", "sizes_of_parts"]

# What runs beside the device that was asked for.
MODELS = {"integer": "integer model", "reference": "float reference", "backprop": "float backprop"}
FEWEST = 50  # samples
DIVERGED = "diverged"  # what is said of a learner whose numbers have grown beyond all bounds
BOUND = 1e6  # of a weight or a rate: far beyond any that is learned


@dataclass(frozen=True)
class Call(Plain):
    """The options of one call of the demo that all tasks have."""

    wish: Asked
    device: str
    report: Path | None
    baud: int | None
    take_over: bool
    epochs: int | None
    seed: int
    samples: int | None
    output: Path


def check_call(call):
    """Raise ValueError, before anything starts, for what cannot be done."""
    if call.epochs is not None and call.epochs < 1:
        raise ValueError(f"epochs must be at least 1, not {call.epochs}")
    if call.seed < 0:
        raise ValueError(f"seed must be at least 0, not {call.seed}")
    check_picture(call.output)


def sizes_of_parts(samples, most):
    """(Samples to learn from, samples held out), a fifth, of `samples`; at most `most`."""
    if not FEWEST <= samples <= most:
        raise ValueError(f"samples must lie in {FEWEST} .. {most}, not {samples}")
    return samples - samples // 5, samples // 5


def name_of(device):
    """A device in words."""
    return {"virtual": "virtual board", **MODELS}.get(device, f"board on {device}")


def finite(*arrays):
    """True if no number of any array is NaN, or larger than anything that is learned: `BOUND`."""
    return all(bool((np.abs(one) <= BOUND).all()) for one in arrays)


def digest_of(weights):
    """Digest of weights for a table, if they are integers; or that they have diverged."""
    if weights["W1"].dtype.kind == "i":
        return weights_digest(weights)
    return "real numbers" if finite(*weights.values()) else DIVERGED


def same_weights(device, weights, expected, console):
    """Say whether a device's weights are the integer model's; True if they are."""
    return _compared("Weights", device, weights_digest(weights) == weights_digest(expected),
                     console)


def same_outputs(device, outputs, expected, console):
    """The same of what it gives out for held-out samples."""
    return _compared("Outputs", device, np.array_equal(outputs, expected), console)


def _compared(what, device, same, console):
    console.print(f"{what} of the {name_of(device)} and of the integer model: "
                  f"{'identical' if same else 'DIFFERENT, which is a fault'}.")
    return same
