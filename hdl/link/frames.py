"""Takes frames off the line into a memory and says which of them are intact."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from ...golden.spec.link import FRAME_BYTES
from .cobs import decoded_layout

__all__ = ["FrameReceiver"]

SHORTEST = 4  # bytes: sequence, operation and CRC


class FrameReceiver(wiring.Component):
    """Writes every byte of a frame at its place, and checks length and CRC at the frame's end.

    A damaged frame costs no time, so that the next one is never missed; a frame of which a byte
    arrives while nobody listens is dropped.

    Members
    -------
    i : stream of decoded_layout
        What the line brings, a byte in two cycles at most.
    listening : 1 bit
        Frames may be written to the memory.
    write, address, data
        To the memory.
    intact : 1 bit
        A frame is complete in the memory, 1 cycle after its end; never while not `listening`.
    end, crc : 8 and 16 bits
        Place of the intact frame's CRC, and its value; they stay while nobody listens.
    dropped : 1 bit
        A frame was dropped.
    """

    def __init__(self):
        super().__init__({
            "i": In(stream.Signature(decoded_layout, always_ready=True)),
            "listening": In(1),
            "write": Out(1), "address": Out(8), "data": Out(8),
            "intact": Out(1), "end": Out(8), "crc": Out(16), "dropped": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC16_IBM_3740(data_width=8).create()
        place = Signal(9)
        broken = Signal()  # too long, or a part of it was not listened to
        # The last two bytes received: they may turn out to be the CRC, so it is computed of what
        # comes before them.
        tail = [Signal(8, name=f"tail_{i}") for i in range(2)]
        begun = Signal(2)  # a byte, or two, of the frame are behind
        ended, whole, equal = Signal(), Signal(), Signal()
        m.d.sync += [ended.eq(self.i.valid & self.i.p.last), equal.eq(Cat(tail) == crc.crc),
                     whole.eq(self.listening & ~self.i.p.error & ~broken & (place >= SHORTEST))]
        m.d.comb += [
            self.write.eq(self.listening & self.i.valid & ~self.i.p.last),
            self.address.eq(place[:8]), self.data.eq(self.i.p.data),
            crc.start.eq(~begun[0]), crc.data.eq(tail[0]),
            crc.valid.eq(self.i.valid & ~self.i.p.last & begun[1]),
            self.intact.eq(ended & whole & equal), self.dropped.eq(ended & ~self.intact),
        ]
        with m.If(self.i.valid):
            m.d.sync += [tail[0].eq(tail[1]), tail[1].eq(self.i.p.data)]
            with m.If(self.i.p.last):
                m.d.sync += [place.eq(0), begun.eq(0), broken.eq(0)]
                with m.If(self.listening):
                    m.d.sync += [self.crc.eq(crc.crc), self.end.eq(place - 2)]
            with m.Else():
                m.d.sync += [place.eq(place + 1), begun.eq(Cat(1, begun)),
                             broken.eq(broken | ~self.listening | (place == FRAME_BYTES))]
        return m
