# amaranth: UnusedElaboratable=no
"""Serial line: whole and broken numbers of cycles per bit, off-speed partners, glitches, breaks."""

import random
from fractions import Fraction

import pytest
from amaranth.hdl import Cat, Module, Signal
from amaranth.sim import Simulator

from cortigate.hdl.link.rate import STEP, period_of
from cortigate.hdl.link.uart import Receiver, Transmitter

BITS = 14


def levels(data, cycles, late=0):
    """Line levels, one per clock cycle, of bytes sent at a (real) number of cycles per bit.

    The first edge comes `late` cycles, less than one, before the cycle that sees it.
    """
    bits = [bit for byte in data for bit in [0, *(byte >> i & 1 for i in range(8)), 1]]
    return [bits[int((t + late) / cycles)] for t in range(int(len(bits) * cycles - late))]


def period(cycles):
    """`period` of a number of cycles per bit."""
    return round(STEP * cycles) - STEP


def receive(cycles, line):
    """Bytes that a receiver makes of line levels."""
    m, received, rx = Module(), [], Signal(init=1)
    m.submodules.dut = dut = Receiver(BITS)
    seen = Signal(2, init=3)
    m.d.sync += seen.eq(Cat(rx, seen[0]))
    m.d.comb += [dut.line.eq(seen), dut.period.eq(period(cycles))]

    async def bench(ctx):
        for level in [*line, *[1] * round(20 * cycles)]:
            ctx.set(rx, level)
            _, _, valid, byte = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            if valid:
                received.append(byte)

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return bytes(received)


@pytest.mark.parametrize("cycles", [4, 5, Fraction(79, 9), 13])
def test_transmitter_to_receiver(cycles):
    m, rng, received = Module(), random.Random(str(cycles)), []
    m.submodules.receiver, m.submodules.transmitter = receiver, transmitter = (
        Receiver(BITS), Transmitter(BITS))
    line = Signal(2, init=3)
    m.d.sync += line.eq(Cat(transmitter.tx, line[0]))
    m.d.comb += [receiver.line.eq(line), receiver.period.eq(period(cycles)),
                 transmitter.period.eq(period(cycles))]
    data = bytes([0x00, 0xFF, 0x55, 0xAA, *rng.randbytes(30)])

    async def send(ctx):
        for byte in data:
            await ctx.tick().repeat(rng.choice([1, 1, round(30 * cycles)]))
            ctx.set(transmitter.i.payload, byte)
            ctx.set(transmitter.i.valid, 1)
            await ctx.tick().until(transmitter.i.ready)
            ctx.set(transmitter.i.valid, 0)
        await ctx.tick().repeat(round(12 * cycles))

    async def listen(ctx):
        async for _, _, valid, byte in ctx.tick().sample(
                receiver.o.valid, receiver.o.payload):
            if valid:
                received.append(byte)

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(send)
    sim.add_testbench(listen, background=True)
    sim.run()
    assert bytes(received) == data


@pytest.mark.parametrize("speed", [0.98, 1.0, 1.02])
@pytest.mark.parametrize("cycles", [4, 8, Fraction(235, 9), 104])
def test_receiver_follows_a_partner_off_speed(cycles, speed):
    data = random.Random(1).randbytes(40)
    late = 0 if cycles == 4 else random.Random(str(cycles)).random()
    assert receive(cycles, [1] * 7 + levels(data, cycles * speed, late)) == data


def test_receiver_ignores_glitches_and_bytes_without_stop_bit():
    glitch, pause = [0] * 3, [1] * 80
    broken = levels(b"\x31", 8)[:72] + [0] * 40  # held low instead of the stop bit: a break
    line = pause + glitch + pause + levels(b"A", 8) + broken + pause + levels(b"B", 8)
    assert receive(8, line) == b"AB"


@pytest.mark.parametrize("cycles", [4, 6, Fraction(77, 9), 100])
def test_transmitter_keeps_bytes_that_follow_each_other_at_the_rate(cycles):
    """Every edge of the line comes in the cycle in which it is due, however many bits follow."""
    dut, seen, data = Transmitter(BITS), [], bytes([0x53, 0x00, 0xA7, 0xFF, 0x80])

    async def send(ctx):
        ctx.set(dut.period, period(cycles))
        ctx.set(dut.i.valid, 1)
        for byte in data:
            ctx.set(dut.i.payload, byte)
            await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)
        await ctx.tick().repeat(round(20 * cycles))

    async def listen(ctx):
        async for _, _, level in ctx.tick().sample(dut.tx):
            seen.append(level)

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(send)
    sim.add_testbench(listen, background=True)
    sim.run()
    first = seen.index(0)
    expected = levels(data, cycles)
    found = seen[first:first + len(expected)]
    late = [i for i in range(len(expected)) if found[i] != expected[i]]
    # A cycle apart at most, only at an edge: the first bit begins with what was left of another.
    assert all(expected[i] != expected[max(0, i - 1)] or expected[i] != expected[i + 1]
               for i in late)
    assert set(seen[first + len(expected) + 1:]) == {1}


@pytest.mark.parametrize(("clock", "baud", "cycles"), [
    (12_000_000, 1_000_000, 12), (48_000_000, 115_200, 416.67), (4_000_000, 1_000_000, 4),
    (24_000_000, 921_600, 26.04), (12_000_000, 921_600 * 2, 6.51),
])
def test_period(clock, baud, cycles):
    assert (period_of(clock, baud) + STEP) / STEP == pytest.approx(cycles, abs=0.5 / STEP)


@pytest.mark.parametrize(("clock", "baud", "message"), [
    (3_000_000, 1_000_000,
     r"^baud must be at most a quarter of the clock's 3000000 Hz, not 1000000$"),
    (12_000_000, 0, r"^baud must lie in 1 \.\. 100000000, not 0$"),
])
def test_period_refuses(clock, baud, message):
    with pytest.raises(ValueError, match=message):
        period_of(clock, baud)
