"""A last layer with head and tail computes what it does without; only passes and cycles differ."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.memory_map import MemoryMap
from cortigate.golden.spec.program import Program
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.golden.spec.steps import Operation
from cortigate.golden.timeline import Timeline

SHAPES = [((6, 5, 7), 3), ((6, 9, 4, 10), 4), ((6, 8, 11), 8)]


def learned(design, count=40):
    """A model that has learned, and the traces."""
    rng, model = np.random.default_rng(4), integer_model(design)
    model.set_weights({name: rng.uniform(-1, 1, w.shape) for name, w in model.weights.items()})
    inputs = rng.integers(0, design.sample.maximum + 1, (count, design.network.sizes[0]))
    classes = rng.integers(0, design.network.sizes[-1], count)
    return model, [model.learn(x, c) for x, c in zip(inputs, classes, strict=True)], inputs


@pytest.mark.parametrize("sizes, lanes", SHAPES)
def test_it_learns_the_same(sizes, lanes):
    plain = design_for(Network(sizes), lanes=lanes, sample_capacity=4)
    split = plain.replace(transposed=True)
    assert split.last.split
    (one, _, inputs), (other, traces, _) = learned(plain), learned(split)
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)
    assert one.state_saturations == other.state_saturations
    np.testing.assert_array_equal(one.outputs(inputs), other.outputs(inputs))
    by_hand = np.array([other._left(other.trace_inference(x), len(sizes) - 1) for x in inputs])
    np.testing.assert_array_equal(by_hand, other.outputs(inputs))
    assert len(traces[0].passes) == len(Program.of(split).steps)


def test_the_tails_sums_are_part_of_the_columns():
    design = design_for(Network((6, 5, 7)), lanes=3, sample_capacity=4, transposed=True)
    model, _, inputs = learned(design, 1)
    weights, trace = model.weights["W2"].copy(), model.learn(inputs[0], 3)
    tail, head = next((trace.passes[i], trace.passes[i + 1]) for i, done in enumerate(trace.passes)
                      if done.first and done.operation is Operation.FORWARD)
    errors = np.concatenate([head.walked, tail.walked])
    np.testing.assert_array_equal(tail.drive, tail.walked @ weights[6:, :-1])
    np.testing.assert_array_equal(head.drive, errors @ weights[:, :-1])


def test_requests_of_head_and_tail_by_hand():
    """6-5-7 on 3 lanes: back, blocks of 3 and 2 neurons, the tail's one value, a head of two."""
    design = design_for(Network((6, 5, 7)), lanes=3, sample_capacity=4, transposed=True)
    _, traces, _ = learned(design, 1)
    timeline = Timeline(design)
    laid_out, maps = timeline.sample(traces[0]).fields, MemoryMap(design)
    steps = timeline.program.steps
    joins = next(i for i, step in enumerate(steps) if step.joins)
    tags, addresses = (laid_out[f"request_{name}"][laid_out["request_valid"] == 1]
                       for name in ("tag", "address"))
    both = addresses[(tags == joins) | (tags == joins + 1)]
    tail, head = maps.tail.base, maps.matrix(2).base
    expected = [tail, *(head + k * 6 + j for j in range(3) for k in range(2)),
                tail + 1, *(head + k * 6 + j for j in (3, 4) for k in range(2))]
    assert both.tolist() == expected


def test_the_digits_take_fewer_cycles():
    plain, split = (preset("digits").replace(transposed=one) for one in (False, True))
    cycles = [np.mean([Timeline(design).cycles(trace, dense=True)
                       for trace in learned(design, 3)[1]]) for design in (plain, split)]
    assert cycles == [743, 673]
