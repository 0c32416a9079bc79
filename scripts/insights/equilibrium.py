"""Equilibrium network: steps to the fixed point, from zero and from the feedforward pass.

Measured in float64 with the chip's weights on the test set: leaky steps with dt = tau / 2 and
block-exact sweeps, mean over the samples until max |rho(soma) - h| is below 2^-5.
"""

from dataclasses import dataclass

import numpy as np

from cortigate.golden.reference.equilibrium.design import equilibrium_rule
from cortigate.golden.reference.equilibrium.model import EqPropModel
from cortigate.golden.reference.equilibrium.relaxation import RHO, relax
from cortigate.golden.reference.equilibrium.rule import Relaxation

from .demonstration import Demonstration, Practice
from .drawing import COLOURS, legend, real_weights, whole_epochs

__all__ = ["DEMONSTRATION", "PRACTICE", "Steps", "measure", "panel", "sentence"]

DEMONSTRATION = Demonstration("64-64-10", lanes=16, epochs=12)
PRACTICE = {"anomaly": Practice(10, 6), "vibration": Practice(6, 6),
            "regression": Practice(10, 3)}

TOLERANCE = 2.0**-5
LIMIT = 500


@dataclass(frozen=True)
class Steps:
    """Mean steps to the fixed point, by relaxation: from zero, and from the feedforward pass."""

    zero: dict[str, float]
    forward: dict[str, float]


def forward_states(model, share, x):
    """States of the chip's own initialisation, clip((W h + b) / alpha, 0, 1)."""
    states = [x]
    for layer in range(1, model.rule.depth + 1):
        drive = model.net.basal(layer, states[-1]) + model.net.bias(layer)
        states.append(RHO(drive / (share if layer < model.rule.depth else 1.0)))
    return states


def measure(design, weights, data):
    """Steps of a network."""
    zero, forward = {}, {}
    for relaxation in Relaxation:
        rule = equilibrium_rule(design, relaxation=relaxation, step=0.5)
        model = EqPropModel(rule, real_weights(design, weights))
        started = forward_states(model, 2.0**-design.rule.share_shift, data.x_test)
        silent = [data.x_test, *(np.zeros_like(h) for h in started[1:])]
        for found, states in ((zero, silent), (forward, started)):
            counts = relax(model.net, states, LIMIT, tolerance=TOLERANCE)[1]
            found[relaxation.value] = float(counts.mean())
    return Steps(zero, forward)


def panel(axes, records):
    """Steps over epochs, from both starts, by both relaxations."""
    names = {"leaky": ("leaky steps of half a time constant", "-"), "sweep": ("sweeps", ":")}
    for relaxation, (name, style) in names.items():
        for start, colour, text in (("zero", COLOURS[1], "from zero"),
                                    ("forward", COLOURS[0], "from the feedforward pass")):
            axes.plot([getattr(steps, start)[relaxation] for steps in records], f"o{style}",
                      color=colour, markersize=3, label=f"{name}, {text}")
    axes.set(title="Steps to the fixed point (residual below 1/32)",
             ylabel="steps, mean over the test set")
    axes.set_ylim(bottom=0)
    whole_epochs(axes)
    legend(axes)


def sentence(records):
    """The last measurement in a sentence."""
    last = records[-1]
    leaky, sweeps = ([getattr(last, start)[kind] for start in ("forward", "zero")]
                     for kind in ("leaky", "sweep"))
    return (f"To the fixed point, from the feedforward pass and from zero: {leaky[0]:.1f} and "
            f"{leaky[1]:.1f} leaky steps ({100 * leaky[0] / leaky[1]:.0f} %), {sweeps[0]:.1f} and "
            f"{sweeps[1]:.1f} sweeps.")
