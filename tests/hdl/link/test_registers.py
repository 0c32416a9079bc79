"""The register file: counting, the state of a run, the host at any moment."""

import random

import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from cortigate.golden.spec import preset
from cortigate.golden.spec.link import (
    RESTLESS_SHIFT,
    SESSION_SHIFT,
    Control,
    Register,
    reset_value,
)
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.pal import PalRule
from cortigate.golden.spec.window import STREAMED
from cortigate.hdl.buses.registers import RunRegisters
from cortigate.hdl.link.registers import COUNTERS, RegisterFile

from ..readback import access

TINY = preset("tiny")
GUARDED = InversionRule.design((3, 2, 2), rule=InversionRule(guard=2))


def run(*benches, design=TINY):
    dut = RegisterFile(design)
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    for bench in benches:
        async def testbench(ctx, bench=bench):
            await bench(ctx, dut)
        sim.add_testbench(testbench, background=bench is not benches[-1])
    sim.run()


@pytest.mark.parametrize("rate", [1.0, 0.3])
def test_counters_miss_no_event(rate):
    """Events in every cycle (as few as a counter must bear), while the host looks and writes."""
    rng, counted = random.Random(1), dict.fromkeys(COUNTERS, 0)
    # Cycles between events of one counter; CYCLES and saturations may come in every cycle.
    spacing = {Register.SAMPLES: 6, Register.CORRECT: 6, Register.FRAMES_DROPPED: 40}

    async def events(ctx, dut):
        cycle = 0
        while True:
            for register in COUNTERS:
                happens = cycle % spacing.get(register, 1) == 0 and rng.random() < rate
                ctx.set(dut.events[register.name.lower()], happens)
                counted[register] += happens
            cycle += 1
            await ctx.tick()

    async def host(ctx, dut):
        await access(ctx, dut, Register.CYCLES, 0x0001FFF0)  # soon to carry, and on from there
        before = await access(ctx, dut, Register.CYCLES)
        assert 0x0001FFF0 <= before <= 0x00020010 + 64
        for _ in range(60):
            await ctx.tick().repeat(rng.randrange(60))
            register = rng.choice(list(COUNTERS))
            found = await access(ctx, dut, register)
            if register != Register.CYCLES:  # an event is seen 40 cycles after it, or sooner
                assert counted[register] - 40 <= found <= counted[register]
        after = await access(ctx, dut, Register.CYCLES)
        assert 0 <= counted[Register.CYCLES] + 0x0001FFF0 - after < 140

    run(events, host)


def test_run_passes_through_its_states():
    async def bench(ctx, dut):
        async def start(bits, idle):
            ctx.set(dut.idle, idle)
            await access(ctx, dut, Register.CONTROL, bits)

        names = {Register.COUNT: 0x00030002, Register.POSITION: 9, Register.SHUFFLE_STATE: 8}
        for register, value in names.items():
            await access(ctx, dut, register, value)
        for register in (Register.WEIGHT_SATURATIONS, Register.CYCLES, Register.SAMPLES):
            await access(ctx, dut, register, 77)
        ctx.set(dut.cursor, 0x1234)

        # What passes by from START to the first cycle of the run are all settings.
        seen = {}
        await start(Control.START | Control.SHUFFLED, idle=0)
        assert ctx.get(dut.running) and not ctx.get(dut.run) and ctx.get(dut.shuffled)
        while not ctx.get(dut.run):
            if ctx.get(dut.settings.valid):
                setting = ctx.get(dut.settings.payload)
                seen[setting.register, setting.high] = setting.data
            await ctx.tick()
        assert (seen[Register.COUNT, 0], seen[Register.COUNT, 1]) == (2, 3)
        assert seen[Register.SHUFFLE_STATE, 0] == 8
        await ctx.tick()  # they pass a cycle late
        assert not ctx.get(dut.settings.valid)

        # A run's counters start at 0, others go on; the cursor goes to its register only.
        await ctx.tick().repeat(70)
        expected = {Register.STATUS: 1, Register.CONTROL: 0, Register.CYCLES: 0,
                    Register.SAMPLES: 0, Register.WEIGHT_SATURATIONS: 77, Register.POSITION: 9,
                    Register.SHUFFLE_STATE: 0x1234}
        for register, value in expected.items():
            assert await access(ctx, dut, register) == value, register

        # While running START changes nothing, STOP is seen.
        await start(Control.START | Control.TRAIN, idle=0)
        assert ctx.get(dut.shuffled) and not ctx.get(dut.train) and not ctx.get(dut.stop)
        await start(Control.STOP, idle=0)
        assert ctx.get(dut.stop) and ctx.get(dut.run)

        ctx.set(dut.idle, 1)
        await ctx.tick().until(~dut.running)

        # A later run in the stored order.
        await start(Control.START | Control.TRAIN, idle=1)
        assert ctx.get(dut.train) and not ctx.get(dut.shuffled) and not ctx.get(dut.stop)
        await ctx.tick().until(~dut.running)
        assert await access(ctx, dut, Register.POSITION) == 0x1234

    run(bench)


