"""Contents of every observed port in every cycle of a sample."""

from dataclasses import dataclass

import numpy as np

from ..integer.trace import Pass, Trace
from ..spec.design import Design
from ..spec.entries import part_of
from ..spec.memory_map import MemoryMap
from ..spec.observation import observed_fields
from ..spec.program import Program
from ..spec.steps import Operation
from ..spec.waiting import Wait
from .account import Account, Ledger
from .way import REQUEST, PassTimes, Way

__all__ = ["SampleTimeline", "Timeline"]

STEP = 2  # from a step that is passed over to the next, each looked up and then judged
AHEAD = 1  # from a pass's last request to the next step, which was looked up while the pass ran
CODE = 4  # from a time step's beginning to when the next may begin, plus one for each input


@dataclass
class SampleTimeline:
    """One sample: `cycles` from its start to the cycle before the next may start.

    Attributes
    ----------
    cycles : int
    fields : dict of int64 arrays (cycles,) or (cycles, elements)
        The neuron lanes' have an element for each of them. They may be longer than `cycles`: the
        last words are written while the next sample has begun.
    passes : list of (step number, cycle of the first request, cycles of every block's last one)
    """

    cycles: int
    fields: dict[str, np.ndarray]
    passes: list[tuple[int, int, list[int]]]


@dataclass(frozen=True)
class _Walked:
    """A sample that was walked: (step number, its trace, PassTimes) of passes that run, and more.

    Attributes
    ----------
    passes : list
    cycles : int
    course : list
        As of `Timeline.course`.
    way : Way
    account : Account
    """

    passes: list[tuple[int, Pass, PassTimes]]
    cycles: int
    course: list[tuple[int, Pass | None]]
    way: Way
    account: Account


