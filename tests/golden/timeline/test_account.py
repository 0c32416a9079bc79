"""What a sample's cycles are spent on adds up, and its requests are those that are laid out."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import RULES, MemoryKind, Network, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.timeline import Account, Timeline
from cortigate.sim.lockstep.draw import draw_design

DESIGNS = {rule: draw_design(4, 1, rule) for rule in RULES} | {
    "sweep": preset("digits-narrow"),
    "single": preset("tiny").replace(weight_memory=MemoryKind.SINGLE),
    "split": design_for(Network((20, 12, 11)), lanes=4, neuron_lanes=2, transposed=True),
    "transposed": design_for(Network((20, 8, 3)), lanes=8, neuron_lanes=8, transposed=True),
}


def samples(design, count=3):
    """Traces of learning samples, and of an inference."""
    rng, model = np.random.default_rng(2), integer_model(design)
    for _ in range(count):
        x = rng.integers(design.sample.minimum, design.sample.maximum + 1, design.network.sizes[0])
        x[rng.random(len(x)) < 0.4] = 0
        yield model.learn(x, 1), True
    yield model.trace_inference(x), False


@pytest.mark.parametrize("name", DESIGNS)
def test_every_cycle_is_a_request_or_waits_for_something(name):
    timeline = Timeline(DESIGNS[name])
    for trace, train in samples(DESIGNS[name]):
        account, laid_out = timeline.account(trace, train), timeline.sample(trace, train)
        assert account.cycles == laid_out.cycles == timeline.cycles(trace, train)
        assert account.requests == laid_out.fields["request_valid"].sum()
        assert min(getattr(account, cause) for cause in Account.causes()) >= 0
        dense = timeline.account(trace, train, dense=True)
        assert dense.cycles == timeline.cycles(trace, train, dense=True)
        if train:
            assert 0 < timeline.limit(trace) <= account.requests


def test_the_causes_are_told_apart():
    def causes(name):
        trace, _ = next(samples(DESIGNS[name]))
        account = Timeline(DESIGNS[name]).account(trace)
        return {cause for cause in Account.causes() if getattr(account, cause)}

    assert "port" in causes("single") and "port" not in causes("sweep")
    assert {"fetch", "dependency", "entries"} <= causes("transposed")
    assert "feed" not in causes("inversion")


def test_the_limit_by_hand():
    """20-8-3 on 8 lanes, the last layer transposed: its passes walk 3 columns of 8 rows."""
    design = DESIGNS["transposed"]
    trace, _ = next(samples(design))
    inputs = np.count_nonzero(trace.passes[0].walked[:20])
    errors = np.count_nonzero(trace.passes[2].walked[:3])
    steps = 2 * inputs + 3 + 2 * errors
    assert errors and Timeline(design).limit(trace) == steps
