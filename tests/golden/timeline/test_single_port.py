"""Weights in a memory with one port: reads and writes never meet, and only the cycles differ."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryKind, MemoryMap, Network, Operation, Program, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.timeline import Timeline
from cortigate.sim.lockstep.draw import draw_design
from cortigate.sim.proof import examples

DESIGNS = {name: preset(name) for name in ("tiny", "tiny-equilibrium", "tiny-inversion",
                                           "tiny-pal", "tiny-microcircuit", "digits-learn")}
DESIGNS |= {f"{rule} {n}": draw_design(7, n, rule) for n in range(3)
            for rule in ("ghost", "equilibrium", "inversion", "pal", "microcircuit")}
DESIGNS["transposed"] = design_for(Network((5, 4, 6, 3)), lanes=3, transposed=True)
# A last layer of so few rows that its update is over before the first weight is written.
DESIGNS["short"] = design_for(Network((1, 1, 1)), lanes=2)


@pytest.fixture(params=DESIGNS)
def pair(request):
    """The same design with either memory."""
    return tuple(DESIGNS[request.param].replace(weight_memory=kind)
                 for kind in (MemoryKind.AUTO, MemoryKind.SINGLE))


def learn(design, samples=3):
    """(Model, its timeline's samples) after a few random ones."""
    model, timeline = integer_model(design), Timeline(design)
    rng, laid_out = np.random.default_rng(1), []
    model.set_weights({m.name: rng.integers(-200, 201, m.shape).clip(
        design.weight.minimum, design.weight.maximum) for m in MemoryMap(design).matrices})
    for x, target in zip(*examples(design, samples, seed=1), strict=True):
        trace = model.learn(x, target)
        laid_out.append(timeline.sample(trace))
        assert laid_out[-1].cycles == timeline.cycles(trace)
    return model, laid_out


def test_reads_and_writes_never_meet(pair):
    (model, both), (other, one) = map(learn, pair)
    # One sample after the other, as close as they come: the next one begins before the last words
    # are written.
    length = sum(sample.cycles for sample in one) + 20
    reads, writes = np.zeros(length, int), np.zeros(length, int)
    begins = 0
    for sample in one:
        for seen, name in ((reads, "request"), (writes, "weight")):
            valid = sample.fields[f"{name}_valid"]
            assert valid.any()
            seen[begins:begins + len(valid)] += valid
        begins += sample.cycles
    assert (reads + writes).max() == 1
    # What is learned is the same, a little later if nothing else was waited for.
    assert all(np.array_equal(model.weights[name], other.weights[name]) for name in model.weights)
    assert all(a.cycles <= b.cycles <= 2 * a.cycles + 100 for a, b in zip(both, one, strict=True))


def test_with_two_ports_they_do_meet():
    """The test above can fail."""
    meet = [(sample.fields["request_valid"] & sample.fields["weight_valid"]).any()
            for sample in learn(DESIGNS["digits-learn"], 1)[1]]
    assert all(meet)


def test_every_step_behind_an_update_waits(pair):
    both, one = map(Program.of, pair)
    assert one.free_phase == both.free_phase and len(one.steps) == len(both.steps)
    for before, step, plain in zip((None, *one.steps), one.steps, both.steps, strict=False):
        behind = before is not None and before.operation is Operation.UPDATE
        assert step.wait == (plain.wait or behind)
        assert step == plain or behind
    # A loop's first step comes after its last one, too.
    for step in one.steps:
        if step.operation is Operation.REPEAT:
            assert step.wait or one.steps[step.first].wait


def test_the_digest_tells_the_memory(pair):
    assert pair[0].digest != pair[1].digest
    assert [design.single_port for design in pair] == [False, True]
    assert pair[1].to_dict()["weight_memory"] == "single"
