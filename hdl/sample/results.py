"""Rates that an inference leaves in one layer, kept until they are in the sample memory."""

from amaranth.hdl import Array, Module, Shape, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.sample_formats import LARGEST_WORD
from ..lib.memory import DualPortMemory

__all__ = ["LATENCY", "ResultMemory"]

LATENCY = 2


class ResultMemory(wiring.Component):
    """The rates of one layer, the last that its neurons had.

    Parameters
    ----------
    design : Design

    Members
    -------
    write : a bit for each neuron lane
    first : 1 bit
        With a write: these are the layer's first neurons.
    rate : array of raw rates
    index : place of a neuron in its layer
    result : signed, 16 bits, raw in design.rate
        The rate of the neuron `index` of `LATENCY` cycles before.
    """

    def __init__(self, design: Design):
        self._lanes = design.neuron_lanes
        self._most = max(design.network.sizes[1:])
        self._rate = Shape(design.rate.width, True)
        super().__init__({
            "write": In(self._lanes), "first": In(1),
            "rate": In(self._rate).array(self._lanes),
        } | self.port(design))

    @staticmethod
    def port(design: Design) -> dict:
        """The members `index` and `result`, as whoever hands them on has them."""
        return {"index": In(range(max(2, *design.network.sizes[1:]))),
                "result": Out(signed(LARGEST_WORD))}

    def elaborate(self, platform):
        m = Module()
        lanes = self._lanes
        rows, bits = -(-self._most // lanes), (lanes - 1).bit_length()
        row, at = Signal(range(max(2, rows))), Signal(range(max(2, rows)))
        with m.If(~self.first):
            m.d.comb += at.eq(row)
        with m.If(self.write.any()):
            m.d.sync += row.eq(at + 1)
        found = []
        for k in range(lanes):
            m.submodules[f"lane_{k}"] = memory = DualPortMemory(shape=self._rate, depth=rows)
            m.d.comb += [
                memory.write_enable.eq(self.write[k]), memory.write_address.eq(at),
                memory.write_data.eq(self.rate[k]),
                memory.read_address.eq(self.index >> bits),
            ]
            found.append(memory.read_data)
        lane = Signal(range(max(2, lanes)))
        m.d.sync += [lane.eq(self.index[:bits] if bits else 0),
                     self.result.eq(Array(found)[lane])]
        return m
