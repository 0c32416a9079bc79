"""What every observed port carries in every cycle of a sample.

The latencies are those that hdl.sequencer and hdl.synapse.array document; they are stated here a
second time on purpose, so that a change of either side alone is seen.
"""

from dataclasses import dataclass

import numpy as np

from ..integer.model import Trace
from ..spec.design import Design
from ..spec.memory_map import MemoryMap
from ..spec.observation import observed_fields
from ..spec.schedule import Mode, Operation, Program

__all__ = ["SampleTimeline", "Timeline"]

REQUEST = 3  # from a request to its address at the weight memory
DRAIN = 9  # from a forward block's last request to its first row's drive
COLUMN = 8  # likewise of a backward column, plus the adder tree's levels
GHOST = 3  # from a drive to the ghost's capture
WRITE = 8  # from an update's request to its word at the write port


@dataclass
class SampleTimeline:
    """One sample: `cycles` from its start to the cycle before the next may start.

    Attributes
    ----------
    cycles : int
    fields : dict of int64 arrays (cycles,) or (cycles, elements)
    passes : list of (step number, cycle of the first request, cycles of every block's last one)
    """

    cycles: int
    fields: dict
    passes: list


class Timeline:
    """Predicts the observed port of a design's engine.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self.design = design
        self.map = MemoryMap(design)
        self.program = Program.of(design)
        self.fields = observed_fields(design)
        self.tree = (design.lanes - 1).bit_length()
        self.neuron = 7 if design.rule.relaxes else 6  # from a drive to the new rate

    # ---- cycles ----------------------------------------------------------------------------

    def cycles(self, events, train=True):
        """Cycles of a sample: the closed form of what `sample` lays out.

        Parameters
        ----------
        events : sequence of int
            Column events of every pass in the order of `Program.order`, the bias included
            (ignored for backward passes).
        train : bool
        """
        return self._walk(list(self.program.order(train)), events, train)[1]

    def dense_events(self, train=True):
        """Events of every pass where no rate is zero."""
        return [self.program.steps[i].matrix.columns for i in self.program.order(train)]

    def multiplications(self, train=True):
        """Useful multiply-accumulates of a dense sample: one for a synapse and pass, no biases."""
        matrices = (self.program.steps[i].matrix for i in self.program.order(train))
        return sum(m.rows * (m.columns - 1) for m in matrices)

    def _walk(self, order, events, train):
        """Start cycle and last request of every block of every pass; and the sample's cycles."""
        fetch, empty, drained = 1, 0, 0
        passes, previous = [], -1
        for index, count in zip(order, events, strict=True):
            step = self.program.steps[index]
            matrix = step.matrix
            fetch += index - previous - 1 if index > previous and not train else 0
            previous = index
            start = (max(fetch, empty) if step.wait else fetch) + 1
            if step.operation is Operation.FORWARD:
                ends, at = [], start
                for block in range(matrix.blocks):
                    rows = matrix.last_rows if block == matrix.blocks - 1 else matrix.lanes
                    # The last event waits for the drain registers.
                    ends.append(max(at + count - 1, drained))
                    drained, at = ends[-1] + rows, ends[-1] + 1
                last = ends[-1]
                busy = last + DRAIN + matrix.last_rows - 1 + self.neuron
            elif step.operation is Operation.BACKWARD:
                last = start + (matrix.columns - 1) * matrix.blocks - 1
                ends, busy = [last], last + COLUMN + self.tree + self.neuron
            else:
                last = start + matrix.blocks * count - 1
                ends, busy = [last], last + max(WRITE, WRITE - 1 + self.tree)
            empty = max(empty, busy + 1)
            fetch = last + 1
            passes.append((index, start, ends))
        # An inference takes one more fetch to see that nothing is left to do.
        finish = fetch + (1 if train else 2)
        return passes, max(finish, empty) + 1

    # ---- contents --------------------------------------------------------------------------

    def sample(self, trace: Trace, train=True):
        """Lay out a traced sample: SampleTimeline."""
        order = list(self.program.order(train))
        events = [0 if p.events is None else int(np.count_nonzero(p.events))
                  for p in trace.passes]
        passes, cycles = self._walk(order, events, train)
        fields = {
            f.name: np.zeros((cycles,) if f.elements == 1 else (cycles, f.elements), np.int64)
            for f in self.fields
        }
        fields["start"][0] = 1
        fields["done"][-1] = 1
        fields["prediction"][-1] = trace.prediction
        for (index, start, ends), done in zip(passes, trace.passes, strict=True):
            step = self.program.steps[index]
            if step.matrix.name != done.matrix or step.mode is not done.mode:
                raise ValueError(f"the trace has {done.matrix} {done.mode} where the schedule has "
                                 f"{step.matrix.name} {step.mode}")
            self._lay_out(fields, index, step, start, ends, done, train)
        return SampleTimeline(cycles, fields, passes)

    def _lay_out(self, fields, index, step, start, ends, done, train):
        matrix = step.matrix
        if step.operation is Operation.BACKWARD:
            columns = np.repeat(np.arange(matrix.columns - 1), matrix.blocks)
            blocks = np.tile(np.arange(matrix.blocks), matrix.columns - 1)
            at = start + np.arange(len(columns))
            rates = 0
            drives = at[matrix.blocks - 1::matrix.blocks] + COLUMN + self.tree
        else:
            events = np.flatnonzero(done.events)
            columns = np.tile(events, matrix.blocks)
            blocks = np.repeat(np.arange(matrix.blocks), len(events))
            rates = done.events[columns]
            if step.operation is Operation.UPDATE:
                at = start + np.arange(len(columns))
            else:
                firsts = np.append(start, np.array(ends[:-1], np.int64) + 1)
                at = firsts[:, None] + np.arange(len(events))
                at[:, -1] = ends
                at = at.ravel()
                drives = np.concatenate([
                    end + DRAIN + np.arange(min(matrix.lanes, matrix.rows - b * matrix.lanes))
                    for b, end in enumerate(ends)])
        self._put(fields, "request", at + REQUEST, request_tag=index,
                  request_address=matrix.base + blocks * matrix.columns + columns,
                  request_rate=rates)
        if step.operation is Operation.UPDATE:
            self._updates(fields, matrix, at + WRITE, blocks, columns, done)
        else:
            self._neurons(fields, step, drives, done, train)

    def _put(self, fields, stream, at, **values):
        """Write values into cycles `at` of a stream and mark them valid."""
        valid = fields[f"{stream}_valid"]
        if valid[at].any():
            raise ValueError(f"two values of the {stream} stream fall into one cycle")
        valid[at] = 1
        for name, value in values.items():
            field = fields[name]
            field[at] = np.reshape(value, (-1, *field.shape[1:])) if np.ndim(value) > 1 else value

    def _updates(self, fields, matrix, at, blocks, columns, done):
        padded = np.zeros((matrix.blocks * matrix.lanes, matrix.columns), np.int64)
        padded[:matrix.rows] = done.weights
        words = padded.reshape(matrix.blocks, matrix.lanes, matrix.columns)
        clipped = np.zeros(padded.shape, bool)
        clipped[:matrix.rows] = done.saturated
        clipped = clipped.reshape(words.shape).any(axis=1)
        self._put(fields, "weight", at, weights=words[blocks, :, columns],
                  weight_address=matrix.base + blocks * matrix.columns + columns)
        fields["weight_saturated"][at] = clipped[blocks, columns]

    def _neurons(self, fields, step, drives, done, train):
        address = self.map.neuron_bases[step.target] + np.arange(len(drives))
        self._put(fields, "drive", drives, drive=done.drive, drive_address=address)
        out = drives + self.neuron
        fields["state_saturated"][out] = done.saturated
        if step.mode is not Mode.GHOST:
            self._put(fields, "neuron", out, neuron_address=address, rate=done.rate,
                      state=done.state)
        if done.ghost is not None:
            self._put(fields, "ghost", drives + GHOST, ghost=done.ghost, ghost_address=address)
        if done.post is not None:
            self._put(fields, "post", out, post=done.post, feedback=done.feedback)

    # ---- bits ------------------------------------------------------------------------------

    def bits(self, sample: SampleTimeline):
        """The observed port as bits, uint8 array (cycles, width), least significant bit first."""
        columns = []
        for f in self.fields:
            values = sample.fields[f.name].reshape(sample.cycles, f.elements)
            bits = values[:, :, None] >> np.arange(f.width) & 1
            columns.append(bits.reshape(sample.cycles, f.bits).astype(np.uint8))
        return np.concatenate(columns, axis=1)
