"""Walks through the blocks of a stored set, in their order, and through the samples of each."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.flash import INDEX_BYTES, MOST_SAMPLES, PAGE_BYTES
from ...golden.spec.link import Register
from ..link.registers import RegisterHalf

__all__ = ["BlockWalk"]

PAGE_BITS = (PAGE_BYTES - 1).bit_length()
MOST_WAITING = 7  # samples that were fed and not yet released: two or three


class BlockWalk(wiring.Component):
    """Which block comes next, and where it lies.

    Once a block is chosen all its samples are fed, run and counted: `stop` only keeps the next one
    from being chosen, and so does a block that was damaged. `cursor` always says which block comes
    next. A number beyond the set takes three cycles in the shuffled order.

    Members
    -------
    settings : stream of RegisterHalf
        COUNT, FIRST, SET_SIZE, POSITION, SHUFFLE_STATE and SHUFFLE_MASK as `golden.spec.link` has
        them for runs from flash memory, while no run is going on.
    run, shuffled, stop : 1 bit
    idle : 1 bit
        Nothing is in work and nothing more will be fed.
    cursor : 16 bits
        POSITION or, in the shuffled order, SHUFFLE_STATE.
    streams, first : see `Controller`
    clear : 1 bit
        Bytes that have come are of no use.
    i : stream of 8 bits
        What comes; `takes` is high while it is an entry of the index, and not for the decoder.
    begin, most, busy, damaged, forget : see `Decoder`
    fed, released : 1 bit
        A sample was fed; the core has done with one.
    """

    def __init__(self):
        super().__init__({
            "settings": In(stream.Signature(RegisterHalf, always_ready=True)),
            "run": In(1), "shuffled": In(1), "stop": In(1), "idle": Out(1), "cursor": Out(16),
            "streams": Out(1), "first": Out(24), "clear": Out(1),
            "i": In(stream.Signature(8)), "takes": Out(1),
            "begin": Out(1), "most": Out(range(MOST_SAMPLES)), "busy": In(1), "damaged": In(1),
            "forget": Out(1), "fed": In(1), "released": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        left, page, size, mask, taps = (Signal(16, name=name) for name in (
            "left", "page", "size", "mask", "taps"))
        index, searching, chosen = Signal(16), Signal(), Signal()
        entry, place = Signal(32), Signal(range(INDEX_BYTES))
        self._keep_settings(m, left, page, size, mask, taps, searching, chosen)
        # Samples on their way.
        waiting = Signal(range(MOST_WAITING + 1))
        m.d.sync += waiting.eq(waiting + self.fed - self.released)
        with m.If(~self.run):
            m.d.sync += waiting.eq(0)
        # A block is to be chosen: known a cycle late, in the run's third cycle at the earliest.
        goes, ran = Signal(), Signal(2)
        m.d.sync += [goes.eq(self.run & ~self.stop & ~self.damaged & (left != 0)),
                     ran.eq(Cat(self.run, ran))]
        m.d.comb += [self.most.eq(entry[24:]), self.i.ready.eq(self.takes),
                     self.forget.eq(self.run & ~ran[0])]
        with m.FSM():
            with m.State("CHOOSE"):
                m.d.comb += self.clear.eq(1)
                with m.If(goes):
                    m.d.comb += searching.eq(1)
                    m.d.sync += index.eq(self.cursor ^ Mux(self.shuffled, mask, 0))
                    m.next = "JUDGE"
                with m.Else():
                    m.d.comb += self.idle.eq(ran[1] & (waiting == 0) & ~self.fed)
            with m.State("JUDGE"):
                m.d.comb += self.clear.eq(1)
                m.d.sync += [place.eq(0), self.first.eq(
                    (page + 1 << PAGE_BITS) + index * INDEX_BYTES)]
                m.next = "CHOOSE"
                with m.If(~self.shuffled | (index < size)):
                    m.d.comb += chosen.eq(1)
                    m.next = "INDEX"
            with m.State("INDEX"):
                m.d.comb += [self.streams.eq(1), self.takes.eq(1)]
                with m.If(self.i.valid):
                    m.d.sync += [entry.eq(Cat(entry[8:], self.i.payload)), place.eq(place + 1)]
                    with m.If(place == INDEX_BYTES - 1):
                        m.next = "TURN"
            with m.State("TURN"):
                m.d.comb += [self.clear.eq(1), self.begin.eq(1)]
                m.d.sync += self.first.eq(entry)
                m.next = "BLOCK"
            with m.State("BLOCK"):
                m.d.comb += self.streams.eq(1)
                with m.If(~self.busy):
                    m.next = "CHOOSE"
        return m

    def _keep_settings(self, m, left, page, size, mask, taps, searching, chosen):
        """Keep copies of the settings, of which two go on by themselves: see `Feeder`."""
        value, cursor = self.settings.p.data, self.cursor

        def passes(register, high=False):
            return self.settings.valid & self.settings.p.of(register, high)

        for register, copy, high in (
                (Register.FIRST, page, False), (Register.SET_SIZE, size, False),
                (Register.SHUFFLE_MASK, mask, False), (Register.SHUFFLE_MASK, taps, True)):
            with m.If(passes(register, high)):
                m.d.sync += copy.eq(value)
        with m.If(passes(Register.COUNT) | chosen):
            m.d.sync += left.eq(Mux(self.run, left - 1, value))
        shifted, following = Signal(16), Signal(16)
        m.d.comb += [shifted.eq((cursor >> 1) ^ Mux(cursor[0], taps, 0)),
                     following.eq(Mux(self.shuffled, shifted ^ (shifted[1:] == 0), cursor + 1))]
        with m.If(Mux(self.shuffled, passes(Register.SHUFFLE_STATE), passes(Register.POSITION))
                  | searching):
            m.d.sync += cursor.eq(Mux(self.run, following, value))
