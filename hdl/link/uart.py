"""Asynchronous serial line: 8 data bits, least significant first, no parity, one stop bit.

The length of a bit need not be a whole number of clock cycles: timers count its ninths, and what is
left at the end of a bit is carried into the next one, so that no error adds up.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .rate import STEP

__all__ = ["Receiver", "Transmitter"]

# The timer's first value in a start bit, through which it counts twice as fast, so that the data
# bits are met in their middles; simulated from 4 to 1000 cycles per bit.
START = -2 * STEP - 1


class Receiver(wiring.Component):
    """Bytes from a line. A byte without its stop bit is left out.

    Parameters
    ----------
    bits : int
        Of the longest period, unsigned.

    Members
    -------
    line : 2 bits
        The line, synchronised: what it will be in the next cycle, and (bit 1) what it is.
    period : signed
        Ninths of a clock cycle in a bit, less `STEP`; a bit takes 4 cycles or more.
    searching, found : 1 bit
        From `RateFinder`: nothing is received meanwhile; a zero byte has come.
    o : stream of 8 bits
        Always taken; one byte in the middle of its stop bit.
    """

    def __init__(self, bits):
        super().__init__({
            "line": In(2, init=3), "period": In(signed(bits + 1)),
            "searching": In(1), "found": In(1),
            "o": Out(stream.Signature(8, always_ready=True)),
        })

    def elaborate(self, platform):
        m = Module()
        level = self.line[1]
        timer = Signal(self.period.shape(), init=START)
        # Each bit enters at the top; the marker below them leaves at the bottom with the last one.
        bits = Signal(9)
        # What it is at, a register each: here since the line fell 1 cycle, the timer's load 2.
        idle, loads, starts, inside, broken = Signal(init=1), *(Signal(name=name) for name in (
            "loads", "starts", "inside", "broken"))
        sample = timer < 0
        takes = inside & sample
        ends = takes & bits[0]
        # Registered, since a long way begins here: through the decoder to the server's CRC.
        m.d.comb += self.o.payload.eq(bits[:8])
        m.d.sync += [
            self.o.valid.eq(idle & self.found | ends & level),
            # At the stop bit at once: the next byte may follow half a bit on. A start bit that
            # does not last is a glitch.
            idle.eq(idle & (self.found | level | self.searching)
                    | level & (starts | broken | ends)),
            loads.eq(idle & ~(self.found | level | self.searching)),
            starts.eq(loads | starts & ~(sample | level)),
            inside.eq(starts & sample & ~level | inside & ~ends),
            broken.eq(~level & (broken | ends)),
            timer.eq(timer + Mux(sample, self.period, Mux(starts, -2 * STEP, -STEP))),
        ]
        with m.If(idle):
            m.d.sync += timer.eq(START)
            with m.If(self.found):
                m.d.sync += bits.eq(0)
        with m.If(starts & sample):
            m.d.sync += bits.eq(1 << 8)
        with m.If(takes):
            m.d.sync += bits.eq(Cat(bits[1:], level))
        return m


class Transmitter(wiring.Component):
    """Bytes onto a line.

    Parameters
    ----------
    bits : int
        Of the longest period, unsigned.

    Members
    -------
    period : signed
        Ninths of a clock cycle in a bit, less `STEP`; a bit takes 4 cycles or more.
    i : stream of 8 bits
        Accepts one every 10 bits, to the cycle in which the last one ends.
    tx : 1 bit
    """

    def __init__(self, bits):
        super().__init__({"period": In(signed(bits + 1)), "i": In(stream.Signature(8)),
                          "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        timer = Signal(self.period.shape(), init=-1)
        # Start bit, data bits and, above them, the stop bit, which also marks the end: once only
        # it is left, the line rests.
        bits = Signal(10, init=1)
        resting, over = Signal(init=1), timer < 0
        # A cycle late: the timer, which is set together with the bits, does not end so soon.
        m.d.sync += resting.eq(bits[1:] == 0)
        m.d.comb += [self.tx.eq(bits[0]), self.i.ready.eq(resting & over)]
        with m.If(~over):
            m.d.sync += timer.eq(timer - STEP)
        with m.Elif(~resting):
            m.d.sync += [bits.eq(bits >> 1), timer.eq(timer + self.period)]
        with m.Elif(self.i.valid):
            m.d.sync += [bits.eq(Cat(0, self.i.payload, 1)), timer.eq(timer + self.period)]
        return m
