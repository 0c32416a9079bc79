# amaranth: UnusedElaboratable=no
"""What lies in the lanes behind a layer's last neuron changes nothing that is learned.

Memories with one port start with any contents, as iCE40's SPRAM does.
"""

import numpy as np
import pytest
from amaranth.sim import Simulator

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryKind, Network, QFormat, Rounding
from cortigate.golden.spec.image import weight_image, weights_from_image
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import Mechanism, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.hdl.core import Core

SIZES = (5, 4, 6, 2)
COMMON = {"lanes": 4, "sample_capacity": 4, "weight_memory": MemoryKind.SINGLE}
ROUNDED = QFormat(2, 14, rounding=Rounding.STOCHASTIC)
DESIGNS = {
    "ghost": design_for(Network(SIZES), weight=ROUNDED, **COMMON),
    "ghosts that learn": design_for(
        Network(SIZES), Mechanism.LEARN, weight=QFormat(2, 10, rounding=Rounding.TRUNCATE),
        **COMMON),
    "transposed": design_for(Network(SIZES), transposed=True, **COMMON),
    "head and tail": design_for(Network((5, 4, 6, 6)), transposed=True, **COMMON),
    "equilibrium": EquilibriumRule.design(SIZES, **COMMON),
    "inversion": InversionRule.design(SIZES, **COMMON),
    "pal": PalRule.design(SIZES, **COMMON),
    "microcircuit": MicrocircuitRule.design(SIZES, **COMMON),
}


def run(design, image, inputs, labels):
    """(Right predictions, memory afterwards) of a core that starts with `image` in its memory."""
    dut, found = Core(design), []

    async def bench(ctx):
        ctx.set(dut.update_shift, design.update_shifts[0])
        ctx.set(dut.second_update_shift, design.rule.second_update_shift)
        ctx.set(dut.host.write, 1)
        for address, weight in enumerate(image):
            ctx.set(dut.host.address, address)
            ctx.set(dut.host.write_data, int(weight))
            await ctx.tick()
        ctx.set(dut.host.write, 0)
        await ctx.tick().repeat(8)
        ctx.set(dut.train, 1)
        right = 0
        for x, label in zip(inputs, labels, strict=True):
            ctx.set(dut.samples.valid, 1)
            for byte in (*x.tolist(), int(label)):
                ctx.set(dut.samples.payload, byte)
                await ctx.tick().until(dut.samples.ready)
            ctx.set(dut.samples.valid, 0)
            correct, = await ctx.tick().sample(dut.correct).until(dut.done)
            right += correct
        found.append(right)
        while ctx.get(dut.busy):  # the last words are still being written
            await ctx.tick()
        for address in range(len(image)):
            ctx.set(dut.host.address, address)
            await ctx.tick().repeat(8)
            found.append(ctx.get(dut.host.read_data))

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return found[0], np.array(found[1:])


@pytest.mark.parametrize("name", DESIGNS)
def test_garbage_in_unused_lanes_changes_nothing(name):
    design, rng = DESIGNS[name], np.random.default_rng(7)
    inputs = rng.integers(0, design.sample.maximum + 1, (6, SIZES[0]))
    labels = rng.integers(0, SIZES[-1], 6)
    model = integer_model(design)
    model.set_weights(initial_weights(design, 3))
    start = {n: np.array(w) for n, w in model.weights.items()}
    image = weight_image(design, start)
    # Where an image of ones is not one.
    unused = weight_image(design, {n: np.ones_like(w) for n, w in start.items()}) == 0
    assert unused.sum() >= 10
    image[unused] = rng.integers(design.weight.minimum, design.weight.maximum + 1, unused.sum())
    image[np.flatnonzero(unused)[:2]] = design.weight.minimum, design.weight.maximum
    expected = [model.learn(x, int(label)).prediction for x, label in zip(
        inputs, labels, strict=True)]
    right, after = run(design, image, inputs, labels)
    assert right == (np.array(expected) == labels).sum()
    found = weights_from_image(design, after)
    assert model.weight_saturations == 0
    for matrix, values in model.weights.items():
        assert not np.array_equal(values, start[matrix]), matrix
        np.testing.assert_array_equal(found[matrix], values)
    if not design.engine.feedback_weights:  # weights that decay do so in unused lanes, too
        np.testing.assert_array_equal(after[unused], image[unused])
