"""A few bytes that wait between the flash memory and the decoder."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.qformat import check_integer

__all__ = ["Queue"]

UNDER_WAY = 3  # bytes that may still come once there is no room for more


class Queue(wiring.Component):
    """First in, first out; `room` says in time that no more may be asked for.

    Parameters
    ----------
    depth : int
        Bytes, a power of two, 8 or more.

    Members
    -------
    clear : 1 bit
        Forget all.
    put, byte : 1 bit, 8 bits
    room : 1 bit
        For `UNDER_WAY` bytes.
    o : stream of 8 bits
    """

    def __init__(self, depth=16):
        self._depth = check_integer("depth", depth, 8, 64)
        if depth & (depth - 1):
            raise ValueError(f"depth must be a power of two, not {depth}")
        super().__init__({"clear": In(1), "put": In(1), "byte": In(8), "room": Out(1),
                          "o": Out(stream.Signature(8))})

    def elaborate(self, platform):
        m = Module()
        places = [Signal(8, name=f"place_{i}") for i in range(self._depth)]
        first, free = Signal(range(self._depth)), Signal(range(self._depth))
        level = Signal(range(self._depth + 1))
        takes = Signal()
        m.d.comb += [self.o.payload.eq(Array(places)[first]), self.o.valid.eq(level != 0),
                     takes.eq(self.o.valid & self.o.ready)]
        m.d.sync += [self.room.eq(level < self._depth - UNDER_WAY),
                     level.eq(level + self.put - takes)]
        with m.If(self.put):
            m.d.sync += free.eq(free + 1)
            for i, place in enumerate(places):
                with m.If(free == i):
                    m.d.sync += place.eq(self.byte)
        with m.If(takes):
            m.d.sync += first.eq(first + 1)
        with m.If(self.clear):
            m.d.sync += [level.eq(0), first.eq(0), free.eq(0)]
        return m
