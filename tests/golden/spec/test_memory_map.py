"""golden.spec.memory_map: every synapse has one place, nothing overlaps."""

from itertools import pairwise

import numpy as np
import pytest

from cortigate.golden.spec import PRESETS, MemoryMap, Network
from cortigate.golden.spec.image import weight_image, weights_from_image
from cortigate.golden.spec.rules.ghost import Mechanism, design_for

DESIGNS = [
    *PRESETS.values(),
    design_for(Network((1, 1, 1)), lanes=1),
    design_for(Network((7, 5, 6, 3)), Mechanism.LEARN, lanes=16),
    design_for(Network((9, 8, 4)), lanes=3, sample_capacity=1),
    design_for(Network((9, 8, 7, 1)), lanes=4, neuron_lanes=2),
    design_for(Network((9, 8, 5, 3)), lanes=8, neuron_lanes=4),
]


def names(design):
    return f"{design.network}-{design.lanes}-{design.digest}"


@pytest.mark.parametrize("design", DESIGNS, ids=names)
def test_every_weight_has_a_place_of_its_own(design):
    maps, places, synapses = MemoryMap(design), set(), set()
    for matrix, word, lane, row, column in maps.host_weights():
        assert 0 <= word < maps.weight_depth
        assert 0 <= lane < design.lanes <= 1 << maps.lane_address_bits
        assert matrix.base <= word < matrix.base + matrix.words
        places.add((word, lane))
        synapses.add((matrix.name, row, column))
    sizes = design.network.sizes
    weights = {layer: sizes[layer] * (sizes[layer - 1] + design.engine.biases)
               for layer in range(1, len(sizes))}
    expected = sum(weights.values())
    if design.engine.second_weights:
        expected += sum(count for layer, count in weights.items() if layer > 1)
    if design.engine.feedback_weights:
        expected += sum(lower * upper for lower, upper in pairwise(sizes[1:]))
    assert len(places) == len(synapses) == expected


@pytest.mark.parametrize("design", DESIGNS, ids=names)
def test_matrices_follow_each_other(design):
    maps = MemoryMap(design)
    base = 0
    for matrix in maps.matrices:
        assert matrix.base == base
        assert matrix.blocks * design.lanes >= matrix.rows
        assert 1 <= matrix.last_rows <= design.lanes
        assert (matrix.neuron_blocks - 1) * design.lanes + matrix.last_rows == matrix.neurons
        assert matrix.neurons == matrix.rows - matrix.transposed
        base += matrix.words
    assert maps.weight_depth == base


