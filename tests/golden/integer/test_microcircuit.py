"""Integer microcircuit: the equations neuron by neuron, the code of the inputs, learning."""

import numpy as np
import pytest

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryMap, Operation, QFormat, Rounding
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule, Mode
from cortigate.golden.spec.spikes import feedback_masks

NEAREST = QFormat(2, 10)


def drawn(seed, **changes):
    """A model of 6-5-4-3 with weights that make its neurons fire, and a generator."""
    design = MicrocircuitRule.design((6, 5, 4, 3), lanes=3, **changes)
    rng = np.random.default_rng(seed)
    model = integer_model(design)
    model.set_weights({name: rng.integers(-900, 1400, w.shape) for name, w in
                       model.weights.items()})
    return model, rng


def magnitude(design, matrix, row, column):
    """|M| and the random sign of one synapse, bit by bit from the address of its weight."""
    block, lane = divmod(row, matrix.lanes)
    address = matrix.base + block * matrix.columns + column
    bits = [bin(address & mask).count("1") % 2 ^ flip
            for mask, flip in feedback_masks(design.rule.feedback_seed, lane)]
    width = design.rule.magnitude_bits
    size = 1 if width == 1 else sum(bits[b] << b for b in range(width))
    return size, -1 if bits[4] else 1


def plain(model, x, label, shift):
    """One sample in Python's own integers, one neuron and synapse at a time.

    Returns the weights after it and the spike counts of the last layer; rounds to nearest, ties to
    even, and saturates nothing but weights.
    """
    design, rule = model.design, model.design.rule
    sizes, depth = design.network.sizes, design.network.depth
    maps = MemoryMap(design)
    w = {layer: model.weights[f"W{layer}"].tolist() for layer in range(1, depth + 1)}
    charge, p = [8] * sizes[0], [[0] * n for n in sizes]
    i, u, v = ([[0] * n for n in sizes] for _ in range(3))
    counts = [0] * sizes[-1]
    for t in range(rule.steps):
        s, z, gate = [[0] * n for n in sizes], [[0] * n for n in sizes], [[0] * n for n in sizes]
        for j in range(sizes[0]):
            charge[j] += min(x[j], 16)
            if charge[j] >= 16:
                charge[j], s[0][j] = charge[j] - 16, 1
            p[0][j] = p[0][j] // 2 + 16 * s[0][j]
        for layer in range(1, depth + 1):
            for k in range(sizes[layer]):
                arriving = sum(w[layer][k][j] for j in range(sizes[layer - 1]) if s[layer - 1][j])
                i[layer][k] = i[layer][k] - i[layer][k] // 2 + arriving
                u[layer][k] = u[layer][k] - u[layer][k] // 4 + i[layer][k]
                gate[layer][k] = -1024 < u[layer][k] < 3072
                if u[layer][k] >= 1024:
                    u[layer][k], s[layer][k] = 0, 1
                p[layer][k] = p[layer][k] // 2 + 16 * s[layer][k]
        for k in range(sizes[-1]):
            counts[k] += s[depth][k]
        if label is None:
            continue
        for k in range(sizes[-1]):
            v[depth][k] = int(v[depth][k] / 2) + 16 * ((t > 0 and k == label) - s[depth][k])
            z[depth][k] = (v[depth][k] >= 8) - (v[depth][k] <= -8)
        for layer in range(depth - 1, 0, -1):
            for j in range(sizes[layer]):
                total = 0
                for k in range(sizes[layer + 1]):
                    size, sign = magnitude(design, maps.matrix(layer + 1), k, j)
                    if rule.concordant:
                        sign = -1 if w[layer + 1][k][j] < 0 else 1
                    total += sign * size * z[layer + 1][k]
                v[layer][j] = int(v[layer][j] / 2) + total
                limit = rule.threshold(sizes[layer + 1])
                z[layer][j] = gate[layer][j] * ((v[layer][j] >= limit) - (v[layer][j] <= -limit))
        for layer in range(1, depth + 1):
            for k in range(sizes[layer]):
                for j in range(sizes[layer - 1]):
                    # A trace of 16 is 1; weights have 10 fraction bits.
                    change = z[layer][k] * p[layer - 1][j] * 2**10 / 2**(4 + shift)
                    new = w[layer][k][j] + round(change)
                    w[layer][k][j] = min(max(new, -2048), 2047)
    return w, counts


