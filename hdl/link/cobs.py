"""Consistent Overhead Byte Stuffing (Cheshire and Baker 1999): frames without zeros inside.

A frame is cut at its zeros into groups; each group is sent as its length plus one (the code) and
its bytes, the zero itself is not sent. Frames here have at most `FRAME_BYTES` bytes, fewer than
the 254 of a full group, so that every group stands for a zero but the last.
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["CobsDecoder", "CobsEncoder", "decoded_layout", "encoded_layout"]

# One byte of a frame, or (last) its end without a byte; error: the frame was cut inside a group.
decoded_layout = data.StructLayout({"data": 8, "last": 1, "error": 1})

# One byte of a frame, or (last) its end without a byte.
encoded_layout = data.StructLayout({"data": 8, "last": 1})


class CobsDecoder(wiring.Component):
    """Bytes of the line to bytes of frames; starts afresh at every zero byte.

    Takes a byte in every cycle and answers in the next one. Zeros between frames are passed over.

    Members
    -------
    i : stream of 8 bits
    o : stream of decoded_layout
    """

    i: In(stream.Signature(8, always_ready=True))
    o: Out(stream.Signature(decoded_layout, always_ready=True))

    def elaborate(self, platform):
        m = Module()
        left = Signal(8)  # bytes of the group that are still to come
        inside = Signal()  # the frame's first code has been seen
        code = Signal(init=1)  # none are: what comes next is a group's code
        still = Mux(code, self.i.payload, left)  # this one and those that are still to come
        m.d.sync += self.o.valid.eq(self.i.valid & inside)
        with m.If(self.i.valid):
            # A code stands for the zero that ended the group before it.
            m.d.sync += [self.o.p.data.eq(Mux(code, 0, self.i.payload)),
                         self.o.p.last.eq(self.i.payload == 0), self.o.p.error.eq(~code)]
            with m.If(self.i.payload == 0):
                m.d.sync += [left.eq(0), code.eq(1), inside.eq(0)]
            with m.Else():
                m.d.sync += [left.eq(still - 1), code.eq(still == 1), inside.eq(1)]
        return m


class CobsEncoder(wiring.Component):
    """Bytes of one frame into a memory that then holds the encoded frame and its delimiter.

    A group's code is written once the group's end is known, into the place that was left for it:
    one memory write for each byte of the frame.

    Members
    -------
    start : 1 bit
        Begin a frame at memory address 0.
    i : stream of encoded_layout
        Always taken; the frame, of at most 253 bytes, must have begun with `start`, and nothing
        may follow in the cycle after `last`.
    write, address, data
        To the memory, in the cycle of each byte and in the two of the end.
    """

    start: In(1)
    i: In(stream.Signature(encoded_layout, always_ready=True))
    write: Out(1)
    address: Out(8)
    data: Out(8)

    def elaborate(self, platform):
        m = Module()
        position = Signal(8, init=1)  # of the next byte
        code = Signal(8)  # place of this group's code
        ending = Signal()
        zero = self.i.p.last | (self.i.p.data == 0)
        m.d.comb += [
            self.write.eq(self.i.valid | ending),
            self.address.eq(position),
            self.data.eq(self.i.p.data),
        ]
        with m.If(ending):  # what would be the next group's code is the delimiter
            m.d.comb += [self.address.eq(code), self.data.eq(0)]
        with m.Elif(zero):
            m.d.comb += [self.address.eq(code), self.data.eq(position - code)]
        m.d.sync += ending.eq(self.i.valid & self.i.p.last)
        with m.If(self.i.valid):
            m.d.sync += position.eq(position + 1)
            with m.If(zero):
                m.d.sync += code.eq(position)
        with m.If(self.start):
            m.d.sync += [position.eq(1), code.eq(0)]
        return m
