"""WRITE_SPARSE without a serial line: every fault, random elements, against the Python model."""

import random

from amaranth.sim import Simulator

from cortigate.golden.spec import Design, Network
from cortigate.golden.spec.link import (
    SPARSE_LITERALS,
    SPARSE_ZEROS,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    Status,
    space_words,
)
from cortigate.sim.link_bench import Host, LinkBench, ok, read, write, write_sparse
from cortigate.sim.link_model import LinkModel, encoded

CLOCK = 12_345_678
DESIGN = Design(Network((256, 4, 2)), lanes=2, sample_capacity=4)
WORDS = space_words(DESIGN, Space.SAMPLES)
ELEMENT = bytes([3 | 2 << 5, 1, 2, 3, 4])  # three zeros, two literals


def run(bench, stores=None):
    """Run a bench; `stores` gets an entry for each word of the samples that is written."""
    dut, model = LinkBench(DESIGN, CLOCK), LinkModel(DESIGN, CLOCK)

    async def testbench(ctx):
        host = Host(ctx, dut)

        async def ask(body):
            answer = await host.ask(body)
            assert answer == model.receive(encoded(body)[:-1]), body.hex(" ")
            return answer

        async def compare():
            for first in range(0, WORDS, 120):
                await ask(read(99, Space.SAMPLES, first, min(120, WORDS - first)))

        ctx.set(dut.idle, 1)
        await bench(ctx, dut, ask, compare)

    async def count(ctx):
        async for _, _, stores_one in ctx.tick().sample(dut.stores):
            if stores_one:
                stores.append(1)

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(testbench)
    if stores is not None:
        sim.add_testbench(count, background=True)
    sim.run()


def test_zeros_overwrite_and_literals_follow():
    async def bench(ctx, dut, ask, compare):
        await ask(write(1, Space.SAMPLES, 0, 60, b"\xaa" * 120))
        elements = ELEMENT + bytes([SPARSE_ZEROS, 0, 1 << 5, 7, 8])
        assert await ask(write_sparse(2, Space.SAMPLES, 5, 4, elements)) == ok(
            2, Operation.WRITE_SPARSE)
        words = (b"\xaa" * 10 + bytes(6) + b"\1\2\3\4" + bytes(2 * SPARSE_ZEROS) + b"\7\x08"
                 + b"\xaa" * 4)
        count = len(words) // 2
        assert await ask(read(3, Space.SAMPLES, 0, count)) == ok(3, Operation.READ, words)
        # What comes after is an ordinary request again.
        await ask(write(4, Space.SAMPLES, 2, 3, b"abcdef"))
        await ask(read(5, Space.SAMPLES, 0, 20, 2))
        await compare()

    run(bench)


FAULTS = {
    "short": (write_sparse(1, Space.SAMPLES, 0, 1, b"")[:-1], Status.BAD_LENGTH),
    "space": (write_sparse(1, Space.WEIGHTS, 0, 1, ELEMENT), Status.BAD_SPACE),
    "registers": (write_sparse(1, Space.REGISTERS, 2, 1, ELEMENT), Status.BAD_SPACE),
    "far space": (write_sparse(1, 0x83, 0, 1, ELEMENT), Status.BAD_SPACE),
    "no element": (write_sparse(1, Space.SAMPLES, 0, 0, ELEMENT), Status.BAD_LENGTH),
    "nothing": (write_sparse(1, Space.SAMPLES, 0, 1, b""), Status.BAD_LENGTH),
    "more elements than sent": (write_sparse(1, Space.SAMPLES, 0, 3, ELEMENT * 2),
                                Status.BAD_LENGTH),
    "fewer elements than sent": (write_sparse(1, Space.SAMPLES, 0, 1, ELEMENT * 2),
                                 Status.BAD_LENGTH),
    "half a literal": (write_sparse(1, Space.SAMPLES, 0, 1, ELEMENT[:-1]), Status.BAD_LENGTH),
    "no literals": (write_sparse(1, Space.SAMPLES, 0, 1, ELEMENT[:1]), Status.BAD_LENGTH),
    "one byte more": (write_sparse(1, Space.SAMPLES, 0, 1, ELEMENT + b"\0"), Status.BAD_LENGTH),
    "beyond the end": (write_sparse(1, Space.SAMPLES, WORDS - 4, 1, ELEMENT), Status.BAD_ADDRESS),
    "zeros beyond the end": (write_sparse(1, Space.SAMPLES, WORDS - 4, 1, b"\5"),
                             Status.BAD_ADDRESS),
    "second beyond the end": (write_sparse(1, Space.SAMPLES, WORDS - 9, 2, ELEMENT * 2),
                              Status.BAD_ADDRESS),
    "after the end": (write_sparse(1, Space.SAMPLES, WORDS + 1, 1, b"\0"), Status.BAD_ADDRESS),
    "length before address": (write_sparse(1, Space.SAMPLES, WORDS - 4, 1, ELEMENT[:-1]),
                              Status.BAD_LENGTH),
    **{f"address bit {bit}": (write_sparse(1, Space.SAMPLES, 1 << bit, 1, ELEMENT),
                              Status.BAD_ADDRESS) for bit in range(10, 32)},
    "address that overflows": (write_sparse(1, Space.SAMPLES, 2**32 - 1, 1, ELEMENT),
                               Status.BAD_ADDRESS),
    "address that its bits let overflow": (
        write_sparse(1, Space.SAMPLES, 2**17 - 1, 1, ELEMENT), Status.BAD_ADDRESS),
}


