# amaranth: UnusedElaboratable=no
"""The whole board in Amaranth's simulator: bits of the line in, bits of the line out."""

import random

import numpy as np
import pytest

from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import Shuffler, integer_model
from cortigate.golden.spec import Feedback, MemoryMap, QFormat, Rounding, preset
from cortigate.golden.spec.link import (
    RESTLESS_SHIFT,
    Control,
    Operation,
    Register,
    Space,
    Status,
    identity,
)
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.hdl.top import Top

from .board import CLOCK, simulate

TINY = preset("tiny").replace(sample_capacity=6)
STOCHASTIC = TINY.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))


def test_a_board_learns_as_the_integer_model():
    """Weights, samples, two runs over the pins that continue each other, predictions."""
    design, rng, maps = STOCHASTIC, random.Random(1), MemoryMap(STOCHASTIC)
    model = integer_model(design)
    model.set_weights(initial_weights(design, 1))
    data = [(np.array([rng.randrange(129) for _ in range(5)]), rng.randrange(2))
            for _ in range(6)]

    async def bench(ctx, dut, host):
        described = identity(design, CLOCK).pack()
        assert bytes(await host.read(Space.IDENTITY, 0, len(described), 1)) == described
        image = [0] * (maps.weight_depth << maps.lane_address_bits)
        for m, word, lane, row, column in maps.host_weights():
            image[word << maps.lane_address_bits | lane] = model.weights[m.name][row, column]
        await host.write(Space.WEIGHTS, 0, image, 2)
        words = [w for x, label in data for w in (x[0] | x[1] << 8, x[2] | x[3] << 8, x[4], label)]
        await host.write(Space.SAMPLES, 0, words, 2)

        # Samples 1 .. 5 of the six, in two runs of three and four samples.
        shuffler = Shuffler(maps.shuffle_bits, 6)
        shifts = {"update_shift": design.rule.update_shift + 1,
                  "second_update_shift": design.rule.second_update_shift}
        for count in (3, 4):
            found = await host.run(
                Control.TRAIN | Control.SHUFFLED, count=count, first=1, set_size=5, position=77,
                shuffle_state=shuffler.state, shuffle_mask=6, **shifts)
            correct = 0
            for _ in range(count):
                x, label = data[1 + shuffler.next(5)]
                correct += model.infer(x) == label
                model.learn(x, label, *shifts.values())
            assert found[Register.SAMPLES] == count
            assert found[Register.CORRECT] == correct
            assert found[Register.SHUFFLE_STATE] == shuffler.state
            assert found[Register.POSITION] == 77
            assert found[Register.STATUS] == found[Register.FRAMES_DROPPED] == 0
            assert count * 50 < found[Register.CYCLES] < count * 300
        weights = await host.read(Space.WEIGHTS, 0, len(image), 2)
        for m, word, lane, row, column in maps.host_weights():
            raw = weights[word << maps.lane_address_bits | lane]
            assert raw == model.weights[m.name][row, column] & 0xFFFF, (m.name, row, column)
        states = await host.read(Space.GENERATORS, 0, design.lanes, 4)
        assert states == list(model.generator.states)
        await host.write(Space.GENERATORS, 1, [0x12345678], 4)
        assert await host.read(Space.GENERATORS, 1, 1, 4) == [0x12345678]
        await host.write(Space.REGISTERS, Register.CONTROL, [Control.RESET_GENERATORS], 4)
        seeds = await host.read(Space.GENERATORS, 0, design.lanes, 4)
        assert seeds == list(integer_model(design).generator.states)

        found = await host.run(0, count=6, first=0, position=0)
        assert found[Register.POSITION] == 6
        predictions = [model.infer(x) for x, _ in data]
        labels = await host.read(Space.SAMPLES, 3, 6, 2, stride=4)
        assert labels == [label | p << 8 for (_, label), p in zip(data, predictions, strict=True)]
        assert found[Register.CORRECT] == sum(
            p == label for (_, label), p in zip(data, predictions, strict=True))

    simulate(design, bench)


def test_a_board_counts_the_loops_that_its_guard_gives_up():
    """Feedback with the sign of -W^T: no loop comes to rest."""
    rule = InversionRule(4, 1, 1, 2, 12, Feedback.RANDOM, guard=1)
    design = InversionRule.design((4, 3, 2), rule=rule).replace(sample_capacity=3)
    rng = random.Random(3)
    model, weights, maps = integer_model(design), initial_weights(design, 3), MemoryMap(design)
    weights["W2"][:, :-1] *= 2.0 / np.linalg.norm(weights["W2"][:, :-1], 2)
    weights["B1"] = -weights["W2"][:, :-1].T
    model.set_weights(weights)
    data = [(np.array([rng.randrange(129) for _ in range(4)]), rng.randrange(2))
            for _ in range(3)]

    async def bench(ctx, dut, host):
        image = [0] * (maps.weight_depth << maps.lane_address_bits)
        for m, word, lane, row, column in maps.host_weights():
            image[word << maps.lane_address_bits | lane] = model.weights[m.name][row, column]
        await host.write(Space.WEIGHTS, 0, image, 2)
        words = [w for x, label in data for w in (x[0] | x[1] << 8, x[2] | x[3] << 8, label)]
        await host.write(Space.SAMPLES, 0, words, 2)
        for count in (3, 2):
            found = await host.run(Control.TRAIN, count=count, first=0, position=0,
                                   update_shift=rule.update_shift,
                                   second_update_shift=rule.second_update_shift)
            before = model.restless
            for x, label in data[:count]:
                model.learn(x, label)
            assert found[Register.STATUS] == model.restless - before << RESTLESS_SHIFT
            assert found[Register.STATUS] >= 2 << RESTLESS_SHIFT

    simulate(design, bench)


def test_memories_are_refused_while_the_engine_runs():
    async def bench(ctx, dut, host):
        await host.write(Space.REGISTERS, Register.COUNT, [100_000, 0, 6, 0, 0, 5], 4)
        assert not ctx.get(dut.busy)
        await host.write(Space.REGISTERS, Register.CONTROL, [Control.START | Control.SHUFFLED], 4)
        assert ctx.get(dut.busy)
        for space in (Space.WEIGHTS, Space.SAMPLES):
            assert await host.ask(Operation.READ, space, 0, 1, b"\1\0") == (Status.BUSY, b"")
            assert await host.ask(Operation.WRITE, space, 0, 1, b"ab") == (Status.BUSY, b"")
        first = (await host.registers())[Register.SAMPLES]
        second = (await host.registers())[Register.SAMPLES]
        assert second > first > 0
        await host.write(Space.REGISTERS, Register.CONTROL, [Control.STOP], 4)
        await ctx.tick().repeat(400)
        assert not ctx.get(dut.busy)
        last = await host.registers()
        assert second <= last[Register.SAMPLES] < 100_000
        shuffler = Shuffler(MemoryMap(TINY).shuffle_bits, 5)
        for _ in range(last[Register.SAMPLES]):
            shuffler.next(6)
        goes_on = Shuffler(shuffler.bits, 5, last[Register.SHUFFLE_STATE])
        assert goes_on.next(6) == shuffler.next(6)
        assert await host.read(Space.WEIGHTS, 0, 2, 2) == [0, 0]

    simulate(TINY, bench)


def test_a_clock_that_does_not_give_the_baud_rate_is_refused():
    with pytest.raises(ValueError, match="^baud must be at most a quarter"):
        Top(TINY, 1_000_000, 1_000_000)
