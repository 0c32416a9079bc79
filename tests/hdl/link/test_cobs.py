"""COBS gateware against the package `cobs`."""

import random

import pytest
from amaranth.sim import Simulator
from cobs import cobs

from cortigate.golden.spec.link import FRAME_BYTES
from cortigate.hdl.link.cobs import CobsDecoder, CobsEncoder

RNG = random.Random(5)
FRAMES = [b"", b"\0", b"\0\0", b"a", b"a\0", b"\0a", bytes(FRAME_BYTES), bytes([7]) * FRAME_BYTES]
FRAMES += [bytes(RNG.choice([0, 0, 1, 2, 255]) for _ in range(RNG.randrange(FRAME_BYTES + 1)))
           for _ in range(40)]


def run(dut, bench):
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


def decode(line):
    """(bytes, error) of every frame that the decoder finds in bytes of a line."""
    dut, frames, frame = CobsDecoder(), [], bytearray()

    async def bench(ctx):
        for byte in line:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick()
            ctx.set(dut.i.valid, 0)
            if ctx.get(dut.o.valid):
                o = ctx.get(dut.o.payload)
                if o.last:
                    frames.append((bytes(frame), bool(o.error)))
                    frame.clear()
                else:
                    frame.append(o.data)
            if RNG.random() < 0.2:
                await ctx.tick().repeat(3)
                assert not ctx.get(dut.o.valid)

    run(dut, bench)
    return frames


def test_decoder_finds_every_frame():
    line = b"\0\0".join(cobs.encode(frame) for frame in FRAMES) + b"\0"
    assert decode(line) == [(frame, False) for frame in FRAMES]


def test_decoder_reports_cut_groups_and_starts_afresh():
    assert decode(b"\x04ab\0\x02c\0\0\x01\0\xffa\0") == [
        (b"ab", True), (b"c", False), (b"", False), (b"a", True)]


def test_decoder_agrees_about_noise():
    for _ in range(30):
        line = bytes(RNG.choice([0, 1, 2, 3, RNG.randrange(254)]) for _ in range(60)) + b"\0"
        expected = []
        for part in filter(None, line.split(b"\0")):
            try:
                expected.append((cobs.decode(part), False))
            except cobs.DecodeError:
                expected.append(None)
        found = [None if error else (frame, error) for frame, error in decode(line)]
        assert found == expected


@pytest.mark.parametrize("gap", [0, 2])
def test_encoder_fills_the_memory(gap):
    dut, memory = CobsEncoder(), {}

    async def step(ctx):
        if ctx.get(dut.write):
            memory[ctx.get(dut.address)] = ctx.get(dut.data)
        await ctx.tick()

    async def bench(ctx):
        for frame in FRAMES:
            memory.clear()
            ctx.set(dut.start, 1)
            await step(ctx)
            ctx.set(dut.start, 0)
            for byte in frame:
                ctx.set(dut.i.payload, {"data": byte, "last": 0})
                ctx.set(dut.i.valid, 1)
                await step(ctx)
                ctx.set(dut.i.valid, 0)
                for _ in range(gap):
                    await step(ctx)
            ctx.set(dut.i.payload, {"data": 0x55, "last": 1})
            ctx.set(dut.i.valid, 1)
            await step(ctx)
            ctx.set(dut.i.valid, 0)
            for _ in range(2):
                await step(ctx)
            assert bytes(memory[i] for i in range(len(memory))) == cobs.encode(frame) + b"\0"

    run(dut, bench)
