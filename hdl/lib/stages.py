"""Registers of a value on its way from one stage of a pipeline to another."""

from amaranth.hdl import Const, Module, Signal

__all__ = ["chain"]


def chain(m: Module, value, start, stop, name):
    """A register in front of every stage from `start` + 1 to `stop`; a constant needs none.

    Parameters
    ----------
    m : Module
    value
        As it is in stage `start`.
    start, stop : int
    name : str
        Of the registers: stage k's is called ``name_k``.

    Returns
    -------
    dict of int to value
        The value as it is in each of the stages `start` .. `stop`.
    """
    if isinstance(value, Const):
        return dict.fromkeys(range(start, stop + 1), value)
    stages = {start: value}
    for k in range(start + 1, stop + 1):
        stages[k] = Signal(value.shape(), name=f"{name}_{k}")
        m.d.sync += stages[k].eq(stages[k - 1])
    return stages
