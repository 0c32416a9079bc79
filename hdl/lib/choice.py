"""One of many words, chosen over several cycles."""

from amaranth.hdl import Array, Module, Signal, Value

__all__ = ["chosen"]


def chosen(m: Module, values, indices, stages):
    """The value of a number in a register, `stages` cycles later.

    Each stage leaves one of a group: a multiplexer of 64 words from all over a chip takes two
    cycles at 100 MHz.

    Parameters
    ----------
    m : Module
    values : list of values
        All of one shape.
    indices : list of unsigned values
        The number, of the same cycle as `values`: copies, one for each value, of which neighbours
        may be the same.
    stages : int
        1 or more.
    """
    values, indices = ([Value.cast(value) for value in both] for both in (values, indices))
    while stages:
        bits = -(-max(1, (len(values) - 1).bit_length()) // stages)
        group, index, left = 1 << bits, indices[0], []
        for first in range(0, len(values), group):
            left.append(Signal(values[0].shape(), name=f"chosen_{stages}_{first}"))
            m.d.sync += left[-1].eq(
                Array(values[first:first + group])[indices[first][:bits]])
        above = Signal(max(1, len(index) - bits), name=f"above_{stages}")
        m.d.sync += above.eq(index[bits:])
        values, indices, stages = left, [above] * len(left), stages - 1
    return values[0]
