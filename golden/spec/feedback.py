"""Feedback of one's choice: the weights through which errors come down to a layer.

A layer l below the output hears of the error e_{l+1} above it through a matrix B_l, n_l x n_{l+1}:

* TRANSPOSE   B_l = W_{l+1}^T at any time: the memory of W is read the other way round.
* RANDOM      B_l is drawn independently of W and stays as it was drawn.
* CONCORDANT  B_l has the signs of W_{l+1}^T and sizes of its own. It is written once, at the start.
              Where W changes a sign later, B keeps the sign that it had.
* LEARNED     B_l begins at random and learns what W_{l+1} learns, from the same two neurons, which
              both weights lie between: after Kolen and Pollack (1994),

                  W_{l+1} += eta e_{l+1} r_l^T - lambda W_{l+1},
                  B_l     += eta r_l e_{l+1}^T - lambda B_l.

              The difference of B_l and W_{l+1}^T shrinks by 1 - lambda with each update. The biases
              of W_{l+1} decay like its weights. W_1 has no partner and does not decay.

All but TRANSPOSE keep B_1 … B_{L-1} beside W (`Engine.feedback_weights`), and what is sent down is
a `Forward` pass over B_l that walks a list of layer l+1. The updates of LEARNED walk lists with
zeros, since they decay.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

__all__ = ["Feedback", "engine_traits", "feedback_start"]


class Feedback(Enum):
    """Where the feedback weights B come from."""

    TRANSPOSE = "transpose"  # B = W^T at any time
    RANDOM = "random"  # fixed, drawn independently of W
    CONCORDANT = "concordant"  # fixed, of the signs that W^T has at the start
    LEARNED = "learned"  # random at first; learns the change of W^T, and both decay

    @property
    def stored(self) -> bool:
        """True if B is in memory."""
        return self is not Feedback.TRANSPOSE

    @property
    def learns(self) -> bool:
        """True if B changes."""
        return self is Feedback.LEARNED


def engine_traits(feedback: Feedback, decay_shift: int) -> dict[str, Any]:
    """Needs of a rule's feedback: parameters of `Engine`.

    Parameters
    ----------
    feedback : Feedback
    decay_shift : int
        LEARNED: lambda = 2**-decay_shift.
    """
    if not feedback.stored:
        return {}
    return {"feedback_weights": True, "output_lists": True, "signed_events": True,
            "decay_shift": decay_shift if feedback.learns else None}


def feedback_start(feedback: Feedback, weights: Mapping[str, np.ndarray],
                   others: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The first B1 … B{L-1}, float64 arrays n_l x n_{l+1}; nothing if they are not stored.

    Parameters
    ----------
    feedback : Feedback
    weights : dict of str to float64 array
        W1 … WL, n_l x (n_{l-1} + 1), the bias in the last column.
    others : dict of str to float64 array
        The same of another seed: what W might have been. B has its sizes.
    """
    if not feedback.stored:
        return {}
    found = {}
    for layer in range(1, sum(name.startswith("W") for name in weights)):
        own, other = (w[f"W{layer + 1}"][:, :-1].T for w in (weights, others))
        concordant = np.where(own < 0.0, -np.abs(other), np.abs(other))
        found[f"B{layer}"] = concordant if feedback is Feedback.CONCORDANT else other.copy()
    return found
