# amaranth: UnusedElaboratable=no
"""Event lists that take several entries a cycle, against plain Python lists."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from cortigate.golden.spec import Network
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.hdl.synapse.events import EventLists

LENGTHS = (5, 11, 6, 1)
DESIGNS = {"rates": design_for(Network((11, 6, 5, 3)), lanes=4),
           "changes": EquilibriumRule.design((11, 6, 5, 3), lanes=4)}


def run(dut, bench):
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_entries_offered_with_random_masks_and_gaps(width, dense, kind):
    design = DESIGNS[kind]
    rng = np.random.default_rng([width, dense])
    dut = EventLists(design, LENGTHS, dense=dense, width=width)
    kept = [[] for _ in LENGTHS]
    low = design.event.minimum if design.event.signed else 0

    async def write(ctx, number, offered):
        """Offer the entries in turn, as many at once and at such places as the masks have it."""
        position, first = 0, 1
        while position < len(offered):
            mask = [int(bit) for bit in rng.integers(0, 2, width)]
            if rng.random() < 0.3:
                mask = [1] * width
            for i in range(width):
                mask[i] &= position < len(offered)
                # What is not offered is no entry, whatever it reads.
                rate = offered[position] if mask[i] else design.event.maximum
                ctx.set(dut.rate[i], int(rate))
                position += mask[i]
            ctx.set(dut.write, sum(bit << i for i, bit in enumerate(mask)))
            # A list begins with its first entry: before it `first` means nothing.
            ctx.set(dut.first, first if any(mask) else int(rng.integers(2)))
            ctx.set(dut.list, number)
            first &= not any(mask)
            await ctx.tick()
        ctx.set(dut.write, 0)

    async def bench(ctx):
        for _ in range(60):
            number = int(rng.integers(len(LENGTHS)))
            if rng.random() < 0.3:
                ctx.set(dut.read_list, number)
                ctx.set(dut.drop, 1)
                await ctx.tick()
                ctx.set(dut.drop, 0)
                kept[number] = []
            else:
                size = LENGTHS[number]
                offered = rng.integers(low, design.event.maximum + 1, size)
                offered *= rng.random(size) < rng.choice([0.0, 0.3, 0.7, 1.0])
                kept[number] = [(j, int(rate)) for j, rate in enumerate(offered) if rate or dense]
                await write(ctx, number, offered.tolist())
                if width > 1:  # the next cycle's list may already be another one
                    ctx.set(dut.list, int(rng.integers(len(LENGTHS))))
                    await ctx.tick()
            for other, entries in enumerate(kept):
                assert ctx.get(dut.count[other]) == len(entries)
                ctx.set(dut.read_list, other)
                for position in rng.permutation(len(entries)):
                    ctx.set(dut.read_position, int(position))
                    await ctx.tick()
                    got = ctx.get(dut.entry)
                    assert (got.column, got.rate) == entries[position]

    run(dut, bench)


@pytest.mark.parametrize("width", [1, 4])
def test_lists_follow_each_other_without_a_gap(width):
    """A list's last cycle and the next one's first are neighbours."""
    dut = EventLists(DESIGNS["rates"], (6, 5), width=width)
    vectors = ([3, 0, 7, 9, 0, 5], [0, 2, 4, 6, 8])

    async def bench(ctx):
        for number, vector in enumerate(vectors):
            for start in range(0, len(vector), width):
                part = vector[start:start + width]
                for i, rate in enumerate(part):
                    ctx.set(dut.rate[i], rate)
                ctx.set(dut.write, (1 << len(part)) - 1)
                ctx.set(dut.first, start == 0)
                ctx.set(dut.list, number)
                await ctx.tick()
        ctx.set(dut.write, 0)
        if width > 1:
            await ctx.tick()
        for number, vector in enumerate(vectors):
            wanted = [(j, rate) for j, rate in enumerate(vector) if rate]
            assert ctx.get(dut.count[number]) == len(wanted)
            ctx.set(dut.read_list, number)
            for position, entry in enumerate(wanted):
                ctx.set(dut.read_position, position)
                await ctx.tick()
                assert (ctx.get(dut.entry).column, ctx.get(dut.entry).rate) == entry

    run(dut, bench)


@pytest.mark.parametrize("width", [0, 3, 32, "2"])
def test_other_widths_are_refused(width):
    with pytest.raises(ValueError, match="width must be 1, 2, 4, 8 or 16, not"):
        EventLists(DESIGNS["rates"], LENGTHS, width=width)
