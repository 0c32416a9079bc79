"""Ghost units: how well the rule's update agrees with exact backprop's."""

import numpy as np

from cortigate.golden.reference.ghost import ReferenceModel, alignment

from .demonstration import Demonstration, Practice
from .drawing import COLOURS, legend, real_weights, whole_epochs

__all__ = ["DEMONSTRATION", "PRACTICE", "measure", "panel", "sentence"]

DEMONSTRATION = Demonstration("64-32-10", lanes=8, epochs=12)
PRACTICE = {"anomaly": Practice(20, 6), "vibration": Practice(10, 5),
            "regression": Practice(10, 3)}


def measure(design, weights, data):
    """Cosine between both updates, summed over the test set: float64 array (L,)."""
    model = ReferenceModel.from_design(design, real_weights(design, weights))
    return alignment(model, data.x_test, data.y_test)


def panel(axes, records):
    """One curve for each layer."""
    values = np.array(records)
    for layer in range(values.shape[1]):
        axes.plot(values[:, layer], "o-", color=COLOURS[layer % len(COLOURS)], markersize=3,
                  label=f"layer {layer + 1}")
    axes.set(title="Alignment of the update to exact backprop", ylabel="cosine",
             ylim=(min(0.0, np.nanmin(values)) - 0.02, 1.02))
    whole_epochs(axes)
    legend(axes)


def sentence(records):
    """Nothing beyond the picture."""
    return ""
