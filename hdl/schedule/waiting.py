"""How long waiting steps wait: counted down, since every value's way takes a known time."""

from amaranth.hdl import Module, Signal, Value

from ...golden.spec.design import Design
from ...golden.spec.steps import Operation
from .facts import Facts, Running
from .table import StepTable

__all__ = ["Waiting"]

DRAIN = 9  # cycles from a forward pass's last request to its last block's first drive
COLUMN = 9  # likewise of a backward pass, plus the levels of the adder tree
WRITE = 9  # from an update's last request to the weights' write port; see the synapse array
READ = 3  # from a pass's first request to its addresses at the memories


class Waiting:
    """Two counters of cycles: until the drives' values are left, and until updates are written.

    A step may be judged, and its first request made a cycle later,

    * that waits for all: from the second cycle after that in which the last value was left;
    * that waits for words: so that it reads them in the cycle after the last one was left;
    * that waits for weights: so that it reads them in the cycle after the last one was written.

    The sample ends when all values are left, and so late that the next one reads no weight before
    it is written.

    Parameters
    ----------
    m : Module
    design : Design
    table : StepTable
    latency : int
        Of the neurons.
    facts : Facts
    running : Running
    closes : 1 bit
        The pass's last request is made.

    Attributes
    ----------
    over : 1 bit
        The step that is being judged need not wait any longer.
    finished : 1 bit
        Likewise the sample's end.
    """

    def __init__(self, m: Module, design: Design, table: StepTable, latency, facts: Facts,
                 running: Running, closes):
        self._m, self._closed = m, Signal()
        m.d.sync += self._closed.eq(closes)
        linger = int(design.neuron_lanes > 1)  # event lists take a cycle more to write then
        tree = design.lanes.bit_length() - 1

        def left(step):
            """Cycles from the pass's last request until whoever waits for all may be judged."""
            if step.operation is Operation.UPDATE:
                return 0
            if step.joins:
                step = table.joined()[1]
            drains = -(-step.matrix.last_rows // design.neuron_lanes)
            last = COLUMN + tree if step.operation is Operation.BACKWARD else DRAIN + drains - 1
            return last + latency + linger + 2

        written = WRITE + (design.engine.decays or design.single_port)
        values = self._count("values", running.number([left(s) for s in table.passes], "leaving"))
        leaves = closes & ~running.updates
        everything, words = (self._within(values, cycles, leaves)
                             for cycles in (0, READ + 2 + linger))
        self.over = (everything | ~facts.waits_all) & (words | ~facts.waits_words)
        if any(table.waits.weights) or written > WRITE:
            weights = self._count("weights", running.number(
                [(written - READ) * (s.operation is Operation.UPDATE) for s in table.passes],
                "writing"))
            self.over &= (self._within(weights, 0, closes & running.updates)
                          | ~facts.waits_weights)
            self.finished = everything & self._within(weights, 3)
        else:
            # A sample ends three cycles after its last request at the earliest, and the next one's
            # first request comes four cycles after that.
            recent = Signal(name="closed_before")
            m.d.sync += recent.eq(self._closed)
            self.finished = everything & ~recent

    def _count(self, name, cycles):
        """(A counter that begins with `cycles`, if it has less left; does it begin?).

        It begins in the cycle after the pass's last request.
        """
        left, more = Signal(Value.cast(cycles).shape(), name=f"{name}_left"), Signal()
        # As great as what is left in the cycle before is enough for the comparison.
        self._m.d.sync += more.eq(cycles > left)
        with self._m.If(self._closed & more):
            self._m.d.sync += left.eq(cycles - 2)
        with self._m.Elif(left != 0):
            self._m.d.sync += left.eq(left - 1)
        return left, self._closed & more

    def _within(self, counter, cycles, closes=0):
        """A register: the counter has at most `cycles` left.

        With `closes`, a pass that the counter is for makes its last request, it is 0 already in the
        cycle after that.
        """
        left, begins = counter
        flag = Signal(init=1, name=f"{left.name}_within_{cycles}")
        self._m.d.sync += flag.eq((left <= cycles + 1) & ~begins & ~closes)
        return flag
