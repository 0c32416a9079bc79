"""The rounding generator in hardware draws what golden.integer draws."""

import numpy as np
from amaranth.sim import Simulator

from cortigate.golden.integer import RoundingGenerator as Golden
from cortigate.hdl.lib.lfsr import RoundingGenerator


def test_draws_load_and_restart():
    golden = Golden(3, seed=77)
    start = golden.states.copy()
    wanted = golden.draw(100)[:, 2]
    dut = RoundingGenerator(seed=77, lane=2)
    got = []

    async def bench(ctx):
        assert ctx.get(dut.state) == start[2]
        for i in range(100):
            if i % 7 == 3:  # a pause draws nothing
                ctx.set(dut.step, 0)
                await ctx.tick()
            ctx.set(dut.step, 1)
            got.append(ctx.get(dut.random))
            await ctx.tick()
        ctx.set(dut.step, 0)
        assert ctx.get(dut.state) == golden.states[2]
        ctx.set(dut.load, 1)
        for byte in (12345).to_bytes(4):
            ctx.set(dut.load_data, byte)
            await ctx.tick()
        ctx.set(dut.load, 0)
        assert ctx.get(dut.state) == 12345
        ctx.set(dut.restart, 1)
        await ctx.tick()
        assert ctx.get(dut.state) == start[2]

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert got == wanted.tolist()


def test_drawing_at_once_or_in_pieces_is_the_same():
    one, two = Golden(4, 5), Golden(4, 5)
    pieces = np.concatenate([two.draw(n) for n in (1, 2, 3, 50, 200)])
    assert np.array_equal(one.draw(256), pieces)
    # 1024 bytes: mean 127.5, standard deviation of the mean 73.9 / 32.
    assert abs(pieces.mean() - 127.5) < 4 * 73.9 / 32
