"""Compiled loops: every weight, generator, counter and prediction of the obvious models."""

from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.edges import Meetings
from cortigate.golden.integer import integer_model
from cortigate.golden.integer.compiled.run import knows
from cortigate.golden.spec import (
    RULES,
    Activation,
    Design,
    Network,
    QFormat,
    Rounding,
    Target,
    preset,
    tiny_preset,
)
from cortigate.golden.spec.feedback import Feedback
from cortigate.golden.spec.rules.equilibrium import Phase
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism
from cortigate.golden.spec.sampler import DesignSampler

OUTPUTS = (Activation.LINEAR, Activation.CLIP, Activation.RELU, Activation.TANH)


def drawn_design(rng, mechanism, rounding):
    """A small design whose formats are narrow enough to saturate now and then."""
    def one_of(*choices):
        return choices[rng.integers(len(choices))]

    while True:
        sizes = tuple(int(n) for n in rng.integers(1, 12, rng.integers(3, 6)))
        rate = QFormat(one_of(2, 3, 4), one_of(3, 4, 6, 8, 10))
        shift, nudging = int(rng.integers(0, 7)), one_of(0, 1, 3)
        try:
            return Design(
                Network(sizes, one_of(Activation.CLIP, Activation.RELU), one_of(*OUTPUTS)),
                GhostRule(mechanism, learning_rate_shift=shift, nudging_shift=nudging,
                          ghost_rate_shift=one_of(None, shift - nudging + 1)),
                lanes=int(rng.integers(1, 7)), rate=rate,
                weight=QFormat(one_of(1, 2, 3), int(rng.integers(5, 15)), rounding=rounding),
                state=QFormat(rate.integer + one_of(0, 1), rate.fraction),
                sample=QFormat(one_of(0, 1), one_of(2, 3), signed=False),
                generator_seed=int(rng.integers(1, 2**31)),
                transposed=mechanism in (Mechanism.REPLICATE, Mechanism.COPY) and one_of(
                    False, True))
        except ValueError:  # these formats do not go together
            continue


def pair_of(design, rng, scale=1.0):
    """Two models with the same random weights."""
    models, fmt = (integer_model(design), integer_model(design)), design.weight
    weights = {name: np.clip(rng.uniform(-scale, scale, w.shape), fmt.to_float(fmt.minimum),
                             fmt.to_float(fmt.maximum))
               for name, w in models[0].weights.items()}
    for model in models:
        model.set_weights(weights)
    return models


def samples_of(design, rng, count):
    """Raw samples, a third of them zeros, and what they are taught, raw."""
    shape = count, design.network.sizes[0]
    x = rng.integers(design.sample.minimum, design.sample.maximum + 1, shape)
    x *= rng.random(shape) < 0.67
    outputs = design.network.sizes[-1]
    if design.target is Target.CLASS:
        return x, rng.integers(0, outputs, count)
    fmt = design.target_values
    values = rng.integers(fmt.minimum, fmt.maximum + 1, (count, outputs))
    return x, x if design.target is Target.INPUT else values


def differences(one, two):
    """Names of what two models do not have in common."""
    found = [name for name in one.weights
             if not np.array_equal(one.weights[name], two.weights[name])]
    if one.generator is not None and not np.array_equal(one.generator.states,
                                                        two.generator.states):
        found.append("generator")
    return found + [name for name in ("weight_saturations", "state_saturations")
                    if getattr(one, name) != getattr(two, name)]


def compare(design, rng, scale, samples=8, turns=10):
    """Learn, predict and leave rates with both kinds of loops; the plain model, and if it moved."""
    fast, plain = pair_of(design, rng, scale)
    start = dict(plain.weights)
    x, targets = samples_of(design, rng, samples)
    order = rng.integers(0, samples, turns)
    shifts = [int(rng.choice(design.update_shift_range)) for _ in range(2)]
    expected = [plain.learn(x[i], targets[i], *shifts).prediction for i in order]
    found = fast.learn_all(x, targets, order, *shifts)
    assert (found.tolist(), differences(fast, plain)) == (expected, []), design
    expected = [plain.infer(one) for one in x]
    assert (fast.predict(x).tolist(), differences(fast, plain)) == (expected, []), design
    for layer in (1, design.network.depth):
        expected = [plain._left(plain.trace_inference(one), layer).tolist() for one in x[:3]]
        assert (fast.outputs(x[:3], layer).tolist(), differences(fast, plain)) == (expected, [])
    if design.engine.always_on:
        stood = [[done.rate.tolist() for done in model.stand().passes] for model in (fast, plain)]
        assert stood[0] == stood[1]
        assert differences(fast, plain) == []
    assert all(w.dtype == np.int64 and w.flags.c_contiguous for w in fast.weights.values())
    return plain, any((plain.weights[name] != start[name]).any() for name in start)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("mechanism", Mechanism)
