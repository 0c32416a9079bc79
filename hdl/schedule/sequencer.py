"""The sequencer: runs a rule's program and walks the synapse array through every pass."""

from amaranth.hdl import Array, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ...golden.spec.design import Design
from ...golden.spec.link import STOOD_LONG
from .facts import Facts, Running
from .request import request_layout
from .table import StepTable
from .waiting import Waiting
from .walk import Walk

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """One request a cycle; a pass's next step is looked up while the pass runs.

    A forward or update pass walks, block after block, through the column events and then the
    bias, if it takes it; a backward pass walks, column after column, through the block events.
    The last event of a forward block waits until the block before it has left the drain
    registers. A step that is passed over costs two cycles: it is judged, and the next one is looked
    up. Timeline: a sample starts in cycle 0 (`start`), its first step is looked up in cycle 1 and
    judged in cycle 2, its first request is in cycle 3; after a pass's last request in cycle t the
    next step is judged in t + 1 or, if it waits, later (`Waiting`). A step is judged by what was
    the case in the cycle before; as long as it waits, it is looked up anew in every cycle. A pass
    that follows a list looks at its own count until its first block is closed: with that block as
    its only one, the next step is judged in t + 2. It asks for an entry three cycles after it was
    written, and closes its first block three cycles after the list's last neuron, or, without a
    bias, with the last entry if that comes later. Where the weights' memory has one port, an update
    makes a request every other cycle.

    Parameters
    ----------
    design : Design
    table : StepTable
    latency : int
        Cycles from a drive to its neuron's new rate.

    Members
    -------
    ready : 1 bit
        A sample is loaded.
    train : 1 bit
    look : number
        The step that is looked up, to be judged in the next cycle.
    count, complete : number, 1 bit
        Entries of what the step `look` walks; whether these are all, if it follows a list.
    judges : 1 bit
        The step `request.tag` is being judged. It begins in the next cycle, still waits, or is
        passed over; what it opens (see `Waits.opens`) is empty by then.
    drop : 1 bit
        What the step `request.tag` walks is used up.
    moved, changed, neuron_tag
        In the pass `neuron_tag` a neuron moved, or something changed (see golden.spec.steps).
    start, done : 1 bit
        A sample, or another turn of it, begins; its first turn is finished, and every weight will
        be written before the next sample reads it.
    valid, request
        Request to the array.
    settled : 1 bit
        A loop is in its second turn or later, or the sample stands.
    vacant : 1 bit
        The words that the step `look` multiplies are all zero.
    restless, tries, found : 1 bit, 3 bits, 1 bit
        Of a guarded engine: the neurons are restless (see golden.spec.steps); how often this loop
        has begun again for that; a REPEAT finds them so.
    leads : 1 bit
        Of a design with a margin: the output of the sample's class leads (see golden.spec.steps).
    turn, coded : 1 bit
        A time step begins: the sample, or another turn of its loop; the next one's input is there
        (1 unless inputs are coded as spikes).
    stay : 1 bit
        With rules that are always on: there is no other sample, so this one stands for another
        turn, which begins in the cycle after the last one's end.
    standing, stood : 1 bit, 16 bits
        Turns of this sample after its first: this is one of them; how many, at most STOOD_LONG.
    release : 1 bit
        The sample is done with.
    idle : 1 bit
        No sample in work.
    """

    def __init__(self, design: Design, table: StepTable, latency):
        self._table, self._design, self._latency = table, design, latency
        layout = request_layout(design, table)
        super().__init__({
            "ready": In(1), "train": In(1),
            "count": In(layout["position"].shape), "complete": In(1), "drop": Out(1),
            "look": Out(unsigned(table.tag_bits)), "judges": Out(1),
            "moved": In(1), "changed": In(1), "neuron_tag": In(unsigned(table.tag_bits)),
            "start": Out(1), "done": Out(1), "idle": Out(1), "settled": Out(1),
            "vacant": In(1), "turn": Out(1), "coded": In(1, init=1),
            "restless": In(1), "tries": Out(3), "found": Out(1),
            "stay": In(1), "standing": Out(1), "stood": Out(16), "release": Out(1),
            "valid": Out(1), "request": Out(layout),
        } | ({"leads": In(1)} if design.margin_shift is not None else {}))
        self._lanes, self._neuron_lanes = design.lanes, design.neuron_lanes
        self._single_port = design.single_port

    def elaborate(self, platform):
        m = Module()
        table, request = self._table, self.request
        # The step that is judged, or runs; of `look` come the facts in the next cycle.
        pc = Signal(table.tag_bits)
        walk = Walk(table, request)
        # Cycles until the drain registers are free; whether that is more than one, and the pass
        # needs them.
        spacing, tight = Signal(range(self._drain(self._lanes) + 1)), Signal()
        begins, moved, closes = Signal(), Signal(), Signal()
        turns = Signal(range(max([2, *(s.turns for s in table.steps)])))
        facts = Facts(m, self, table, self.look, self._due(m, pc, begins))
        running = Running(m, table, pc, self._drain)
        drain = Mux(walk.closing, running.last_rows, self._drain(self._lanes))
        waiting = Waiting(m, self._design, table, self._latency, facts, running, closes)

        # An event that is no block's last one never waits for the drain registers, and the last one
        # never for an entry.
        turns_now, steps_now, paused = Signal(), Signal(), Signal()
        runs = Signal()  # the state on which most depends, in a register
        if self._single_port:  # an update leaves every other cycle to the writes
            m.d.sync += paused.eq(self.valid & running.updates)
        m.d.comb += [
            self.settled.eq((turns != 0) | self.standing),
            request.tag.eq(pc),
            request.first.eq(walk.first), request.last.eq(walk.last),
            request.opening.eq(walk.opening), request.closing.eq(walk.closing),
            request.bias.eq(walk.bias),
            request.position.eq(walk.inner),
            request.address.eq(walk.address),
            request.post_address.eq(walk.post_address),
            turns_now.eq(runs & walk.last & ~(tight | paused)),
            steps_now.eq(runs & ~walk.last & ~walk.holds & ~paused),
            self.valid.eq(turns_now | steps_now),
        ]
        m.d.sync += runs.eq(begins | runs & ~closes)
        with m.If(spacing != 0):
            m.d.sync += spacing.eq(spacing - 1)
        m.d.sync += tight.eq((spacing > 2) & table.flag(pc, lambda s: s.drains))
        with m.If(self.moved):
            m.d.sync += moved.eq(1)

        walk.follow(m, facts, paused)
        with m.If(~runs):
            walk.begin(m, facts)
        with m.If(turns_now):
            walk.turn(m, running)
            if table.joined():
                m.d.sync += pc.eq(walk.other_step(pc))
            with m.If(walk.follows):
                walk.settle(m, facts)
                m.d.sync += self.look.eq(pc + 1)
            with m.If(running.forward):
                m.d.sync += [spacing.eq(drain), tight.eq(drain > 1)]
            with m.If(walk.closing):
                m.d.comb += [self.drop.eq(running.consumes), closes.eq(1)]
                m.d.sync += pc.eq(pc + 1)
        with m.If(steps_now):
            walk.step(m, running)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(1), self.start.eq(self.ready), self.turn.eq(self.ready)]
                m.d.sync += [*self._to(pc, 0), moved.eq(0)]
                with m.If(self.ready):
                    m.next = "LOOK"
            with m.State("LOOK"):
                m.next = "JUDGE"
            with m.State("JUDGE"):
                m.d.comb += self.judges.eq(1)
                self._judge(m, facts, pc, moved, turns, begins, waiting)
            with m.State("RUN"):
                with m.If(closes):
                    m.next = "JUDGE"
                    with m.If(walk.follows):
                        m.next = "LOOK"
            with m.State("FINISH"):
                with m.If(waiting.finished):
                    m.d.comb += [self.done.eq(~self.standing), self.release.eq(~self.stay)]
                    m.d.sync += [self.standing.eq(0), self.stood.eq(0)]
                    with m.If(self.stay):
                        m.d.sync += [self.standing.eq(1),
                                     self.stood.eq(self.stood + (self.stood != STOOD_LONG))]
                    m.next = "IDLE"
        return m

    def _judge(self, m, facts, pc, moved, turns, begins, waiting):
        """State JUDGE: begin the step `pc`, wait for it, pass it over, or turn back."""
        over = len(self._table.steps)
        left_out_now = facts.changes & facts.none & ~facts.due | facts.sparse & facts.vacant
        with m.If(facts.over):
            m.next = "FINISH"
        with m.Elif(facts.left_out):
            # Beyond the free phase nothing is left for an inference.
            m.d.sync += self._to(pc, Mux(facts.beyond, over, pc + 1))
            m.next = "LOOK"
        with m.Elif(waiting.over & (self.coded | ~facts.is_repeat)):
            m.d.sync += self._to(pc, pc + 1)
            m.next = "LOOK"
            with m.If(facts.is_repeat):
                self._repeat(m, facts, pc, moved, turns)
            with m.Elif(facts.is_quit):
                self._quit(m, facts, pc, moved)
            with m.Elif(~left_out_now):
                # While a pass runs the next step is looked at; a pass that follows needs to know
                # its own list's count until it has closed its first block.
                m.d.sync += [pc.eq(pc),
                             self.look.eq(Mux(facts.follows, pc, pc + 1 + facts.joins))]
                m.d.comb += begins.eq(1)
                m.next = "RUN"

    def _to(self, pc, step):
        """Assignments: judge `step` next, once it is looked up."""
        return [pc.eq(step), self.look.eq(step)]

    def _drain(self, rows):
        """Cycles that this many rows take out of the drain registers."""
        return -(-rows // self._neuron_lanes)

    def _due(self, m, pc, begins):
        """Is the step `look` due? One register for each step that names modes in `due`."""
        table = self._table
        due = []
        # In the first cycle of the pass, before which nothing can wake it: the choice of the pass
        # takes all of the cycle before.
        begun = Signal()
        m.d.sync += begun.eq(begins)
        for number, step in enumerate(table.steps):
            own = Signal(name=f"due_{number}") if step.due else 0
            if step.due:
                wakes = table.lookup(self.neuron_tag, [
                    number in table.program.wakes(i) for i in range(len(table.steps))])
                with m.If(begun & (pc == number)):
                    m.d.sync += own.eq(0)
                with m.If(self.start | (self.changed & wakes)):
                    m.d.sync += own.eq(1)
            due.append(own)
        return Array(due)[self.look]

    def _quit(self, m, facts, pc, moved):
        """End the sample if nothing moved, or for what else the step asks; `pc` already goes on."""
        ends = Mux(facts.restless, self.restless, ~moved)
        if self._design.margin_shift is None:
            m.d.sync += moved.eq(0)
        else:  # a step that asks for the lead leaves it to the next one what has moved
            ends = Mux(facts.leading, self.leads, ends)
            m.d.sync += moved.eq(moved & facts.leading)
        with m.If(ends):
            m.d.sync += self._to(pc, len(self._table.steps))

    def _repeat(self, m, facts, pc, moved, turns):
        """Turn back unless nothing moved or all turns are over; `pc` already goes on.

        A step for restless neurons has a count of its own.
        """
        table = self._table
        most = table.lookup(pc, [max(0, s.turns - 1) for s in table.steps])
        first = table.lookup(pc, [s.first for s in table.steps])
        m.d.sync += moved.eq(0)
        with m.If(facts.restless):
            m.d.comb += self.found.eq(self.restless)
            m.d.sync += self.tries.eq(0)
            with m.If(self.restless & (self.tries != most)):
                m.d.sync += [self.tries.eq(self.tries + 1), *self._to(pc, first)]
        with m.Else():
            m.d.sync += turns.eq(0)
            with m.If(moved & (turns != most)):
                m.d.comb += self.turn.eq(1)
                m.d.sync += [turns.eq(turns + 1), *self._to(pc, first)]
