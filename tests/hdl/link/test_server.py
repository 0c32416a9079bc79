# amaranth: UnusedElaboratable=no
"""The server alone: frames in, accesses to words and frames out, with the memories played here."""

import pytest
from amaranth.sim import Simulator
from cobs import cobs

from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import Operation, Register, Space, Status, space_words
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.hdl.link.server import Server
from cortigate.sim.link_bench import ok, read, write, write_sparse
from cortigate.sim.link_model import with_crc

TINY = preset("tiny")
SPARSE = design_for(Network((256, 4, 2)), lanes=2, sample_capacity=2)  # it knows WRITE_SPARSE


class Bench:
    """Sends bodies of requests to a server, and plays its words.

    Parameters
    ----------
    design : Design
    words : dict
        (space, address) -> value; others are 0.

    Attributes
    ----------
    accesses : list of tuple
        (space, address, value written or None), in their order.
    dropped : int
        Frames that the server has dropped.
    """

    def __init__(self, design, words=()):
        self.dut, self.words, self.accesses = Server(design), dict(words), []
        self.dropped = 0

    def run(self, talk):
        """Let `talk(ctx, ask)` talk to the server."""
        simulator = Simulator(self.dut)
        simulator.add_clock(1e-6)
        simulator.add_testbench(self._serve_words, background=True)
        simulator.add_testbench(self._count, background=True)

        async def bench(ctx):
            await talk(ctx, lambda *args, **kwargs: self._ask(ctx, *args, **kwargs))

        simulator.add_testbench(bench)
        simulator.run()

    async def _serve_words(self, ctx):
        """Each access takes three cycles and is done in the fourth, halves in two of them."""
        port = self.dut.words
        while True:
            await ctx.tick()
            if not ctx.get(port.valid):
                continue
            asked = ctx.get(port.space), ctx.get(port.address), ctx.get(port.write)
            written = ctx.get(port.write_data) if asked[2] else None
            self.accesses.append((*asked[:2], written))
            for halves, done in ((0b00, 0), (0b01, 0), (0b10, 0), (0b00, 1)):
                value = self.words.get(asked[:2], 0)
                ctx.set(port.halves, halves)
                ctx.set(port.read_data, value if halves else 0)
                ctx.set(port.done, done)
                # What is asked stands still until it is done.
                assert ctx.get(port.valid)
                assert (ctx.get(port.space), ctx.get(port.address), ctx.get(port.write)) == asked
                await ctx.tick()
            ctx.set(port.done, 0)

    async def _count(self, ctx):
        async for _, _, dropped in ctx.tick().sample(self.dut.dropped):
            self.dropped += dropped

    async def _ask(self, ctx, body, *, damage=False):
        """Body of the answer to a request's body, None if there is none."""
        frame = bytearray(with_crc(body))
        frame[-1] ^= damage
        await ctx.tick().repeat(4)  # it listens again soon after the last answer's end
        for number in range(len(frame) + 1):
            last = number == len(frame)
            ctx.set(self.dut.i.payload, {"data": 0 if last else frame[number], "last": last,
                                         "error": 0})
            ctx.set(self.dut.i.valid, 1)
            await ctx.tick()
            ctx.set(self.dut.i.valid, 0)
            await ctx.tick()
        ctx.set(self.dut.o.ready, 1)
        received = bytearray()
        for _ in range(3000 if not damage else 300):
            valid, byte = ctx.get(self.dut.o.valid), ctx.get(self.dut.o.payload)
            await ctx.tick()
            if valid:
                received.append(byte)
                if byte == 0:
                    answer = cobs.decode(bytes(received[:-1]))
                    assert with_crc(answer[:-2]) == answer
                    return answer[:-2]
        assert not received
        return None


def refused(sequence, operation, status):
    """Body of an answer with another status."""
    return bytes([sequence, operation | 0x80, status])


def test_a_read_asks_for_its_words_a_stride_apart_and_answers_low_bytes_first():
    bench = Bench(TINY, {(Space.SAMPLES, 3): 0x1234, (Space.SAMPLES, 8): 0x00FF})

    async def talk(ctx, ask):
        answer = await ask(read(7, Space.SAMPLES, 3, 2, stride=5))
        assert answer == ok(7, Operation.READ, bytes([0x34, 0x12, 0xFF, 0x00]))

    bench.run(talk)
    assert bench.accesses == [(Space.SAMPLES, 3, None), (Space.SAMPLES, 8, None)]


def test_a_register_has_four_bytes_and_the_identity_one():
    bench = Bench(TINY, {(Space.REGISTERS, Register.COUNT): 0xDEADBEEF, (Space.IDENTITY, 1): 0x43})

    async def talk(ctx, ask):
        answer = await ask(read(1, Space.REGISTERS, Register.COUNT, 1))
        assert answer == ok(1, Operation.READ, bytes([0xEF, 0xBE, 0xAD, 0xDE]))
        assert await ask(read(2, Space.IDENTITY, 1, 1)) == ok(2, Operation.READ, b"\x43")

    bench.run(talk)


