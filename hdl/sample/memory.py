"""The memory of stored samples."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from ...golden.spec.design import Design
from ...golden.spec.memory_kind import MemoryKind
from ...golden.spec.memory_map import MemoryMap
from ..lib.memory import SinglePortMemory
from ..lib.stages import chain

__all__ = ["LATENCY", "SampleMemory"]

LATENCY = 3  # from an address to its word


class SampleMemory(wiring.Component):
    """16-bit words with one port, behind a register, since whoever uses them is far away.

    Where four inputs are fed in a cycle it also brings the word that follows: words at even and
    odd addresses lie in memories of their own.

    Parameters
    ----------
    design : Design

    Members
    -------
    address
    write_enable : 2 bits, low byte and high byte
    write_data : 16 bits
    read_data : 16 bits, or 32 with the following word high
        Of the address of `LATENCY` cycles before, if nothing was written then. Beyond the last
        word anything follows.
    """

    def __init__(self, design: Design):
        maps = MemoryMap(design)
        self._depth, self._paired = maps.sample_depth, design.feed_width == 4
        # Where the weights take iCE40's SPRAM, samples are in block RAM.
        self._kind = MemoryKind.BLOCK if design.single_port else MemoryKind.AUTO
        super().__init__({
            "address": In(ceil_log2(self._depth)), "write_enable": In(2), "write_data": In(16),
            "read_data": Out(32 if self._paired else 16),
        })

    def elaborate(self, platform):
        m = Module()
        if self._paired:
            self._pair(m)
            return m
        m.submodules.words = words = SinglePortMemory(depth=self._depth, kind=self._kind)
        m.d.sync += [words.address.eq(self.address), words.write_enable.eq(self.write_enable),
                     words.write_data.eq(self.write_data)]
        m.d.comb += self.read_data.eq(words.read_data)
        return m

    def _pair(self, m):
        """The word at an address is in one of two memories, the word behind it in the other."""
        halves = []
        for odd, name in enumerate(("even", "odd")):
            m.submodules[name] = half = SinglePortMemory(
                depth=-(-self._depth // 2), kind=self._kind)
            # An even word that follows an odd one is in the next place.
            place = self.address[1:] + (0 if odd else self.address[0])
            m.d.sync += [
                half.address.eq(place), half.write_data.eq(self.write_data),
                half.write_enable.eq(Mux(self.address[0] == odd, self.write_enable, 0)),
            ]
            halves.append(half.read_data)
        begins_odd = chain(m, self.address[0], 0, LATENCY, "begins_odd")[LATENCY]
        even, odd = halves
        m.d.comb += [self.read_data[:16].eq(Mux(begins_odd, odd, even)),
                     self.read_data[16:].eq(Mux(begins_odd, even, odd))]
