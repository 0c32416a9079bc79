# amaranth: UnusedElaboratable=no
"""Event lists, post-synaptic words, weight update and loader, each alone."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from cortigate.golden.integer import arithmetic
from cortigate.golden.spec import MemoryMap, Network, QFormat, Rounding
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.hdl.lib.multiplier import Multiplier
from cortigate.hdl.sample.loader import Loader
from cortigate.hdl.synapse.events import EventLists
from cortigate.hdl.synapse.update import WeightUpdate
from cortigate.hdl.synapse.words import WordMemory

from ..readback import assert_words

DESIGN = design_for(Network((7, 5, 6, 3)), lanes=4)


def run(dut, *benches):
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    for bench in benches:
        simulator.add_testbench(bench)
    simulator.run()


def test_event_lists_hold_the_non_zero_entries_of_each_list():
    rng = np.random.default_rng(0)
    dut = EventLists(DESIGN, [5, 6])

    async def bench(ctx):
        for turn in range(6):
            vectors = [rng.integers(0, 3, n) * 50 for n in (5, 6)]
            if turn == 5:
                vectors = [np.zeros(5, int), np.full(6, 256)]
            for number, vector in enumerate(vectors):
                for i, rate in enumerate(vector):
                    ctx.set(dut.write, 1)
                    ctx.set(dut.first, i == 0)
                    ctx.set(dut.list, number)
                    ctx.set(dut.rate[0], int(rate))
                    await ctx.tick()
            ctx.set(dut.write, 0)
            for number, vector in enumerate(vectors):
                wanted = [(int(j), int(vector[j])) for j in np.flatnonzero(vector)]
                assert ctx.get(dut.count[number]) == len(wanted)
                ctx.set(dut.read_list, number)
                for position, entry in enumerate(wanted):
                    ctx.set(dut.read_position, position)
                    await ctx.tick()
                    got = ctx.get(dut.entry)
                    assert (got.column, got.rate) == entry

    run(dut, bench)


def test_lists_of_changes_have_a_sign_and_are_dropped_one_by_one():
    design = EquilibriumRule.design((7, 5, 6, 3), lanes=4)
    rng = np.random.default_rng(4)
    dut = EventLists(design, [5, 6])
    kept = [{}, {}]  # column -> change

    async def bench(ctx):
        for _ in range(40):
            number = int(rng.integers(2))
            if rng.random() < 0.4:
                ctx.set(dut.read_list, number)
                ctx.set(dut.drop, 1)
                kept[number] = {}
                await ctx.tick()
                ctx.set(dut.drop, 0)
            else:
                size = (5, 6)[number]
                changes = rng.integers(-256, 257, size) * (rng.random(size) < 0.6)
                kept[number] = {j: int(v) for j, v in enumerate(changes) if v}
                for i, change in enumerate(changes):
                    ctx.set(dut.write, 1)
                    ctx.set(dut.first, i == 0)
                    ctx.set(dut.list, number)
                    ctx.set(dut.rate[0], int(change))
                    await ctx.tick()
                ctx.set(dut.write, 0)
            for other, entries in enumerate(kept):
                assert ctx.get(dut.count[other]) == len(entries)
                ctx.set(dut.read_list, other)
                for position, entry in enumerate(entries.items()):
                    ctx.set(dut.read_position, position)
                    await ctx.tick()
                    got = ctx.get(dut.entry)
                    assert (got.column, got.rate) == entry

    run(dut, bench)


@pytest.mark.parametrize("lanes", [1, 4, 8])
@pytest.mark.parametrize("walked", [False, True])
def test_words_of_lanes_and_the_blocks_that_are_not_all_zero(lanes, walked):
    """Turn after turn some layer is written anew, or its list of blocks is dropped."""
    design = DESIGN.replace(network=Network((7, 11, 9, 3)), lanes=lanes)
    rng = np.random.default_rng(1)
    dut, maps = WordMemory(design, walked=walked), MemoryMap(design)
    words = {layer: np.zeros((maps.matrix(layer).blocks, lanes), int) for layer in (1, 2, 3)}
    listed = {layer: [] for layer in words}

    async def bench(ctx):
        for turn in range(24):
            layer = int(rng.integers(1, 4))
            size = design.network.sizes[layer]
            if walked and turn % 4 == 3:
                ctx.set(dut.read_layer, layer)
                ctx.set(dut.drop, 1)
                await ctx.tick()
                ctx.set(dut.drop, 0)
                listed[layer] = []
            else:
                # Sparse, so that some blocks are zero, with zeros at the start of others.
                density = (0.0, 0.15, 1.0)[turn % 3]
                values = rng.integers(-512, 512, size) * (rng.random(size) < density)
                for i, value in enumerate(values):
                    ctx.set(dut.write, 1)
                    ctx.set(dut.first, i == 0)
                    ctx.set(dut.layer, layer)
                    ctx.set(dut.value[0].raw, int(value))
                    await ctx.tick()
                    if i % 3 == 0:  # neurons of a column sum come with gaps between them
                        ctx.set(dut.write, 0)
                        await ctx.tick()
                ctx.set(dut.write, 0)
                words[layer] = np.pad(values, (0, -size % lanes)).reshape(-1, lanes)
                listed[layer] = np.flatnonzero(words[layer].any(axis=1)).tolist()
            await assert_words(ctx, dut, maps, words, listed if walked else None)

    run(dut, bench)


@pytest.mark.parametrize("hidden", [7, 8])
def test_words_of_a_transposed_matrix_end_with_the_bias(hidden):
    """8 neurons fill their blocks, so that the bias has one of its own."""
    design = DESIGN.replace(network=Network((7, 5, hidden, 3)), lanes=4, transposed=True)
    maps = MemoryMap(design)
    matrix = maps.matrix(3)
    assert (matrix.shape, matrix.rows, matrix.neuron_blocks) == ((3, hidden + 1), hidden + 1, 2)
    dut = WordMemory(design, walked=True, matrix=matrix)

    async def bench(ctx):
        for values in (range(1, hidden + 1), [0] * hidden):
            for i, value in enumerate(values):
                ctx.set(dut.write, 1)
                ctx.set(dut.first, i == 0)
                ctx.set(dut.layer, 2)
                ctx.set(dut.value[0].raw, value)
                await ctx.tick()
            ctx.set(dut.write, 0)
            assert ctx.get(dut.count[1]) == matrix.blocks == (2 if hidden == 7 else 3)
            ctx.set(dut.read_layer, 2)
            lanes = []
            for block in range(matrix.blocks):
                ctx.set(dut.read_position, block)
                await ctx.tick()
                found = ctx.get(dut.block)
                assert found.offset == 3 * block
                ctx.set(dut.read_address, found.word)
                await ctx.tick().repeat(2)
                lanes += [ctx.get(lane.raw) for lane in dut.lanes]
            assert lanes[:hidden + 1] == [*values, design.rate.one] and not any(lanes[hidden + 1:])

    run(dut, bench)


@pytest.mark.parametrize("rounding", Rounding)
def test_weight_update_equals_the_integer_model(rounding):
    design = DESIGN.replace(weight=QFormat(2, 14, rounding=rounding))
    rng = np.random.default_rng(2)
    product = rng.integers(-2**24, 2**24, 300)
    weight = rng.integers(design.weight.minimum, design.weight.maximum + 1, 300)
    random = rng.integers(0, 256, 300)
    delta = arithmetic.round_shift(product, design.update_discard, rounding, random)
    wanted, clipped = arithmetic.saturate(weight + delta, design.weight)
    assert clipped.any() and not clipped.all()
    dut = WeightUpdate(design, 32)
    got = []

    async def bench(ctx):
        for i in range(302):
            k = min(i, 299)
            ctx.set(dut.product, int(product[k]))
            ctx.set(dut.weight, int(weight[k]))
            ctx.set(dut.random, int(random[k]))
            if i >= 2:
                got.append((ctx.get(dut.new_weight), ctx.get(dut.saturated)))
            await ctx.tick()

    run(dut, bench)
    assert got == list(zip(wanted.tolist(), clipped.astype(int).tolist(), strict=True))


def test_multiplier_takes_two_cycles():
    dut = Multiplier(a_width=6, b_width=5)

    async def bench(ctx):
        pairs = [(-32, -16), (31, 15), (-32, 15), (7, -3)]
        for a, b in [*pairs, (0, 0), (0, 0)]:
            ctx.set(dut.a, a)
            ctx.set(dut.b, b)
            await ctx.tick()
            if (a, b) == pairs[1]:
                assert ctx.get(dut.product) == 512
        assert ctx.get(dut.product) == 0

    run(dut, bench)
    with pytest.raises(ValueError, match=r"a_width must lie in 1 \.\. 32, not 0"):
        Multiplier(a_width=0, b_width=5)


def test_loader_buffers_two_samples_and_stops_at_the_third():
    rng = np.random.default_rng(3)
    dut = Loader(DESIGN)
    samples = rng.integers(0, 129, (5, 7)) * (rng.random((5, 7)) < 0.7)
    labels, trains = [2, 0, 1, 2, 1], [1, 0, 1, 1, 0]
    shift = DESIGN.rate.fraction - DESIGN.sample.fraction

    async def feed(ctx):
        for x, label, train in zip(samples, labels, trains, strict=True):
            ctx.set(dut.train, train)
            for byte in (*x.tolist(), label):
                while rng.random() < 0.3:
                    ctx.set(dut.samples.valid, 0)
                    await ctx.tick()
                ctx.set(dut.samples.valid, 1)
                ctx.set(dut.samples.payload, byte)
                await ctx.tick().until(dut.samples.ready)
        ctx.set(dut.samples.valid, 0)

    async def use(ctx):
        for number in range(5):
            await ctx.tick().repeat(60)  # long enough for the loader to run ahead
            assert ctx.get(dut.ready)
            if number < 3:
                assert not ctx.get(dut.samples.ready)
            assert ctx.get(dut.sample_label) == labels[number]
            assert ctx.get(dut.sample_train) == trains[number]
            columns = np.flatnonzero(samples[number])
            assert ctx.get(dut.count) == len(columns)
            for position, column in enumerate(columns):
                ctx.set(dut.position, position)
                await ctx.tick()
                event = ctx.get(dut.event)
                assert (event.column, event.rate) == (column, samples[number][column] << shift)
            ctx.set(dut.release, 1)
            await ctx.tick()
            ctx.set(dut.release, 0)

    run(dut, feed, use)
