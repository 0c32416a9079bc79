"""The feedback weights B_l, n_l x n_{l+1}, and how they go with the forward weights W_{l+1}.

Signs that agree: Liao, Leibo & Poggio 2016, with fixed magnitudes. Learnt: Kolen & Pollack 1994, so
that the difference B - c W^T is lost at the rate of the decay. Random: Lillicrap et al. 2016.
"""

import numpy as np

from .network import transposed
from .parameters import SpikeFeedback

__all__ = ["draw_feedback", "feedback_weights", "signs"]

MAGNITUDES = (SpikeFeedback.TRACKING, SpikeFeedback.CONSTANT, SpikeFeedback.DALE)
SIGNED = (SpikeFeedback.RANDOM, SpikeFeedback.KOLEN_POLLACK)


def signs(matrix):
    """+1 or -1; that of zero is +1."""
    return np.where(matrix >= 0.0, 1.0, -1.0)


def draw_feedback(parameters, seed):
    """Arrays that belong to one network's feedback connections alone, by name.

    Returns
    -------
    dict of str to float64 array (n_l, n_{l+1})
        M1 … M{L-1}, magnitudes without signs, or B1 … B{L-1}; empty where neither is needed. The
        magnitudes of a seed are the same in every kind of feedback, if not constant.
    """
    generator, drawn = np.random.default_rng([seed, 1]), {}
    for layer in range(1, parameters.depth):
        shape = parameters.sizes[layer], parameters.sizes[layer + 1]
        mean = parameters.feedback_scale / np.sqrt(shape[1])
        magnitudes = generator.uniform(0.0, 2.0 * mean, shape)
        random_signs = signs(generator.uniform(-1.0, 1.0, shape))
        if parameters.feedback is SpikeFeedback.CONSTANT:
            magnitudes = np.full(shape, mean)
        if parameters.feedback in MAGNITUDES:
            drawn[f"M{layer}"] = magnitudes
        elif parameters.feedback in SIGNED:
            drawn[f"B{layer}"] = magnitudes * random_signs
    return drawn


def feedback_weights(parameters, weights, birth):
    """B of the layers 1 … L-1 as the circuit's weights are now.

    Parameters
    ----------
    parameters : CircuitParameters
    weights : dict of str to array
    birth : dict of str to array
        Signs of the first W1 … WL.

    Returns
    -------
    list of arrays (…, n_l, n_{l+1}), the first entry None; or None if there is no feedback
    """
    kind, feedback = parameters.feedback, [None]
    if kind is SpikeFeedback.NONE:
        return None
    for layer in range(1, parameters.depth):
        above = f"W{layer + 1}"
        if kind in SIGNED:
            feedback.append(weights[f"B{layer}"])
        elif kind is SpikeFeedback.TRANSPOSED:
            feedback.append(parameters.transpose_gain * transposed(weights[above]))
        else:
            routing = birth[above] if kind is SpikeFeedback.DALE else signs(weights[above])
            feedback.append(weights[f"M{layer}"] * transposed(routing))
    return feedback
