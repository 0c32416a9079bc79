"""Copies of a register for groups of lanes, so that no net has to reach all over a chip."""

from amaranth.hdl import Cat, Const, Module, Signal, Value

__all__ = ["GROUP", "groups_of", "near", "spread"]

# Lanes of a group. On an ECP5-85 a net to 64 lanes takes up to 11 ns, one to 8 about 4.
GROUP = 8


def groups_of(lanes, neuron_lanes=1):
    """Lanes that lie side by side on a chip, as tuples of at most `GROUP` lanes.

    Lanes p, p + K, p + 2 K and so on, of K neuron lanes, come one after the other: their sums leave
    through each other, and through the same neuron lane, which gives them what they multiply next.
    Lanes beyond the last multiple of K stand at the end.
    """
    rows = lanes // neuron_lanes
    whole = [row * neuron_lanes + k for k in range(neuron_lanes) for row in range(rows)]
    return [tuple(part[first:first + GROUP])
            for part in (whole, range(rows * neuron_lanes, lanes))
            for first in range(0, len(part), GROUP)]


def near(values, numbers, neuron_lanes):
    """A value of each lane, and a lane's number, so that values of near lanes are neighbours.

    Parameters
    ----------
    values : list of Value
        One for each lane.
    numbers : list of Value
        Number of a lane: its copy for each value.
    neuron_lanes : int

    Returns
    -------
    list of Value, list of Value
        In the order of `groups_of`, with zeros in the places of lanes that there are not; the
        lane's place there, in copies.
    """
    if neuron_lanes == 1:
        return values, numbers
    rows = 1 << (-(-len(values) // neuron_lanes) - 1).bit_length()
    empty, number = Const(0, Value.cast(values[0]).shape()), (neuron_lanes - 1).bit_length()
    lanes = [row * neuron_lanes + k for k in range(neuron_lanes) for row in range(rows)]
    places = [Cat(Cat(one[number:], Const(0, rows.bit_length()))[:rows.bit_length() - 1],
                  one[:number]) for one in numbers]
    return ([values[p] if p < len(values) else empty for p in lanes],
            [places[p] if p < len(values) else places[0] for p in lanes])


def spread(m: Module, value, groups, name):
    """Registers of `value`, one for each lane: lanes of a group share one.

    Synthesis keeps them apart by their names (hdl.lib.yosys). A reset passes through them from what
    they copy: together with it in a table, it would be the longest way on the chip.

    Parameters
    ----------
    m : Module
    value : Value
    groups : list of tuples
        As of `groups_of`.
    name : str

    Returns
    -------
    list of Signal
        A cycle after `value`; one for each lane.
    """
    value, copies = Value.cast(value), {}
    for number, group in enumerate(groups):
        own = f"spread_{name}_{number}" if len(groups) > 1 else name
        register = Signal(value.shape(), name=own, reset_less=True)
        m.d.sync += register.eq(value)
        copies |= dict.fromkeys(group, register)
    return [copies[lane] for lane in range(len(copies))]
