"""Dynamic inversion in integers on a linear regression."""

import numpy as np
import pytest

from cortigate.golden.datasets import teacher_regression
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Activation, Design, Network, QFormat, Target
from cortigate.golden.spec.rules.inversion import InversionRule


def regression_design():
    """30-20-10 without a kink, 16-bit weights; rates and states up to 8 in steps of 2**-12."""
    network = Network((30, 20, 10), Activation.LINEAR, Activation.LINEAR)
    return Design(network, InversionRule(learning_rate_shift=6), rate=QFormat(4, 12),
                  state=QFormat(4, 12), sample=QFormat(4, 12), target=Target.VECTOR)


@pytest.mark.parametrize("seed", range(2))
def test_linear_regression_with_16_bit_weights(seed):
    design = regression_design()
    data = teacher_regression((30, 10), samples=5000, test_samples=500, seed=seed)
    model, rate = integer_model(design), design.rate
    model.set_weights(initial_weights(design, seed))
    model.learn_all(rate.from_float(data.x_train), rate.from_float(data.y_train))
    answers = rate.to_float(model.outputs(rate.from_float(data.x_test)))
    error = ((answers - data.y_test) ** 2).sum() / ((data.y_test - data.y_test.mean(0)) ** 2).sum()
    assert error <= 1e-5
    assert design.weight.width == 16


def test_bad_samples_are_refused():
    model = integer_model(regression_design())
    fine, target = np.zeros(30, int), np.zeros(10, int)
    with pytest.raises(ValueError, match="x must be 30 integers"):
        model.learn(fine[:-1], target)
    with pytest.raises(ValueError, match=r"targets must be integers of shape \(1, 10\)"):
        model.learn(fine, target[:-1])
    with pytest.raises(ValueError, match=r"targets must lie in .* \(raw Q4.12\), not in "):
        model.learn(fine, target + (1 << 15))
    with pytest.raises(ValueError, match="update_shift"):
        model.learn(fine, target, update_shift=3)
