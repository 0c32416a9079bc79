"""What the demo shows of each rule."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from cortigate.boards.host.estimator import CortigateClassifier
from cortigate.boards.host.float_models import EquilibriumReference
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Mode, preset
from cortigate.scripts.insights import INSIGHTS
from cortigate.scripts.insights.drawing import raw_weights, real_weights
from cortigate.scripts.insights.equilibrium import forward_states

DATA = load_digits_split(0)


def learned(name):
    design = preset(name)
    found = CortigateClassifier(design=design, epochs=2).fit(DATA.x_train, DATA.y_train)
    return design, found.weights_


def test_the_feedforward_pass_of_an_equilibrium_network_is_the_chips():
    design, weights = learned("equilibrium")
    chip = integer_model(design)
    chip.set_weights(weights)
    sample = design.sample.from_float(DATA.x_test[0])
    reference = EquilibriumReference(design)
    reference.set_weights(real_weights(design, weights))
    states = forward_states(reference.model, 0.5, design.sample.to_float(sample)[None])
    passes = [done for done in chip.trace_inference(sample).passes if done.mode is Mode.FREE]
    for done, state in zip(passes, states[1:], strict=True):
        np.testing.assert_allclose(design.rate.to_float(done.rate), state[0], atol=2**-6)


def test_the_feedforward_pass_is_nearer_to_the_fixed_point_than_zero():
    design, weights = learned("equilibrium")
    steps = INSIGHTS["equilibrium"].measure(design, weights, DATA)
    for relaxation in ("leaky", "sweep"):
        assert 0 < steps.forward[relaxation] < 0.6 * steps.zero[relaxation]
    assert "leaky steps" in INSIGHTS["equilibrium"].sentence([steps])


def test_an_inversion_comes_to_rest():
    design, weights = learned("inversion")
    settling = INSIGHTS["inversion"].measure(design, weights, DATA)
    assert 0.3 < settling.error < 1.0 and 5 < settling.steps <= design.rule.steps
    for changes in settling.changes.values():
        assert len(changes) == design.rule.steps
        assert changes[0] > 10 * changes[10] > 0.0
    assert "steps" in INSIGHTS["inversion"].sentence([settling, settling])


@pytest.mark.parametrize("rule, name", [("ghost", "digits"), ("equilibrium", "equilibrium"),
                                        ("inversion", "inversion"), ("pal", "pal-narrow")])
def test_every_rule_has_a_panel_and_takes_both_kinds_of_weights(rule, name):
    design, insight = preset(name), INSIGHTS[rule]
    real = initial_weights(design, 0)
    records = [insight.measure(design, weights, DATA)
               for weights in (real, raw_weights(design, real))]
    axes = Figure().subplots()
    insight.panel(axes, records)
    assert axes.get_title() and axes.lines
