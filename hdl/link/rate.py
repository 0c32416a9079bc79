"""Finds the rate of a serial line: the host's zero byte after a pause tells the length of a bit."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.link import SLOWEST_BAUD, pause_cycles
from ...golden.spec.qformat import check_integer

__all__ = ["STEP", "RateFinder", "period_bits", "period_of"]

# A zero byte is low for nine bits, so what it measures is nine times as fine as a clock cycle:
# times on the line are counted in these ninths, down by nine in every cycle.
STEP = 9
TICK_CYCLES = 32
SHORTEST = 16  # a pulse of fewer than 26 clock cycles is noise
FEWEST = 4  # clock cycles in a bit, on a line that keeps to the clock
SLACK = 1.1  # a host's slowest rate may be less than its name says


def period_of(clock_hz, baud):
    """The period that a `RateFinder` finds at a rate in baud, to the nearest ninth of a cycle.

    Raises
    ------
    TypeError, ValueError
        The clock gives fewer than 4 cycles per bit.
    """
    check_integer("clock_hz", clock_hz, 1, 10**9)
    check_integer("baud", baud, 1, 10**8)
    if FEWEST * baud > clock_hz:
        raise ValueError(f"baud must be at most a quarter of the clock's {clock_hz} Hz, "
                         f"not {baud}")
    return round(STEP * clock_hz / baud) - STEP


def period_bits(clock_hz):
    """Bits of the longest period that is to be found, unsigned."""
    return round(SLACK * STEP * clock_hz / SLOWEST_BAUD).bit_length()


class RateFinder(wiring.Component):
    """Measures the first low pulse after a pause, or after reset, in clock cycles.

    A pulse too short for nine bits is passed over. A low level too long for `bits` may be taken
    for a rate that nobody speaks; the next pause ends that.

    Parameters
    ----------
    clock_hz : int
    bits : int
        Of the longest period, unsigned: see `period_bits`.

    Members
    -------
    line : 2 bits
        The line, synchronised: what it will be in the next cycle, and (bit 1) what it is.
    tick : 1 bit
        High in one of 32 cycles.
    period : signed
        Ninths of a clock cycle in a bit, less `STEP`. It is kept through a pause, since an answer
        may still be on its way, and is not valid while a pulse is measured.
    searching : 1 bit
        The line rests after a pause, or a pulse is being measured.
    found : 1 bit
        One cycle, the first one after the pulse: it was a zero byte.
    """

    def __init__(self, clock_hz, bits):
        self._pause = check_integer("pause", pause_cycles(clock_hz) // TICK_CYCLES, 1, 1 << 32)
        super().__init__({
            "line": In(2, init=3), "tick": In(1), "period": Out(signed(bits + 1)),
            "searching": Out(1, init=1), "found": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        following, level = self.line
        quiet = Signal(range(self._pause + 1))  # ticks since the line was low; a power of two
        measured = self.searching & ~level & following & (self.period >= SHORTEST)
        m.d.sync += [quiet.eq(Mux(level, quiet + self.tick, 0)), self.found.eq(measured)]
        with m.If(quiet[-1]):
            m.d.sync += self.searching.eq(1)
        with m.Elif(measured):
            m.d.sync += self.searching.eq(0)
        with m.If(self.searching & level & ~following):
            m.d.sync += self.period.eq(-STEP)
        with m.Elif(self.searching & ~level):
            m.d.sync += self.period.eq(self.period + 1)
        return m
