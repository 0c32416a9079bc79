"""Requests that meet every status and edge of the link, and what they have met."""

from amaranth.sim import Simulator

from ..golden.edges import Edge, Meetings, clip, comparison
from ..golden.spec import Design, Network, QFormat, Rounding
from ..golden.spec.link import (
    FRAME_BYTES,
    READ_BYTES,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    Status,
    space_words,
    spaces,
    word_bytes,
)
from .link_bench import Host, LinkBench, read, write, write_sparse
from .link_model import LinkModel, encoded

__all__ = ["DESIGN", "link_coverage", "link_edges", "requests"]

CLOCK = 12_345_678
# It has generators and knows WRITE_SPARSE; its weights leave no lane empty.
DESIGN = Design(Network((256, 4, 2)), lanes=2, sample_capacity=2,
                weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
OTHER = "another operation"


def link_edges():
    """Edges that requests should meet: list of Edge."""
    statuses = tuple(status.name for status in Status)
    known, unsigned = "the operation is known", "a byte is never negative"
    edges = [Edge("frame", ("answered", "repeated", "dropped")),
             Edge(OTHER, ("BAD_OPERATION",))]
    edges += [Edge(operation.name, statuses, {"BAD_OPERATION": known}) for operation in Operation]
    for name in ("bytes of a write's header", "bytes of a READ", "space", "space while it runs",
                 "bytes of words", "bytes of an answer", "end of an element's words",
                 "end of an element", *(f"address in {space.name}" for space in spaces(DESIGN))):
        edges += comparison(name)
    return edges + clip("bytes of a frame") + comparison("count", below=unsigned)


def requests():
    """Bodies of requests: (to an engine that rests, to one that runs)."""
    words = {space: space_words(DESIGN, space) for space in spaces(DESIGN)}
    resting = [bytes([1, 4]), bytes([1, 0x81, 0])]
    for space in spaces(DESIGN):
        size, end = word_bytes(DESIGN, space), words[space]
        for first in (end - 2, end - 1, end, end + 1, 1 << 31):
            resting += [read(2, space, first, 1), write(3, space, first, 1, bytes([7] * size))]
        resting += [read(4, space, 0, 0), write(5, space, 0, 0, b"")]
    one = write(6, Space.SAMPLES, 0, 1, b"ab")
    resting += [one, one, one[:-1], one[:-2], one + b"c", one[:-3], one[:-4]]
    resting += [read(7, Space.SAMPLES, 0, 1)[:-1], read(7, Space.SAMPLES, 0, 1) + b"\0"]
    resting += [read(8, Space.IDENTITY, 0, count, 0) for count in range(
        READ_BYTES - 1, READ_BYTES + 2)]
    resting += [read(9, space, 0, 1) for space in (5, 6, 0xFF)]
    resting += [write(10, space, 0, 1, b"ab") for space in (5, 6)]
    resting.append(write(11, Space.SAMPLES, 0, WRITE_BYTES // 2, bytes(WRITE_BYTES)))
    # Elements: zeros | literals << 5. The last words of the space, one more, one less.
    end = words[Space.SAMPLES]
    for first in (end - 6, end - 5, end - 4):
        resting.append(write_sparse(12, Space.SAMPLES, first, 1, bytes([3 | 2 << 5, 1, 2, 3, 4])))
    element = bytes([3 | 2 << 5, 1, 2, 3, 4])
    for elements, count in ((element[:-1], 1), (element + b"\0", 1), (element + b"\0", 2),
                            (element, 2), (b"", 1), (element[:1], 1), (element, 0)):
        resting.append(write_sparse(13, Space.SAMPLES, 0, count, elements))
    resting += [write_sparse(14, Space.WEIGHTS, 0, 1, element),
                write_sparse(14, Space.SAMPLES, 0, 1, b"")[:-1]]
    running = [write_sparse(17, Space.SAMPLES, 0, 1, element)]
    for space in spaces(DESIGN):
        first = Register.FIRST if space == Space.REGISTERS else 0  # STATUS says that it runs
        running += [read(15, space, first, 1),
                    write(16, space, first, 1, bytes(word_bytes(DESIGN, space)))]
    return resting, running


def frames():
    """Frames that are no request of the right length, or none at all."""
    damaged = bytearray(encoded(read(1, Space.IDENTITY, 0, 1)))
    damaged[3] ^= 0x10
    lengths = [encoded(bytes([1, 9]) + bytes([7] * (length - 4)))
               for length in (FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1)]
    return [bytes(damaged), encoded(b"\1"), encoded(b"\1\4"), encoded(b"\1\4\0"), *lengths]


def link_coverage():
    """Meetings of all requests, sent to the link without its serial line.

    Raises
    ------
    AssertionError
        An answer is not the model's.
    """
    dut, model = LinkBench(DESIGN, CLOCK), LinkModel(DESIGN, CLOCK)
    model.edges = Meetings(link_edges())
    resting, running = requests()

    async def testbench(ctx):
        host = Host(ctx, dut)
        ctx.set(dut.idle, 1)
        for frame in frames() + list(map(encoded, resting)):
            await _ask(host, model, frame)
        ctx.set(dut.idle, 0)
        start = write(20, Space.REGISTERS, Register.CONTROL, 1, bytes([Control.START, 0, 0, 0]))
        await _ask(host, model, encoded(start))
        model.running = True
        for body in running:
            await _ask(host, model, encoded(body))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()
    return model.edges


async def _ask(host, model, frame):
    expected = model.receive(frame[:-1])
    await host.send(frame)
    answer = await host.answer(6000 if expected else 600)
    if answer != expected:
        raise AssertionError(f"the answer to {frame.hex(' ')} must be "
                             f"{expected and expected.hex(' ')}, not {answer and answer.hex(' ')}")
