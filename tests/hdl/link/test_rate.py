# amaranth: UnusedElaboratable=no
"""The rate finder: every board's clock, every rate, any phase; what is no zero byte."""

import random
from fractions import Fraction

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from cortigate.boards.board import BOARDS, board
from cortigate.golden.spec.link import SLOWEST_BAUD, pause_cycles
from cortigate.hdl.link.line import SerialLine
from cortigate.hdl.link.rate import STEP, TICK_CYCLES

from .test_uart import levels

CLOCKS = sorted({clock for name in BOARDS for entry in [board(name)]
                 for clock in (entry.clock_hz, *entry.clocks.values())})
RATES = (115_200, 230_400, 460_800, 921_600, 1_000_000, 1_500_000, 2_000_000, 3_000_000,
         4_000_000, 6_000_000, 8_000_000, 12_000_000)


def ticking(line):
    """The line in a module that ticks as the registers do."""
    m, cycle = Module(), Signal(range(TICK_CYCLES))
    m.submodules.line = line
    m.d.sync += cycle.eq(cycle + 1)
    m.d.comb += line.tick.eq(cycle.all())
    return m


def heard(dut, line):
    """(Bytes that a `SerialLine` receives from line levels, the period at the end)."""
    received, found = [], []

    async def bench(ctx):
        for level in line:
            ctx.set(dut.rx, level)
            _, _, valid, byte = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            if valid:
                received.append(byte)
        found.append(ctx.get(dut.period))

    sim = Simulator(ticking(dut))
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return bytes(received), found[0]


def error_of(period, cycles):
    """Error of a rate: of the time that has passed at a byte's last bit, or at any other one."""
    return abs(Fraction(period + STEP, STEP) / cycles - 1)


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_rate_is_found_on_every_clock(clock):
    """From the slowest to an eighth of the clock, in any phase, within one cycle of nine bits.

    To the nearest cycle the error is below 1 % at every rate; with the phase, below 1.4 %.
    """
    rng = random.Random(clock)
    rates = [rate for rate in RATES if rate < clock / 8]
    for baud in (*rates, clock / 8):
        cycles = Fraction(clock) / Fraction(baud)
        assert error_of(round(STEP * cycles) - STEP, cycles) < 0.01
    # The slow ones take long to simulate, and differ in nothing.
    for baud in (clock / 8, *rates[-3:], clock / 8 / 1.01, SLOWEST_BAUD):
        cycles = Fraction(clock) / Fraction(baud)
        data = bytes([0, rng.randrange(1, 256), *([0xFF, 0] if cycles < 100 else [])])
        late = 0 if baud == clock / 8 else rng.random()
        received, period = heard(SerialLine(clock), [1] * 9 + levels(data, cycles, late) + [1] * 9)
        assert received == data, (baud, late)
        assert abs(period + STEP - STEP * cycles) < 1
        assert error_of(period, cycles) < (0.014 if late else 0.01)


def test_a_rate_holds_until_a_pause_and_then_another_is_found():
    clock = 50_000  # at which 1024 cycles make a pause
    pause = [1] * (pause_cycles(clock) + 2 * TICK_CYCLES)
    gap = [1] * (len(pause) // 2)
    slow, fast = b"\0\x5A\xA5\0", b"\0\x12\x34\x56\0"

    def received(line):
        return heard(SerialLine(clock, bits=10), first + line + gap)[0]

    first = levels(slow, 30)
    # Within a pause's length the rate stays, and bytes that begin otherwise are received.
    assert received(gap + levels(b"\x77\0", 30)) == slow + b"\x77\0"
    assert received(pause + levels(fast, 11)) == slow + fast
    # Noise is passed over, while the next zero byte is found.
    noise = [0] * 7 + [1] * 40 + [0] * 25 + [1] * 30
    assert received(pause + noise + levels(fast, 11)) == slow + fast
    # What begins otherwise than with a zero byte spoils its frame only, up to the next pause.
    spoiled = received(pause + levels(b"\x77\x12\0", 30) + pause + levels(fast, 30))
    assert spoiled.startswith(slow) and spoiled.endswith(fast)


def test_a_pause_does_not_cut_an_answer():
    """The board goes on sending at the old rate, although the host has been silent for long."""
    clock, dut, sent = 50_000, SerialLine(50_000, bits=10), bytes([0x53, 0xA0, 0x0F])
    levels_seen = []

    async def bench(ctx):
        for level in levels(b"\0", 60):
            ctx.set(dut.rx, level)
            await ctx.tick()
        ctx.set(dut.i.valid, 1)
        for byte in sent:
            ctx.set(dut.i.payload, byte)
            await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)
        await ctx.tick().repeat(700)

    async def listen(ctx):
        async for _, _, level in ctx.tick().sample(dut.tx):
            levels_seen.append(level)

    sim = Simulator(ticking(dut))
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.add_testbench(listen, background=True)
    sim.run()
    assert 10 * len(sent) * 60 > pause_cycles(clock)
    first = levels_seen.index(0)
    middles = levels_seen[first + 30::60]
    assert middles[:30] == levels(sent, 1)
