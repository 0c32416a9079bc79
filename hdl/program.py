"""The schedule as constants that the gateware looks up by step number (the pass's tag)."""

from amaranth.hdl import Array, Const

from ..golden.spec.design import Design
from ..golden.spec.memory_map import MemoryMap
from ..golden.spec.observation import tag_bits
from ..golden.spec.schedule import Mode, Program

__all__ = ["StepTable"]


class StepTable:
    """Constants of every step of a design's program.

    A tag travels with every value through the pipelines, and each stage looks up what it needs:
    one four-input table for each bit where a program has at most 16 steps.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self._design = design
        self.maps = MemoryMap(design)
        self.program = Program.of(design)
        self.steps = self.program.steps
        self.tag_bits = tag_bits(design)

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

    def mode(self, tag):
        """Mode of the neuron pipeline."""
        return self.lookup(tag, [(s.mode or Mode.FREE).value for s in self.steps])

    def operation(self, tag, operation):
        """1 if the step is of this operation."""
        return self.flag(tag, lambda s: s.operation is operation)

    def is_output(self, step):
        """True if the step's drives belong to the last layer."""
        return step.target == self._design.network.depth

    def neuron_base(self, tag):
        """First neuron address of the layer that receives the drives."""
        return self.lookup(tag, [self.maps.neuron_bases[s.target] for s in self.steps])

    def writes_post(self, step):
        """True if the step leaves post-synaptic values (see golden.spec.schedule)."""
        if step.mode is Mode.FREE:
            return self.is_output(step) and not self._design.rule.relaxes
        return step.mode in (Mode.FEEDBACK, Mode.LIVE) or (
            step.mode is Mode.STEP and step.target == 1)

    def writes_events(self, step):
        """True if the step leaves the column events of a hidden layer."""
        return step.mode in (Mode.FREE, Mode.STEP) and not self.is_output(step)

    def is_learning(self, step):
        """True if an inference leaves the step out (or stops before it)."""
        index = self.steps.index(step)
        return index >= self.program.free_phase or step.mode is not Mode.FREE

    def post_base(self, step):
        """First post-synaptic word of the layer whose values the pass reads."""
        return self.maps.post_bases[step.matrix.layer]
