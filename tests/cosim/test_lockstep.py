"""The gateware equals the integer model and its timeline, bit for bit and cycle for cycle.

Where a test has many designs, an ordinary run takes some, with each of their traits, and
`--campaign` all.
"""

from itertools import product

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import (
    RULES,
    Activation,
    Design,
    MemoryKind,
    Network,
    QFormat,
    Rounding,
    Target,
    preset,
)
from cortigate.golden.spec.design import NEURON_LANES
from cortigate.golden.spec.memory_map import MemoryMap
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.golden.spec.sampler import draw_targets
from cortigate.golden.timeline import Timeline
from cortigate.sim.lockstep.draw import draw_design, with_neuron_lanes
from cortigate.sim.lockstep.runner import run_lockstep
from cortigate.sim.simulator import missing

from ..campaign import some


def needs(simulator):
    return pytest.mark.skipif(missing(simulator) is not None, reason=missing(simulator) or "")


def check(design, simulator, samples, seed):
    result = run_lockstep(design, samples=samples, seed=seed, simulator=simulator)
    assert result.divergence is None, result.divergence
    assert result.samples == samples
    return result.cycles


@needs("icarus")
@pytest.mark.parametrize("number", some(range(8), every=4))
def test_random_design_under_icarus(number):
    assert check(draw_design(2, number, "ghost"), "icarus", 4, number) > 500


@pytest.mark.parametrize("simulator, name", some(["icarus", "verilator"], [
    "tiny-equilibrium", "tiny-inversion", "tiny-pal", "tiny-microcircuit"], every=2))
def test_presets_of_the_other_rules(simulator, name):
    if missing(simulator):
        pytest.skip(missing(simulator))
    samples, cycles = {"icarus": (6, 2_000), "verilator": (60, 20_000)}[simulator]
    assert check(preset(name), simulator, samples, 1) > cycles


@needs("icarus")
@pytest.mark.parametrize("rule, number", some(
    ["equilibrium", "inversion", "pal", "microcircuit"], range(2), every=2))
def test_random_design_of_the_other_rules_under_icarus(rule, number):
    assert check(draw_design(2, number, rule), "icarus", 2, number) > 500


@needs("icarus")
@pytest.mark.parametrize("drawn, neuron_lanes", some(
    [("ghost", 3), ("ghost", 6), ("equilibrium", 3), ("inversion", 3), ("pal", 3),
     ("microcircuit", 3)], [2, 4], every=3))
def test_random_design_with_several_neuron_lanes_under_icarus(drawn, neuron_lanes):
    rule, number = drawn
    design = with_neuron_lanes(draw_design(4, number, rule), neuron_lanes)
    assert check(design, "icarus", 2, number) > 500


@needs("verilator")
@pytest.mark.campaign
@pytest.mark.parametrize("rule", RULES)
def test_random_design_with_several_neuron_lanes_under_verilator(rule):
    number = list(RULES).index(rule)
    design = with_neuron_lanes(draw_design(6, number, rule), 4 if number % 2 else 2)
    assert check(design, "verilator", 40, number) > 5_000


@needs("icarus")
@pytest.mark.parametrize("shape, rounding", some(
    [((9, 12, 5), 4), ((7, 6, 13, 3), 4), ((5, 3, 9), 1)],
    [Rounding.NEAREST_EVEN, Rounding.STOCHASTIC], every=2))
def test_last_layer_stored_transposed(shape, rounding):
    sizes, lanes = shape
    design = design_for(Network(sizes), lanes=lanes, transposed=True, sample_capacity=4,
                        weight=QFormat(2, 14, rounding=rounding))
    check(design, "icarus", 6, 3)
    if rounding is Rounding.STOCHASTIC:
        check(single(design), "icarus", 6, 3)


SPLIT = {
    "one output in the tail": ((9, 12, 9), 8, {}),
    "two, hidden neurons in whole blocks": ((9, 16, 10), 8, {"neuron_lanes": 4}),
    "a margin": ((9, 7, 12), 8, {"margin_shift": 2}),
    "three hidden layers": ((9, 20, 13, 8, 15), 8, {"neuron_lanes": 2}),
    "values": ((9, 12, 10), 8, {"target": Target.VECTOR, "neuron_lanes": 2}),
    "a head of two blocks": ((9, 33, 22), 8, {"results": True}),
    "a tail that waits for the head": ((9, 3, 18), 16, {}),
    "as many neuron lanes as lanes": ((5, 9, 11), 4, {"neuron_lanes": 4}),
    "two lanes": ((5, 1, 3), 2, {}),
    "no tail": ((9, 12, 16), 8, {}),
}


