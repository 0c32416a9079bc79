"""Rerun the equilibrium networks' tables: fixed points, initialisers, clamped phases, noise.

Tables over seeds that change split, first weights and order alike:

- ``distance``: weights trained with long phases, with and without the branches' own learning; from
  every initialiser the distance to the fixed point, the gradient, the steps, and the accuracy of
  the bare pass.
- ``clamped``: the same of the phase in which the output is held at the label.
- ``few-steps``: networks trained and tested with T1 free steps.
- ``online``: the same sample by sample, every constant a power of two, as hardware does it.
- ``phases``: likewise, learning from nudged sweeps and from the clamped phase.
- ``feedback``: likewise, with weights of its own for the apical branch.
- ``noise``: Langevin noise of several temperatures.
- ``chip``: both phases in the chip's integers, with its cycles.

Rates, epochs and step counts are given, not searched: the test samples are only reported.
"""

from cortigate.scripts.tables import Experiment, spread

from .chip import chip
from .clamped import clamped, feedback, noise, phases
from .tables import distance, few_steps, online

__all__ = ["EQUILIBRIUM", "equilibrium"]

LEGEND = (
    "Digits, stratified 1437 / 360, split by seed; test samples, mean ± sample standard deviation "
    "over the seeds. Accuracies in %. Steps: until max |rho(soma) - h| of a sample is below 2^-5 "
    "or 2^-10, mean over the samples. At rest: at the fixed point, not after T1 steps. T: the "
    "noise's temperature; the mean is that of 32 states."
)
DIGITS = {"distance": 3, "gradient": 3, "bare pass": 2, "accuracy": 2, "mean's distance": 3,
          "mean's accuracy": 2, "cycles": 0}


def _figures(row):
    """Names and texts of what a row has reached, a line for each initialiser where they differ."""
    if "starts" in row:
        return [{"start": start} | {name: spread(values, DIGITS.get(name, 1))  # steps: 1
                                    for name, values in found.items()}
                for start, found in row["starts"].items()]
    return [{name: spread(row[name]) for name in ("accuracy", "at rest") if name in row}]


EQUILIBRIUM = Experiment(
    "equilibrium", "Equilibrium networks, float64 and integers", LEGEND,
    {"distance": distance, "clamped": clamped, "few-steps": few_steps, "online": online,
     "phases": phases, "feedback": feedback, "noise": noise, "chip": chip},
    lambda row: {"batch": row.batch, "decay": row.decay, "halvings": list(row.halvings)}, _figures)
equilibrium = EQUILIBRIUM.run
