"""Column events: a vector of rates kept as the list of its non-zero entries."""

from amaranth.hdl import Const, Module, Mux, Shape, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ..lib.memory import DualPortMemory

__all__ = ["EventLists", "event_layout"]


def event_layout(design: Design):
    """One entry: ``column`` j and ``rate`` r_j != 0 (raw in design.event)."""
    sizes = design.network.sizes
    last = design.rule.feedback_weights or design.transposed
    columns = max(sizes if last else sizes[:-1])
    return data.StructLayout({"column": unsigned(max(1, (columns - 1).bit_length())),
                              "rate": Shape(design.event.width, design.event.signed)})


class EventLists(wiring.Component):
    """Some lists in one memory, compacted as they are written; a zero rate costs no entry.

    Parameters
    ----------
    design : Design
    lengths : sequence of int
        Longest possible list of each.
    dense : bool
        Zeros are entries, too.

    Members
    -------
    write, first, list, rate
        Next entry of list `list`: a rate, zero or not; `first` starts the list afresh.
    count : array
        Entries of each list.
    read_list, read_position
        `entry` follows one cycle later.
    drop : 1 bit
        Empty the list `read_list`.
    entry : event_layout
    """

    def __init__(self, design: Design, lengths, *, dense=False):
        self._lengths, self._dense = tuple(lengths), dense
        self._layout = event_layout(design)
        longest = max(self._lengths)
        select = unsigned(max(1, (len(self._lengths) - 1).bit_length()))
        super().__init__({
            "write": In(1), "first": In(1), "list": In(select),
            "rate": In(Shape(design.event.width, design.event.signed)),
            "count": Out(unsigned(longest.bit_length())).array(len(self._lengths)),
            "read_list": In(select), "read_position": In(unsigned(longest.bit_length())),
            "drop": In(1), "entry": Out(self._layout),
        })

    def elaborate(self, platform):
        m = Module()
        depth = sum(self._lengths)
        bases = [sum(self._lengths[:i]) for i in range(len(self._lengths))]
        # Entries are packed into a plain word: block RAM knows no structure.
        m.submodules.memory = memory = DualPortMemory(
            shape=unsigned(self._layout.size), depth=depth)
        column, next_column = Signal.like(self.entry.column), Signal.like(self.entry.column)
        word = Signal(self._layout)
        count, counts = Signal.like(self.count[0]), self.rate != 0
        if self._dense:
            counts = Const(1, 1)
        m.d.comb += [
            column.eq(Mux(self.first, 0, next_column)),
            word.column.eq(column), word.rate.eq(self.rate),
            memory.write_data.eq(word),
            memory.write_enable.eq(self.write & counts),
            self.entry.eq(memory.read_data),
        ]
        with m.If(self.write):
            m.d.sync += next_column.eq(column + 1)
        with m.Switch(self.list):
            for i, base in enumerate(bases):
                with m.Case(i):
                    m.d.comb += [count.eq(Mux(self.first, 0, self.count[i])),
                                 memory.write_address.eq(base + count)]
                    with m.If(self.write):
                        m.d.sync += self.count[i].eq(count + counts)
        with m.Switch(self.read_list):
            for i, base in enumerate(bases):
                with m.Case(i):
                    m.d.comb += memory.read_address.eq(base + self.read_position)
                    with m.If(self.drop):
                        m.d.sync += self.count[i].eq(0)
        return m