def test_a_write_hands_each_word_over_and_is_repeated_without_being_executed_again():
    bench = Bench(TINY)
    body = write(9, Space.SAMPLES, 4, 2, bytes([1, 2, 3, 4]))

    async def talk(ctx, ask):
        assert await ask(body) == ok(9, Operation.WRITE)
        assert await ask(body) == ok(9, Operation.WRITE)  # the host has not heard the answer
        assert len(bench.accesses) == 2
        # Another sequence number is another request.
        assert await ask(write(10, Space.SAMPLES, 4, 1, bytes([5, 6]))) == ok(10, Operation.WRITE)

    bench.run(talk)
    # A word of two bytes is written from the upper ones of the port.
    assert [(space, address, value >> 16) for space, address, value in bench.accesses] == [
        (Space.SAMPLES, 4, 0x0201), (Space.SAMPLES, 5, 0x0403), (Space.SAMPLES, 4, 0x0605)]


def test_a_read_is_executed_each_time():
    bench = Bench(TINY, {(Space.SAMPLES, 0): 0x0102})

    async def talk(ctx, ask):
        for value in (0x0102, 0x0304):
            bench.words[Space.SAMPLES, 0] = value
            answer = await ask(read(1, Space.SAMPLES, 0, 1))
            assert answer == ok(1, Operation.READ, value.to_bytes(2, "little"))

    bench.run(talk)


END = space_words(TINY, Space.SAMPLES)
FAULTY = {
    "no such operation": (bytes([1, 9]) + read(1, Space.SAMPLES, 0, 1)[2:], 9,
                          Status.BAD_OPERATION),
    "a READ without its stride": (read(1, Space.SAMPLES, 0, 1)[:-2], Operation.READ,
                                  Status.BAD_LENGTH),
    "no such space": (read(1, 6, 0, 1), Operation.READ, Status.BAD_SPACE),
    "no word": (read(1, Space.SAMPLES, 0, 0), Operation.READ, Status.BAD_LENGTH),
    "the second word is beyond the end": (read(1, Space.SAMPLES, END - 1, 2), Operation.READ,
                                          Status.BAD_ADDRESS),
    "the second word of a write is beyond the end": (
        write(1, Space.SAMPLES, END - 1, 2, bytes(4)), Operation.WRITE, Status.BAD_ADDRESS),
    "a byte too many": (write(1, Space.SAMPLES, 0, 1, bytes(3)), Operation.WRITE,
                        Status.BAD_LENGTH),
    "a byte too few": (write(1, Space.SAMPLES, 0, 2, bytes(3)), Operation.WRITE,
                       Status.BAD_LENGTH),
    "writes the identity": (write(1, Space.IDENTITY, 0, 1, b"x"), Operation.WRITE,
                            Status.BAD_ADDRESS),
    "writes a counter": (write(1, Space.REGISTERS, Register.CYCLES, 1, bytes(4)), Operation.WRITE,
                         Status.BAD_ADDRESS),
    "elements, which this design does not know": (
        write_sparse(1, Space.SAMPLES, 0, 1, bytes([3])), Operation.WRITE_SPARSE,
        Status.BAD_OPERATION),
}


def test_a_faulty_request_is_refused_whole():
    bench = Bench(TINY)

    async def talk(ctx, ask):
        for name, (body, operation, status) in FAULTY.items():
            assert await ask(body) == refused(1, operation, status), name
        assert await ask(read(2, Space.SAMPLES, END - 1, 1)) == ok(2, Operation.READ, bytes(2))

    bench.run(talk)
    assert bench.accesses == [(Space.SAMPLES, END - 1, None)]


def test_a_damaged_frame_has_no_answer_and_is_counted():
    bench = Bench(TINY)

    async def talk(ctx, ask):
        assert await ask(read(1, Space.SAMPLES, 0, 1), damage=True) is None
        assert bench.dropped == 1
        assert await ask(read(1, Space.SAMPLES, 0, 1)) == ok(1, Operation.READ, bytes(2))

    bench.run(talk)
    assert bench.dropped == 1
    assert len(bench.accesses) == 1


@pytest.mark.parametrize("streaming", [0, 1])
def test_while_the_engine_runs_it_keeps_its_memories(streaming):
    bench = Bench(TINY)

    async def talk(ctx, ask):
        ctx.set(bench.dut.running, 1)
        ctx.set(bench.dut.streaming, streaming)
        answer = await ask(read(1, Space.WEIGHTS, 0, 1))
        assert answer == refused(1, Operation.READ, Status.BUSY)
        answer = await ask(read(2, Space.SAMPLES, 0, 1))
        assert answer == (ok(2, Operation.READ, bytes(2)) if streaming
                          else refused(2, Operation.READ, Status.BUSY))
        answer = await ask(read(3, Space.REGISTERS, Register.STATUS, 1))
        assert answer == ok(3, Operation.READ, bytes(4))

    bench.run(talk)
    assert not any(space == Space.WEIGHTS for space, *_ in bench.accesses)


def test_an_element_stands_for_zeros_and_the_words_behind_them():
    bench = Bench(SPARSE)
    elements = bytes([2 | 1 << 5, 0x11, 0x22, 0 | 2 << 5, 3, 4, 5, 6])  # two zeros, then a word

    async def talk(ctx, ask):
        body = write_sparse(1, Space.SAMPLES, 10, 2, elements)
        assert await ask(body) == ok(1, Operation.WRITE_SPARSE)
        # The second element has a word less than it says.
        answer = await ask(write_sparse(2, Space.SAMPLES, 10, 2, elements[:-2]))
        assert answer == refused(2, Operation.WRITE_SPARSE, Status.BAD_LENGTH)

    bench.run(talk)
    assert [(address, value >> 16) for _, address, value in bench.accesses] == [
        (10, 0), (11, 0), (12, 0x2211), (13, 0x0403), (14, 0x0605)]
