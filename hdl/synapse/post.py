"""Post-synaptic values: one word of all lanes for each block of a layer."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.memory_map import MemoryMap
from ..lib.fixed import FixedShape
from ..lib.memory import DualPortMemory

__all__ = ["PostMemory"]


class PostMemory(wiring.Component):
    """Written one neuron a cycle, read one block of lanes a cycle.

    Lanes beyond a layer's last neuron are never written and stay zero, so that they neither add
    to a backward sum nor change a weight.

    Parameters
    ----------
    design : Design

    Members
    -------
    write, first, base, value
        Next neuron of a layer; `first` starts the layer whose first word is `base`.
    read_address
        Word; `lanes` follow one cycle later.
    lanes : array of raw differences
    """

    def __init__(self, design: Design):
        self._lanes, self._depth = design.lanes, MemoryMap(design).post_depth
        self._width, self._shape = design.difference.width, FixedShape(design.difference)
        address = unsigned(max(1, (self._depth - 1).bit_length()))
        super().__init__({
            "write": In(1), "first": In(1), "base": In(address),
            "value": In(self._shape),
            "read_address": In(address),
            "lanes": Out(self._shape).array(self._lanes),
        })

    def elaborate(self, platform):
        m = Module()
        lanes, width = self._lanes, self._width
        m.submodules.memory = memory = DualPortMemory(
            shape=unsigned(lanes * width), depth=self._depth, granularity=width)
        lane, next_lane = Signal(lanes, init=1), Signal(lanes, init=1)
        address, next_address = Signal.like(self.base), Signal.like(self.base)
        m.d.comb += [
            lane.eq(Mux(self.first, 1, next_lane)),
            address.eq(Mux(self.first, self.base, next_address)),
            memory.read_address.eq(self.read_address),
            memory.write_address.eq(address),
            memory.write_data.eq(self.value.raw.as_unsigned().replicate(lanes)),
        ]
        with m.If(self.write):
            m.d.comb += memory.write_enable.eq(lane)
            m.d.sync += [next_lane.eq(lane.rotate_left(1)),
                         next_address.eq(address + lane[-1])]
        words = data.View(data.ArrayLayout(signed(width), lanes), memory.read_data)
        m.d.comb += [self.lanes[p].raw.eq(words[p]) for p in range(lanes)]
        return m