@pytest.mark.parametrize("design", DESIGNS, ids=names)
def test_neurons_and_post_synaptic_words(design):
    maps, sizes = MemoryMap(design), design.network.sizes
    numbered = [maps.neuron(address, lane) for address in range(maps.neurons)
                for lane in range(design.neuron_lanes)]
    # A lane may have an address for a neuron that a layer lacks.
    assert [(layer, index) for layer, index in numbered if index < sizes[layer]] == [
        (layer, index) for layer in range(1, len(sizes)) for index in range(sizes[layer])]
    assert len(numbered) - sum(sizes[1:]) < design.neuron_lanes * len(sizes[1:])
    for layer in range(1, len(sizes)):
        assert maps.neuron(maps.neuron_bases[layer]) == (layer, 0)
        following = (*maps.post_bases, maps.post_depth)[layer + 1]
        # The rows of a transposed matrix are the layer's neurons and the bias.
        biased = design.last.tail > 0 and layer == len(sizes) - 2
        assert following - maps.post_bases[layer] == -(-(sizes[layer] + biased) // design.lanes)


def test_layout_of_a_small_design():
    maps = MemoryMap(PRESETS["tiny"])  # 5-4-3-2, 2 lanes
    assert [(m.name, m.base, m.blocks, m.columns, m.last_rows) for m in maps.matrices] == [
        ("W1", 0, 2, 6, 2), ("W2", 12, 2, 5, 1), ("W3", 22, 1, 4, 2)]
    assert (maps.weight_depth, maps.lane_address_bits) == (26, 1)
    assert (maps.sample_words, maps.sample_depth, maps.shuffle_bits) == (4, 4 * 32, 5)
    # Row 2 of W2 is lane 0 of block 1; column 4 is its bias.
    assert (maps.matrix(2), 12 + 5 + 4, 0, 2, 4) in set(maps.host_weights())


def test_rows_that_fill_no_block_are_the_tail():
    """5-4-7 on 3 lanes: six outputs in two blocks, then one whose row is a column."""
    design = PRESETS["tiny"].replace(network=Network((5, 4, 7)), lanes=3, transposed=True)
    maps = MemoryMap(design)
    head, tail = maps.matrices[1:]
    assert maps.tail == tail and maps.matrix(2) == head and maps.shapes["W2"] == (7, 5)
    assert [(m.name, m.base, m.blocks, m.columns, m.shape) for m in (head, tail)] == [
        ("W2", 12, 2, 5, (6, 5)), ("W2", 22, 2, 1, (1, 5))]
    assert (tail.layer, tail.neurons, tail.first, head.title, tail.title) == (
        1, 4, 6, "W2, rows 0 .. 5", "W2, rows 6 .. 6, transposed")
    places = set(maps.host_weights())
    # The bias of output 6 is row 4 of the tail; weight 5, 3 is lane 2 of the head's second block.
    assert {(tail, 23, 1, 6, 4), (head, 12 + 5 + 3, 2, 5, 3)} <= places


@pytest.mark.parametrize("outputs, head", [(2, 0), (3, 0), (4, 3), (6, 6), (8, 6)])
def test_only_whole_blocks_are_the_head(outputs, head):
    design = PRESETS["tiny"].replace(network=Network((5, 4, outputs)), lanes=3, transposed=True)
    assert (design.last.head, design.last.tail) == (head, outputs - head)
    assert design.last.turned == (head == 0) and design.last.split == (0 < head < outputs)
    raw = {name: np.arange(rows * columns).reshape(rows, columns)
           for name, (rows, columns) in MemoryMap(design).shapes.items()}
    found = weights_from_image(design, weight_image(design, raw))
    assert all(np.array_equal(found[name], raw[name]) for name in raw)


def test_plastic_ghosts_own_a_bank():
    matrices = MemoryMap(PRESETS["digits-learn"]).matrices
    assert [m.name for m in matrices] == ["W1", "W2", "W3", "G2", "G3"]
    with pytest.raises(KeyError, match="this design has no G2"):
        MemoryMap(PRESETS["digits-deep"]).matrix(2, "G")


def test_feedback_weights_have_no_bias_and_columns_of_the_layer_above():
    maps = MemoryMap(PRESETS["tiny-pal"])  # 5-4-3-2, 2 lanes
    assert [(m.name, m.base, m.blocks, m.columns, m.inputs, m.source) for m in maps.matrices] == [
        ("W1", 0, 2, 6, 5, 0), ("W2", 12, 2, 5, 4, 1), ("W3", 22, 1, 4, 3, 2),
        ("B1", 26, 2, 3, 3, 2), ("B2", 32, 2, 2, 2, 3)]
    assert maps.weight_depth == 36
    assert [m.biased for m in maps.matrices] == [True] * 3 + [False] * 2
    # A layer's post-synaptic words serve the rows of W and of B.
    assert maps.post_bases == (0, 0, 2, 4) and maps.post_depth == 5
    with pytest.raises(KeyError, match="this design has no B3"):
        maps.matrix(3, "B")


@pytest.mark.parametrize("capacity, bits", [(1, 2), (4, 2), (5, 3), (1797, 11), (65536, 16)])
def test_shuffling_reaches_every_sample(capacity, bits):
    design = PRESETS["digits"].replace(sample_capacity=capacity)
    assert MemoryMap(design).shuffle_bits == bits
    assert capacity <= 1 << bits
