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

    def outputs(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """Rates that inferences leave in a layer.

        Parameters
        ----------
        x : float array (n, n_0)
        layer : int or None
            1 .. L; None is L.

        Returns
        -------
        float64 array (n, n_layer)
            Of spiking neurons, how often each has spiked.
        """
        ...

    def learn(self, x: np.ndarray, target: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> Any:
        """Learn from one sample: the prediction that was made meanwhile.

        It is made before the target acts, if `Rule.predicts_before_label`. A shift of None stands
        for the rule's own rate. Models of several networks take targets, and give predictions, of
        each.

        Parameters
        ----------
        x : float array (n_0,)
        target : int, float array (n_L,), or None
            A class, which stands for 1 at its neuron and 0 at the others; values of all outputs,
            not for spiking neurons; none, only with rules that are always on.
        update_shift, second_update_shift : float or None
            k of the rates 2**-k.
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
