"""One of many words, chosen over several cycles."""

from amaranth.hdl import Array, Module, Signal, Value

__all__ = ["chosen"]


def chosen(m: Module, values, index, stages):
    """``values[index]`` in a register, `stages` cycles later.

    Each stage leaves one of a group: a multiplexer of 64 words from all over a chip takes two
    cycles at 100 MHz.

    Parameters
    ----------
    m : Module
    values : list of values
        All of one shape.
    index : unsigned value
        Of the same cycle as `values`.
    stages : int
        1 or more.
    """
    values, index = [Value.cast(value) for value in values], Value.cast(index)
    while stages:
        bits = -(-max(1, (len(values) - 1).bit_length()) // stages)
        group, low = 1 << bits, index[:bits]
        left = []
        for first in range(0, len(values), group):
            left.append(Signal(values[0].shape(), name=f"chosen_{stages}_{first}"))
            m.d.sync += left[-1].eq(Array(values[first:first + group])[low])
        above = Signal(max(1, len(index) - bits), name=f"above_{stages}")
        m.d.sync += above.eq(index[bits:])
        values, index, stages = left, above, stages - 1
    return values[0]
