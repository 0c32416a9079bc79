"""Copies of a register for groups of lanes, so that no net has to reach all over a chip."""

from amaranth.hdl import Module, Signal, Value

__all__ = ["GROUP", "groups_of", "spread"]

# Lanes of a group. On an ECP5-85 a net to 64 lanes takes up to 11 ns, one to 8 about 4.
GROUP = 8


def groups_of(lanes):
    """Slices of the lanes, one for each group; as many as there are copies of a register."""
    return [slice(first, min(lanes, first + GROUP)) for first in range(0, lanes, GROUP)]


def spread(m: Module, value, lanes, name):
    """Registers of `value`, one for each lane: lanes of a group share one.

    Synthesis keeps them apart by their names (hdl.lib.yosys).

    Parameters
    ----------
    m : Module
    value : Value
    lanes : int
    name : str

    Returns
    -------
    list of Signal
        A cycle after `value`; one for each lane.
    """
    value, groups, copies = Value.cast(value), groups_of(lanes), []
    for number, group in enumerate(groups):
        own = f"spread_{name}_{number}" if len(groups) > 1 else name
        register = Signal(value.shape(), name=own)
        m.d.sync += register.eq(value)
        copies += [register] * (group.stop - group.start)
    return copies
