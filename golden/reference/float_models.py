"""Float64 models of a rule: its own equations on a design, and baselines of the same network."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..spec.design import Design
from ..spec.plain import Plain

__all__ = ["FloatModel", "FloatModels"]


class FloatModel(Protocol):
    """Interface of every float64 model of a design.

    Attributes
    ----------
    weights : dict of str to float64 array
        By matrix name, rows x columns.
    """

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Its own arrays."""
        ...

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take weights by matrix name."""
        ...

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Classes, int64 array (n,), of inputs (n, n_0)."""
        ...

    def learn(self, x: np.ndarray, label: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> Any:
        """Learn from one sample: the prediction that was made meanwhile.

        It is made before the label acts, if `Rule.predicts_before_label`. A shift of None stands
        for the rule's own rate. Models of several networks take labels, and give predictions, of
        each.
        """
        ...


@dataclass(frozen=True)
class FloatModels(Plain):
    """Float64 models of a rule's designs.

    Parameters
    ----------
    model : function of a design
        The equations of the rule.
    backprop : function of a design
        Exact backprop of its network.
    alignment : function of a design and a seed
        Feedback alignment, whose random feedback has the seed.
    """

    model: Callable[[Design], FloatModel]
    backprop: Callable[[Design], FloatModel]
    alignment: Callable[[Design, int], FloatModel]
