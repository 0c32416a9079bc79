"""Samples from a flash memory, as the core gets them: every transfer, in the models' order."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from cortigate.boards.device.samples import check_samples
from cortigate.boards.host.packing import stream_words
from cortigate.boards.host.stored_set import stored_set
from cortigate.golden.integer.blocks import block_order, samples_in_order
from cortigate.golden.spec import QFormat, Target, preset
from cortigate.golden.spec.flash import PAGE_BYTES, FlashChip, block_taps
from cortigate.golden.spec.link import FlashFact, FlashStatus, Register
from cortigate.golden.spec.sampler import draw_targets
from cortigate.golden.timeline.flash import block_cycles
from cortigate.hdl.flash.feed import FlashFeed

from .memory import FlashMemory

CLOCK, AT = 8_000_000, 3 << 16
TINY = preset("tiny").replace(flash=True, sample_capacity=300)
WIDE = preset("mnist-small").replace(flash=True, sample_capacity=300)
FOUR = preset("mnist").replace(flash=True, sample_capacity=300, lanes=128)
assert FOUR.feed_width == 4 and WIDE.feed_width == 2
DESIGNS = {
    "pairs": TINY,
    "words": TINY.replace(sample=QFormat(1, 8)),
    "values": TINY.replace(target=Target.VECTOR, results=True),
    "two at once": WIDE,
    "four at once": FOUR,
    "four at once, a rest": FOUR.replace(network=replace(FOUR.network, sizes=(258, 64, 10))),
}


def a_set(design, count, seed=1):
    """(inputs, `Targets`) at random, most inputs zero."""
    rng = np.random.default_rng(seed)
    shape = count, design.network.sizes[0]
    inputs = rng.integers(design.sample.minimum, design.sample.maximum + 1, shape)
    inputs[rng.random(shape) < (0.5 if shape[1] < 100 else 0.8)] = 0
    inputs, targets, _ = check_samples(design, inputs, draw_targets(design, inputs, rng))
    return inputs, targets


def run(design, memory, *, lines=4, pace=1, stop=None, **settings):
    """Run samples from a memory.

    Returns (transfers, cycles of each, cursor, status, cycles of the run); the core takes one
    transfer in `pace` cycles and has done with a sample 20 cycles after its last one. `stop`:
    transfers after which the run is stopped.
    """
    dut = FlashFeed(design, CLOCK, FlashChip(1 << 16, lines=lines))
    values = {Register[name.upper()]: value for name, value in settings.items()}
    shuffled = Register.SHUFFLE_MASK in values
    transfers, times, ended = [], [], []
    sample = len(stream_words(design, *a_set(design, 1))[0])

    async def lines_of(ctx):
        async for *_, chip, clock, o, oe in ctx.tick().sample(
                dut.pins.chip, dut.pins.clock, dut.pins.o, dut.pins.oe):
            ctx.set(dut.pins.i, memory.step(chip, clock, o, oe))

    async def core(ctx):
        cycle, releases = 0, []
        while True:
            ctx.set(dut.samples.ready, cycle % pace == 0)
            ctx.set(dut.released, cycle in releases)
            _, _, payload, valid = await ctx.tick().sample(dut.samples.payload, dut.samples.valid)
            if valid and cycle % pace == 0:
                transfers.append(payload)
                times.append(cycle)
                if len(transfers) % sample == 0:
                    releases.append(cycle + 20)
            cycle += 1

    async def testbench(ctx):
        ctx.set(dut.pins.i, 0xF)
        ctx.set(dut.shuffled, shuffled)
        await ctx.tick().repeat(700)
        for register, value in values.items():
            for high in (0, 1):
                ctx.set(dut.settings.p.register, register)
                ctx.set(dut.settings.p.high, high)
                ctx.set(dut.settings.p.data, value >> 16 * high & 0xFFFF)
                ctx.set(dut.settings.valid, 1)
                await ctx.tick()
        ctx.set(dut.settings.valid, 0)
        ctx.set(dut.run, 1)
        cycles = 0
        while not ctx.get(dut.idle):
            if stop is not None and len(transfers) >= stop:
                ctx.set(dut.stop, 1)
            await ctx.tick()
            cycles += 1
            assert cycles < 200_000, "the run does not end"
        ctx.set(dut.fact, FlashFact.STATUS)
        await ctx.tick()
        ended.extend([ctx.get(dut.cursor), ctx.get(dut.fact_data), cycles])

    sim = Simulator(dut)
    sim.add_clock(1 / CLOCK)
    sim.add_process(lines_of)
    sim.add_testbench(core, background=True)
    sim.add_testbench(testbench)
    sim.run()
    if design.sample.width <= 8 and design.feed_width == 1:  # an input is in its lowest bits
        transfers = [value & 0xFF if place % sample < design.network.sizes[0] else value
                     for place, value in enumerate(transfers)]
    return transfers, times, *ended


def expected(design, inputs, targets, block_samples, order):
    """Transfers of a set in an order of blocks: a list."""
    rows = stream_words(design, inputs, targets)
    return rows[samples_in_order(len(inputs), block_samples, order)].ravel().tolist()


@pytest.mark.parametrize("name, lines", [*((name, 4) for name in DESIGNS), ("pairs", 1)])
def test_every_transfer_is_that_of_the_models(name, lines):
    design, mask = DESIGNS[name], 2
    count, block = (17, 3) if " at once" not in name else (7, 2)
    inputs, targets = a_set(design, count)
    blocks = -(-count // block)
    data = stored_set(design, inputs, targets, address=AT, block_samples=block)
    first = AT // PAGE_BYTES
    assert AT % PAGE_BYTES == 0
    found, _, cursor, status, _ = run(design, FlashMemory({AT: data}), lines=lines, count=blocks,
                                      first=first, set_size=blocks, position=0)
    assert found == expected(design, inputs, targets, block, block_order(blocks, None)[0])
    assert (cursor, status) == (blocks, FlashStatus.READY)
    # In two parts, the second of which goes into the next epoch.
    state = 0
    for part in (2, blocks):
        order, after = block_order(blocks, mask, part, state)
        found, _, cursor, status, _ = run(
            design, FlashMemory({AT: data}), lines=lines, count=part, first=first,
            set_size=blocks, shuffle_state=state, shuffle_mask=block_taps(blocks) << 16 | mask)
        assert found == expected(design, inputs, targets, block, order)
        assert (cursor, status) == (after, FlashStatus.READY)
        state = after


def test_every_block_comes_once_in_an_epoch():
    for blocks in (1, 2, 3, 9, 100, 1000):
        for mask in (0, 1, 3):
            order, state = block_order(blocks, mask)
            assert sorted(order) == list(range(blocks)) and state == block_order(
                blocks, mask, 2 * blocks)[1] or blocks & blocks - 1
    assert samples_in_order(5, 2, [2, 0]).tolist() == [4, 0, 1]


def test_a_core_that_is_slow_gets_the_same():
    inputs, targets = a_set(TINY, 9)
    data = stored_set(TINY, inputs, targets, address=AT, block_samples=4)
    found, *_ = run(TINY, FlashMemory({AT: data}), pace=7, count=3, first=AT // PAGE_BYTES,
                    set_size=3, position=0)
    assert found == expected(TINY, inputs, targets, 4, [0, 1, 2])


def test_a_run_stops_after_a_block_and_goes_on():
    inputs, targets = a_set(TINY, 20)
    data = stored_set(TINY, inputs, targets, address=AT, block_samples=4)
    settings = {"count": 5, "first": AT // PAGE_BYTES, "set_size": 5}
    found, _, cursor, *_ = run(TINY, FlashMemory({AT: data}), stop=30, position=0, **settings)
    assert found == expected(TINY, inputs, targets, 4, range(cursor)) and 0 < cursor < 5
    rest, *_ = run(TINY, FlashMemory({AT: data}), position=cursor, **settings | {
        "count": 5 - cursor})
    assert found + rest == expected(TINY, inputs, targets, 4, range(5))


@pytest.mark.parametrize("place", ["element", "literal", "check", "index"])
def test_a_damaged_block_ends_the_run_and_is_told(place):
    inputs, targets = a_set(TINY, 20)
    data = bytearray(stored_set(TINY, inputs, targets, address=AT, block_samples=4))
    second = int.from_bytes(data[PAGE_BYTES + 4:PAGE_BYTES + 7], "little") - AT
    third = int.from_bytes(data[PAGE_BYTES + 8:PAGE_BYTES + 11], "little") - AT
    data[{"element": second, "literal": second + 1, "check": third - 1,
          "index": PAGE_BYTES + 4}[place]] ^= 1
    found, _, cursor, status, _ = run(TINY, FlashMemory({AT: bytes(data)}), count=5,
                                      first=AT // PAGE_BYTES, set_size=5, position=0)
    assert status == FlashStatus.READY | FlashStatus.DAMAGED and cursor == 2
    # Whole samples all the same: the core must not be left with a part of one.
    assert len(found) == len(expected(TINY, inputs, targets, 4, [0, 1]))
    assert found[:len(found) // 2] == expected(TINY, inputs, targets, 4, [0])


@pytest.mark.parametrize("lines", [pytest.param(1, marks=pytest.mark.campaign), 4])
def test_blocks_take_the_cycles_that_the_timeline_says(lines):
    """Where the lines are what limits it; the queue is full now and then, and the run has an end.
    """
    inputs, targets = a_set(WIDE, 6)
    data = stored_set(WIDE, inputs, targets, address=AT, block_samples=3)
    addresses = [int.from_bytes(data[PAGE_BYTES + 4 * k:PAGE_BYTES + 4 * k + 3], "little")
                 for k in range(2)] + [AT + len(data)]
    *_, cycles = run(WIDE, FlashMemory({AT: data}), lines=lines, count=2, first=AT // PAGE_BYTES,
                     set_size=2, position=0)
    said = sum(block_cycles(CLOCK, lines, int(length)) for length in np.diff(addresses))
    assert said <= cycles < 1.01 * said + 40
