# amaranth: UnusedElaboratable=no
"""What several neuron lanes need, each alone: words of a few neurons at once, counted events."""

import random

import numpy as np
import pytest
from amaranth.sim import Simulator

from cortigate.golden.spec import MemoryMap, Network, preset
from cortigate.golden.spec.link import Register
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.hdl.link.registers import RegisterFile
from cortigate.hdl.synapse.words import WordMemory

from ..readback import access, assert_words


def run(dut, *benches):
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    for bench in benches:
        simulator.add_testbench(bench, background=bench is not benches[-1])
    simulator.run()


@pytest.mark.parametrize("lanes, neuron_lanes", [(4, 2), (4, 4), (8, 4), (2, 2), (6, 2)])
def test_words_of_groups_and_of_single_neurons(lanes, neuron_lanes):
    """A layer comes K neurons a cycle, as from a forward pass, or one, as from a backward pass."""
    design = design_for(Network((7, 11, 9, 3)), lanes=lanes, neuron_lanes=neuron_lanes)
    rng = np.random.default_rng(lanes + neuron_lanes)
    dut, maps = WordMemory(design, walked=True), MemoryMap(design)
    words = {layer: np.zeros((maps.matrix(layer).blocks, lanes), int) for layer in (1, 2, 3)}
    listed = {layer: [] for layer in words}

    async def write(ctx, layer, values, at_once):
        for start in range(0, len(values), at_once):
            mask = 0
            for lane in range(neuron_lanes):
                # What is not written may read anything.
                ctx.set(dut.value[lane].raw, int(rng.integers(-512, 512)))
            for index in range(start, min(start + at_once, len(values))):
                mask |= 1 << index % neuron_lanes
                ctx.set(dut.value[index % neuron_lanes].raw, int(values[index]))
            ctx.set(dut.write, mask)
            ctx.set(dut.first, start == 0)
            ctx.set(dut.layer, layer)
            await ctx.tick()
            if rng.random() < 0.3:
                ctx.set(dut.write, 0)
                await ctx.tick()
        ctx.set(dut.write, 0)

    async def bench(ctx):
        for turn in range(40):
            layer = int(rng.integers(1, 4))
            size = design.network.sizes[layer]
            density = (0.0, 0.15, 1.0)[turn % 3]
            values = rng.integers(-512, 512, size) * (rng.random(size) < density)
            await write(ctx, layer, values, int(rng.choice([1, neuron_lanes])))
            words[layer] = np.pad(values, (0, -size % lanes)).reshape(-1, lanes)
            listed[layer] = np.flatnonzero(words[layer].any(axis=1)).tolist()
            await assert_words(ctx, dut, maps, words, listed)

    run(dut, bench)


@pytest.mark.parametrize("neuron_lanes", [2, 4])
def test_state_saturations_of_all_lanes_are_counted(neuron_lanes):
    dut = RegisterFile(preset("tiny").replace(lanes=4, neuron_lanes=neuron_lanes))
    rng, counted = random.Random(neuron_lanes), {"all": 0, "words": 0}
    most = [neuron_lanes]

    async def saturate(ctx):
        while True:
            happens = most[0] and (neuron_lanes if rng.random() < 0.9 else rng.randrange(most[0]))
            ctx.set(dut.events.state_saturations, happens)
            ctx.set(dut.events.weight_saturations, bool(happens))
            counted["all"] += happens
            counted["words"] += bool(happens)
            await ctx.tick()

    async def bench(ctx):
        await ctx.tick().repeat(20_000)  # more than fit the low half
        most[0] = 0
        await ctx.tick().repeat(100)
        assert await access(ctx, dut, Register.STATE_SATURATIONS) == counted["all"] > 30_000
        assert await access(ctx, dut, Register.WEIGHT_SATURATIONS) == counted["words"]

    run(dut, saturate, bench)
