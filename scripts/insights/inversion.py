"""Dynamic inversion: how the controllers u and the neurons d come to rest, step by step.

Measured in the integer model with the chip's weights: the largest change of a u and of a d in each
step of the output layer's loop, for test samples whose error is not zero.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from cortigate.golden.integer import integer_model
from cortigate.golden.spec.rules.inversion import Mode

from .demonstration import Demonstration, Practice
from .drawing import COLOURS, legend, raw_weights

__all__ = ["DEMONSTRATION", "PRACTICE", "Settling", "measure", "panel", "sentence"]

DEMONSTRATION = Demonstration("64-32-10", lanes=16, epochs=12)
PRACTICE = {"anomaly": Practice(10, 5, "tanh"), "vibration": Practice(10, 5, "tanh"),
            "regression": Practice(10, 5, "clip")}

SAMPLES = 100  # of the test set
MODES = {"u": Mode.CONTROL, "d": Mode.FOLLOW}


@dataclass(frozen=True)
class Settling:
    """How the output layer's loop settles.

    Attributes
    ----------
    changes : dict of str to float64 array (steps,)
        Of u and d: largest change in each step, mean over the samples that have an error.
    error : float
        Share of the samples that have one.
    steps : float
        Steps until nothing changes any more (or they are up), mean over these samples.
    step : float
        Least change that the chip knows.
    """

    changes: dict[str, np.ndarray]
    error: float
    steps: float
    step: float


def states_of(trace, depth, mode):
    """States that a mode's passes of the output layer's loop leave, (steps, neurons) raw."""
    return np.array([done.state for done in trace.passes
                     if done.mode is mode and done.matrix == f"W{depth}"])


def measure(design, weights, data):
    """Settling of a network."""
    model, depth, limit = integer_model(design), design.network.depth, design.rule.steps
    weights = raw_weights(design, weights)
    changes = {name: [] for name in MODES}
    taken = []
    inputs = design.sample.from_float(data.x_test[:SAMPLES])
    for x, label in zip(inputs, data.y_test, strict=False):
        model.set_weights(weights)  # learning changes them
        trace = model.learn(x, int(label))
        for name, mode in MODES.items():
            states = states_of(trace, depth, mode)
            if not len(states):
                continue
            moved = np.abs(np.diff(states, axis=0, prepend=0)).max(axis=1)
            changes[name].append(np.pad(moved, (0, limit - len(moved))))
            taken += [len(moved)] * (name == "d")
    step = 1.0 / design.rate.one
    means = {name: np.mean(values, axis=0) * step if values else np.zeros(limit)
             for name, values in changes.items()}
    return Settling(means, len(taken) / len(inputs), float(np.mean(taken or [0])), step)


def panel(axes, records):
    """Changes step by step, before learning, after the first epoch, and at the end."""
    chosen = sorted({0, min(1, len(records) - 1), len(records) - 1})
    for name, what, style in (("u", "controllers", "-"), ("d", "neurons", ":")):
        for colour, epoch in zip(COLOURS, chosen, strict=False):
            values = records[epoch].changes[name]
            axes.semilogy(range(1, len(values) + 1), np.where(values > 0, values, np.nan),
                          f"o{style}", color=colour, markersize=3,
                          label=f"{what}, epochs learned: {epoch}")
    axes.axhline(records[-1].step, color="grey", linewidth=1, label="least change of one")
    axes.set(title="The output layer's loop comes to rest", xlabel="step of the loop",
             ylabel="largest change in the step, mean")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    legend(axes)


def sentence(records):
    """The first and the last measurement in a sentence."""
    early, late = records[0], records[-1]
    return (f"The output layer's loop ran for {early.steps:.1f} steps on "
            f"{100 * early.error:.0f} % of the samples before learning, for {late.steps:.1f} on "
            f"{100 * late.error:.0f} % at the end; the others have no error left and skip it.")
