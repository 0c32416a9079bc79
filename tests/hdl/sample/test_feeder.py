"""The feeder: order, bytes, predictions and the end of a run, with a core of random speed."""

import dataclasses
import random

import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from cortigate.golden.integer.generator import Shuffler
from cortigate.golden.spec import MemoryMap, Network, preset
from cortigate.golden.spec.link import Register
from cortigate.hdl.sample.feeder import Feeder
from cortigate.hdl.sample.memory import SampleMemory

TINY = preset("tiny")  # 5 inputs, 32 samples
EVEN = TINY.replace(network=Network((6, 4, 3, 2)), sample_capacity=21)
STREAMED = preset("tiny-pal").replace(sample_capacity=7)
WIDE = TINY.replace(network=Network((256, 4, 3, 2)), sample_capacity=6)  # a word a cycle
WIDE_ODD = TINY.replace(network=Network((257, 4, 3, 2)), sample_capacity=6)
# Two words a cycle, of samples of an even and an odd number of words of inputs.
FAST = [TINY.replace(network=Network((inputs, 4, 3, 2)), lanes=72, sample_capacity=6)
        for inputs in (256, 257, 258, 259)]
ONE = TINY.replace(network=Network((1, 4, 3, 2)), sample_capacity=1)


class Bench(wiring.Component):
    """A feeder, a sample memory, and a way to its words while `open`."""

    open: In(1)
    address: In(16)
    write: In(1)
    write_data: In(16)
    prediction: In(8)

    def __init__(self, design):
        self.feeder = Feeder(design)
        self.memory = SampleMemory(design)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.feeder, m.submodules.memory = feeder, memory = self.feeder, self.memory
        m.d.comb += [
            feeder.read_data.eq(memory.read_data),
            memory.address.eq(feeder.address), memory.write_enable.eq(feeder.store),
            memory.write_data.eq(Cat(0x55 ^ self.prediction, self.prediction)),  # either word
        ]
        with m.If(self.open):
            m.d.comb += [memory.address.eq(self.address), memory.write_data.eq(self.write_data),
                         memory.write_enable.eq(self.write.replicate(2))]
        return m


