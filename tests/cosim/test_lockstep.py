"""The gateware equals the integer model and its timeline, bit for bit and cycle for cycle."""

import pytest

from cortigate.golden.spec import Mechanism, Network, Schedule, design_for
from cortigate.golden.spec.memory_map import MemoryMap
from cortigate.golden.timeline import Timeline
from cortigate.sim.lockstep.draw import KINDS, draw_design
from cortigate.sim.lockstep.runner import run_lockstep
from cortigate.sim.simulator import missing


def needs(simulator):
    return pytest.mark.skipif(missing(simulator) is not None, reason=missing(simulator) or "")


def check(design, simulator, samples, seed):
    result = run_lockstep(design, samples=samples, seed=seed, simulator=simulator)
    assert result.divergence is None, result.divergence
    assert result.samples == samples
    return result.cycles


@needs("icarus")
@pytest.mark.parametrize("number", range(8))
def test_random_design_under_icarus(number):
    assert check(draw_design(2, number), "icarus", 4, number) > 500


@needs("verilator")
@pytest.mark.parametrize("number", [0, 5])
def test_random_design_under_verilator(number):
    assert check(draw_design(3, number), "verilator", 60, number) > 10_000


SMALLEST = {
    "one neuron everywhere": ((1, 1, 1), 1),
    "more lanes than neurons": ((2, 1, 2, 1), 16),
    "one lane": ((3, 5, 2), 1),
    "blocks longer than every event list": ((1, 9, 2), 4),
}


@needs("icarus")
@pytest.mark.parametrize("case", SMALLEST)
@pytest.mark.parametrize("schedule", Schedule)
def test_smallest_designs(case, schedule):
    sizes, lanes = SMALLEST[case]
    for mechanism in (Mechanism.REPLICATE, Mechanism.LEARN):
        design = design_for(Network(sizes), mechanism, schedule, lanes=lanes, sample_capacity=4)
        check(design, "icarus", 6, 1)


def test_eight_designs_in_a_row_have_every_mechanism_and_schedule():
    rules = [draw_design(5, i).rule for i in range(8)]
    assert {(r.mechanism, r.schedule) for r in rules} == set(KINDS)


def test_draws_stay_within_the_promised_limits():
    for number in range(60):
        design = draw_design(0, number)
        assert 1 <= design.network.depth - 1 <= 3
        assert max(design.network.sizes) <= 70
        assert 2 <= design.lanes <= 16
        assert design == draw_design(0, number)
        assert MemoryMap(design).weight_depth > 0
        timeline = Timeline(design)
        assert timeline.cycles(timeline.dense_events()) > 0
