"""Signals that travel beside the data through the stages of the synapse array."""

from typing import NamedTuple

from amaranth.hdl import Module, Signal

from ..lib.stages import chain
from ..schedule.table import StepTable

__all__ = ["Drained", "Travelling", "Written"]


class Travelling:
    """The requests that travel beside the data, in registers, as far as each field is needed.

    Parameters
    ----------
    m : Module
    array : SynapseArray
        Its ports `valid` and `request` are stage 0.
    table : StepTable
    stages : int
        Of valid and tag.
    tree_levels : int

    Attributes
    ----------
    valid, tag : list
        Of each stage.
    first, last, opening, closing, address, post_address, bias : dict
        Stage -> the request's field.
    position : dict
        Likewise, only if the last layer has head and tail.
    """

    def __init__(self, m: Module, array, table: StepTable, stages, tree_levels):
        self._table, request = table, array.request
        self.valid, self.tag = [array.valid], [request.tag]
        for k in range(1, stages):
            self.valid.append(Signal(name=f"valid_{k}"))
            self.tag.append(Signal(request.tag.shape(), name=f"tag_{k}"))
            m.d.sync += [self.valid[k].eq(self.valid[k - 1]), self.tag[k].eq(self.tag[k - 1])]
        summed = 8 + tree_levels
        self.first = chain(m, request.first, 0, summed - 1, "first")
        self.last = chain(m, request.last, 0, summed, "last")
        self.opening = chain(m, request.opening, 0, summed, "opening")
        self.closing = chain(m, request.closing, 0, 8, "closing")
        self.address = chain(m, request.address, 0, 1, "origin")
        self.post_address = chain(m, request.post_address, 0, 2, "post_address")
        if table.joined():
            self.position = chain(m, request.position, 0, 2, "position")
        # The slot behind the last event: the bias, or nothing at all.
        self.bias = chain(m, request.bias, 0, summed - 1, "bias")

    def operation(self, k, operation):
        """1 if stage k is in a step of this operation."""
        return self._table.operation(self.tag[k], operation)


class Written(NamedTuple):
    """Values for which the lanes' words are written: stage -> value.

    Attributes
    ----------
    host, draws : 1 bit
        The host writes a weight; an update does.
    address : weight word
    """

    host: dict
    address: dict
    draws: dict


class Drained(NamedTuple):
    """A forward block's row for a neuron lane: is there one, is it its layer's first; its pass.

    And the row that joins a column's sum.
    """

    valid: Signal
    first: Signal
    sum: Signal
    tag: Signal
    single: Signal
