"""Every float model checks weights, samples and labels alike."""

import numpy as np
import pytest

from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.equilibrium import EqPropModel, EqPropRule
from cortigate.golden.reference.ghost import ReferenceModel, ReferenceRule
from cortigate.golden.reference.inversion import DynamicInversion, DynamicInversionRule
from cortigate.golden.reference.microcircuit import CircuitParameters, SpikingMicrocircuit
from cortigate.golden.reference.pal import LayeredModel, PhaselessRule
from cortigate.golden.reference.samples import batch_of, batch_targets, targets_of

SIZES = (4, 5, 3)
MAKERS = {
    "ghost": lambda weights: ReferenceModel(ReferenceRule(SIZES), weights),
    "backprop": lambda weights: BackpropModel(ReferenceRule(SIZES), weights),
    "equilibrium": lambda weights: EqPropModel(EqPropRule(SIZES), weights),
    "inversion": lambda weights: DynamicInversion(DynamicInversionRule(SIZES), weights),
    "pal": lambda weights: LayeredModel(PhaselessRule(SIZES), weights),
    "microcircuit": lambda weights: SpikingMicrocircuit(CircuitParameters(SIZES), weights),
}
X = np.full((2, 4), 0.5)


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def test_weights(make):
    whole = {name: values.copy() for name, values in make(None).weights.items()}
    again = make(whole)
    assert all(np.array_equal(again.weights[name], whole[name]) for name in whole)
    whole["W1"][...] = 0.0  # copies of their own
    assert again.weights["W1"].any()
    first = whole["W1"]
    for name, values, message in (
            ("W9", first, "weights must hold .*not .*W9"),
            ("W1", first[:, :-1], r"W1 must have shape \(5, .*\), not \(5, "),
            ("W1", first.astype(str), "W1 must hold numbers, not <U"),
            ("W1", first + np.nan, "W1 must be finite, but holds NaN or infinity"),
            ("W1", first + np.inf, "W1 must be finite, but holds NaN or infinity")):
        with pytest.raises((TypeError, ValueError), match=message):
            make(whole | {name: values})
    with pytest.raises(TypeError, match="weights must be a dictionary of arrays, not 3"):
        make(3)


def test_samples_and_labels(make):
    model = make(None)
    assert model.predict(X).shape == (2,)
    with pytest.raises(ValueError, match=r"x must be samples x 4 inputs, but has shape \(2, 3\)"):
        model.predict(X[:, :3])
    for label in (3, -1):
        with pytest.raises(ValueError, match=r"labels must be classes in 0 \.\. 2, not"):
            model.learn(X[0], label)


def test_targets():
    np.testing.assert_array_equal(targets_of([[0, 2]], 3), [np.eye(3)[[0, 2]]])
    np.testing.assert_array_equal(batch_targets(1, 3), [[0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(batch_targets([0.5, 0.0, 1.0], 3), [[0.5, 0.0, 1.0]])
    for labels in (["a"], [0.5, 1.0], [True]):
        with pytest.raises(ValueError, match="targets must be 3 floats per sample, or integer"):
            targets_of(labels, 3)
    with pytest.raises(ValueError, match="labels must have one entry for each sample of a batch"):
        batch_targets([[0, 1]], 3)
    with pytest.raises(ValueError, match=r"but has shape \(1, 2, 4\)"):
        batch_of(X[None], 4)
