"""Samples that are left alone: nothing is learned of them, and everything else is as ever."""

import numpy as np
import pytest

from cortigate.golden.edges import Meetings, edges_of
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.designs import baseline_model, reference_model
from cortigate.golden.spec import Network, Operation, QFormat, Rounding, Target, preset
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism
from cortigate.golden.timeline import Timeline

from . import test_event_driven as events
from .event_machine import EventMachine
from .test_compiled import compare, differences, pair_of, samples_of

NAMES = ("tiny", "digits-relax", "tiny-equilibrium", "tiny-inversion")


def margined(name, shift=2, **changes):
    """A small design with a margin, weights rounded by chance."""
    design = preset(name)
    return design.replace(
        network=Network((5, 4, 3, 4), design.network.hidden, design.network.output), lanes=2,
        margin_shift=shift, weight=QFormat(2, 12, rounding=Rounding.STOCHASTIC), **changes)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_that_leads_ends_the_sample(name):
    design = margined(name)
    rng, spared, learned = np.random.default_rng(4), [], 0
    model, plain = pair_of(design, rng, 1.0)
    without = integer_model(design.replace(margin_shift=None))
    timeline, usual_timeline = Timeline(design), Timeline(without.design)
    x, labels = samples_of(design, rng, 40)
    for one, label in zip(x, labels, strict=True):
        label = model.infer(one) if rng.integers(2) else label
        plain.state_saturations = model.state_saturations
        without.set_weights(model.weights)
        without.states[...] = model.states
        rates = model.outputs(one[None])[0]
        lead = rates[label] - np.delete(rates, label).max()
        trace, usual = model.learn(one, label), without.learn(one, label)
        assert trace.prediction == usual.prediction
        quits = [done for done in trace.passes if done.operation is Operation.QUIT]
        if lead >= design.rate.one // 4:
            assert trace.passes[-1] is quits[0] and not quits[0].again
            assert trace.prediction == label and trace.weight_saturations == 0
            spared.append(usual_timeline.cycles(usual) - timeline.cycles(trace))
            assert differences(model, plain) in ([], ["state_saturations"])
        else:
            assert quits[0].again
            assert all((model.weights[n] == without.weights[n]).all() for n in model.weights)
            assert (model.states == without.states).all()
            learned += 1
        plain.set_weights(model.weights)
        plain.states[...] = model.states
        plain.weight_saturations = model.weight_saturations
    assert min(spared) >= 0 and np.median(spared) > 20  # without an error inversion ends, too
    assert len(spared) > 4 and learned > 10


@pytest.mark.parametrize("name", NAMES)
def test_the_margin_itself_is_enough(name):
    design = margined(name)
    model = integer_model(design)
    model.set_weights(initial_weights(design, 1))
    x = np.full(5, design.sample.maximum)
    rates = model.outputs(x[None])[0]
    label, meetings = int(rates.argmax()), Meetings(edges_of(design))
    lead = int(rates[label] - np.delete(rates, label).max())
    assert lead > 1

    def ends(margin):
        other = integer_model(design)
        other.set_weights(model.weights)
        other.edges = meetings
        other.design = _WithMargin(design, margin)
        return not next(done for done in other.learn(x, label).passes
                        if done.operation is Operation.QUIT).again

    assert [ends(lead + more) for more in (-1, 0, 1)] == [True, True, False]
    assert {case for name, case in meetings.met() if name == "margin"} == {
        "one below", "at", "one above"}


class _WithMargin:
    """A design but for its margin."""

    def __init__(self, design, margin):
        self._design, self.margin = design, margin

    def __getattr__(self, name):
        return getattr(self._design, name)


@pytest.mark.parametrize("mechanism", Mechanism)
def test_compiled_sweeps_leave_the_same_alone(mechanism):
    rng = np.random.default_rng(2)
    for shift in (0, 2, 4):
        # Outputs that saturate although nothing is learned of them.
        design = margined("tiny", shift, rule=GhostRule(mechanism), state=QFormat(2, 8))
        compare(design, rng, 2.0, 40, 60)


@pytest.mark.parametrize("name", NAMES)
def test_compiled_loops_leave_the_same_alone(name):
    rng = np.random.default_rng(3)
    for shift in (0, 2, 5):
        compare(margined(name, shift), rng, 0.8, 40, 60)


@pytest.mark.parametrize("name", NAMES)
def test_float_models_and_backprop_leave_alone_what_leads(name):
    design = margined(name)
    for make in (reference_model, baseline_model):
        model, usual = make(design), make(design.replace(margin_shift=None))
        rng, kinds = np.random.default_rng(5), []
        for _ in range(40):
            x = rng.random(5)
            rates = model.outputs(x[None])[0]
            label = int(rates.argmax()) if rng.integers(2) else int(rng.integers(4))
            before = {n: w.copy() for n, w in model.weights.items()}
            usual.set_weights(before)
            assert model.learn(x, label) == usual.learn(x, label)
            leads = rates[label] - np.delete(rates, label).max() >= 0.25
            wanted = before if leads else usual.weights
            assert all((model.weights[n] == wanted[n]).all() for n in before)
            kinds.append(leads)
        assert 2 < sum(kinds) < 38


def test_compiled_backprop_leaves_the_same_alone():
    design = margined("tiny")
    slow, fast = baseline_model(design), BackpropModel.from_design(design, seed=0)
    rng = np.random.default_rng(6)
    x = rng.random((50, 5))
    labels = slow.predict(x)  # of which some lead
    order = rng.integers(0, 50, 200)
    expected = [slow.learn(x[i], int(labels[i])) for i in order]
    assert fast.learn_all(x, labels, order, margin=0.25).tolist() == expected
    assert all((slow.weights[n] == fast.weights[n]).all() for n in slow.weights)
    fast.learn_all(x, labels, order)
    assert any((slow.weights[n] != fast.weights[n]).any() for n in slow.weights)


@pytest.mark.parametrize("rule", ["ghost", "equilibrium", "inversion"])
def test_the_event_machine_leaves_the_same_alone(rule):
    ends = 0
    for number, design in enumerate(events.RULES[rule][:4]):
        if design.target is not Target.CLASS:
            continue
        design, rng = design.replace(margin_shift=design.rate.fraction), np.random.default_rng(
            [number, 5])
        model, _ = pair_of(design, rng, 0.5)
        machine = EventMachine(design, model.weights)
        for x, label in zip(*events.samples(design, 8, rng), strict=True):
            trace = model.learn(x, int(label))
            outcomes = machine.run(model._input(x), int(label))
            events.compare(machine.program, outcomes, trace, True)
            machine.weights = {name: w.copy() for name, w in model.weights.items()}
            ends += trace.passes[-1].operation is Operation.QUIT
    assert ends > 2
