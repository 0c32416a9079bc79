"""Fitted attributes under the names that scikit-learn's networks have for them."""

import numpy as np

from ....golden.spec import Design

__all__ = ["Fitted"]


class Fitted:
    """Attributes that follow from those below."""

    design_: Design
    n_epochs_: int
    weights_: dict[str, np.ndarray]

    @property
    def n_iter_(self) -> int:
        """Epochs learned so far: `n_epochs_`."""
        return self.n_epochs_

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of each layer as real numbers, float64 (n_in, n_out).

        Those of the first layer are of inputs as `input_limits_` scales them.
        """
        return [matrix[:, :inputs].T for matrix, inputs in self._matrices()]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of each layer as real numbers, float64 (n_out,); 0 where a rule has none."""
        return [matrix[:, inputs:].sum(axis=1) for matrix, inputs in self._matrices()]

    def _matrices(self):
        """(Weights with the column of biases, if there is one; inputs) of each layer, real."""
        for layer, inputs in enumerate(self.design_.network.sizes[:-1], 1):
            raw = self.weights_[f"W{layer}"]
            yield (raw.copy() if raw.dtype.kind == "f" else self.design_.weight.to_float(raw),
                   inputs)
