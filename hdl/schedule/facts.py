"""Facts that the sequencer has of the step that it looks at, and of the pass that runs."""

from amaranth.hdl import Const, Module, Signal, Value

from ...golden.spec.steps import Operation
from ...golden.spec.waiting import Wait
from .table import StepTable

__all__ = ["Facts", "Running"]


class _Known:
    """Values that belong to a step, each in a register.

    Parameters
    ----------
    m : Module
    table : StepTable
    tag
        Number of the step.
    prefix : str
        Of the registers' names.
    """

    def __init__(self, m: Module, table: StepTable, tag, prefix=""):
        self._m, self._table, self._tag, self._prefix = m, table, tag, prefix

    def fact(self, predicate, name):
        """1 if `predicate` holds for the step."""
        return self._known(self._table.flag(self._tag, predicate), name)

    def number(self, values, name):
        """The step's own of these values."""
        return self._known(self._table.lookup(self._tag, values), name)

    def _known(self, value, name):
        """A register of a value that is not constant."""
        value = Value.cast(value)
        if isinstance(value, Const):
            return value
        register = Signal(value.shape(), name=self._prefix + name)
        self._m.d.sync += register.eq(value)
        return register


class Facts(_Known):
    """Facts by which the step `look` is judged, each in a register.

    In itself the judgement takes most of a cycle.

    Parameters
    ----------
    m : Module
    sequencer : Sequencer
        Its ports.
    table : StepTable
    look
        Number of the step.
    due : 1 bit
        It is due.
    """

    def __init__(self, m: Module, sequencer, table: StepTable, look, due):
        super().__init__(m, table, look)
        program, steps, passes = table.program, table.steps, table.passes
        known, fact, number = self._known, self.fact, self.number
        self.due = known(due, "is_due")
        self.count = known(sequencer.count, "walked")
        self.complete = known(sequencer.complete, "was_complete")
        self.none, self.vacant = known(sequencer.count == 0, "none"), known(
            sequencer.vacant, "was_vacant")
        self.lone = known(sequencer.count == 1, "one")
        self.over = known(look == len(steps), "over")
        self.beyond = known(look >= program.free_phase, "beyond")
        self.is_repeat = fact(lambda s: s.operation is Operation.REPEAT, "is_repeat")
        self.is_quit = fact(lambda s: s.operation is Operation.QUIT, "is_quit")
        self.restless = fact(lambda s: s.restless, "judges_restless")
        self.leading = fact(lambda s: s.leading, "judges_leading")
        self.full = fact(lambda s: s.full, "full")
        self.waits_all = known(table.waits_for(look, Wait.ALL), "waits_all")
        self.waits_words = known(table.waits_for(look, Wait.WORDS), "waits_words")
        self.follows = known(table.waits_for(look, Wait.ENTRIES), "follows")
        self.unbiased = known(table.lookup(look, [
            kind is Wait.ENTRIES and not step.full
            for kind, step in zip(table.waits.kinds, steps, strict=True)]), "unbiased")
        self.waits_weights = known(table.lookup(look, table.waits.weights), "waits_weights")
        self.joins = fact(lambda s: s.joins, "joins")
        self.changes = fact(lambda s: s.changes, "changes")
        self.sparse = fact(lambda s: s.sparse, "sparse")
        self.left_out = known(
            table.lookup(look, [not program.runs(i, False) for i in range(len(steps))])
            & ~sequencer.train, "left_out")
        self.base = number([s.matrix.base for s in passes], "base")
        self.post_base = known(table.post_base(look), "post_base")
        self.outer_limit = number([table.turns(s) - 1 for s in passes], "outer_limit")


class Running(_Known):
    """Properties of the pass `pc` that runs, each in a register.

    Parameters
    ----------
    m : Module
    table : StepTable
    pc
        Number of the step.
    drain : function
        Cycles that a number of rows takes out of the drain registers.
    """

    def __init__(self, m: Module, table: StepTable, pc, drain):
        super().__init__(m, table, pc, "running_")
        self.backward = self.fact(lambda s: s.operation is Operation.BACKWARD, "backward")
        # Whose sums leave through the drain registers.
        self.forward = self.fact(lambda s: s.drains, "forward")
        self.updates = self.fact(lambda s: s.operation is Operation.UPDATE, "updates")
        self.full = self.fact(lambda s: s.full, "full")
        self.consumes = self.fact(lambda s: s.consumes, "consumes")
        self.columns = self.number([s.matrix.columns for s in table.passes], "columns")
        self.last_rows = self.number([drain(s.matrix.last_rows) for s in table.passes],
                                     "last_rows")
