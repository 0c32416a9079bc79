"""The delta rule in float64, and baselines of the same network."""

import numpy as np

from cortigate.golden.floats import product
from cortigate.golden.initial import initial_weights
from cortigate.golden.reference.baselines import BackpropModel, FeedbackAlignmentModel
from cortigate.golden.reference.feedforward import ReferenceRule
from cortigate.golden.reference.float_models import FloatModels
from cortigate.golden.spec import Activation

__all__ = ["MODELS", "DeltaReference"]

RATES = {Activation.CLIP: lambda s: np.clip(s, 0.0, 1.0), Activation.RELU: lambda s: s.clip(0.0),
         Activation.LINEAR: lambda s: s}


class DeltaReference:
    """A design in float64.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design):
        self.design = design
        self.set_weights(initial_weights(design, 0))

    def set_weights(self, weights):
        """Take copies of `weights`."""
        self.weights = {name: np.array(w, np.float64) for name, w in weights.items()}

    def predict(self, x):
        """Classes of samples (n, n_0), int64."""
        return np.argmax(self._layers(x)[-1], axis=1)

    def learn(self, x, label, update_shift=None, second_update_shift=None):
        """Learn from one sample; there is no second rate."""
        *_, below, outputs = self._layers(x[None])
        shift = self.design.rule.update_shift if update_shift is None else update_shift
        rate = RATES[self.design.network.output](outputs[0])
        error = (np.arange(len(rate)) == label) - rate
        self.weights[f"W{self.design.network.depth}"] += (
            2.0**-shift * np.outer(error, np.append(below[0], 1.0)))
        return int(np.argmax(outputs[0]))

    def _layers(self, x):
        """Rates of every layer, of the last one the states."""
        layers, network = [np.asarray(x, np.float64)], self.design.network
        for layer in range(1, network.depth + 1):
            weights = self.weights[f"W{layer}"]
            state = product(layers[-1], np.ascontiguousarray(weights[:, :-1].T)) + weights[:, -1]
            layers.append(RATES[network.hidden](state) if layer < network.depth else state)
        return layers


def _feedforward(design):
    return ReferenceRule(design.network.sizes, eta=design.rule.learning_rate)


MODELS = FloatModels(
    DeltaReference,
    backprop=lambda design: BackpropModel(_feedforward(design), seed=0),
    alignment=lambda design, seed: FeedbackAlignmentModel(_feedforward(design), seed=seed))
