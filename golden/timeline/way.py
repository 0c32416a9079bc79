"""When a pass makes its requests, and how long its values are on their way after them.

The latencies are those that hdl.schedule.waiting and hdl.synapse.array document; they are stated
here a second time on purpose, so that a change of either side alone is seen.
"""

from dataclasses import dataclass

import numpy as np

from ..spec.steps import Operation
from ..spec.waiting import Wait

__all__ = ["DRAIN", "PassTimes", "Way"]

REQUEST = 3  # from a request to its address at the weight memory
DRAIN = 9  # from a forward block's last request to its first row's drive
COLUMN = 9  # likewise of a backward column, plus the adder tree's levels
WRITE = 9  # from an update's request to its word at the write port
LISTED = 1  # with several neuron lanes: from a neuron's new rate to its entry in an event list
KNOWN = 3  # from an entry in a list to the request of a pass that follows it


@dataclass(frozen=True)
class PassTimes:
    """Cycles of a pass.

    Attributes
    ----------
    opening : int64 array
        Requests of a forward pass's first block; of any other pass the first request alone.
    ends : list of int
        Last request of every forward block; of any other pass its last one alone.
    drives : int64 array
        Drive of every neuron, in order; none of an update.
    slots : int
        Requests of every further block, or of every column.
    held : int
        Cycles in which the next entry of the list that the pass follows was not there yet.
    requests : int64 array or None
        All requests, of two passes that are one.
    """

    opening: np.ndarray
    ends: list[int]
    drives: np.ndarray
    slots: int
    held: int
    requests: np.ndarray | None = None

    @property
    def start(self) -> int:
        """First request."""
        return int(self.opening[0])


class Way:
    """The array of one sample: which requests come when, and what is still on its way.

    Parameters
    ----------
    design : Design
    waits : Waits
    neuron : int
        Cycles from a drive to its neuron's new rate.
    dense : bool
        As if no value were zero.

    Attributes
    ----------
    written : int
        Cycle of the last word at the write port, -1 before the first.
    """

    def __init__(self, design, waits, neuron, dense=False):
        self._waits, self._neuron, self._dense = waits, neuron, dense
        self._lanes = design.neuron_lanes
        self._settled = neuron + LISTED * (self._lanes > 1)
        self._tree = design.lanes.bit_length() - 1
        # With one port the writes must fall between the reads, which come every other cycle.
        self.pace = 2 if design.single_port else 1
        # A decay takes a stage of its own; an odd distance from the read in stage 3 one, too.
        self.write = WRITE + (design.engine.decays or design.single_port)
        self._values = self._words = 0  # when who waits for these may be judged
        self._drained, self.written = 0, -1
        self._entries = {}  # (name, layer) -> cycles of a list's entries and of its last neuron

    def judged(self, number):
        """Earliest cycle in which a step may be judged for what is on its way."""
        kind, weights = self._waits.kinds[number], self._waits.weights[number]
        return max({Wait.ALL: self._values, Wait.WORDS: self._words}.get(kind, 0),
                   self.written - REQUEST if weights else 0)

    def finished(self):
        """Earliest cycle in which the sample may end.

        The next sample's first request comes four cycles later, and must read what was written.
        """
        return max(self._values, self.written - REQUEST - 3)

    def run(self, number, step, start, entries, done):
        """PassTimes of a pass of `entries` in each block, or column, judged before `start`."""
        matrix = step.matrix
        slots = entries + 1 if step.full else max(1, entries)
        opening, drives, held = np.array([start]), np.zeros(0, np.int64), 0
        if step.operation is Operation.FORWARD:
            opening, ends, held = self._forward(number, step, start, slots, entries)
            drives = np.concatenate([end + DRAIN + np.arange(rows) // self._lanes
                                     for end, rows in zip(ends, self._rows(matrix), strict=True)])
        elif step.operation is Operation.BACKWARD:
            ends = [start + matrix.inputs * slots - 1]
            drives = start - 1 + slots * np.arange(1, matrix.inputs + 1) + COLUMN + self._tree
        else:
            ends = [start + self.pace * (matrix.blocks * slots - 1)]
            self.written = ends[-1] + self.write
        times = PassTimes(opening, ends, drives, slots, held)
        if len(drives):
            self._leave(number, step, int(drives[-1]), times, done)
        return times

    def run_both(self, number, steps, start, done):
        """PassTimes of a pass over a tail, and of the next one, over the head, that it joins.

        In turns: for each of the tail's blocks its columns, then as many columns of the head as it
        has neurons, and of each of these all blocks.

        Parameters
        ----------
        number : int
            Of the first step.
        steps : sequence of Step
            The two.
        start : int
            First request.
        done : Pass
            The second one's.
        """
        tail, head = (step.matrix for step in steps)
        kinds = [kind for rows in self._rows(tail)
                 for kind in [0] * tail.inputs + [1] * rows * head.blocks]
        at = start + np.arange(len(kinds))
        ours, theirs = (at[np.equal(kinds, which)] for which in (0, 1))
        drives = theirs[head.blocks - 1::head.blocks] + COLUMN + self._tree
        first, second = (
            PassTimes(own[:1], [int(own[-1])], leave, slots, 0, own)
            for own, leave, slots in ((ours, drives[:0], tail.inputs),
                                      (theirs, drives, head.blocks)))
        self._leave(number + 1, steps[1], int(drives[-1]), second, done)
        return first, second

    def _rows(self, matrix):
        """Rows of every block of a forward pass."""
        return [matrix.lanes] * (matrix.neuron_blocks - 1) + [matrix.last_rows]

    def _forward(self, number, step, start, slots, entries):
        """Requests of the first block, last request of every block, and `PassTimes.held`."""
        opening, ends = start + np.arange(slots), []
        if self._waits.kinds[number] is Wait.ENTRIES:
            opening = self._follow(step, start)
        held = int(opening[-1]) - start + 1 - len(opening)
        at = int(opening[-1]) - slots + 1
        for rows in self._rows(step.matrix):
            # The last event waits for the drain registers, which a row for each neuron lane leaves.
            ends.append(max(at + slots - 1, self._drained))
            self._drained, at = ends[-1] - (-rows // self._lanes), ends[-1] + 1
        opening[-1] = ends[0]
        return opening, ends, held

    def _follow(self, step, start):
        """Requests over a list that is being left: its entries, then the bias or nothing.

        Without a bias the last entry closes the block, if it is known to be the last one by then.
        """
        left, last = self._entries[step.events, step.source]
        slots = np.arange(len(left))
        opening = slots + np.maximum.accumulate(np.maximum(start, left + KNOWN) - slots)
        if not step.full and any(opening[-1:] >= last + KNOWN):
            return opening
        closing = max(start, last + KNOWN, *(opening[-1:] + 1))
        return np.append(opening, closing)

    def _leave(self, number, step, last, times, done):
        self._values = max(self._values, last + self._settled + 2)
        self._words = max(self._words, last + self._neuron - REQUEST)
        for name in self._waits.opens[number]:
            values = done.lists.get(name)
            if values is None:
                raise ValueError(f"the trace's {done.operation.name} {done.matrix} must leave the "
                                 f"list {name!r}, not only {', '.join(done.lists) or 'none'}")
            left = times.drives + self._settled
            self._entries[name, step.target] = (
                left if self._dense else left[values != 0], int(left[-1]))
