"""Asynchronous serial line: 8 data bits, least significant first, no parity, one stop bit."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.qformat import check_integer

__all__ = ["Receiver", "Transmitter", "divider"]

LARGEST_ERROR = 0.02  # of the baud rate; half a bit over the ten bits of a frame is 0.05


def divider(clock_hz, baud):
    """Clock cycles per bit.

    Raises
    ------
    TypeError, ValueError
        The clock gives fewer than 4 cycles per bit, or misses the baud rate by more than 2 %.
    """
    check_integer("clock_hz", clock_hz, 1, 10**9)
    check_integer("baud", baud, 1, 10**8)
    cycles = round(clock_hz / baud)
    if cycles < 4:
        raise ValueError(f"baud must be at most a quarter of the clock's {clock_hz} Hz, "
                         f"not {baud}")
    error = clock_hz / cycles / baud - 1
    if abs(error) > LARGEST_ERROR:
        raise ValueError(f"baud must be a whole fraction of the clock's {clock_hz} Hz within 2 %, "
                         f"not {baud}: dividing by {cycles} misses it by {error:.1%}")
    return cycles


class Receiver(wiring.Component):
    """Bytes from a line. A byte without its stop bit is left out.

    Parameters
    ----------
    cycles : int
        Clock cycles per bit, 4 or more.

    Members
    -------
    rx : 1 bit
        The pin, asynchronous to the clock; two flip-flops follow.
    o : stream of 8 bits
        Always taken; one byte in the middle of its stop bit.
    """

    def __init__(self, cycles):
        self._cycles = check_integer("cycles per bit", cycles, 4, 1 << 24)
        super().__init__({
            "rx": In(1, init=1),
            "o": Out(stream.Signature(8, always_ready=True)),
        })

    def elaborate(self, platform):
        m = Module()
        line = Signal(2, init=3)
        timer = Signal(range(self._cycles))
        # Each bit enters at the top; the marker below them leaves at the bottom with the last one.
        bits = Signal(9)
        level, sample = line[1], timer == 0
        # Registered, since a long way begins here: through the decoder to the server's CRC.
        m.d.comb += self.o.payload.eq(bits[:8])
        m.d.sync += [line.eq(Cat(self.rx, line[0])), timer.eq(timer - 1), self.o.valid.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                # Here since the line fell: 1 cycle; the middle of the start bit is half a bit on.
                m.d.sync += timer.eq(self._cycles // 2 - 1)
                with m.If(~level):
                    m.next = "START"
            with m.State("START"):
                with m.If(sample):
                    m.d.sync += [timer.eq(self._cycles - 1), bits.eq(1 << 8)]
                    m.next = "DATA"
                with m.If(level):  # a glitch, not a start bit
                    m.next = "IDLE"
            with m.State("DATA"):
                with m.If(sample):
                    m.d.sync += [timer.eq(self._cycles - 1), bits.eq(Cat(bits[1:], level))]
                    with m.If(bits[0]):
                        m.d.sync += self.o.valid.eq(level)
                        m.next = "BREAK"
                        with m.If(level):
                            m.next = "IDLE"  # at once: the next byte may follow half a bit on
            with m.State("BREAK"):
                with m.If(level):
                    m.next = "IDLE"
        return m


class Transmitter(wiring.Component):
    """Bytes onto a line.

    Parameters
    ----------
    cycles : int
        Clock cycles per bit, 4 or more.

    Members
    -------
    i : stream of 8 bits
        Accepts every 10 * `cycles` cycles.
    tx : 1 bit
    """

    def __init__(self, cycles):
        self._cycles = check_integer("cycles per bit", cycles, 4, 1 << 24)
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        timer = Signal(range(self._cycles))
        # Start bit, data bits and, above them, the stop bit, which also marks the end: once only
        # it is left, the line rests.
        bits = Signal(10, init=1)
        resting = bits[1:] == 0
        m.d.comb += [self.tx.eq(bits[0]), self.i.ready.eq(resting & (timer == 0))]
        with m.If(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(~resting):
            m.d.sync += [bits.eq(bits >> 1), timer.eq(self._cycles - 1)]
        with m.Elif(self.i.valid):
            m.d.sync += [bits.eq(Cat(0, self.i.payload, 1)), timer.eq(self._cycles - 1)]
        return m
