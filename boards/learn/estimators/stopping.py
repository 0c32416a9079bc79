"""Early stopping: samples that are kept apart, and when their score has stopped to improve."""

import math
from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import train_test_split

from ....golden.spec.plain import plain
from ....golden.spec.qformat import check_integer

__all__ = ["Stopping"]

MOST_EPOCHS = 10**9


class Stopping:
    """End of a fit before all epochs, as checked parameters describe it.

    Parameters
    ----------
    validation_fraction : float
        Share of the samples that is kept apart, above 0 and below 1.
    n_iter_no_change : int
        Epochs without an improvement that are allowed.
    tol : float
        An improvement is at least as large, 0 or more.

    Raises
    ------
    TypeError, ValueError
        One is something else.
    """

    def __init__(self, validation_fraction: float, n_iter_no_change: int, tol: float):
        self.fraction = plain("validation_fraction", validation_fraction, float)
        if not 0.0 < self.fraction < 1.0:
            raise ValueError(f"validation_fraction must be above 0 and below 1, "
                             f"not {self.fraction!r}")
        self.patience = check_integer("n_iter_no_change", n_iter_no_change, 1, MOST_EPOCHS)
        self.tolerance = plain("tol", tol, float)
        if not 0.0 <= self.tolerance < math.inf:
            raise ValueError(f"tol must be 0 or more, not {self.tolerance!r}")

    def parts(self, count: int, labels: np.ndarray | None,
              seed: int) -> tuple[np.ndarray, np.ndarray]:
        """(Places to learn from, places kept apart) of 0 .. `count` - 1, in their order.

        Parameters
        ----------
        count : int
        labels : array (count,) or None
            Each of them has its share in both parts; None where there is nothing of that kind.
        seed : int

        Raises
        ------
        ValueError
            There are too few samples for that.
        """
        try:
            kept, held = train_test_split(np.arange(count), test_size=self.fraction,
                                          random_state=seed % 2**32, stratify=labels)
        except ValueError as error:
            raise ValueError(f"early_stopping=True needs more samples: of {count} it keeps "
                             f"{self.fraction:.0%} apart, at least one of each class, and learns "
                             "from at least one of each") from error
        if len(held) < 2:  # of one alone there is no R²
            raise ValueError(f"early_stopping=True needs more samples: {self.fraction:.0%} of "
                             f"{count} are less than the two that it must keep apart")
        return np.sort(kept), np.sort(held)

    def enough(self, scores: Sequence[float]) -> bool:
        """Whether the scores of the epochs so far have not improved for too long."""
        highest, without = -math.inf, 0
        for score in scores:
            without = without + 1 if score < highest + self.tolerance else 0
            highest = max(highest, score)
        return without > self.patience
