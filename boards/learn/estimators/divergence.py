"""Whether a fit has diverged: known from the outputs that it leaves on its own training samples."""

import numpy as np

from ....golden.spec import Design
from ....golden.spec.targets import Target

__all__ = ["advice", "error_beside_mean", "lower_rate", "settled", "some", "wanted"]

MOST = 256  # training samples that are looked at
LEAST_ERROR = 0.01  # of range 0 .. 1: less is no divergence, however small the targets' variance
MARGIN = 2.0
# Of outputs that are the same for every sample: any constant is further off than the mean is.
CONSTANT_MARGIN = 1.05
# Steps times learning rate after which an output's bias alone has learned the mean of its targets,
# but for exp(-16) of what it lacked: a larger error than the mean's is no lack of epochs then.
SETTLED = 16.0


def some(count: int) -> np.ndarray:
    """Places of at most 256 of `count` samples, evenly spread."""
    return np.arange(0, count, -(-count // MOST))


def settled(steps: float, learning_rate_shift: int) -> bool:
    """Whether these steps, of which one at half the rate is half a one, reach the mean."""
    return steps * 2.0**-learning_rate_shift >= SETTLED


def wanted(design: Design, targets: np.ndarray) -> np.ndarray:
    """Taught outputs, float64 (n, n_L), of targets as `Trainer` takes them."""
    if design.target is Target.CLASS:
        return np.eye(design.network.sizes[-1])[targets]
    return design.target_values.to_float(targets)


def error_beside_mean(outputs: np.ndarray, targets: np.ndarray) -> float | None:
    """How many times larger the error of outputs is than that of the targets' mean, or None.

    Parameters
    ----------
    outputs, targets : float64 arrays (n, n_L)
        On training samples; of a range of about 0 .. 1.

    Returns
    -------
    float or None
        Ratio of the mean squared errors if it tells of a divergence: an error of more than 0.01,
        and of more than twice that of the mean, or 1.05 times if outputs are the same for every
        sample. Otherwise None. Infinite of outputs that are no numbers, or targets that are all
        equal.
    """
    error = np.square(outputs - targets).mean()
    least = np.square(targets - targets.mean(axis=0)).mean()
    margin = MARGIN if np.ptp(outputs, axis=0).any() else CONSTANT_MARGIN
    if error <= max(LEAST_ERROR, margin * least):
        return None
    return float(error / least) if np.isfinite(error) and least > 0.0 else np.inf


def advice(design: Design, ratio: float, where: str) -> str:
    """One sentence: the fit has diverged, and which rate to take."""
    return (f"the fit has diverged, since its error on the training samples is {ratio:.3g} times "
            f"that of their mean: {lower_rate(design, where)}")


def lower_rate(design: Design, where: str) -> str:
    """Which rate to take instead of a design's, in words."""
    rule = design.rule
    usual = type(rule).design(design.network.sizes, target=design.target).rule.learning_rate_shift
    lower = max(rule.learning_rate_shift + 1, usual)
    return (f"learn at a lower rate, with learning_rate_shift={lower} instead of "
            f"{rule.learning_rate_shift}{where}")