def test_every_fault_has_its_status_and_no_effect():
    async def bench(ctx, dut, ask, compare):
        for name, (body, status) in FAULTS.items():
            assert await ask(body) == bytes([1, Operation.WRITE_SPARSE | 0x80, status]), name
        await compare()
        # The very last words may be written.
        for sequence, (address, elements) in enumerate((
                (WORDS - 5, ELEMENT), (WORDS - 1, b"\1"), (WORDS, b"\0"), (WORDS - 1, b"\x20ab"))):
            assert await ask(write_sparse(sequence, Space.SAMPLES, address, 1, elements)) == ok(
                sequence, Operation.WRITE_SPARSE)
        await compare()

    run(bench)


def test_a_repeated_one_is_answered_and_not_executed():
    stores = []

    async def bench(ctx, dut, ask, compare):
        sparse = write_sparse(7, Space.SAMPLES, 3, 1, ELEMENT)
        for sequence, stored in ((7, 5), (7, 5), (8, 10), (7, 15)):
            body = bytes([sequence]) + sparse[1:]
            assert await ask(body) == ok(sequence, Operation.WRITE_SPARSE)
            assert len(stores) == stored
        await compare()

    run(bench, stores)


def test_a_running_engine_refuses_it():
    async def bench(ctx, dut, ask, compare):
        ctx.set(dut.idle, 0)
        await Host(ctx, dut).ask(write(1, Space.REGISTERS, Register.CONTROL, 1,
                                       bytes([Control.START, 0, 0, 0])))
        body = write_sparse(2, Space.SAMPLES, 0, 1, ELEMENT)
        assert (await Host(ctx, dut).ask(body))[2] == Status.BUSY
        ctx.set(dut.idle, 1)
        await ctx.tick().repeat(100)
        await compare()

    run(bench)


def test_random_elements():
    """Whatever the elements are, as many as said or not, answer and memory are the model's."""
    rng = random.Random(8)

    async def bench(ctx, dut, ask, compare):
        await ask(write(200, Space.SAMPLES, 0, 120, rng.randbytes(240)))
        for number in range(40):
            elements, count = b"", 0
            for _ in range(rng.choice([1, 2, 5, 60])):
                literals = rng.choice([0, 1, rng.randrange(SPARSE_LITERALS + 1)])
                elements += bytes([rng.choice([0, 1, 9, SPARSE_ZEROS]) | literals << 5])
                elements += rng.randbytes(2 * literals)
                count += 1
            elements, kind = elements[:WRITE_BYTES], rng.randrange(10)
            if kind == 0:
                count += rng.choice([-1, 1])
            elif kind == 1:
                elements = rng.randbytes(rng.choice([1, 3, WRITE_BYTES]))
            address = rng.choice([0, rng.randrange(WORDS), WORDS - 40, WORDS, rng.getrandbits(18)])
            await ask(write_sparse(number, Space.SAMPLES, address, count % 256, elements))
            if number % 20 == 19:
                await compare()

    run(bench)