@pytest.mark.parametrize("concordant", [True, False])
@pytest.mark.parametrize("bits", [1, 4])
def test_one_neuron_and_synapse_at_a_time(bits, concordant):
    model, rng = drawn(bits, weight=NEAREST, rule=MicrocircuitRule(
        5, magnitude_bits=bits, concordant=concordant, feedback_seed=5))
    changed = 0
    for label in (0, 2, 1, 1, 0, 2):
        x = rng.integers(0, 25, 6)
        before = {name: w.copy() for name, w in model.weights.items()}
        wanted, counts = plain(model, x.tolist(), label, 5)
        trace = model.learn(x, label)
        assert trace.prediction == counts.index(max(counts))
        for layer, rows in wanted.items():
            np.testing.assert_array_equal(model.weights[f"W{layer}"], rows)
        changed += sum((before[name] != w).sum() for name, w in model.weights.items())
    assert changed > 50
    assert model.state_saturations == 0


def test_an_inference_only_counts_spikes():
    model, rng = drawn(3)
    before = {name: w.copy() for name, w in model.weights.items()}
    for _ in range(5):
        x = rng.integers(0, 17, 6)
        trace = model.trace_inference(x)
        _, counts = plain(model, x.tolist(), None, 9)
        assert trace.prediction == counts.index(max(counts))
        modes = {p.mode for p in trace.passes if p.operation is Operation.FORWARD}
        assert modes == {Mode.MEMBRANE}
        assert not any(p.operation is Operation.UPDATE for p in trace.passes)
    for name, w in model.weights.items():
        np.testing.assert_array_equal(w, before[name])


def test_rate_of_the_code():
    """An input of x / 16 spikes T x / 16 times in T = 16 steps, evenly."""
    model, _ = drawn(0, rule=MicrocircuitRule(steps=16))
    x = np.array([0, 1, 5, 8, 16, 31])
    passes = [p for p in model.trace_inference(x).passes if p.matrix == "W1"]
    spikes = np.stack([p.walked for p in passes]) // 16
    np.testing.assert_array_equal(spikes.sum(axis=0), [0, 1, 5, 8, 16, 16])
    assert set(np.diff(np.flatnonzero(spikes[:, 2])).tolist()) <= {3, 4}


def test_nothing_is_drawn_without_an_error_spike():
    """An update that is left out costs no random bits: the hardware's generators stand still."""
    model, _ = drawn(1)
    silent = integer_model(model.design)  # all weights zero: only the teacher's own cell errs
    states = silent.generator.states.copy()
    trace = silent.learn(np.full(6, 16), 0)
    words = sum(-(-len(p.lanes) // 3) * max(1, np.count_nonzero(p.walked))
                for p in trace.passes if p.operation is Operation.UPDATE and p.lanes.any())
    again = integer_model(model.design).generator
    again.states[:] = states
    again.draw(words)
    np.testing.assert_array_equal(silent.generator.states, again.states)
    assert any(p.operation is Operation.UPDATE and not p.lanes.any() for p in trace.passes)


def test_rounding_is_right_on_average():
    """2^-16 of a trace is 1/64 of a weight's last bit: nearest loses it, stochastic keeps it."""
    moved = {}
    for rounding in (Rounding.NEAREST_EVEN, Rounding.STOCHASTIC):
        model, _ = drawn(1, weight=QFormat(2, 10, rounding=rounding))
        model.set_weights({name: np.full(w.shape, 300) for name, w in model.weights.items()})
        for _ in range(60):
            model.learn(np.full(6, 16), 0, 16)
        moved[rounding] = sum(abs(w - 300).sum() for w in model.weights.values())
    assert moved[Rounding.NEAREST_EVEN] == 0 < moved[Rounding.STOCHASTIC]


def test_digits_are_learned_and_hidden_layers_take_part():
    """600 digits: far above chance, and better than with hidden layers that stay as they were."""
    data, design = load_digits_split(0), MicrocircuitRule.design((64, 32, 10))
    x, x_test = (design.sample.from_float(part) for part in (data.x_train, data.x_test))

    def accuracy(frozen):
        model = integer_model(design)
        model.set_weights(initial_weights(design, 0))
        for sample, label in zip(x[:600], data.y_train, strict=False):
            before = model.weights["W1"]
            model.learn(sample, int(label))
            if frozen:
                model.weights["W1"] = before
        return np.mean(model.predict(x_test[:200]) == data.y_test[:200])

    assert accuracy(False) > 0.75
    assert accuracy(False) > accuracy(True) + 0.1
