"""Builds the response in the frames' memory, and sends it."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from .cobs import CobsEncoder

__all__ = ["Response"]


class Response(wiring.Component):
    """A response's bytes, encoded, with CRC and delimiter behind them; then the way to the line.

    Members
    -------
    begin : 1 bit
        A response begins.
    valid, data : 1 bit, 8 bits
        Its next byte.
    finish : 1 bit
        It has no further ones: put CRC and delimiter behind it, and send it.
    again : 1 bit
        Send the last one again.
    write, address, write_data
        To the memory.
    byte, fresh : see `FrameWalk`
    sending, step, restart : 1 bit
        Walk through the response; go on to its next byte; go to its first byte, or, when all is
        sent, to the request's.
    sent : 1 bit
        One cycle: all of it is on the line.
    o : stream of 8 bits
        To the line.
    """

    begin: In(1)
    valid: In(1)
    data: In(8)
    finish: In(1)
    again: In(1)
    write: Out(1)
    address: Out(8)
    write_data: Out(8)
    byte: In(8)
    fresh: In(1)
    sending: Out(1)
    step: Out(1)
    restart: Out(1)
    sent: Out(1)
    o: Out(stream.Signature(unsigned(8)))

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC16_IBM_3740(data_width=8).create()
        m.submodules.encoder = encoder = CobsEncoder()
        # CRC and delimiter, a cycle each; the last byte is being written, maybe to the first
        # place, when all is ready to be sent.
        takes, low, high, ending, encodes, settles = (Signal() for _ in range(6))
        m.d.sync += [takes.eq(self.finish), low.eq(takes), high.eq(low), ending.eq(high),
                     encodes.eq(ending), settles.eq(encodes)]
        # Registers before and behind the encoder keep its search for zeros apart.
        m.d.sync += [
            crc.valid.eq(self.valid), encoder.i.valid.eq(self.valid | low | high | ending),
            encoder.i.p.data.eq(Mux(low, crc.crc[:8], Mux(high, crc.crc[8:], self.data))),
            encoder.i.p.last.eq(ending),
            self.write.eq(encoder.write), self.address.eq(encoder.address),
            self.write_data.eq(encoder.data),
        ]
        m.d.comb += [crc.start.eq(self.begin), encoder.start.eq(self.begin),
                     crc.data.eq(encoder.i.p.data)]

        # Is this byte the delimiter?
        delimits, seen = Signal(), Signal()
        m.d.sync += [delimits.eq(self.byte == 0), seen.eq(self.fresh), self.sent.eq(0)]
        shows = self.fresh & seen
        with m.If(settles | self.again):
            m.d.comb += self.restart.eq(1)
            m.d.sync += self.sending.eq(1)
        m.d.comb += [self.o.valid.eq(self.sending & shows), self.o.payload.eq(self.byte)]
        with m.If(self.sending & shows & self.o.ready):
            m.d.comb += self.step.eq(1)
            with m.If(delimits):
                m.d.comb += self.restart.eq(1)
                m.d.sync += [self.sending.eq(0), self.sent.eq(1)]
        return m
