"""One command to a flash memory: its operation, address, dummy byte, and data."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from .shift import SILENCE, FlashPins, Shift

__all__ = ["Frame"]

DESELECTED = 100e-9  # seconds that a memory must not be chosen between two commands


class Frame(wiring.Component):
    """Sends a command, then as many bytes of data as it has, or as somebody wants.

    Parameters
    ----------
    clock_hz : int
    lines : int
        That data comes on where it is wide.

    Members
    -------
    pins : FlashPins
    begin : 1 bit
        Begin the command that follows; only while `free`.
    operation, address : 8 and 24 bits
    addressed, fast, endless : 1 bit
        The address follows; a byte of silence does, then data comes on `lines` lines; data goes on
        until `end`.
    count : 3 bits
        Bytes of data otherwise.
    want, write_data, taken : 1 bit, 8 bits, 1 bit
        Another byte of data without end is wanted; what is sent meanwhile; it was taken.
    end : 1 bit
        No more data without end.
    got, byte : see `Shift`
        Of data alone.
    free : 1 bit
        No command is under way, and the last one ended long enough ago.
    """

    def __init__(self, clock_hz, lines):
        self._lines = lines
        self._pause = max(4, int(clock_hz * DESELECTED) + 1)
        super().__init__({
            "pins": Out(FlashPins()), "begin": In(1), "operation": In(8), "address": In(24),
            "addressed": In(1), "fast": In(1), "endless": In(1), "count": In(3),
            "want": In(1), "write_data": In(8), "taken": Out(1), "end": In(1),
            "got": Out(1), "byte": Out(8), "free": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.shift = shift = Shift(self._lines)
        connect(m, shift.pins, flipped(self.pins))
        head, left = Signal(40), Signal(3)  # what comes before the data, its bytes
        fast, endless, count = Signal(), Signal(), Signal(3)
        pause = Signal(range(max(self._pause, SILENCE) + 1))
        ends = Signal()
        m.d.comb += [self.byte.eq(shift.byte), self.got.eq(shift.got),
                     ends.eq(Mux(endless, self.end, count == 0))]
        with m.FSM():
            with m.State("FREE"):
                m.d.comb += self.free.eq(1)
                m.d.sync += [
                    head.eq(Cat(self.operation, self.address[16:], self.address[8:16],
                                self.address[:8])),
                    left.eq(1 + Mux(self.addressed, 3, 0) + self.fast), fast.eq(self.fast),
                    endless.eq(self.endless), count.eq(self.count)]
                with m.If(self.begin):
                    m.next = "HEAD"
            with m.State("HEAD"):
                m.d.comb += [shift.chosen.eq(1), shift.go.eq(1), shift.data.eq(head[:8]),
                             shift.quiet.eq(fast & (left == 1))]
                with m.If(shift.taken):
                    m.d.sync += [head.eq(head >> 8), left.eq(left - 1)]
                    with m.If(left == 1):
                        m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += [shift.chosen.eq(1), shift.heard.eq(1), shift.wide.eq(fast),
                             shift.go.eq(~ends & (self.want | ~endless)),
                             shift.data.eq(self.write_data), self.taken.eq(shift.taken)]
                with m.If(shift.taken):
                    m.d.sync += count.eq(count - 1)
                m.d.sync += pause.eq(SILENCE)
                with m.If(ends & shift.resting):
                    m.next = "DRAIN"
            with m.State("DRAIN"):  # the last byte is still on its way
                m.d.comb += shift.chosen.eq(1)
                m.d.sync += pause.eq(pause - 1)
                with m.If(pause == 0):
                    m.d.sync += pause.eq(self._pause)
                    m.next = "PAUSE"
            with m.State("PAUSE"):
                m.d.sync += pause.eq(pause - 1)
                with m.If(pause == 0):
                    m.next = "FREE"
        return m
