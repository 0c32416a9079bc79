"""A bench for the link without its serial line, in Amaranth's simulator."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped
from cobs import cobs

from ..golden.spec import Design
from ..golden.spec.link import Operation, Space, Status, space_words
from ..hdl.link.cobs import CobsDecoder
from ..hdl.link.registers import RegisterFile
from ..hdl.link.server import Server
from ..hdl.link.spaces import Spaces
from .link_model import encoded, with_crc

__all__ = ["Host", "LinkBench", "ok", "read", "write", "write_sparse"]


class LinkBench(wiring.Component):
    """The link with memories of 3 cycles' latency in place of the engine and the samples.

    Parameters
    ----------
    design : Design
    clock_hz : int

    Members
    -------
    i, o : stream of 8 bits
        The line.
    idle, cursor
        Of a run, as the feeder tells them.

    Attributes
    ----------
    stores : Signal
        A word of the samples is being written.
    """

    i: In(stream.Signature(8, always_ready=True))
    o: Out(stream.Signature(8))
    idle: In(1)
    cursor: In(16)

    def __init__(self, design: Design, clock_hz):
        self.design, self.clock_hz, self.registers = design, clock_hz, RegisterFile(design)
        self.stores = Signal()
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = decoder = CobsDecoder()
        m.submodules.server = server = Server(self.design)
        m.submodules.spaces = spaces = Spaces(self.design, self.clock_hz)
        m.submodules.registers = registers = self.registers
        connect(m, flipped(self.i), decoder.i)
        connect(m, decoder.o, server.i)
        connect(m, server.words, spaces.words)
        connect(m, server.o, flipped(self.o))
        m.d.comb += [
            server.running.eq(registers.running), registers.idle.eq(self.idle),
            registers.cursor.eq(self.cursor),
            registers.events.frames_dropped.eq(server.dropped),
            self.stores.eq(spaces.samples.write),
            registers.address.eq(spaces.registers.address),
            registers.valid.eq(spaces.registers.valid),
            registers.write.eq(spaces.registers.write),
            registers.write_data.eq(spaces.registers.write_data),
            spaces.registers.read_data.eq(registers.read_data),
            spaces.registers.halves.eq(registers.halves),
        ]
        for space in (Space.WEIGHTS, Space.SAMPLES, Space.GENERATORS):
            words = space_words(self.design, space)
            if words == 0:
                continue
            port = getattr(spaces, space.name.lower())
            memory = Memory(shape=port.read_data.shape(), depth=words, init=[])
            m.submodules[space.name.lower()] = memory
            read, write = memory.read_port(), memory.write_port()
            late = [Signal.like(port.read_data) for _ in range(2)]
            m.d.comb += [read.addr.eq(port.address), write.addr.eq(port.address),
                         write.data.eq(port.write_data), write.en.eq(port.write)]
            m.d.sync += [late[0].eq(read.data), late[1].eq(late[0])]
            m.d.comb += port.read_data.eq(late[1])
        return m


class Host:
    """Sends bytes to a board and takes its answers, within a testbench."""

    def __init__(self, ctx, dut):
        self.ctx, self.dut = ctx, dut

    async def send(self, data):
        """Bytes, one in two cycles."""
        for byte in data:
            self.ctx.set(self.dut.i.payload, byte)
            self.ctx.set(self.dut.i.valid, 1)
            await self.ctx.tick()
            self.ctx.set(self.dut.i.valid, 0)
            await self.ctx.tick()

    async def answer(self, patience=6000):
        """Body of the next answer; None if nothing comes."""
        received = bytearray()
        self.ctx.set(self.dut.o.ready, 1)
        for _ in range(patience):
            valid, byte = self.ctx.get(self.dut.o.valid), self.ctx.get(self.dut.o.payload)
            await self.ctx.tick()
            if valid:
                received.append(byte)
                if byte == 0:
                    decoded = cobs.decode(bytes(received[:-1]))
                    assert with_crc(decoded[:-2]) == decoded
                    return decoded[:-2]
        assert not received
        return None

    async def ask(self, body):
        """Send the body's frame; body of the answer."""
        await self.send(encoded(body))
        return await self.answer()


def read(sequence, space, address, count, stride=1):
    """Body of a READ."""
    return (bytes([sequence, Operation.READ, space]) + address.to_bytes(4, "little")
            + bytes([count]) + stride.to_bytes(2, "little"))


def write(sequence, space, address, count, data):
    """Body of a WRITE."""
    return (bytes([sequence, Operation.WRITE, space]) + address.to_bytes(4, "little")
            + bytes([count]) + data)


def write_sparse(sequence, space, address, count, elements):
    """Body of a WRITE_SPARSE of this many elements, given as bytes."""
    return (bytes([sequence, Operation.WRITE_SPARSE, space]) + address.to_bytes(4, "little")
            + bytes([count]) + elements)


def ok(sequence, operation, words=b""):
    """Body of an answer with status OK."""
    return bytes([sequence, operation | 0x80, Status.OK]) + words
