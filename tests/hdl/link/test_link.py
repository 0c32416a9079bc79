"""The link without its serial line: every status, register and space against the Python model."""

import random

import pytest
from amaranth.sim import Simulator
from cobs import cobs

from cortigate.golden.spec import QFormat, Rounding, preset
from cortigate.golden.spec.link import (
    FRAME_BYTES,
    READ_BYTES,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    Status,
    identity,
    space_words,
    spaces,
    word_bytes,
)
from cortigate.sim.link_bench import Host, LinkBench, ok, read, write
from cortigate.sim.link_model import LinkModel, encoded, with_crc

CLOCK = 12_345_678
TINY = preset("tiny")
# Weights of three bytes, with generators, more than 16 address bits.
WIDE = TINY.replace(weight=QFormat(3, 15, rounding=Rounding.STOCHASTIC), lanes=4,
                    rate=QFormat(2, 10), state=QFormat(4, 10), sample_capacity=20000)


def run(design, bench):
    dut = LinkBench(design, CLOCK)

    async def testbench(ctx):
        ctx.set(dut.idle, 1)
        await bench(ctx, dut, Host(ctx, dut))

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(testbench)
    sim.run()


@pytest.mark.parametrize("design", [TINY, WIDE], ids=["tiny", "wide"])
def test_every_space_keeps_what_is_written(design):
    """Full frames at the low and the high end of each space, and one word at a time by stride."""
    rng = random.Random(1)

    async def bench(ctx, dut, host):
        model, sequence = LinkModel(design, CLOCK), 0
        for space in spaces(design):
            words, size = space_words(design, space), word_bytes(design, space)
            if space == Space.REGISTERS:
                continue
            for first in {0, max(0, words - WRITE_BYTES // size)} if words else ():
                count = min(words, WRITE_BYTES // size)
                for body in (
                        write(sequence, space, first, count, rng.randbytes(count * size)),
                        read(sequence + 1, space, first, min(words, READ_BYTES // size)),
                        read(sequence + 2, space, first, 5, (count - 1) // 4),
                        read(sequence + 3, space, words - 1, 3, 0)):
                    assert await host.ask(body) == model.receive(encoded(body)[:-1])
                    sequence = (sequence + 1) % 250
        answer = await host.ask(read(7, Space.IDENTITY, 0, space_words(design, Space.IDENTITY)))
        assert answer == ok(7, Operation.READ, identity(design, CLOCK).pack())

    run(design, bench)


def test_every_register():
    async def bench(ctx, dut, host):
        model = LinkModel(TINY, CLOCK)
        for register in Register:
            value = (0x01020304 * (register + 1) + 0xF0000000) & 0xFFFFFFFF
            if register == Register.CONTROL:
                value = Control.TRAIN | Control.STOP  # no START
            for body in (write(register, Space.REGISTERS, register, 1, value.to_bytes(4, "little")),
                         read(100 + register, Space.REGISTERS, 0, len(Register))):
                assert await host.ask(body) == model.receive(encoded(body)[:-1]), register

    run(TINY, bench)


FAULTS = {
    "operation": (bytes([1, 3]), Status.BAD_OPERATION),
    "operation with payload": (bytes([1, 0x81, *read(1, 1, 0, 1)[2:]]), Status.BAD_OPERATION),
    "short READ": (read(1, Space.IDENTITY, 0, 1)[:-1], Status.BAD_LENGTH),
    "long READ": (read(1, Space.IDENTITY, 0, 1) + b"\1", Status.BAD_LENGTH),
    "short WRITE": (write(1, Space.SAMPLES, 0, 1, b"")[:-1], Status.BAD_LENGTH),
    "space": (read(1, 5, 0, 1), Status.BAD_SPACE),
    "far space": (write(1, 0x82, 0, 1, b"ab"), Status.BAD_SPACE),
    "no word": (read(1, Space.SAMPLES, 0, 0), Status.BAD_LENGTH),
    "more words than an answer": (read(1, Space.SAMPLES, 0, READ_BYTES // 2 + 1),
                                  Status.BAD_LENGTH),
    "most words": (read(1, Space.WEIGHTS, 0, 255, 0), Status.BAD_LENGTH),
    "more words than sent": (write(1, Space.SAMPLES, 0, 2, b"abc"), Status.BAD_LENGTH),
    "fewer words than sent": (write(1, Space.SAMPLES, 0, 1, b"abc"), Status.BAD_LENGTH),
    "first address": (read(1, Space.SAMPLES, space_words(TINY, Space.SAMPLES), 1),
                      Status.BAD_ADDRESS),
    "last address": (write(1, Space.SAMPLES, space_words(TINY, Space.SAMPLES) - 1, 2, b"abcd"),
                     Status.BAD_ADDRESS),
    "address by stride": (read(1, Space.SAMPLES, 1, 3, 0xFFFF), Status.BAD_ADDRESS),
    **{f"address bit {bit}": (read(1, Space.IDENTITY, 1 << bit, 1), Status.BAD_ADDRESS)
       for bit in range(5, 32)},
    "identity": (write(1, Space.IDENTITY, 0, 1, b"X"), Status.BAD_ADDRESS),
    "no generators": (read(1, Space.GENERATORS, 0, 1), Status.BAD_ADDRESS),
    **{f"read only {register}": (write(1, Space.REGISTERS, Register[register], 1, b"abcd"),
                                 Status.BAD_ADDRESS)
       for register in ("STATUS", "SAMPLES", "CORRECT", "CYCLES")},
    "up to read only": (write(1, Space.REGISTERS, Register.SHUFFLE_STATE, 5, bytes(20)),
                        Status.BAD_ADDRESS),
}


def test_every_fault_has_its_status_and_no_effect():
    async def bench(ctx, dut, host):
        model = LinkModel(TINY, CLOCK)
        for name, (body, status) in FAULTS.items():
            answer = await host.ask(body)
            assert answer == bytes([1, body[1] | 0x80, status]), name
            assert answer == model.receive(encoded(body)[:-1]), name
        for space in (Space.SAMPLES, Space.WEIGHTS):
            count = min(60, space_words(TINY, space))
            words = bytes(count * word_bytes(TINY, space))
            assert await host.ask(read(9, space, 0, count)) == ok(9, Operation.READ, words)

    run(TINY, bench)


def test_a_running_engine_answers_registers_and_refuses_memories():
    async def bench(ctx, dut, host):
        ctx.set(dut.idle, 0)
        start = write(1, Space.REGISTERS, Register.CONTROL, 1, bytes([Control.START, 0, 0, 0]))
        assert await host.ask(start) == ok(1, Operation.WRITE)
        for space in (Space.WEIGHTS, Space.SAMPLES, Space.GENERATORS):
            size = word_bytes(TINY, space)
            for body in (read(2, space, 0, 1), write(3, space, 0, 1, bytes(size))):
                assert await host.ask(body) == bytes([body[0], body[1] | 0x80, Status.BUSY])
        status = read(4, Space.REGISTERS, Register.STATUS, 1)
        assert await host.ask(status) == ok(4, Operation.READ, b"\1\0\0\0")
        assert (await host.ask(read(5, Space.IDENTITY, 0, 2))) == ok(5, Operation.READ, b"CG")
        ctx.set(dut.idle, 1)
        await ctx.tick().repeat(100)
        assert await host.ask(status) == ok(4, Operation.READ, b"\0\0\0\0")
        assert (await host.ask(read(6, Space.WEIGHTS, 0, 1)))[2] == Status.OK

    run(TINY, bench)


def test_a_repeated_write_is_answered_and_not_executed():
    async def bench(ctx, dut, host):
        async def stored():
            return (await host.ask(read(50, Space.SAMPLES, 3, 1)))[3:]

        first, other = (write(s, Space.SAMPLES, 3, 1, d) for s, d in ((7, b"ab"), (8, b"cd")))
        assert await host.ask(first) == ok(7, Operation.WRITE)
        assert await host.ask(other) == ok(8, Operation.WRITE)
        # Not the last request: executed again.
        assert await host.ask(first) == ok(7, Operation.WRITE)
        assert await stored() == b"ab"
        # CONTROL has an effect that can be counted: RESET_GENERATORS pulses.
        control = write(9, Space.REGISTERS, Register.CONTROL, 1,
                        bytes([Control.RESET_GENERATORS, 0, 0, 0]))
        pulses.clear()
        for _ in range(3):
            await host.send(b"\x05nope\0")  # a damaged frame in between is no request
            assert await host.ask(control) == ok(9, Operation.WRITE)
        assert len(pulses) == 1
        refused = write(10, Space.IDENTITY, 0, 1, b"X")
        for _ in range(2):
            assert await host.ask(refused) == bytes([10, 0x82, Status.BAD_ADDRESS])
        same_sequence = write(10, Space.SAMPLES, 3, 1, b"ef")
        assert await host.ask(same_sequence) == ok(10, Operation.WRITE)
        assert await stored() == b"ef"
        # Another sequence is no repetition, not even with the same CRC.
        crc = with_crc(same_sequence)[-2:]
        other = next(body for body in (write(11, Space.SAMPLES, 3, 1, n.to_bytes(2, "little"))
                                       for n in range(1 << 16)) if with_crc(body)[-2:] == crc)
        assert await host.ask(same_sequence) == ok(10, Operation.WRITE)
        assert await host.ask(other) == ok(11, Operation.WRITE)
        assert await stored() == other[-2:] != b"ef"
        # After a READ nothing is a repetition, and a READ never is.
        assert await host.ask(same_sequence) == ok(10, Operation.WRITE)
        assert await stored() == await stored() == b"ef"

    pulses = []
    dut = LinkBench(TINY, CLOCK)

    async def testbench(ctx):
        ctx.set(dut.idle, 1)
        await bench(ctx, dut, Host(ctx, dut))

    async def count(ctx):
        async for _, _, pulse in ctx.tick().sample(dut.registers.reset_generators):
            if pulse:
                pulses.append(1)

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(testbench)
    sim.add_testbench(count, background=True)
    sim.run()


def test_the_first_request_is_no_repetition():
    """Not even one whose sequence and CRC are both zero, as the registers are after a reset."""
    head = write(0, Space.SAMPLES, 0, 4, b"")
    tail = next(tail for tail in (n.to_bytes(8, "little") for n in range(1 << 20))
                if with_crc(head + tail)[-2:] == b"\0\0")

    async def bench(ctx, dut, host):
        assert await host.ask(head + tail) == ok(0, Operation.WRITE)
        assert await host.ask(read(1, Space.SAMPLES, 0, 4)) == ok(1, Operation.READ, tail)

    run(TINY, bench)


def test_damage_is_dropped_counted_and_forgotten():
    """Flipped bits, cuts, wrong lengths: no answer, one count each; the next request is served."""
    rng = random.Random(3)
    good = encoded(write(200, Space.SAMPLES, 0, 3, b"abcdef"))
    bad = [good[:3] + bytes([good[3] ^ 0x10]) + good[4:], good[:-4] + b"\0", good[5:],
           encoded(b"")[:-1] + b"\0", b"\1\0", cobs.encode(b"abc") + b"\0",
           encoded(bytes([1, 2]) + b"\7" * (FRAME_BYTES - 3)), bytes([9]) * 700 + b"\0",
           b"\xff" * 254 + b"\0", rng.randbytes(40).replace(b"\0", b"\1") + b"\0"]

    async def bench(ctx, dut, host):
        model = LinkModel(TINY, CLOCK)
        for number, frame in enumerate(bad):
            await host.send(b"\0\0" + frame)  # and without a pause the next one
            assert model.receive(frame[:-1]) is None
            body = read(number, Space.REGISTERS, Register.FRAMES_DROPPED, 1)
            assert await host.ask(body) == model.receive(encoded(body)[:-1]), number
        longest = write(3, Space.SAMPLES, 0, 120, bytes(240))
        assert len(with_crc(longest)) == FRAME_BYTES
        assert await host.ask(longest) == ok(3, Operation.WRITE)
        clean = read(200, Space.SAMPLES, 0, 3)
        assert await host.ask(clean) == ok(200, Operation.READ, bytes(6))

    run(TINY, bench)


def test_frames_that_come_too_early_are_dropped_and_counted():
    """Each part of an answer is disturbed; whatever was not listened to is one dropped frame."""
    request = encoded(read(1, Space.IDENTITY, 0, 20))

    async def bench(ctx, dut, host):
        for wait in range(1, 120, 7):
            clear = write(2, Space.REGISTERS, Register.FRAMES_DROPPED, 1, bytes(4))
            assert await host.ask(clear) == ok(2, Operation.WRITE)
            await host.send(request)
            await ctx.tick().repeat(wait)
            await host.send(request[1:5] + b"\0" + request[:4])  # one frame, and part of another
            assert (await host.answer())[:3] == ok(1, Operation.READ)
            await host.send(request[4:])
            assert await host.answer(600) is None
            body = read(3, Space.REGISTERS, Register.FRAMES_DROPPED, 1)
            assert await host.ask(body) == ok(3, Operation.READ, b"\2\0\0\0"), wait

    run(TINY, bench)


def test_the_end_of_a_frame_is_no_frame():
    """Not even if it looks like one, and its beginning came while nobody listened."""
    request, intact = encoded(read(1, Space.IDENTITY, 0, 20)), read(2, Space.IDENTITY, 0, 1)
    frame = cobs.encode(b"beginning" + with_crc(intact)) + b"\0"

    async def bench(ctx, dut, host):
        await host.send(request + frame[:10])
        assert (await host.answer())[:3] == ok(1, Operation.READ)
        await host.send(frame[10:])
        assert await host.answer(600) is None
        assert await host.ask(intact) == ok(2, Operation.READ, b"C")

    run(TINY, bench)


def test_an_answer_waits_for_a_slow_line():
    async def bench(ctx, dut, host):
        rng, received = random.Random(4), bytearray()
        await host.send(encoded(read(5, Space.IDENTITY, 0, 20)))
        while not received or received[-1]:
            ready = rng.random() < 0.2
            ctx.set(dut.o.ready, ready)
            valid, byte = ctx.get(dut.o.valid), ctx.get(dut.o.payload)
            await ctx.tick()
            if valid and ready:
                received.append(byte)
            elif valid:  # an offer stands
                assert ctx.get(dut.o.valid) and ctx.get(dut.o.payload) == byte
        body = ok(5, Operation.READ, identity(TINY, CLOCK).pack()[:20])
        assert bytes(received) == encoded(body)

    run(TINY, bench)


@pytest.mark.parametrize("design", [TINY, WIDE], ids=["tiny", "wide"])
def test_random_requests(design):
    """Whatever a request asks, valid or not, answer and memories are the model's."""
    rng = random.Random(6)

    async def bench(ctx, dut, host):
        model = LinkModel(design, CLOCK)
        for number in range(120):
            space = rng.choice([*spaces(design), Space.SAMPLES, Space.WEIGHTS, 5])
            words = space_words(design, space) if space in spaces(design) else 10
            address = rng.choice([0, rng.randrange(words + 1), max(0, words - 3),
                                  rng.getrandbits(32)])
            count = rng.choice([1, 1, 2, 5, 40, 0])
            size = word_bytes(design, space) if space in spaces(design) else 1
            payload = rng.randbytes(min(WRITE_BYTES, count * size + rng.choice([0] * 9 + [1])))
            if space == Space.REGISTERS:
                address, count, payload = address % 16, 1, payload[:4]
                if address == Register.CONTROL:
                    payload = bytes([payload[0] & ~1, *payload[1:]]) if payload else b""
            body = rng.choice([read(number, space, address, count, rng.choice([0, 1, 2, 9])),
                               write(number, space, address, count, payload)])
            for _ in range(rng.choice([1, 1, 1, 2])):
                assert await host.ask(body) == model.receive(encoded(body)[:-1]), body.hex()

    run(design, bench)
