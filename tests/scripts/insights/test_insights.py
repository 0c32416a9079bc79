"""What the demo shows of each rule."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.equilibrium.design import EquilibriumReference
from cortigate.golden.spec import preset
from cortigate.scripts.course import take
from cortigate.scripts.insights import insight_of
from cortigate.scripts.insights.depth import NETWORKS, depth_experiment
from cortigate.scripts.insights.drawing import raw_weights, real_weights
from cortigate.scripts.insights.equilibrium import forward_states

DATA = load_digits_split(0)


def learned(name):
    design = preset(name)
    found = CortigateClassifier(design=design, epochs=2, scale=None)
    found.fit(DATA.x_train, DATA.y_train)
    return design, found.weights_


def test_the_feedforward_pass_of_an_equilibrium_network_is_the_chips():
    design, weights = learned("equilibrium")
    chip = integer_model(design)
    chip.set_weights(weights)
    sample = design.sample.from_float(DATA.x_test[0])
    reference = EquilibriumReference(design)
    reference.set_weights(real_weights(design, weights))
    states = forward_states(reference.model, 0.5, design.sample.to_float(sample)[None])
    passes = [done for done in chip.trace_inference(sample).passes
              if done.mode and done.mode.name == "FREE"]
    for done, state in zip(passes, states[1:], strict=True):
        np.testing.assert_allclose(design.rate.to_float(done.rate), state[0], atol=2**-6)


def test_the_feedforward_pass_is_nearer_to_the_fixed_point_than_zero():
    design, weights = learned("equilibrium")
    steps = insight_of("equilibrium").measure(design, weights, DATA)
    for relaxation in ("leaky", "sweep"):
        assert 0 < steps.forward[relaxation] < 0.6 * steps.zero[relaxation]
    assert "leaky steps" in insight_of("equilibrium").sentence([steps])


def test_an_inversion_comes_to_rest():
    design, weights = learned("inversion")
    settling = insight_of("inversion").measure(design, weights, DATA)
    assert 0.3 < settling.error < 1.0 and 5 < settling.steps <= design.rule.steps
    for changes in settling.changes.values():
        assert len(changes) == design.rule.steps
        assert changes[0] > 10 * changes[10] > 0.0
    assert "steps" in insight_of("inversion").sentence([settling, settling])


def test_feedback_weights_are_held_to_the_transposed_forward_ones():
    design, insight = preset("pal-narrow"), insight_of("pal")
    weights = initial_weights(design, 0)
    assert min(insight.measure(design, weights, DATA)) > 60.0
    for layer in (1, 2, 3):
        weights[f"B{layer}"] = 0.5 * weights[f"W{layer + 1}"][:, :-1].T
    weights["B2"] = -weights["B2"]
    assert insight.measure(design, weights, DATA) == pytest.approx([0.0, 180.0, 0.0], abs=1e-5)
    assert insight.while_learning([12.4, 9.6]) == "angles 12° 10°"


def test_the_angles_of_other_models_are_dashed():
    own, others = [[90.0, 80.0], [20.0, 10.0]], {"feedback alignment": [[88.0, 86.0], [60.0, 50.0]]}
    axes = Figure().subplots()
    insight_of("pal").panel(axes, own, others)
    drawn = {style: [list(line.get_ydata()) for line in axes.lines
                     if line.get_linestyle() == style and len(set(line.get_ydata())) > 1]
             for style in ("-", "--")}
    assert drawn == {"-": [[90.0, 20.0], [80.0, 10.0]], "--": [[88.0, 60.0], [86.0, 50.0]]}
    assert "feedback alignment" in axes.get_legend().get_texts()[2].get_text()
    said = insight_of("pal").sentence(own, others)
    assert "80 degrees before learning, 20, 10 at the end; with feedback alignment 60, 50" in said


def test_the_angles_of_each_epoch_are_told_when_they_are_there():
    design, told = preset("pal"), []
    few = replace(DATA, x_train=DATA.x_train[:30], y_train=DATA.y_train[:30])
    with IntegerDevice(design) as device:
        course = take(device, "integer model", few, epochs=2, seed=0, insight=True,
                      progress=lambda samples, counters, insights: told.append(
                          (samples, counters.samples, insights[-1])))
    assert len(course.insights) == 3
    # At the end of an epoch at first what was measured before it, in the end what came after.
    for epoch in (1, 2):
        ends = [(learned, insight) for samples, learned, insight in told if samples == 30 * epoch]
        assert ends[0] == (30, course.insights[epoch - 1])
        assert ends[-1] == (30, course.insights[epoch])
    assert len({tuple(one) for one in course.insights}) == 3


def test_a_microcircuit_makes_fewer_errors_with_time():
    design, weights = learned("microcircuit")
    insight = insight_of("microcircuit")
    early, late = (insight.measure(design, values, DATA)
                   for values in (initial_weights(design, 0), weights))
    assert early.spikes[0] == late.spikes[0] > 50  # the input's
    assert late.errors.sum() < 0.5 * early.errors.sum() and (late.errors > 0).all()
    # What is drawn is one of these samples.
    assert [one.shape for one in late.first.spikes] == [(8, 64), (8, 32), (8, 10)]
    assert [one.shape for one in late.first.errors] == [(8, 32), (8, 10)]
    assert late.label == DATA.y_test[0]
    said = insight.sentence([early, late])
    assert f"{late.errors[0]:.1f}, {late.errors[1]:.1f}." in said


def test_a_raster_has_a_mark_for_every_spike():
    design, insight = preset("microcircuit"), insight_of("microcircuit")
    record = insight.measure(design, initial_weights(design, 0), DATA)
    figure, found = Figure(), {(1, True): [0.9, 0.95], (1, False): [0.8, 0.85]}
    insight.sheet(figure, [record, record], found)
    early, late, depths = figure.axes
    for axes in (early, late):
        marks = {marker: sum(len(line.get_xdata()) for line in axes.lines
                             if line.get_marker() == marker) for marker in "|^v"}
        errors = np.concatenate([one.ravel() for one in record.first.errors])
        assert marks == {"|": record.first.spike_counts.sum(), "^": (errors > 0).sum(),
                         "v": (errors < 0).sum()}
    assert [list(line.get_ydata()) for line in depths.lines] == [[90.0, 95.0], [80.0, 85.0]]
    assert "after 2 short epochs, by hidden layers: 1: 95.0 % against 85.0 %" in (
        insight.finding(found))


def test_the_signs_of_the_feedback_matter_with_depth():
    told = []
    found = depth_experiment(DATA, epochs=1, networks={4: NETWORKS[4]}, progress=told.append)
    assert found[4, True][-1] > found[4, False][-1] + 0.1
    assert told == ["4 hidden, concordant signs", "4 hidden, random signs"]


@pytest.mark.parametrize("rule, name", [("ghost", "digits"), ("equilibrium", "equilibrium"),
                                        ("inversion", "inversion"), ("pal", "pal-narrow"),
                                        ("microcircuit", "microcircuit")])
def test_every_rule_has_a_panel_and_takes_both_kinds_of_weights(rule, name):
    design, insight = preset(name), insight_of(rule)
    real = initial_weights(design, 0)
    records = [insight.measure(design, weights, DATA)
               for weights in (real, raw_weights(design, real))]
    axes = Figure().subplots()
    insight.panel(axes, records)
    assert axes.get_title() and axes.lines
