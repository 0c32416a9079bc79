"""Several neuron lanes: the same numbers, K drives of a forward pass in one cycle."""

from dataclasses import replace

import numpy as np
import pytest

from cortigate.golden.integer import RoundingGenerator, integer_model
from cortigate.golden.spec import Network
from cortigate.golden.spec.generator import lane_seed
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.golden.timeline import Timeline

SIZES = (9, 14, 7, 3)
DESIGNS = {
    "ghost": design_for(Network(SIZES), lanes=8),
    "equilibrium": EquilibriumRule.design(SIZES, lanes=8),
    "inversion": InversionRule.design(SIZES, lanes=8),
    "microcircuit": MicrocircuitRule.design(SIZES, lanes=8),
}


def traced(design):
    """Trace of a learning sample with weights drawn at random."""
    rng, model = np.random.default_rng(3), integer_model(design)
    limit = design.weight.maximum // 4
    model.set_weights({name: rng.integers(-limit, limit, w.shape)
                       for name, w in model.weights.items()})
    return model.learn(rng.integers(0, design.sample.maximum + 1, SIZES[0]), 1)


@pytest.mark.parametrize("rule", DESIGNS)
@pytest.mark.parametrize("neuron_lanes", [2, 4])
def test_the_same_drives_in_fewer_cycles(rule, neuron_lanes):
    one = DESIGNS[rule]
    design = one.replace(neuron_lanes=neuron_lanes)
    trace = traced(design)
    timeline = Timeline(design)
    laid_out, before = timeline.sample(trace), Timeline(one).sample(trace)
    assert laid_out.cycles == timeline.cycles(trace)
    # A loop of passes that bring few drives gains nothing: a list takes a cycle more to write.
    assert laid_out.cycles < before.cycles or (rule, neuron_lanes) == ("inversion", 2)
    for name in ("drive", "rate"):
        stream = "drive" if name == "drive" else "neuron"
        valid, old = (s.fields[f"{stream}_valid"].astype(bool) for s in (laid_out, before))
        assert valid.shape[1] == neuron_lanes
        # Cycle after cycle, and in each of them lane after lane.
        assert np.array_equal(laid_out.fields[name][valid], before.fields[name][old])
        assert valid.sum(axis=1).max() == neuron_lanes


def test_a_block_takes_as_long_as_its_events_or_its_groups_of_rows():
    """Blocks of 8 rows, 2 events and the bias: 4 cycles with 2 neuron lanes, 3 with 4."""
    cycles = {}
    for count in (1, 2, 4):
        design = design_for(Network((9, 80, 3)), lanes=8, neuron_lanes=count)
        model = integer_model(design)
        x = np.zeros(9, np.int64)
        x[[2, 5]] = 3
        sample = Timeline(design).sample(model.trace_inference(x), train=False)
        ends = sample.passes[0][2]
        assert len(ends) == 10
        cycles[count] = set(np.diff(ends).tolist())
    assert cycles == {1: {8}, 2: {4}, 4: {3}}


def test_neuron_i_takes_the_noise_of_lane_i():
    lanes = [RoundingGenerator(0, 5, noise=1) for _ in range(4)]
    for number, lane in enumerate(lanes):
        lane.states[0] = lane_seed(5, 3 + number)
    together = RoundingGenerator(3, 5, noise=4)
    assert together.states.shape == (7,)
    for size in (9, 1, 3, 8):
        bits = together.noise(size)
        for number, lane in enumerate(lanes):
            own = bits[number::4]
            assert np.array_equal(own, lane.noise(len(own)))
    assert [int(lane.states[0]) for lane in lanes] == together.states[3:].tolist()
    assert np.array_equal(together.states[:3], RoundingGenerator(3, 5).states)


def test_noise_that_changes_with_the_neuron_lanes_is_in_the_model():
    design = PalRule.design(SIZES, lanes=8)
    assert [replace(design, neuron_lanes=k).generators - design.generators
            for k in (1, 2, 4)] == [0, 1, 3]
    words = [[p.words["noise"].tolist() for p in traced(replace(design, neuron_lanes=k)).passes
              if p.words.get("noise") is not None] for k in (1, 2, 4)]
    assert words[0] != words[1] != words[2] != words[0]
