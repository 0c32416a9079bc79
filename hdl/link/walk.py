"""The memory of both frames, request and response, and the walk through it."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..lib.memory import DualPortMemory

__all__ = ["ADDRESS", "COUNT", "HEADER_END", "OPERATION", "READ_END", "SEQUENCE", "SPACE", "WORDS",
           "FrameWalk"]

# Places in a request: sequence 0, operation 1, space 2, address 3 .. 6, count 7, then either the
# stride, 8 and 9, or the words of a WRITE, or the elements of a WRITE_SPARSE.
SEQUENCE, OPERATION, SPACE, ADDRESS, COUNT, WORDS = 0, 1, 2, 3, 7, 8
HEADER_END, READ_END = 9, 10


class FrameWalk(wiring.Component):
    """Two frames in one 512-byte memory, of which one is walked at one byte in four cycles.

    What is asked for moves `place` in the cycle after: there are 80 of them to a byte on the line.

    Parameters
    ----------
    hop_bits : int
        Of `hop`.

    Members
    -------
    write, write_address, write_data
        To the memory: the request is at addresses 0 .. 255, the response behind it.
    response : 1 bit
        The walk is through the response.
    step, hop
        Go `hop` bytes further.
    restart, to_words : 1 bit
        Go back to the first byte, or to the words of a WRITE.
    place : 9 bits
    byte : 8 bits
        The one at `place`, while `fresh`, as registers.
    fresh : 1 bit
    at : a bit for each place up to `HEADER_END`
        This is the place, while `fresh`.
    """

    def __init__(self, hop_bits):
        super().__init__({
            "write": In(1), "write_address": In(9), "write_data": In(8), "response": In(1),
            "step": In(1), "hop": In(hop_bits), "restart": In(1), "to_words": In(1),
            "place": Out(9), "byte": Out(8), "fresh": Out(1), "at": Out(HEADER_END + 1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = DualPortMemory(shape=unsigned(8), depth=512)
        steps, by, restarts, start, moves = (
            Signal(), Signal.like(self.hop), Signal(), Signal(range(WORDS + 1)), Signal())
        m.d.sync += [
            steps.eq(self.step), by.eq(self.hop), restarts.eq(self.restart),
            start.eq(Mux(self.to_words, WORDS, 0)), moves.eq(steps | restarts),
            self.byte.eq(memory.read_data),
            self.fresh.eq(~(self.step | self.restart | steps | restarts | moves)),
            self.at.eq(Cat(self.place == k for k in range(HEADER_END + 1))),
        ]
        with m.If(restarts):
            m.d.sync += self.place.eq(start)
        with m.Elif(steps):
            m.d.sync += self.place.eq(self.place + by)
        m.d.comb += [
            memory.read_address.eq(Cat(self.place[:8], self.response)),
            memory.write_enable.eq(self.write), memory.write_address.eq(self.write_address),
            memory.write_data.eq(self.write_data),
        ]
        return m