class Run:
    """One run of random samples through a core that takes its time.

    Attributes
    ----------
    data : bytes of each sample as the core must see them: inputs, label
    fed : samples that the core saw
    predictions : what the core said of each
    stored : label words of the memory afterwards
    """

    def __init__(self, design, seed, *, train=True, shuffled=False, stop_after=None, stream=False,
                 **settings):
        self.rng, self.dut = random.Random(seed), Bench(design)
        self.size, self.width = design.network.sizes[0] + 1, design.feed_width
        self.data = [self.rng.randbytes(self.size) for _ in range(design.sample_capacity)]
        self.settings = {Register[name.upper()]: value for name, value in settings.items()}
        self.train, self.shuffled, self.stop_after = train, shuffled, stop_after
        self.stream = stream
        self.fed, self.predictions, self.stored, self.cursor = [], [], [], None
        self.cycles = 0  # from the first transfer to the first sample's last
        sim = Simulator(self.dut)
        sim.add_clock(1e-6)
        sim.add_testbench(self._core, background=True)
        sim.add_testbench(self._host)
        sim.run()

    async def _core(self, ctx):
        feeder, sample, waiting, left, stands = self.dut.feeder, bytearray(), 0, 0, 0
        while True:
            done = left == 1
            if done:
                self.predictions.append(self.rng.randrange(256))
                ctx.set(self.dut.prediction, self.predictions[-1])
            ctx.set(feeder.done, done)
            if done:
                stands = 1 + self.stream * self.rng.randrange(30)
            released = stands == 1
            ctx.set(feeder.released, released)
            stands = max(0, stands - 1)
            ready = waiting < 2
            ctx.set(feeder.samples.ready, ready)
            valid, payload = ctx.get(feeder.samples.valid), ctx.get(feeder.samples.payload)
            await ctx.tick()
            assert ready or not valid  # of two lists one is always free for it
            waiting -= released
            left = max(0, left - 1)
            self.cycles += not self.fed and (valid or self.cycles > 0)
            if valid:
                width = min(self.width, max(1, self.size - 1 - len(sample)))  # inputs, or the label
                sample += payload.to_bytes(self.width, "little")[:width]
                if len(sample) == self.size:
                    self.fed.append(bytes(sample))
                    waiting += 1
                    sample.clear()
            if left == 0 and waiting and not stands:
                # Mostly while the next sample is fed; results wait for the host's 5 cycles at most.
                left = self.rng.randrange(20 if self.stream else 8, 45)

    async def _memory(self, ctx, address, word=None):
        ctx.set(self.dut.open, 1)
        ctx.set(self.dut.address, address)
        ctx.set(self.dut.write, word is not None)
        ctx.set(self.dut.write_data, word or 0)
        await ctx.tick()
        ctx.set(self.dut.open, 0)
        if word is None:
            await ctx.tick().repeat(2)
        return ctx.get(self.dut.memory.read_data) & 0xFFFF

    async def _meddle(self, ctx):
        """Let more samples in, and use the memory now and then, as long as a word takes."""
        feeder = self.dut.feeder
        more = self.rng.random() < 0.02
        given = ctx.get(feeder.settings.payload.data) + 1
        ctx.set(feeder.settings.valid, more)
        if more:
            ctx.set(feeder.settings.payload, {"register": Register.COUNT, "data": given})
        if self.rng.random() < 0.05:
            ctx.set(feeder.taken, 1)
            for _ in range(5):
                await self._memory(ctx, self.rng.randrange(len(self.data)))
                ctx.set(feeder.settings.valid, 0)
            ctx.set(feeder.taken, 0)

    async def _host(self, ctx):
        feeder, words = self.dut.feeder, self.size // 2 + 1
        for number, sample in enumerate(self.data):
            inputs = sample[:-1] + bytes((self.size - 1) % 2)
            values = [int.from_bytes(inputs[i:i + 2], "little") for i in range(0, len(inputs), 2)]
            for place, value in enumerate([*values, sample[-1]]):
                await self._memory(ctx, number * words + place, value)
        ctx.set(feeder.shuffled, self.shuffled)
        ctx.set(feeder.train, self.train)
        for register, value in self.settings.items():
            for high in range(2):
                ctx.set(feeder.settings.payload, {"register": register, "high": high,
                                                  "data": value >> 16 * high & 0xFFFF})
                ctx.set(feeder.settings.valid, 1)
                await ctx.tick()
        ctx.set(feeder.settings.valid, 0)
        await ctx.tick()
        assert ctx.get(feeder.idle)
        ctx.set(feeder.run, 1)
        ctx.set(feeder.stream, self.stream)
        for _ in range(20000):
            if self.stream:
                await self._meddle(ctx)
            if self.stop_after is not None and len(self.predictions) >= self.stop_after:
                ctx.set(feeder.stop, 1)
            await ctx.tick()
            if ctx.get(feeder.idle):
                break
        self.cursor = ctx.get(feeder.cursor)
        for _ in range(50):
            await ctx.tick()
            assert ctx.get(feeder.idle) and not ctx.get(feeder.samples.valid)
        self.shifts = ctx.get(feeder.update_shift), ctx.get(feeder.second_update_shift)
        self.stored = [await self._memory(ctx, number * words + words - 1)
                       for number in range(len(self.data))]


@pytest.mark.parametrize("inputs", [5, 6])
def test_stream_goes_round_while_the_host_uses_the_memory(inputs):
    network = dataclasses.replace(STREAMED.network, sizes=(inputs, 4, 3, 2))
    design = STREAMED.replace(network=network)
    run = Run(design, 3, stream=True, first=2, set_size=4, position=0, count=0, stop_after=30)
    assert len(run.fed) == len(run.predictions) >= 30
    for number, sample in enumerate(run.fed):
        place = 2 + number % 4
        # The first word of the round before has made room for what became of the sample.
        before = run.data[place][:2] if number < 4 else bytes(
            [0x55 ^ run.predictions[number - 4], run.predictions[number - 4]])
        assert sample == before + run.data[place][2:]
    for number, word in enumerate(run.stored):
        label = run.data[number][-1]
        if not 2 <= number < 6:
            assert word == label
        else:
            last = max(k for k in range(len(run.fed)) if 2 + k % 4 == number)
            assert word == run.predictions[last] << 8 | label


@pytest.mark.parametrize("design", [TINY, EVEN, ONE, WIDE, WIDE_ODD, *FAST],
                         ids=["odd", "even", "one", "wide", "wide and odd",
                              *(f"{d.network.sizes[0]} fast" for d in FAST)])
