"""A float model that leaves samples alone, as `Design.margin_shift` has it."""

from typing import Any

import numpy as np

from .float_models import FloatModel

__all__ = ["MarginModel"]


class MarginModel:
    """A model that learns nothing of a sample whose class's output leads all others by a margin.

    The outputs are those of an inference. Everything else is the model's own: see `FloatModel`.

    Parameters
    ----------
    model : FloatModel
        Of one network.
    margin : float
    """

    def __init__(self, model: FloatModel, margin: float):
        self.model, self.margin = model, margin

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The live ones."""
        return self.model.weights

    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Take weights by matrix name."""
        self.model.set_weights(weights)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Classes, int64 array (n,), of inputs (n, n_0)."""
        return self.model.predict(x)

    def outputs(self, x: np.ndarray, layer: int | None = None) -> np.ndarray:
        """Rates (n, n_layer) that inferences leave in a layer 1 .. L, None the last."""
        return self.model.outputs(x, layer)

    def learn(self, x: np.ndarray, target: Any, update_shift: float | None = None,
              second_update_shift: float | None = None) -> Any:
        """Learn from one sample, unless its class leads; the prediction that was made meanwhile.

        Parameters
        ----------
        x : float array (n_0,)
        target : int
        update_shift, second_update_shift : float or None
            As for `FloatModel.learn`.
        """
        rates = self.model.outputs(np.asarray(x)[None])[0]
        if rates[target] - np.delete(rates, target).max() >= self.margin:
            return int(target)
        return self.model.learn(x, target, update_shift, second_update_shift)
