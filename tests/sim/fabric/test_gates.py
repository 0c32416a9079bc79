"""Small Amaranth modules as gates in the simulator, and in Amaranth's own."""

import random

import pytest
from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from cortigate.sim.cells import stimulus
from cortigate.sim.compiling import compiler
from cortigate.sim.fabric.run import respond

from .gates import gates

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C++ compiler")


class Drawn(wiring.Component):
    """Registers with resets and enables, sums, products, choices and a memory, drawn at random."""

    a: In(8)
    b: In(signed(8))
    go: In(1)
    o: Out(16)
    p: Out(8)

    def __init__(self, seed):
        self._draw = random.Random(seed)
        super().__init__()

    def elaborate(self, platform):
        m, draw = Module(), self._draw
        m.submodules.store = store = memory.Memory(
            shape=8, depth=16, init=[draw.getrandbits(8) for _ in range(16)])
        write, read = store.write_port(), store.read_port(domain=draw.choice(["sync", "comb"]))
        known = [self.a, self.b, read.data]
        for _ in range(12):
            x, y = draw.sample(known, 2)
            made = Signal(draw.choice([4, 8, signed(9)]), init=draw.getrandbits(3))
            operation = draw.choice([lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y,
                                     lambda x, y: x ^ y, lambda x, y: Mux(x > y, x, ~y),
                                     lambda x, y: x >> y[:2]])
            with m.If(known[-1][0] | self.go) if draw.random() < 0.5 else m.If(1):
                m.d.sync += made.eq(operation(x, y))
            with m.If((known[-2][1] if draw.random() < 0.3 else 0) & self.go):
                m.d.sync += made.eq(made.init)
            known.append(made)
        m.d.comb += [write.addr.eq(known[-1]), write.data.eq(known[-2]), write.en.eq(self.go),
                     read.addr.eq(known[-3] ^ self.a[:2]), self.p.eq(read.data)]
        if not isinstance(read.en, Const):
            m.d.comb += read.en.eq(~self.go)
        m.d.comb += self.o.eq(Cat(known[-1][:8], known[-2][:8]))
        return m


@pytest.mark.parametrize("seed", range(3))
def test_drawn_modules(seed):
    draw = random.Random(seed)
    rows = [{"a": draw.getrandbits(8), "b": draw.getrandbits(8), "go": draw.randint(0, 1)}
            for _ in range(300)]
    expected = stimulus.respond(Drawn(seed), rows)
    assert respond(gates(Drawn(seed)), rows) == expected
    assert len({row["o"] for row in expected}) > 100
