"""The schedule as constants that the gateware looks up by step number (the pass's tag)."""

from amaranth.hdl import Array, Const

from ...golden.spec.design import Design
from ...golden.spec.memory_map import MemoryMap
from ...golden.spec.observation import tag_bits
from ...golden.spec.program import Program
from ...golden.spec.steps import Operation
from .banks import word_memories

__all__ = ["StepTable"]


class StepTable:
    """Constants of every step of a design's program.

    A tag travels with every value through the pipelines, and each stage looks up what it needs:
    one four-input table for each bit where a program has at most 16 steps.

    Parameters
    ----------
    design : Design

    Attributes
    ----------
    lanes : int
    steps : tuple of Step
    passes : tuple of Step
        The same, with any pass in the place of REPEAT and QUIT, whose tags never travel.
    waits : Waits
    memories : list of tuple of str
        See `word_memories`.
    """

    def __init__(self, design: Design):
        self._design, self.lanes = design, design.lanes
        self.maps = MemoryMap(design)
        self.program = Program.of(design)
        self.steps = self.program.steps
        self.passes = tuple(s if s.matrix else self.steps[0] for s in self.steps)
        self.tag_bits = tag_bits(design)
        self.waits = self.program.waits
        self.memories = word_memories(design)

    def lookup(self, tag, values):
        """Value that belongs to `tag`; `values` has one non-negative integer for each step."""
        values = [int(v) for v in values]
        width = max(1, max(values).bit_length())
        if len(set(values)) == 1:
            return Const(values[0], width)
        return Array([Const(v, width) for v in values])[tag]

    def flag(self, tag, predicate):
        """1 if `predicate(step)` holds for the step of `tag`."""
        return self.lookup(tag, [bool(predicate(s)) for s in self.steps])

    def mode_is(self, tag, *modes):
        """1 if the neurons are in one of these modes."""
        return self.flag(tag, lambda s: s.mode in modes)

    def operation(self, tag, operation):
        """1 if the step is of this operation."""
        return self.flag(tag, lambda s: s.operation is operation)

    def target(self, tag):
        """Layer that receives the drives."""
        return self.lookup(tag, [s.target for s in self.passes])

    def is_output(self, tag):
        """1 if the drives belong to the last layer."""
        depth = self._design.network.depth
        return self.lookup(tag, [s.target == depth for s in self.passes])

    def neuron_base(self, tag):
        """First neuron address of the layer that receives the drives."""
        return self.lookup(tag, [self.maps.neuron_bases[s.target] for s in self.passes])

    def post_base(self, tag):
        """First post-synaptic word of the layer whose words the pass multiplies, in their bank."""
        return self.lookup(tag, [
            self.bank(s.lanes) * self.maps.post_depth + self.maps.post_bases[s.matrix.layer]
            for s in self.passes])

    def bank(self, name):
        """Number of the bank of the words `name` in their memory; 0 of none."""
        return next((names.index(name) for names in self.memories if name in names), 0)

    def bank_left(self, tag, names):
        """Bank of what the step leaves in the memory of these words; 0 if it leaves nothing."""
        return self.lookup(tag, [next((bank for bank, name in enumerate(names) if name in s.words),
                                      0) for s in self.steps])

    @staticmethod
    def turns(step):
        """Columns that a backward pass goes through, blocks of any other."""
        if step.joins:  # its own blocks, and columns of the head
            return step.matrix.neuron_blocks + step.matrix.neurons
        if step.operation is Operation.BACKWARD:
            return step.matrix.inputs
        return (step.matrix.blocks if step.operation is Operation.UPDATE
                else step.matrix.neuron_blocks)

    def joined(self):
        """The two steps that are one pass over a tail and its head: list of Step, or nothing."""
        return next(([s, self.steps[i + 1]] for i, s in enumerate(self.steps) if s.joins), [])

    def turned(self, name):
        """The transposed matrix that multiplies the words `name` on its way back, or None."""
        return next((s.matrix for s in self.passes if s.lanes == name and s.whole
                     and not s.joined), None)

    def walks_list(self, tag, name):
        """1 if the step walks the entries of the lists `name`."""
        return self.flag(tag, lambda s: s.walked == name and not s.singly
                         and s.operation is not Operation.BACKWARD)

    def left_singly(self, name):
        """True if only backward passes, which bring a neuron a cycle, leave the lists `name`."""
        return all(s.operation is Operation.BACKWARD for s in self.steps if name in s.lists)

    def waits_for(self, tag, kind):
        """1 if the step waits so."""
        return self.lookup(tag, [one is kind for one in self.waits.kinds])

    def walks_blocks(self, tag, name):
        """1 if the step walks the blocks of the words `name`."""
        return self.flag(tag, lambda s: s.walked == name and not s.joined
                         and s.operation is Operation.BACKWARD)
