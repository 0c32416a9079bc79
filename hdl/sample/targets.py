"""Target values of the samples in the loader, for the last layer's neurons."""

from amaranth.hdl import Module, Mux, Shape, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..lib.memory import DualPortMemory

__all__ = ["TargetMemory"]


class TargetMemory(wiring.Component):
    """Two samples' target values: one sample's are written while the other's are read.

    Neuron lane k reads those of its own neurons, k, k + K and so on, from a memory of its own.

    Parameters
    ----------
    design : Design

    Members
    -------
    write, first : 1 bit
        `value` is the next target value, or the first one of a sample.
    value : raw in design.target_values
    filling, using : 1 bit
        Which of the two samples is written, and which read.
    row : array, one for each neuron lane
        Number of a neuron among the lane's: i div K of neuron i.
    target : array of signed values, raw in design.rate
        One cycle later.
    """

    def __init__(self, design: Design):
        self._design = design
        self._shape = Shape(design.target_values.width, design.target_values.signed)
        super().__init__({
            "write": In(1), "first": In(1), "value": In(self._shape),
            "filling": In(1), "using": In(1),
        } | self.port(design))

    @staticmethod
    def rows(design: Design) -> int:
        """Target values of a lane, at most."""
        return -(-design.network.sizes[-1] // design.neuron_lanes)

    @classmethod
    def port(cls, design: Design) -> dict:
        """The members `row` and `target`, as whoever hands them on has them."""
        return {"row": In(range(max(2, cls.rows(design)))).array(design.neuron_lanes),
                "target": Out(signed(design.rate.width)).array(design.neuron_lanes)}

    def elaborate(self, platform):
        m = Module()
        lanes, rows = self._design.neuron_lanes, self.rows(self._design)
        # Row and lane of the next value.
        row, lane = Signal(range(max(2, rows))), Signal(range(max(2, lanes)))
        at_row, at_lane = Mux(self.first, 0, row), Mux(self.first, 0, lane)
        last = at_lane == lanes - 1
        with m.If(self.write):
            m.d.sync += [lane.eq(Mux(last, 0, at_lane + 1)), row.eq(at_row + last)]
        shift = self._design.rate.fraction - self._design.target_values.fraction
        for k in range(lanes):
            m.submodules[f"lane_{k}"] = memory = DualPortMemory(shape=self._shape, depth=2 * rows)
            m.d.comb += [
                memory.write_enable.eq(self.write & (at_lane == k)),
                memory.write_address.eq(Mux(self.filling, rows, 0) + at_row),
                memory.write_data.eq(self.value),
                memory.read_address.eq(Mux(self.using, rows, 0) + self.row[k]),
                self.target[k].eq(memory.read_data << shift),
            ]
        return m