@needs("icarus")
@pytest.mark.parametrize("case, rounding", some(
    SPLIT, [Rounding.NEAREST_EVEN, Rounding.STOCHASTIC], every=5))
def test_last_layer_with_head_and_tail(case, rounding):
    sizes, lanes, more = SPLIT[case]
    design = design_for(Network(sizes), lanes=lanes, transposed=True, sample_capacity=4,
                        weight=QFormat(2, 14, rounding=rounding), **more)
    check(design, "icarus", 8, 3)
    if rounding is Rounding.STOCHASTIC:
        check(single(design), "icarus", 8, 3)


@needs("icarus")
def test_changes_of_the_largest_errors_fit_their_words():
    """Outputs and ghosts at opposite ends of the rate, and then the other way round."""
    design = Design(
        Network((9, 34, 16), Activation.RELU),
        GhostRule(Mechanism.LEARN, Schedule.RELAXATION, 4, 2, step_shift=3, steps=6), lanes=2,
        weight=QFormat(5, 11, rounding=Rounding.TRUNCATE), rate=QFormat(2, 10),
        state=QFormat(2, 10), sample=QFormat(1, 3, signed=False), sample_capacity=4)
    check(design, "icarus", 1, 5)  # a change of 4212 against 4095 of the next narrower format


def single(design):
    """A design with its weights in a memory of one port."""
    return design.replace(weight_memory=MemoryKind.SINGLE)


@needs("icarus")
@pytest.mark.parametrize("rule, number", some(RULES, range(2), every=4))
def test_random_design_with_weights_in_a_memory_of_one_port(rule, number):
    check(single(draw_design(4, number, rule)), "icarus", 2, number)


@pytest.mark.parametrize("name", some(["tiny", "tiny-equilibrium", "tiny-inversion", "tiny-pal",
                                       "tiny-microcircuit"], every=5))
def test_presets_with_weights_in_a_memory_of_one_port(name):
    if missing("verilator"):
        pytest.skip(missing("verilator"))
    check(single(preset(name)), "verilator", 60, 1)


@needs("verilator")
@pytest.mark.parametrize("number", some([0, 5], every=2))
def test_random_design_under_verilator(number):
    assert check(draw_design(3, number, "ghost"), "verilator", 110, number) > 10_000


@needs("icarus")
@pytest.mark.parametrize("inputs", some([257, 256], every=2))
def test_two_inputs_a_cycle(inputs):
    design = design_for(Network((inputs, 9, 5)), lanes=4, sample_capacity=4)
    assert design.feed_width == 2
    check(design, "icarus", 8, 3)


@needs("icarus")
@pytest.mark.parametrize("name, neuron_lanes", some(
    ["tiny", "tiny-equilibrium", "tiny-inversion", "digits-relax"], NEURON_LANES, every=20))
def test_samples_that_are_left_alone(name, neuron_lanes):
    design = preset(name)
    network = Network((5, 7, 6, 5), design.network.hidden, design.network.output)
    design = design.replace(network=network, sample_capacity=4, lanes=max(4, neuron_lanes),
                            neuron_lanes=neuron_lanes, margin_shift=design.rate.fraction)
    check(design, "icarus", 8, neuron_lanes)


SMALLEST = {
    "one neuron everywhere": ((1, 1, 1), 1),
    "more lanes than neurons": ((2, 1, 2, 1), 16),
    "one lane": ((3, 5, 2), 1),
    "blocks longer than every event list": ((1, 9, 2), 4),
}


@needs("icarus")
@pytest.mark.parametrize("case, schedule", some(SMALLEST, Schedule, every=4))
def test_smallest_designs(case, schedule):
    sizes, lanes = SMALLEST[case]
    for mechanism in (Mechanism.REPLICATE, Mechanism.LEARN):
        design = design_for(Network(sizes), mechanism, schedule, lanes=lanes, sample_capacity=4)
        check(design, "icarus", 6, 1)