@pytest.mark.parametrize("train", [True, False])
def test_stored_order_and_predictions(design, train):
    count = design.sample_capacity
    run = Run(design, 1, train=train, count=count)
    assert run.fed == run.data
    assert run.cursor == count
    # An input a cycle, or a word; then the label, when its word may be asked for.
    inputs, width = design.network.sizes[0], design.feed_width
    assert run.cycles == -(-inputs // width) + 1 + (width == 1) * (inputs % 2)
    labels = [sample[-1] for sample in run.data]
    if train:
        assert run.stored == labels
    else:
        assert run.stored == [label | prediction << 8 for label, prediction
                              in zip(labels, run.predictions, strict=True)]


def test_a_run_goes_on_where_one_ended():
    run = Run(TINY, 2, train=False, count=4, first=20, position=3)
    assert run.fed == run.data[23:27]
    assert run.cursor == 7
    labels = [sample[-1] for sample in run.data]
    labels[23:27] = [label | prediction << 8 for label, prediction
                     in zip(labels[23:27], run.predictions, strict=True)]
    assert run.stored == labels


@pytest.mark.parametrize(("design", "set_size", "first", "mask", "state", "count"), [
    (TINY, 32, 0, 0, 0, 33),  # a full set, and on into the next epoch
    (TINY, 21, 3, 0b10110, 0, 40),  # some indices lie beyond the set
    (TINY, 3, 29, 0b11111, 7, 9),
    (EVEN, 21, 0, 1, 0, 21),
    (ONE, 1, 0, 0b10, 0, 3),
    (WIDE, 5, 1, 0b101, 2, 7),
    (FAST[2], 5, 1, 0b101, 2, 7),
])
def test_shuffled_order(design, set_size, first, mask, state, count):
    run = Run(design, 3, train=False, shuffled=True, count=count, set_size=set_size, first=first,
              shuffle_mask=mask, shuffle_state=state, position=5)
    shuffler = Shuffler(MemoryMap(design).shuffle_bits, mask, state)
    order = [first + shuffler.next(set_size) for _ in range(count)]
    assert run.fed == [run.data[i] for i in order]
    assert run.cursor == shuffler.state
    last = dict(zip(order, run.predictions, strict=True))
    assert run.stored == [sample[-1] | last.get(i, 0) << 8 for i, sample in enumerate(run.data)]


@pytest.mark.parametrize("stop_after", [0, 1, 4])
def test_stop_ends_after_what_is_fed(stop_after):
    run = Run(TINY, stop_after, shuffled=True, count=30, set_size=20, shuffle_mask=9,
              stop_after=stop_after)
    shuffler = Shuffler(MemoryMap(TINY).shuffle_bits, 9)
    order = [shuffler.next(20) for _ in range(len(run.fed))]
    assert stop_after <= len(run.fed) <= stop_after + 2
    assert len(run.predictions) == len(run.fed)
    assert run.fed == [run.data[i] for i in order]
    # The generator may have passed indices beyond the set, as it would before the next sample.
    assert run.cursor == shuffler.state or Shuffler(
        shuffler.bits, 9, run.cursor).next(20) == shuffler.next(20)


def test_stop_ends_a_search_without_end():
    """An empty set has no sample to find; the run can still be stopped."""
    async def bench(ctx):
        ctx.set(feeder.shuffled, 1)
        ctx.set(feeder.settings.payload, {"register": Register.COUNT, "data": 1})
        ctx.set(feeder.settings.valid, 1)
        await ctx.tick()
        ctx.set(feeder.settings.valid, 0)
        await ctx.tick()
        ctx.set(feeder.run, 1)
        for _ in range(200):
            await ctx.tick()
            assert not ctx.get(feeder.idle) and not ctx.get(feeder.samples.valid)
        ctx.set(feeder.stop, 1)
        await ctx.tick().repeat(5)  # it compares and judges one more
        assert ctx.get(feeder.idle)

    feeder = Feeder(TINY)
    sim = Simulator(feeder)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


def test_count_of_zero_and_shifts():
    run = Run(TINY, 4, count=0, update_shift=5, second_update_shift=0xFFFFFFFD)
    assert run.fed == [] and run.shifts == (5, -3)


def test_counts_above_16_bits():
    run = Run(TINY, 5, count=0x10000, stop_after=3)
    assert len(run.fed) >= 3
