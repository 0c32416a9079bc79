# amaranth: UnusedElaboratable=no
"""A board that streams, bit for bit: the pattern stands while the host takes its time."""

import random

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.spec import MemoryMap, QFormat, Rounding, preset
from cortigate.golden.spec.link import (
    NO_TARGET,
    STOOD_LONG,
    Control,
    Operation,
    Register,
    Space,
    Status,
)

from .board import simulate

TINY = preset("tiny-pal").replace(
    weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC), sample_capacity=6)
RING, FIRST, WORDS = 3, 1, 4


class Streamer:
    """Puts samples into a ring of three and reads what became of them, in the sample's place."""

    def __init__(self, host, data):
        self.host, self.data, self.sent = host, data, 0
        self.results = {}  # sample number -> prediction, turns that it stood

    async def start(self):
        await self.host.write(Space.REGISTERS, Register.COUNT, [0, FIRST, RING, 0], 4)
        await self.host.write(Space.REGISTERS, Register.CONTROL,
                              [Control.START | Control.TRAIN | Control.STREAM], 4)

    async def send(self, number):
        x, label = self.data[number]
        words = [x[0] | x[1] << 8, x[2] | x[3] << 8, x[4], label]
        await self.host.write(Space.SAMPLES, (FIRST + number % RING) * WORDS, words, 2)
        self.sent = number + 1
        await self.host.write(Space.REGISTERS, Register.COUNT, [self.sent], 4)

    async def read(self, number):
        address = (FIRST + number % RING) * WORDS
        words = await self.host.read(Space.SAMPLES, address, WORDS, 2)
        assert words[-1] & 0xFF == self.data[number][1]
        self.results[number] = words[-1] >> 8, words[0]

    async def done(self, count):
        """Wait until so many samples are counted, asking for words of the ring all the while."""
        while (found := await self.host.registers())[Register.SAMPLES] < count:
            await self.host.read(Space.SAMPLES, FIRST * WORDS, RING * WORDS, 2)
        return found


@pytest.mark.campaign  # an ordinary run streams to the virtual board, and in lockstep
def test_a_board_streams_as_the_integer_model():
    design, rng = TINY, random.Random(1)
    maps, model = MemoryMap(design), integer_model(design)
    model.set_weights(initial_weights(design, 1))
    data = [(np.array([rng.randrange(129) for _ in range(5)]), rng.choice([0, 1, NO_TARGET]))
            for _ in range(5)]

    async def bench(ctx, dut, host):
        image = [0] * (maps.weight_depth << maps.lane_address_bits)
        for m, word, lane, row, column in maps.host_weights():
            image[word << maps.lane_address_bits | lane] = model.weights[m.name][row, column]
        await host.write(Space.WEIGHTS, 0, image, 2)
        stream = Streamer(host, data)
        await stream.start()
        await ctx.tick().repeat(rng.randrange(1, 800))
        assert ctx.get(dut.busy)
        for number in range(len(data)):
            # A place is free when the sample after the one that lay there is counted.
            if number >= RING:
                await stream.done(number - RING + 2)
                await stream.read(number - RING)
            await stream.send(number)
            await ctx.tick().repeat(rng.choice([1, 1, 400]))
        await ctx.tick().repeat(500)
        await stream.done(len(data))
        # Only samples may be reached.
        assert await host.ask(Operation.READ, Space.WEIGHTS, 0, 1, b"\1\0") == (Status.BUSY, b"")
        await host.write(Space.REGISTERS, Register.CONTROL, [Control.STOP], 4)
        while ctx.get(dut.busy):
            await ctx.tick()
        for number in range(len(data) - RING, len(data)):
            await stream.read(number)

        found = await host.registers()
        assert found[Register.SAMPLES] == len(data)
        turns, correct = 0, 0
        for number, (x, label) in enumerate(data):
            trace = model.learn(x, None if label == NO_TARGET else label)
            prediction, stood = stream.results[number]
            assert prediction == trace.prediction, number
            correct += prediction == label
            assert stood < STOOD_LONG
            turns += stood
            for _ in range(stood):
                model.stand()
        assert turns > 20
        assert found[Register.CORRECT] == correct
        assert found[Register.STATE_SATURATIONS] == model.state_saturations
        weights = await host.read(Space.WEIGHTS, 0, len(image), 2)
        for m, word, lane, row, column in maps.host_weights():
            raw = weights[word << maps.lane_address_bits | lane]
            assert raw == model.weights[m.name][row, column] & 0xFFFF, (m.name, row, column)
        states = await host.read(Space.GENERATORS, 0, design.generators, 4)
        assert states == list(model.generator.states)

        # An ordinary run afterwards: nothing stands, labels stay.
        await host.write(Space.SAMPLES, 0, [1, 2, 3, 1], 2)
        found = await host.run(Control.TRAIN, count=1, first=0, position=0)
        assert found[Register.SAMPLES] == 1
        model.learn(np.array([1, 0, 2, 0, 3]), 1)
        states = await host.read(Space.GENERATORS, 0, design.generators, 4)
        assert states == list(model.generator.states)
        assert await host.read(Space.SAMPLES, WORDS - 1, 1, 2) == [1]

    simulate(design, bench)


def test_a_count_that_wraps_and_a_stop_with_samples_left():
    """Six samples in the ring, one of them taken when the run is stopped."""
    async def bench(ctx, dut, host):
        await host.write(Space.REGISTERS, Register.COUNT, [0xFFFF, 0, 6, 0], 4)
        await host.write(Space.REGISTERS, Register.CONTROL,
                         [Control.START | Control.TRAIN | Control.STREAM], 4)
        while (await host.registers())[Register.SAMPLES] < 7:  # round the ring
            pass
        await host.write(Space.REGISTERS, Register.CONTROL, [Control.STOP], 4)
        while ctx.get(dut.busy):
            await ctx.tick()
        found = await host.registers()
        assert 7 <= found[Register.SAMPLES] < 100
        assert found[Register.POSITION] in (found[Register.SAMPLES] % 6, 6)

    simulate(TINY, bench)
