# amaranth: UnusedElaboratable=no
"""Serial line: every divider class, off-speed partners, glitches, breaks."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from cortigate.hdl.link.uart import Receiver, Transmitter, divider


def levels(data, cycles):
    """Line levels, one per clock cycle, of bytes sent at a (real) number of cycles per bit."""
    bits = [bit for byte in data for bit in [0, *(byte >> i & 1 for i in range(8)), 1]]
    return [bits[int(t / cycles)] for t in range(int(len(bits) * cycles))]


def receive(cycles, line):
    """Bytes that a receiver makes of line levels."""
    dut, received = Receiver(cycles), []

    async def bench(ctx):
        for level in [*line, *[1] * 20 * cycles]:
            ctx.set(dut.rx, level)
            _, _, valid, byte = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            if valid:
                received.append(byte)

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return bytes(received)


@pytest.mark.parametrize("cycles", [4, 5, 13])
def test_transmitter_to_receiver(cycles):
    m, rng, received = Module(), random.Random(cycles), []
    m.submodules.receiver, m.submodules.transmitter = receiver, transmitter = (
        Receiver(cycles), Transmitter(cycles))
    m.d.comb += receiver.rx.eq(transmitter.tx)
    data = bytes([0x00, 0xFF, 0x55, 0xAA, *rng.randbytes(30)])

    async def send(ctx):
        for byte in data:
            await ctx.tick().repeat(rng.choice([1, 1, 30 * cycles]))
            ctx.set(transmitter.i.payload, byte)
            ctx.set(transmitter.i.valid, 1)
            await ctx.tick().until(transmitter.i.ready)
            ctx.set(transmitter.i.valid, 0)
        await ctx.tick().repeat(12 * cycles)

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
@pytest.mark.parametrize("cycles", [4, 8, 104])
def test_receiver_follows_a_partner_off_speed(cycles, speed):
    data = random.Random(1).randbytes(40)
    assert receive(cycles, [1] * 7 + levels(data, cycles * speed)) == data


def test_receiver_ignores_glitches_and_bytes_without_stop_bit():
    glitch, pause = [0] * 3, [1] * 80
    broken = levels(b"\x31", 8)[:72] + [0] * 40  # held low instead of the stop bit: a break
    line = pause + glitch + pause + levels(b"A", 8) + broken + pause + levels(b"B", 8)
    assert receive(8, line) == b"AB"


def test_transmitter_keeps_every_bit_for_exactly_the_divider():
    dut, seen = Transmitter(6), []

    async def bench(ctx):
        ctx.set(dut.i.payload, 0x53)
        ctx.set(dut.i.valid, 1)
        await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)
        for _ in range(70):
            seen.append(ctx.get(dut.tx))
            await ctx.tick()

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    assert seen == levels(b"\x53", 6) + [1] * 10


@pytest.mark.parametrize(("clock", "baud", "expected"), [
    (12_000_000, 1_000_000, 12), (48_000_000, 115_200, 417), (4_000_000, 1_000_000, 4),
    (24_000_000, 921_600, 26),
])
def test_divider(clock, baud, expected):
    assert divider(clock, baud) == expected


@pytest.mark.parametrize(("clock", "baud", "message"), [
    (3_000_000, 1_000_000,
     r"^baud must be at most a quarter of the clock's 3000000 Hz, not 1000000$"),
    (12_000_000, 921_600 * 2, r"whole fraction .* dividing by 7 misses it by -7\.0%$"),
    (12_000_000, 0, r"^baud must lie in 1 \.\. 100000000, not 0$"),
])
def test_divider_refuses(clock, baud, message):
    with pytest.raises(ValueError, match=message):
        divider(clock, baud)


@pytest.mark.parametrize("unit", [Receiver, Transmitter])
def test_fewer_than_four_cycles_per_bit_are_refused(unit):
    with pytest.raises(ValueError, match=r"^cycles per bit must lie in 4 "):
        unit(3)
