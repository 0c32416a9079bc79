"""Bytes to and from the lines of a flash memory, at half the clock."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SILENCE", "FlashPins", "Shift"]

DRIVEN = 0b1101  # lines that are driven, by bits
LET_GO = {1: 0b1101, 2: 0b1100, 4: 0}  # while wide bytes come, by their lines
SILENCE = 3  # cycles after the last byte's end until its `got`


class FlashPins(wiring.Signature):
    """Lines of a flash memory, as seen by whoever drives them.

    `chip` is high while the memory is chosen; `clock`; `o`, `oe`, `i` of the four data lines, of
    which line 0 goes to the memory, line 1 comes from it, and 2 and 3 are held high, unless bytes
    come on more lines.
    """

    def __init__(self):
        super().__init__({"chip": Out(1), "clock": Out(1), "o": Out(4, init=0b1100),
                          "oe": Out(4, init=DRIVEN), "i": In(4)})


class Shift(wiring.Component):
    """Shifts bytes, highest bit first: the clock of the memory is half the design's (mode 0).

    A byte on one line takes 16 cycles, on two 8, on four 4; bytes follow each other without a
    pause. What the memory says on a falling edge of its clock is taken with the next falling edge,
    nearly two cycles later.

    Parameters
    ----------
    lines : int
        That a wide byte comes on: 1, 2 or 4.

    Members
    -------
    pins : FlashPins
    chosen : 1 bit
        For the pin `chip`, which follows a cycle later.
    go, taken : 1 bit
        There is a byte to shift; it is taken in this cycle.
    data : 8 bits
    wide, quiet, heard : 1 bit
        It comes on `lines` lines; the lines are let go, as they must be before a wide byte; what
        comes meanwhile counts.
    got, byte : 1 bit, 8 bits
        The byte that came meanwhile, for one cycle.
    resting : 1 bit
        Nothing is being shifted.
    """

    def __init__(self, lines):
        self._lines = lines
        super().__init__({
            "pins": Out(FlashPins()), "chosen": In(1), "go": In(1), "taken": Out(1),
            "data": In(8), "wide": In(1), "quiet": In(1), "heard": In(1), "got": Out(1),
            "byte": Out(8), "resting": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        pins, lines = self.pins, self._lines
        out, left, wide, heard, active = Signal(8), Signal(4), Signal(), Signal(), Signal()
        last = pins.clock & (left == 1)
        m.d.comb += [self.taken.eq(self.go & (~active | last)), self.resting.eq(~active),
                     pins.o.eq(Cat(out[7], Const(0b110, 3)))]
        m.d.sync += pins.chip.eq(self.chosen)
        with m.If(active):
            m.d.sync += pins.clock.eq(~pins.clock)
            with m.If(pins.clock):
                m.d.sync += [out.eq(out << 1), left.eq(left - 1)]
            with m.If(last):
                m.d.sync += active.eq(0)
        with m.If(self.taken):
            m.d.sync += [
                out.eq(self.data), active.eq(1), wide.eq(self.wide), heard.eq(self.heard),
                left.eq(Mux(self.wide, 8 // lines, 8)),
                pins.oe.eq(Mux(self.quiet | self.wide, LET_GO[lines], DRIVEN))]
        with m.If(~self.chosen):
            m.d.sync += pins.oe.eq(DRIVEN)

        # What comes: through a register at the pins.
        seen, sampled, ends, of_wide = Signal(4), Signal(), Signal(), Signal()
        m.d.sync += [seen.eq(pins.i), sampled.eq(pins.clock), ends.eq(last & heard),
                     of_wide.eq(wide), self.got.eq(sampled & ends)]
        narrow = Cat(seen[1], self.byte)[:8]
        together = narrow if lines == 1 else Cat(seen[:lines], self.byte)[:8]
        with m.If(sampled):
            m.d.sync += self.byte.eq(Mux(of_wide, together, narrow))
        return m
