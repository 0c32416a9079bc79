"""The microcircuit's baseline and measures: gradients, cosines, counts, and what it learns."""

import functools
import math

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.reference.microcircuit import (
    BpttModel,
    CircuitParameters,
    Errors,
    Optimiser,
    SpikeFeedback,
    SpikingMicrocircuit,
    activity,
    cosines,
    synaptic_operations,
)

SIZES = (12, 9, 7, 4)
LIVELY = CircuitParameters(SIZES, gain=1.5, rate=2.0**-6)
GENERATOR = np.random.default_rng(5)
X, LABELS = GENERATOR.integers(0, 17, (40, 12)) / 16.0, GENERATOR.integers(0, 4, 40)


@functools.cache
def digits():
    return load_digits_split(0)


def trained(parameters, epochs=1, kind=SpikingMicrocircuit, **options):
    """A model after some epochs of digits in batches of 16, and its held-out accuracy."""
    model, data = kind(parameters, **options), digits()
    for epoch in range(epochs):
        order = np.random.default_rng(epoch).permutation(len(data.x_train))
        for chosen in np.array_split(order, len(order) // 16):
            model.learn(data.x_train[chosen], data.y_train[chosen])
    return model, (model.predict(data.x_test) == data.y_test).mean()


# ---- gradients -----------------------------------------------------------------------------


class Smooth(BpttModel):
    """Spikes between 0 and 1, so that the surrogate gradient is the gradient."""

    def fire(self, potentials):
        rate = 1.0 / (1.0 + np.exp(-3.0 * (potentials - self.parameters.threshold)))
        return rate, rate * (1.0 - rate)  # the slope is that of the parameters


def test_backpropagation_through_time_is_the_gradient_of_a_smooth_network():
    model = Smooth(LIVELY.replace(tau_s=3.0, slope=3.0), seed=[1, 2])
    x, labels = X[:10].reshape(2, 5, 12), LABELS[:10].reshape(2, 5)
    gradients = model.updates(x, labels)
    for layer in (1, 2, 3):
        matrix = model.weights[f"W{layer}"]
        for place in ((0, 1, 2), (1, 3, 5), (1, 0, 0)):
            kept, losses = matrix[place], []
            for step in (1e-5, -1e-5):
                matrix[place] = kept + step
                losses.append(model.loss(x, labels)[place[0]])
            matrix[place] = kept
            slope = (losses[0] - losses[1]) / 2e-5
            assert abs(slope) > 1e-4
            assert gradients[layer - 1][place] == pytest.approx(-slope, rel=1e-6)


def test_without_memory_the_circuit_with_transposed_graded_feedback_is_backpropagation():
    parameters = LIVELY.replace(tau_s=1.0, tau_m=1.0, tau_e=1.0, gate=(-math.inf, math.inf),
                                errors=Errors.GRADED, feedback=SpikeFeedback.TRANSPOSED,
                                transpose_gain=1.0)
    model = SpikingMicrocircuit(parameters, seed=5)
    np.testing.assert_allclose(cosines(model, X, LABELS), 1.0)
    for update, exact in zip(model.updates(X, LABELS),
                             BpttModel(parameters, model.weights).updates(X, LABELS), strict=True):
        np.testing.assert_allclose(update, exact, atol=1e-12)


def test_adam_scales_every_weight_by_its_own_gradients():
    model = BpttModel(LIVELY, seed=1, optimiser=Optimiser.ADAM)
    start, first = model.weights["W2"].copy(), model.updates(X, LABELS)[1]
    model.learn(X, LABELS)
    np.testing.assert_allclose(model.weights["W2"] - start,
                               2.0**-6 * np.sign(first) * (np.abs(first) > 1e-4), atol=2e-6)
    before, second = model.weights["W2"].copy(), model.updates(X, LABELS)[1]
    model.learn(X, LABELS)
    mean = (0.9 * 0.1 * first + 0.1 * second) / (1.0 - 0.9**2)
    square = (0.999 * 0.001 * first**2 + 0.001 * second**2) / (1.0 - 0.999**2)
    np.testing.assert_allclose(model.weights["W2"] - before,
                               2.0**-6 * mean / (np.sqrt(square) + 1e-8), atol=1e-12)


# ---- digits --------------------------------------------------------------------------------


def test_the_circuit_learns_the_digits_and_its_hidden_layers_matter():
    parameters = CircuitParameters((64, 32, 10), tau_e=1.0, online=False, rate=2.0**-6.5)
    model, accuracy = trained(parameters, epochs=4)
    assert accuracy > 0.9
    data = digits()
    aligned = cosines(model, data.x_train[:300], data.y_train[:300])
    assert aligned[0] > 0.3 and aligned[1] > 0.8
    frozen, poor = trained(parameters.replace(feedback=SpikeFeedback.NONE), epochs=4)
    assert 0.2 < poor < accuracy - 0.15
    np.testing.assert_array_equal(
        frozen.weights["W1"], SpikingMicrocircuit(parameters).weights["W1"])
    assert trained(parameters.replace(rate=2.0**-7.5), 4, BpttModel)[1] > 0.85


def test_one_pass_over_the_digits_one_at_a_time_teaches_most_of_them():
    model, data = SpikingMicrocircuit(CircuitParameters((64, 32, 10)), seed=1), digits()
    order = np.random.default_rng(0).permutation(len(data.x_train))
    right = [model.learn(data.x_train[i], data.y_train[i]) == data.y_train[i] for i in order]
    assert np.mean(right[-400:]) > 0.8 and (model.predict(data.x_test) == data.y_test).mean() > 0.8
    counts = activity(model, data.x_test[:100], data.y_test[:100])
    assert counts.errors[0] > counts.errors[1] and (counts.spikes > 1.0).all()


# ---- measures ------------------------------------------------------------------------------


def test_counts_and_operations_are_those_of_every_spike_and_synapse():
    model = SpikingMicrocircuit(LIVELY, seed=3)
    forward = feedback = updates = 0
    for moment, z, traces in model.lessons(*model.batch_of(X, LABELS)):
        for m in (1, 2, 3):
            forward += moment.spikes[m - 1].sum() * SIZES[m]
            if m > 1:
                feedback += (z[m] != 0).sum() * SIZES[m - 1]
            updates += ((z[m] != 0)[:, :, None] & (traces[m - 1] >= 1 / 16)[:, None, :]).sum()
    counts = activity(model, X, LABELS)
    np.testing.assert_allclose(synaptic_operations(counts, SIZES),
                               np.array([forward, feedback, updates]) / 40)
    assert counts.spikes[0] == pytest.approx(np.floor(8 * X + 0.5).sum() / 40)
    assert counts.spikes[-1] == pytest.approx(model.counts(X).sum() / 40)
