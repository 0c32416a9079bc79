"""What is special about the delta rule: only the last layer's weights change."""

import numpy as np

from cortigate.scripts.insights import Demonstration

__all__ = ["DEMONSTRATION", "measure", "panel", "sentence"]

DEMONSTRATION = Demonstration("64-64-10", lanes=8, epochs=4)


def measure(design, weights, data):
    """Mean size of the last layer's weights, as the device has them: raw or real."""
    last = np.asarray(weights[f"W{design.network.depth}"])
    scale = design.weight.one if last.dtype.kind == "i" else 1
    return float(np.abs(last).mean() / scale)


def panel(axes, records):
    """The size over epochs."""
    axes.plot(records, "o-", markersize=3)
    axes.set(title="Weights of the last layer", xlabel="epochs", ylabel="mean size")


def sentence(records):
    """What they have become."""
    return f"The last layer's weights went from {records[0]:.3f} to {records[-1]:.3f} in the mean."
