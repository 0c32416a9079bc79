# amaranth: UnusedElaboratable=no
"""The fixed-point shape."""

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator

from cortigate.golden.spec import QFormat
from cortigate.hdl.lib.fixed import FixedShape

Q26, Q44 = FixedShape(QFormat(2, 6)), FixedShape(QFormat(4, 4))


def test_real_numbers_go_in_and_come_out():
    m = Module()
    a, b = Signal(Q26), Signal(Q26, init=-1.25)
    m.d.comb += a.eq(b)
    seen = []

    async def bench(ctx):
        seen.append(ctx.get(a))
        ctx.set(b, 1.99)
        seen.append((ctx.get(a), ctx.get(a.raw)))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [-1.25, (127 / 64, 127)]


def test_formats_of_equal_width_do_not_mix():
    assert Q26 != Q44 and Q26 == FixedShape(QFormat(2, 6))
    assert len({Q26, Q44, FixedShape(QFormat(2, 6))}) == 2
    with pytest.raises(TypeError, match=r"FixedShape\(Q2\.6\) can only take one of that shape"):
        Signal(Q26).eq(Signal(Q44))
    with pytest.raises(TypeError, match="can only take"):
        Signal(Q26).eq(Signal(8))
    with pytest.raises(TypeError, match="must be a QFormat"):
        FixedShape(8)
    source, sink = (wiring.Signature({"p": Out(shape)}) for shape in (Q26, Q44))
    assert source != sink


def test_it_works_in_structures_and_memories():
    layout = data.StructLayout({"rate": Q26, "index": 3})
    assert layout.size == 11
    memory = Memory(shape=Q44, depth=2, init=[1.5, -2])
    assert [memory.data.init[i] for i in range(2)] == [1.5, -2.0]
