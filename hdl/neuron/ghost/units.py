"""Ghost units: the rates that are subtracted from what is fed back."""

from amaranth.hdl import Module, Mux, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ....golden.spec.design import Design
from ....golden.spec.memory_map import MemoryMap
from ....golden.spec.rules.ghost import Mechanism
from ...lib.memory import DualPortMemory

__all__ = ["GhostUnits"]


class GhostUnits(wiring.Component):
    """One inhibitory ghost per neuron of layers 1 .. L; one neuron a cycle.

    ============  ====================================================================
    C1            q takes the neuron's rate in the free phase and is held while nudged
    A-copy        q = rho of the drive that the layer's own weights give, live: no state
    A-sameR       q = rho of the drive that the ghosts' own weights give
    N             q = 0
    ============  ====================================================================

    Parameters
    ----------
    design : Design

    Members
    -------
    address : neuron address
        Read: `held` follows one cycle later.
    held : raw rate
    free, stands_in, valid, write_address, predicted
        Stage 3 of the neuron pipeline: `predicted` is rho of the drive, the neuron's in the free
        phase, or that of the plastic ghost that stands in for it.
    q : raw rate
        What the ghost subtracts, of stage 3, given the `held` rate delayed to it as `held_3`.
    """

    def __init__(self, design: Design):
        self._design, maps = design, MemoryMap(design)
        rate = signed(design.rate.width)
        bits = max(1, (maps.neurons - 1).bit_length())
        super().__init__({
            "address": In(bits), "held": Out(rate),
            "valid": In(1), "free": In(1), "stands_in": In(1), "write_address": In(bits),
            "predicted": In(rate), "held_3": In(rate), "q": Out(rate), "write": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        mechanism = self._design.rule.mechanism
        if self._design.rule.ghost_memory:
            depth = MemoryMap(self._design).neurons
            m.submodules.held = memory = DualPortMemory(
                shape=signed(self._design.rate.width), depth=depth)
            # C1 captures in the free phase and holds while nudged.
            captures = self.free if mechanism is Mechanism.REPLICATE else self.stands_in
            m.d.comb += [
                memory.read_address.eq(self.address),
                self.held.eq(memory.read_data),
                self.write.eq(self.valid & captures),
                memory.write_enable.eq(self.write),
                memory.write_address.eq(self.write_address),
                memory.write_data.eq(self.predicted),
            ]
        if mechanism is Mechanism.REPLICATE:
            # While it captures, the memory still holds the last sample's rate.
            m.d.comb += self.q.eq(Mux(self.free, self.predicted, self.held_3))
        elif mechanism is Mechanism.COPY:
            m.d.comb += self.q.eq(self.predicted)
        elif mechanism is Mechanism.LEARN:
            m.d.comb += self.q.eq(self.held_3)
        else:
            m.d.comb += self.q.eq(0)
        return m
