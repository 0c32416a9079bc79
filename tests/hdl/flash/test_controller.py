"""The controller against a flash memory: set up, read by words and as a stream, written."""

import pytest
from amaranth.sim import Simulator

from cortigate.golden.spec.flash import FlashChip
from cortigate.hdl.flash import controller
from cortigate.hdl.flash.controller import Controller

from .memory import ISSI, WINBOND, FlashMemory

CLOCK = 8_000_000
TEXT = bytes(range(7, 250)) * 3


def simulate(memory, lines, bench):
    """Run `bench(ctx, dut, access)`; returns the cycles that it took."""
    dut = Controller(CLOCK, FlashChip(1 << 16, lines=lines))
    cycles = 0

    async def lines_of(ctx):
        nonlocal cycles
        async for *_, chip, clock, o, oe in ctx.tick().sample(
                dut.pins.chip, dut.pins.clock, dut.pins.o, dut.pins.oe):
            ctx.set(dut.pins.i, memory.step(chip, clock, o, oe))
            cycles += 1

    async def access(ctx, address, data=None):
        ctx.set(dut.address, address)
        ctx.set(dut.write, data is not None)
        ctx.set(dut.write_data, data or 0)
        ctx.set(dut.valid, 1)
        found, *_ = await ctx.tick().sample(dut.read_data).until(dut.done)
        ctx.set(dut.valid, 0)
        await ctx.tick()
        return found

    async def testbench(ctx):
        ctx.set(dut.pins.i, 0xF)
        await ctx.tick().until(dut.ready)
        await bench(ctx, dut, access)

    sim = Simulator(dut)
    sim.add_clock(1 / CLOCK)
    sim.add_process(lines_of)
    sim.add_testbench(testbench)
    sim.run()
    return cycles


@pytest.mark.parametrize("lines", [1, 2, 4])
@pytest.mark.parametrize("chip", [WINBOND, ISSI])
def test_it_is_set_up_and_read(lines, chip):
    memory = FlashMemory({0x123456: TEXT}, chip)

    async def bench(ctx, dut, access):
        assert ctx.get(dut.identity).to_bytes(3, "little") == chip
        assert memory.permits_four() == (lines == 4)
        assert not ctx.get(dut.failed)
        for word in (0, 1, 50):
            found = await access(ctx, 0x123458 // 4 + word)
            assert found == int.from_bytes(TEXT[2 + 4 * word:6 + 4 * word], "little")
        for count in (40, 60):
            ctx.set(dut.first, 0x123457)
            ctx.set(dut.streams, 1)
            ctx.set(dut.want, 1)
            got, times = [], []
            for time in range(3000):
                valid, byte = ctx.get(dut.got), ctx.get(dut.byte)
                if valid:
                    got.append(byte)
                    times.append(time)
                if len(got) == count:
                    break
                await ctx.tick()
            assert bytes(got) == TEXT[1:1 + count]
            # The pace: no cycle between two bytes.
            assert {b - a for a, b in zip(times, times[1:], strict=False)} == {16 // lines}
            ctx.set(dut.streams, 0)
            await ctx.tick().repeat(2)

    simulate(memory, lines, bench)


def test_a_stream_waits_for_whoever_wants_it():
    memory = FlashMemory({0: TEXT})

    async def bench(ctx, dut, access):
        ctx.set(dut.streams, 1)
        got = []
        for time in range(4000):
            ctx.set(dut.want, time % 37 < 5)
            if ctx.get(dut.got):
                got.append(ctx.get(dut.byte))
            await ctx.tick()
        assert len(got) > 100 and bytes(got) == TEXT[:len(got)]

    simulate(memory, 4, bench)


@pytest.mark.parametrize("lines", [1, 4])
def test_words_are_written_a_page_at_a_time(lines):
    block = 1 << 16
    memory = FlashMemory({block - 8: b"keep it!", block: bytes(100), 2 * block: b"and this"})
    words = [0x01020304 * n & 0xFFFFFFFF for n in range(1, 101)]

    async def bench(ctx, dut, access):
        for n, word in enumerate(words):
            await access(ctx, block // 4 + n, word)
            if n == 20:
                await ctx.tick().repeat(600)  # another command for the rest of the page
        assert await access(ctx, block // 4 + 99) == words[99]
        assert not ctx.get(dut.failed)
        assert await access(ctx, block // 4 - 1) == int.from_bytes(b" it!", "little")

    simulate(memory, lines, bench)
    data = b"".join(word.to_bytes(4, "little") for word in words)
    assert memory.data[block:block + len(data)] == data
    assert memory.data[block - 8:block] == b"keep it!"
    assert memory.data[2 * block:2 * block + 8] == b"and this"
    assert [head[0] for head in memory.log].count(0xD8) == 1
    assert [len(head) - 4 for head in memory.log if head[0] == 2] == [84, 172, 144]


def test_a_memory_that_stays_busy_is_given_up(monkeypatch):
    monkeypatch.setattr(controller, "LONGEST_SECONDS", 0.001)

    async def bench(ctx, dut, access):
        await access(ctx, 0, 1)
        assert ctx.get(dut.failed)

    simulate(FlashMemory(erase=1 << 30), 1, bench)
