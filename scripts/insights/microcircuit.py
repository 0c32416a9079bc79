"""Microcircuit: which cells spike, how rarely errors do, and what the signs of the feedback do.

Measured in the integer model with the chip's weights while it learns from test samples, after each
of which the weights are as before.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from cortigate.golden.integer import integer_model
from cortigate.golden.integer.activity import Activity, activity
from cortigate.scripts.insights.depth import SAMPLES as DIGITS
from cortigate.scripts.insights.depth import depth_experiment

from .demonstration import Demonstration
from .drawing import COLOURS, legend, raw_weights, whole_epochs

__all__ = ["DEMONSTRATION", "Firing", "experiment", "finding", "measure", "panel",
           "sentence", "sheet"]

DEMONSTRATION = Demonstration("64-32-10", lanes=4, epochs=8)

SAMPLES = 100  # of the test set; the first one is drawn
POSITIVE, NEGATIVE = COLOURS[1], COLOURS[0]


@dataclass(frozen=True)
class Firing:
    """Counts of everything that fires.

    Attributes
    ----------
    spikes : float64 array (L + 1,)
        Of the layers 0 … L in a sample, mean over the samples.
    errors : float64 array (L,)
        Error spikes of the layers 1 … L, likewise.
    first : Activity
        Of the first sample.
    label : int
        Its class.
    """

    spikes: np.ndarray
    errors: np.ndarray
    first: Activity
    label: int


def measure(design, weights, data):
    """Firing of a network."""
    model, weights, fired = integer_model(design), raw_weights(design, weights), []
    inputs = design.sample.from_float(data.x_test[:SAMPLES])
    for x, label in zip(inputs, data.y_test, strict=False):
        model.set_weights(weights)  # learning changes them
        fired.append(activity(model.learn(x, int(label))))
    return Firing(np.mean([one.spike_counts for one in fired], axis=0),
                  np.mean([one.error_counts for one in fired], axis=0), fired[0],
                  int(data.y_test[0]))


def panel(axes, records):
    """Spikes and error spikes per sample over the epochs, each layer's and each in its colour."""
    depth = len(records[0].errors)
    for layer in range(depth + 1):
        name, colour = layer_name(layer, depth), COLOURS[layer % len(COLOURS)]
        axes.plot([one.spikes[layer] for one in records], "o-", color=colour, markersize=3,
                  label=f"spikes, {name}")
        if layer:
            axes.plot([one.errors[layer - 1] for one in records], "o:", color=colour,
                      markersize=3, label=f"error spikes, {name}")
    axes.set(title="Spikes while learning from a digit", yscale="log",
             ylabel="in all time steps, mean")
    whole_epochs(axes)
    legend(axes)


def sentence(records):
    """The first and the last measurement in a sentence."""
    early, late = records[0], records[-1]
    return (f"Spikes per digit, layers from the input up: {counts(early.spikes)} before learning, "
            f"{counts(late.spikes)} at the end; error spikes above the input: "
            f"{counts(early.errors)}, {counts(late.errors)}.")


# ---- what is shown beside the training -----------------------------------------------------


def experiment(data, *, epochs, seed, progress=None):
    """The depth experiment, of three epochs at most."""
    return depth_experiment(data, epochs=min(3, epochs), seed=seed, progress=progress)


def finding(found):
    """Its result in a sentence."""
    ends = ", ".join(f"{hidden}: {100 * found[hidden, True][-1]:.1f} % against "
                     f"{100 * found[hidden, False][-1]:.1f} %"
                     for hidden in dict.fromkeys(hidden for hidden, _ in found))
    epochs = len(next(iter(found.values())))
    return (f"Feedback with the signs of the weights against random signs after {epochs} short "
            f"epoch{'s' * (epochs > 1)}, by hidden layers: {ends}.")


def sheet(figure, records, found):
    """Rasters of one digit before and after learning, and the depth experiment."""
    early, late, depths = figure.subplots(1, 3)
    raster(early, records[0], "before learning")
    raster(late, records[-1], f"epochs learned: {len(records) - 1}")
    for colour, hidden in zip(COLOURS, dict.fromkeys(hidden for hidden, _ in found), strict=False):
        for concordant, style in ((True, "-"), (False, ":")):
            values = 100 * np.array(found[hidden, concordant])
            depths.plot(range(1, 1 + len(values)), values, f"o{style}", color=colour, markersize=3,
                        label=f"{hidden} hidden, {'concordant' if concordant else 'random'} signs")
    depths.set(title="Depth and the signs of the feedback", ylabel="test accuracy / %",
               ylim=(0, 103), yticks=range(0, 101, 20))
    whole_epochs(depths)
    depths.set_xlabel(f"epochs of {DIGITS} digits learned")
    legend(depths)


def raster(axes, record, when):
    """Cells from the input's up over the time steps: spikes, and error spikes beside them."""
    fired, bottom, ticks = record.first, 0, []
    depth = len(fired.errors)
    for layer, spikes in enumerate(fired.spikes):
        steps, cells = np.nonzero(spikes)
        axes.plot(steps + 0.85, bottom + cells, "|", color="black", markersize=3,
                  label=None if layer else "spike")
        for sign, colour, name in ((1, POSITIVE, "error spike +"), (-1, NEGATIVE, "error spike −")):
            if layer:
                steps, cells = np.nonzero(fired.errors[layer - 1] == sign)
                axes.plot(steps + 1.15, bottom + cells, "^v"[sign < 0], color=colour, markersize=4,
                          label=name if layer == 1 else None)
        ticks.append((bottom + spikes.shape[1] / 2, layer_name(layer, depth)))
        bottom += spikes.shape[1]
        axes.axhline(bottom - 0.5, color="grey", linewidth=0.5)
    axes.set(title=f"A {record.label}, {when}", xlabel="time step", ylim=(-1, bottom),
             xlim=(0.5, len(fired.spikes[0]) + 0.5))
    axes.set_yticks(*zip(*ticks, strict=True))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, columns=3)


def layer_name(layer, depth):
    """A layer in words."""
    if layer in (0, depth):
        return "output" if layer else "input"
    return "hidden" if depth == 2 else f"hidden {layer}"


def counts(values):
    """One decimal each."""
    return ", ".join(f"{one:.1f}" for one in values)