@needs("icarus")
@pytest.mark.parametrize("case, design_of", some(
    SMALLEST, [EquilibriumRule.design, InversionRule.design, PalRule.design,
               MicrocircuitRule.design], every=4))
def test_smallest_designs_of_the_other_rules(case, design_of):
    sizes, lanes = SMALLEST[case]
    check(design_of(sizes, lanes=lanes, sample_capacity=4), "icarus", 6, 1)


def relaxing(sizes, **changes):
    return design_for(Network(sizes), Mechanism.LEARN, Schedule.RELAXATION, **changes)


def learning(sizes, **changes):
    return design_for(Network(sizes), Mechanism.LEARN, **changes)


def sweeping(sizes, **changes):
    return design_for(Network(sizes), **changes)


@needs("icarus")
@pytest.mark.parametrize("shape, design_of", some(
    [((1, 1, 1), 4, 4), ((2, 5, 2, 3), 2, 2), ((1, 9, 2), 4, 4)],
    [sweeping, relaxing, EquilibriumRule.design, InversionRule.design, PalRule.design,
     MicrocircuitRule.design], every=3))
def test_smallest_designs_with_several_neuron_lanes(design_of, shape):
    """One neuron; fewer outputs than neuron lanes; as many neuron lanes as lanes."""
    sizes, lanes, neuron_lanes = shape
    design = design_of(sizes, lanes=lanes, neuron_lanes=neuron_lanes, sample_capacity=4)
    check(design, "icarus", 6, 1)


@needs("icarus")
@pytest.mark.parametrize("neuron_lanes", some([4, 2], every=2))
def test_last_layer_stored_transposed_with_several_neuron_lanes(neuron_lanes):
    design = design_for(Network((7, 6, 13, 7)), lanes=4, transposed=True, sample_capacity=4,
                        neuron_lanes=neuron_lanes)
    check(design, "icarus", 6, 3)


@needs("icarus")
@pytest.mark.parametrize("case, design_of", some(
    SMALLEST, [learning, EquilibriumRule.design, InversionRule.design, PalRule.design,
               MicrocircuitRule.design], every=4))
def test_smallest_designs_with_weights_in_a_memory_of_one_port(case, design_of):
    sizes, lanes = SMALLEST[case]
    check(single(design_of(sizes, lanes=lanes, sample_capacity=4)), "icarus", 6, 1)


def test_eight_designs_in_a_row_have_every_mechanism_and_schedule():
    rules = [draw_design(5, i, "ghost").rule for i in range(8)]
    assert {(r.mechanism, r.schedule) for r in rules} == set(product(Mechanism, Schedule))


@pytest.mark.parametrize("rule", RULES)
def test_draws_stay_within_the_promised_limits(rule):
    assert {draw_design(0, n, rule).single_port for n in range(10)} == {False, True}
    for number in range(60):
        design = draw_design(0, number, rule)
        assert design.rule.name == rule
        assert 1 <= design.network.depth - 1 <= 3
        assert max(design.network.sizes) <= (35 if design.engine.relaxes else 70)
        assert 2 <= design.lanes <= 16 and design.lanes % design.neuron_lanes == 0
        assert with_neuron_lanes(design, 4).lanes <= 16
        assert design == draw_design(0, number, rule)
        assert MemoryMap(design).weight_depth > 0
        if number % 10:
            continue
        # The timeline can lay out whatever the model does, and dense is never shorter.
        model, timeline = integer_model(design), Timeline(design)
        inputs = np.zeros((1, design.network.sizes[0]), np.int64)
        [target] = draw_targets(design, inputs, np.random.default_rng(number))
        trace = model.learn(inputs[0], target)
        cycles = timeline.sample(trace).cycles
        assert 0 < cycles == timeline.cycles(trace) <= timeline.cycles(trace, dense=True)
    drawn = [draw_design(0, number, rule).neuron_lanes for number in range(60)]
    assert {drawn.count(count) > 5 for count in NEURON_LANES} == {True}
    with pytest.raises(ValueError, match="rule must be one of ghost, equilibrium, inversion, pal,"):
        draw_design(0, 0, "backprop")
