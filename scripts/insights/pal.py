"""Phaseless alignment learning: how well the feedback weights point where W^T does."""

from cortigate.boards.learn.models import AlignmentDevice
from cortigate.golden.reference.pal import weight_angles

from .demonstration import Demonstration, Practice
from .drawing import COLOURS, legend, whole_epochs

__all__ = ["BESIDE", "DEMONSTRATION", "PRACTICE", "measure", "panel", "sentence", "while_learning"]

# Narrow inside: there it matters where the feedback weights point.
DEMONSTRATION = Demonstration("64-32-4-32-10", lanes=16, epochs=12)
PRACTICE = {"anomaly": Practice(2, 7), "vibration": Practice(2, 7), "regression": Practice(1, 4)}
BESIDE = {"feedback alignment": AlignmentDevice}


def measure(design, weights, data):
    """Angles in degrees of the hidden layers from below, list of float."""
    return weight_angles(weights)


def while_learning(record):
    """The text beside the accuracy."""
    return "angles" + "".join(f" {one:.0f}°" for one in record)


def panel(axes, records, beside=()):
    """Angles over epochs, one curve for each hidden layer; those of other models dashed."""
    for layer, colour in zip(range(1, 1 + len(records[0])), COLOURS, strict=False):
        axes.plot([record[layer - 1] for record in records], "o-", color=colour, markersize=3,
                  label=f"feedback into hidden layer {layer}")
    for name, style in zip(beside, ("--", ":"), strict=False):
        for layer, values in enumerate(zip(*beside[name], strict=True)):
            axes.plot(values, style, color=COLOURS[layer], linewidth=1,
                      label=f"the same, {name}" if layer == 0 else None)
    axes.axhline(90, color="grey", linewidth=1, label="unrelated")
    axes.set(title="Angle between feedback and forward weights", ylabel="angle / degrees",
             ylim=(0, 95), yticks=range(0, 91, 15))
    whole_epochs(axes)
    legend(axes)


def sentence(records, beside=()):
    """The first and the last measurement in a sentence."""
    early, late, *others = (", ".join(f"{one:.0f}" for one in record) for record in
                            (records[0], records[-1], *(beside[name][-1] for name in beside)))
    compared = "".join(f"; with {name} {end}" for name, end in zip(beside, others, strict=True))
    return (f"Angles between feedback and forward weights, hidden layers from below: {early} "
            f"degrees before learning, {late} at the end{compared}.")
