"""A choice over several cycles: every index, one a cycle, words that change meanwhile."""

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from cortigate.hdl.lib.choice import chosen


class Bench(wiring.Component):
    """Word k is 3 k - `base`."""

    def __init__(self, count, stages):
        self.count, self.stages = count, stages
        super().__init__({"index": In(8), "base": In(8), "out": Out(signed(12))})

    def elaborate(self, platform):
        m = Module()
        words = [Signal(signed(12), name=f"word_{k}") for k in range(self.count)]
        m.d.comb += [word.eq(3 * k - self.base) for k, word in enumerate(words)]
        m.d.comb += self.out.eq(chosen(m, words, [self.index] * len(words), self.stages))
        return m


@pytest.mark.parametrize("count, stages", [(1, 2), (2, 1), (5, 2), (16, 2), (65, 3), (128, 2)])
def test_choice(count, stages):
    async def bench(ctx):
        for cycle in range(count + stages):
            ctx.set(dut.index, min(cycle, count - 1))
            ctx.set(dut.base, 2 * cycle % 251)
            if cycle >= stages:
                asked = cycle - stages
                assert ctx.get(dut.out) == 3 * asked - 2 * asked % 251
            await ctx.tick()

    dut = Bench(count, stages)
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