def test_what_comes_with_the_last_sample_can_be_read_after_the_run():
    """In whichever cycle of a round it comes."""
    async def bench(ctx, dut):
        for phase in range(32):
            ctx.set(dut.idle, 0)
            ctx.set(dut.cursor, phase)
            await access(ctx, dut, Register.CONTROL, Control.START | Control.SHUFFLED)
            await ctx.tick().until(dut.run)
            await ctx.tick().repeat(phase + 1)
            ctx.set(dut.events.samples, 1)
            ctx.set(dut.cursor, 0x4300 + phase)
            await ctx.tick()
            ctx.set(dut.events.samples, 0)
            ctx.set(dut.idle, 1)
            await ctx.tick().until(~dut.running)
            assert await access(ctx, dut, Register.STATUS) == 0
            assert await access(ctx, dut, Register.SAMPLES) == 1
            assert await access(ctx, dut, Register.SHUFFLE_STATE) == 0x4300 + phase

    run(bench)


def test_loops_found_restless_are_counted_beside_the_bit_that_says_running():
    """From 0 in every run, in whichever cycle of a round they come."""
    async def bench(ctx, dut):
        for found, gap in ((0, 6), (33, 6), (70, 9), (5, 40)):
            ctx.set(dut.idle, 0)
            await access(ctx, dut, Register.CONTROL, Control.START)
            await ctx.tick().until(dut.run)
            for i in range(found):
                ctx.set(dut.events.restless, 1)
                await ctx.tick()
                ctx.set(dut.events.restless, 0)
                await ctx.tick().repeat(gap - 1 + i % 2)
            await ctx.tick().repeat(40)
            assert await access(ctx, dut, Register.STATUS) == found << RESTLESS_SHIFT | 1
            ctx.set(dut.idle, 1)
            await ctx.tick().until(~dut.running)
            assert await access(ctx, dut, Register.STATUS) == found << RESTLESS_SHIFT

    run(bench, design=GUARDED)


def test_generators_are_only_reset_between_runs():
    pulses = []

    async def bench(ctx, dut):
        ctx.set(dut.idle, 0)
        for bits, total in ((Control.RESET_GENERATORS, 1), (0, 1),
                            (Control.START | Control.RESET_GENERATORS, 2),
                            (Control.RESET_GENERATORS, 2)):
            await access(ctx, dut, Register.CONTROL, bits)
            assert len(pulses) == total

    async def watch(ctx, dut):
        async for _, _, pulse in ctx.tick().sample(dut.reset_generators):
            if pulse:
                pulses.append(1)

    run(watch, bench)


TWO_RATES = PalRule.design((3, 2, 2))  # that differ


def first(design):
    """Register -> what it holds at first, by the rule's own words."""
    return dict.fromkeys(Register, 0) | {
        Register.UPDATE_SHIFT: design.rule.update_shift & 0xFFFFFFFF,
        Register.SECOND_UPDATE_SHIFT: design.rule.second_update_shift & 0xFFFFFFFF}


@pytest.mark.parametrize("design", [TINY, TWO_RATES], ids=["tiny", "two rates"])
def test_every_register_starts_as_the_specification_says(design):
    async def bench(ctx, dut):
        for register, value in first(design).items():
            assert await access(ctx, dut, register) == value == reset_value(design, register)

    run(bench, design=design)


@pytest.mark.parametrize("design", [TINY, TWO_RATES], ids=["tiny", "two rates"])
def test_a_reset_brings_the_first_values_back_to_a_streamed_cores(design):
    dut, reset = RunRegisters(design), Signal()
    sim = Simulator(ResetInserter(reset)(dut))
    sim.add_clock(1e-6)

    async def bench(ctx):
        async def read(register):
            ctx.set(dut.address, register)
            await ctx.tick()
            return ctx.get(dut.read_data)

        for _ in range(2):
            for register in STREAMED:
                assert await read(register) == reset_value(design, register)
            for register in (Register.UPDATE_SHIFT, Register.SECOND_UPDATE_SHIFT, Register.COUNT):
                ctx.set(dut.address, register)
                ctx.set(dut.write_data, 9)
                ctx.set(dut.write, 1)
                await ctx.tick()
                ctx.set(dut.write, 0)
                assert await read(register) == 9
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)

    sim.add_testbench(bench)
    sim.run()


def test_the_high_half_of_control_is_the_hosts():
    """It is 0 at first, stays as written last, and starts nothing; the low half reads as 0."""
    async def bench(ctx, dut):
        ctx.set(dut.idle, 0)
        assert await access(ctx, dut, Register.CONTROL) == 0
        for phase, session in ((1, 0xBEEF), (7, 0x0001), (18, 0xFFFF)):
            await ctx.tick().repeat(phase)
            await access(ctx, dut, Register.CONTROL, session << SESSION_SHIFT)
            assert await access(ctx, dut, Register.CONTROL) == session << SESSION_SHIFT
            assert not ctx.get(dut.running)
        await access(ctx, dut, Register.CONTROL, 0x1234 << SESSION_SHIFT | Control.START)
        assert ctx.get(dut.running)
        await ctx.tick().repeat(100)
        assert await access(ctx, dut, Register.CONTROL) == 0x1234 << SESSION_SHIFT
        ctx.set(dut.idle, 1)
        await ctx.tick().until(~dut.running)
        assert await access(ctx, dut, Register.CONTROL) == 0x1234 << SESSION_SHIFT

    run(bench)