class Timeline:
    """Predicts the observed port of a design's engine.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self.design = design
        self.map = MemoryMap(design)
        self._matrices = {(m.name, m.first): m for m in self.map.matrices}
        self.program = Program.of(design)
        self.fields = observed_fields(design)
        latency = part_of(design.rule.name, "cortigate.latencies")(design)
        self.neuron, self.streams = latency.neuron, latency.streams
        self.lanes = design.neuron_lanes
        self.code = CODE + design.network.sizes[0]

    # ---- cycles ----------------------------------------------------------------------------

    def cycles(self, trace: Trace, train: bool = True, dense: bool = False) -> int:
        """Cycles of a traced sample.

        Parameters
        ----------
        trace : Trace
        train : bool
        dense : bool
            As if no value were zero and no pass left out.
        """
        return self._walk(trace, train, dense).cycles

    def course(self, trace: Trace, train: bool = True) -> list[tuple[int, Pass | None]]:
        """Steps of a traced sample, in order: (number, its Pass, or None if it was left out).

        Of an inference only those that are not of learning alone.
        """
        return self._walk(trace, train).course

    def account(self, trace: Trace, train: bool = True, dense: bool = False) -> Account:
        """Say what the cycles of a traced sample are spent on; arguments as of `cycles`."""
        return self._walk(trace, train, dense).account

    def limit(self, trace: Trace) -> float:
        """Cycles in which the lanes could do what a sample's values, not all of them zero, ask for.

        Events times rows, for every pass that runs, over the number of lanes; backward, columns
        times the rows of blocks that are not all zero. Biases are not counted.
        """
        products = 0
        for number, done, _ in self._walk(trace, True).passes:
            step, matrix = self.program.steps[number], self._matrices[done.matrix, done.first]
            entries = self._entries(step, done, False)
            if step.singly and done.walked is not None:  # zeros are asked for, but for no product
                entries = int(np.count_nonzero(done.walked))
            if step.operation is Operation.BACKWARD:
                rows = min(entries * matrix.lanes, matrix.rows - matrix.transposed)
                products += matrix.inputs * rows
            else:
                products += entries * (matrix.rows - matrix.transposed)
        return products / self.design.lanes

    def multiplications(self, trace: Trace) -> int:
        """Useful multiply-accumulates of a sample, dense: one for a synapse and pass, no biases.

        Passes that bring nothing (only the neurons' turn) have none.
        """
        return sum(self._matrices[p.matrix, p.first].synapses for p in trace.passes
                   if p.walked is not None)

    def _entries(self, step, done, dense):
        """Number of entries that a pass walks (for each block, or backward each column)."""
        if done.walked is None:
            return 0
        if step.operation is not Operation.BACKWARD:
            values = done.walked[:step.matrix.inputs]
            every = dense or step.walks_zeros
            return len(values) if every else int(np.count_nonzero(values))
        return step.matrix.blocks if dense else len(self._blocks(step, done))

    def _blocks(self, step, done):
        """Blocks that a backward pass walks: all, or those that are not all zero."""
        if step.whole:
            return np.arange(step.matrix.blocks)
        starts = np.arange(0, len(done.walked), step.matrix.lanes)
        return np.flatnonzero(np.logical_or.reduceat(done.walked != 0, starts))

    def _walk(self, trace, train, dense=False):
        """The sample's `_Walked`."""
        steps, program = self.program.steps, self.program
        judged, coded = 2, self.code
        way, ledger = Way(self.design, program.waits, self.neuron, dense), Ledger()
        due = {i for i, step in enumerate(steps) if step.due}
        passes, course, traced, pc = [], [], iter(trace.passes), 0
        while pc < len(steps):
            step = steps[pc]
            if not program.runs(pc, train):
                judged, pc = judged + STEP, pc + 1 if pc < program.free_phase else len(steps)
                ledger.spend("fetch", STEP)
                continue
            name = step.matrix.name if step.matrix else ""
            done = next(traced, None)
            if done is None:
                raise ValueError(f"the trace ends before step {pc}, which is {step.operation.name} "
                                 f"{name}")
            if (step.operation, name, step.mode) != (done.operation, done.matrix, done.mode):
                raise ValueError(f"the trace has {done.operation.name} {done.matrix} {done.mode} "
                                 f"where step {pc} is {step.operation.name} {name} {step.mode}")
            waits = max(judged, way.judged(pc))
            ledger.spend("dependency", waits - judged)
            judged = waits
            if step.operation is Operation.REPEAT and self.design.engine.spiking:
                ledger.spend("feed", max(0, coded - judged))
                judged = max(judged, coded)
                coded = judged + self.code
            course.append((pc, done))
            if step.matrix is None:
                onward = pc + 1 if step.operation is Operation.REPEAT else len(steps)
                back = step.first if step.operation is Operation.REPEAT else pc + 1
                judged, pc = judged + STEP, back if done.again else onward
                ledger.spend("fetch", STEP)
                continue
            entries = self._entries(step, done, dense)
            idle = step.changes and not entries and pc not in due
            if idle and done.changed:
                raise ValueError(f"step {pc} is left out, but the trace says it changed "
                                 f"something: {done}")
            if idle or step.sparse and not dense and not done.lanes.any():
                course[-1] = pc, None
                judged, pc = judged + STEP, pc + 1
                ledger.spend("fetch", STEP)
                continue
            due.discard(pc)
            if done.changed:
                due.update(program.wakes(pc))
            if step.joins:
                after = next(traced, None)
                if after is None:
                    raise ValueError(f"the trace ends before step {pc + 1}, which step {pc} joins")
                times, both = way.run_both(pc, steps[pc:pc + 2], judged + 1, after)
                course.append((pc + 1, after))
                passes += [(pc, done, times), (pc + 1, after, both)]
                ledger.spend("requests", both.ends[-1] - times.start + 1)
                ledger.spend("fetch", AHEAD)
                judged, pc = both.ends[-1] + AHEAD, pc + 2
                continue
            times = way.run(pc, step, judged + 1, entries, done)
            passes.append((pc, done, times))
            ledger.run(step, judged + 1, times)
            # A pass that follows a list looks at nothing else until its first block is closed.
            follows = program.waits.kinds[pc] is Wait.ENTRIES and len(times.ends) == 1
            fetched = STEP if follows else AHEAD
            ledger.spend("fetch", fetched)
            judged, pc = times.ends[-1] + fetched, pc + 1
        if (done := next(traced, None)) is not None:
            raise ValueError(f"the trace has {done.operation.name} {done.matrix} after the "
                             "last step")
        cycles = max(judged + 1, way.finished()) + 1
        ledger.spend("fetch", 1)
        ledger.spend("dependency", cycles - judged - 2)
        return _Walked(passes, cycles, course, way, ledger.close())

    # ---- contents --------------------------------------------------------------------------

    def sample(self, trace: Trace, train: bool = True) -> SampleTimeline:
        """Lay out a traced sample: SampleTimeline."""
        walked = self._walk(trace, train)
        rows, end = max(walked.cycles, walked.way.written + 1), walked.cycles - 1
        fields = {
            f.name: np.zeros((rows,) if f.elements == 1 else (rows, f.elements), np.int64)
            for f in self.fields
        }
        fields["start"][0] = 1
        fields["done"][end] = not trace.standing
        fields["prediction"][end] = trace.prediction
        for number, done, times in walked.passes:
            self._lay_out(fields, number, times, done, train, walked.way)
        return SampleTimeline(walked.cycles, fields,
                              [(n, times.start, times.ends) for n, _, times in walked.passes])

    def _lay_out(self, fields, number, times, done, train, way):
        step = self.program.steps[number]
        matrix = step.matrix
        if step.operation is Operation.BACKWARD:
            walked = self._blocks(step, done)
            walked = walked if len(walked) else np.zeros(1, np.int64)  # the empty event
            columns = np.repeat(np.arange(matrix.inputs), len(walked))
            blocks = np.tile(walked, matrix.inputs)
            at, rates = times.start + np.arange(len(columns)), 0
        else:
            walked, rates = self._column_events(step, done)
            count = (matrix.blocks if step.operation is Operation.UPDATE
                     else matrix.neuron_blocks)
            columns, rates = np.tile(walked, count), np.tile(rates, count)
            blocks = np.repeat(np.arange(count), len(walked))
            if step.operation is Operation.UPDATE:
                at = times.start + way.pace * np.arange(len(columns))
            elif not step.joins:
                firsts = np.array(times.ends[:-1], np.int64) + 1
                further = firsts[:, None] + np.arange(len(walked))
                further[:, -1] = times.ends[1:]
                at = np.concatenate([times.opening, further.ravel()])
                # A list that is followed may end with a turn for nothing.
                closing = len(times.opening) - 1
                if closing == len(walked):
                    columns, rates, blocks = (np.insert(values, closing, 0)
                                              for values in (columns, rates, blocks))
        if times.requests is not None:
            at = times.requests
        self._put(fields, "request", at + REQUEST, request_tag=number,
                  request_address=matrix.base + blocks * matrix.columns + columns,
                  request_rate=rates)
        if step.operation is Operation.UPDATE:
            self._updates(fields, matrix, at + way.write, blocks, columns, done)
        elif not step.joins:
            self._neurons(fields, step, times.drives, done, train)

    def _column_events(self, step, done):
        """Columns and rates that a forward or update pass walks in every block."""
        if done.walked is not None:
            columns = (np.arange(len(done.walked)) if step.walks_zeros
                       else np.flatnonzero(done.walked))
            if len(columns):
                return columns, done.walked[columns]
        return np.zeros(1, np.int64), np.zeros(1, np.int64)  # the empty event

    def _put(self, fields, stream, at, **values):
        """Write values into cycles `at` (and elements) of a stream and mark them valid."""
        valid = fields[f"{stream}_valid"]
        if valid[at].any():
            raise ValueError(f"two values of the {stream} stream fall into one cycle")
        valid[at] = 1
        for name, value in values.items():
            field = fields[name]
            field[at] = np.reshape(value, (-1, *field.shape[1:])) if np.ndim(value) > 1 else value

    def _places(self, cycles):
        """Index into a field of a layer's neurons, one after the other, in their cycles."""
        return (cycles, np.arange(len(cycles)) % self.lanes) if self.lanes > 1 else cycles

    def _updates(self, fields, matrix, at, blocks, columns, done):
        padded = np.zeros((matrix.blocks * matrix.lanes, matrix.columns), np.int64)
        padded[:matrix.rows] = done.weights
        words = padded.reshape(matrix.blocks, matrix.lanes, matrix.columns)
        clipped = np.zeros(padded.shape, bool)
        clipped[:matrix.rows] = done.saturated
        clipped = np.any(clipped.reshape(words.shape), axis=1)
        self._put(fields, "weight", at, weights=words[blocks, :, columns],
                  weight_address=matrix.base + blocks * matrix.columns + columns)
        fields["weight_saturated"][at] = clipped[blocks, columns]

    def _neurons(self, fields, step, drives, done, train):
        first = step.matrix.first // self.lanes if step.continues else 0
        address = (self.map.neuron_bases[step.target] + first
                   + np.arange(len(drives)) // self.lanes)
        self._put(fields, "drive", self._places(drives), drive=done.drive, drive_address=address)
        out = self._places(drives + self.neuron)
        fields["state_saturated"][out] = done.saturated
        if not step.silent:
            self._put(fields, "neuron", out, neuron_address=address, rate=done.rate,
                      state=done.state)
        for name, values in done.streams.items():
            self._put(fields, name, self._places(drives + self.streams[name]),
                      **{name: values, f"{name}_address": address})
        words = [name for name in step.words if self.program.leaves_words(name, train)]
        for kind, names, values in (("list", step.lists, done.lists),
                                    ("words", words, done.words)):
            for name in names:
                if values.get(name) is None:
                    raise ValueError(f"the trace's {done.operation.name} {done.matrix} must leave "
                                     f"the {kind} {name!r}, not only {', '.join(values) or 'none'}")
                self._put(fields, f"{kind}_{name}", out, **{f"{kind}_{name}": values[name]})

    # ---- bits ------------------------------------------------------------------------------

    def bits(self, sample: SampleTimeline) -> np.ndarray:
        """The observed port as bits, uint8 array (cycles, width), least significant bit first.

        There are as many cycles as the fields have.
        """
        columns = []
        for f in self.fields:
            values = sample.fields[f.name].reshape(-1, f.elements)
            bits = values[:, :, None] >> np.arange(f.width) & 1
            columns.append(bits.reshape(len(values), f.bits).astype(np.uint8))
        return np.concatenate(columns, axis=1)