def test_random_sweeps_of_narrow_formats(mechanism, rounding):
    rng = np.random.default_rng([list(Mechanism).index(mechanism), list(Rounding).index(rounding)])
    saturated, moved = np.zeros(2, int), 0
    for _ in range(25):
        design = drawn_design(rng, mechanism, rounding)
        plain, changed = compare(design, rng, 2.0**(design.weight.integer - 1), 12, 20)
        saturated += plain.weight_saturations, plain.state_saturations
        moved += changed
    assert saturated.min() > 20 and moved > 15


# What the loops do not know, where the rule has it; PAL's own feedback they know.
PLAIN = {"feedback": Feedback.TRANSPOSE, "guard": 0, "phase": Phase.NUDGED}


def varied(rule, number):
    """A design of `DesignSampler` for the loops; rounding and neuron lanes take turns."""
    design = RULES[rule].draw(DesignSampler(7, number))
    if rule != "pal":
        design = design.replace(rule=replace(design.rule, **{
            name: value for name, value in PLAIN.items() if hasattr(design.rule, name)}))
    rounding, lanes = list(Rounding)[number % 3], (1, 2, 4)[number // 3 % 3]
    weight = QFormat(design.weight.integer, design.weight.fraction, rounding=rounding)
    return design.replace(weight=weight, neuron_lanes=lanes,
                          lanes=-(-design.lanes // lanes) * lanes)


@pytest.mark.parametrize("rule", [rule for rule in RULES
                                  if integer_model(preset(tiny_preset(rule)))._loops()])
def test_random_designs_of_every_rule(rule):
    saturated, moved, kinds = np.zeros(2, int), 0, set()
    for number in range(18):
        design = varied(rule, number)
        assert integer_model(design)._loops()
        rng = np.random.default_rng(number)
        scale = 2.0**(design.weight.integer - 1) if number % 2 else 0.2
        plain, changed = compare(design, rng, scale)
        saturated += plain.weight_saturations, plain.state_saturations
        moved += changed
        kinds.add(design.target)
    assert saturated.min() > 0 and moved > 12
    assert kinds == ({Target.CLASS} if design.engine.spiking else {*Target})


@pytest.mark.parametrize("rule", ["ghost", "equilibrium", "inversion", "pal", "microcircuit"])
def test_every_rule_of_our_own_has_loops(rule):
    model = integer_model(preset(tiny_preset(rule)))
    assert model._loops() is not None
    model.edges = Meetings([])  # which only the plain model tells
    assert model._loops() is None


def test_a_parameter_that_loops_do_not_know_must_have_its_default():
    assert knows(GhostRule(), ()) and knows(GhostRule(nudging_shift=2), ("nudging_shift",))
    assert not knows(GhostRule(nudging_shift=2), ("learning_rate_shift",))


@pytest.mark.parametrize("name", ["mnist", "mnist-deep"])
def test_the_large_designs_learn_the_same_bits(name):
    compare(preset(name), np.random.default_rng(3), 0.06, 6, 6)


def test_learning_in_parts_is_learning_at_once():
    rng = np.random.default_rng(5)
    one, two = pair_of(preset("tiny").replace(weight=QFormat(2, 10, rounding=Rounding.STOCHASTIC)),
                       rng)
    x, labels = samples_of(one.design, rng, 40)
    one.learn_all(x, labels)
    for start in range(0, 40, 10):
        two.learn_all(x.astype(np.uint8), labels, np.arange(start, start + 10))
    assert differences(one, two) == []
    assert two.learn_all(x, labels, np.zeros(0, int)).tolist() == []
    assert differences(one, two) == []


@pytest.mark.parametrize("name", ["tiny", "tiny-equilibrium"])
def test_what_is_wrong_is_told_before_anything_is_learned(name):
    rng = np.random.default_rng(7)
    model, untouched = pair_of(preset(name), rng)
    x, labels = samples_of(model.design, rng, 5)
    for arguments, message in [
        ((x[:, :4], labels), r"samples must be integers of shape \(n, 5\), not int64 .*\(5, 4\)"),
        ((x / 2, labels), "samples must be integers of shape .*, not float64"),
        ((x + 300, labels), r"samples must lie in 0 \.\. 255 \(raw U1\.7\)"),
        ((x, labels + 1), r"labels must lie in 0 \.\. 1, not in 2 \.\. 2"),
        ((x, labels[:4]), r"labels must be integers of shape \(5,\), not int64 of shape \(4,\)"),
        ((x, labels, np.array([0, 5])), r"order must be a row of integers in 0 \.\. 4, not array"),
        ((x, labels, np.array([0, -1])), r"order must be a row of integers in 0 \.\. 4"),
        ((x, labels, None, 99), r"update_shift must lie in \d+ \.\. \d+, not 99"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.learn_all(*arguments)
    assert differences(model, untouched) == []
