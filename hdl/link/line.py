"""The serial line: bytes in and out over two pins, at a rate that is given or found."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from .rate import RateFinder, period_bits, period_of
from .uart import Receiver, Transmitter

__all__ = ["SerialLine"]


class SerialLine(wiring.Component):
    """Receiver and transmitter, and what tells them how long a bit is.

    Parameters
    ----------
    clock_hz : int
    baud : int or None
        None finds the rate: see `RateFinder`.
    bits : int or None
        Of the longest period that is to be found, unsigned; None: of the slowest rate's.

    Members
    -------
    rx, tx : 1 bit
        8 data bits, no parity, 1 stop bit. Two flip-flops follow `rx`.
    tick : 1 bit
        High in one of 32 cycles. Only needed to find a rate.
    period : signed
        Ninths of a clock cycle in a bit, less `STEP`.
    i : stream of 8 bits
        To the line.
    o : stream of 8 bits
        From the line. Always taken.

    Raises
    ------
    ValueError
        `clock_hz` does not give `baud` (`period_of`).
    """

    def __init__(self, clock_hz, baud=None, bits=None):
        self._clock_hz = clock_hz
        self._fixed = None if baud is None else period_of(clock_hz, baud)
        if self._fixed is not None:
            bits = max(self._fixed, 1).bit_length()
        elif bits is None:
            bits = period_bits(clock_hz)
        self._bits = bits
        super().__init__({
            "rx": In(1, init=1), "tx": Out(1, init=1), "tick": In(1),
            "period": Out(signed(bits + 1)),
            "i": In(stream.Signature(8)), "o": Out(stream.Signature(8, always_ready=True)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = Receiver(self._bits)
        m.submodules.transmitter = transmitter = Transmitter(self._bits)
        line = Signal(2, init=3)
        m.d.sync += line.eq(Cat(self.rx, line[0]))
        m.d.comb += [
            receiver.line.eq(line), receiver.period.eq(self.period),
            transmitter.period.eq(self.period), self.tx.eq(transmitter.tx),
        ]
        if self._fixed is not None:
            m.d.comb += self.period.eq(self._fixed)
        else:
            m.submodules.rate = rate = RateFinder(self._clock_hz, self._bits)
            m.d.comb += [
                rate.line.eq(line), rate.tick.eq(self.tick), self.period.eq(rate.period),
                receiver.searching.eq(rate.searching), receiver.found.eq(rate.found),
            ]
        connect(m, flipped(self.i), transmitter.i)
        connect(m, receiver.o, flipped(self.o))
        return m
