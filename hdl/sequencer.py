"""The sequencer: runs a rule's program and walks the synapse array through every pass."""

from amaranth.hdl import Array, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..golden.spec.design import Design
from ..golden.spec.link import STOOD_LONG
from ..golden.spec.observation import word_bits
from ..golden.spec.steps import Operation
from .program import StepTable
from .synapse.words import word_address_bits

__all__ = ["Sequencer", "request_layout"]


def request_layout(design: Design, table: StepTable):
    """Layout of one cycle's request to the array (stage 0).

    ``tag`` step; ``first``/``last`` event of a block (forward, update) or of a column (backward);
    ``opening`` first block or column; ``closing`` last one; ``bias`` the slot behind the last
    event: the bias, or nothing; ``position`` in what the step walks; ``address`` weight word
    before the event's column or block is added; ``post_address`` of an update.
    """
    return data.StructLayout({
        "tag": unsigned(table.tag_bits), "first": 1, "last": 1, "opening": 1, "closing": 1,
        "bias": 1,
        "position": unsigned(max(design.network.sizes).bit_length()),
        "address": unsigned(word_bits(design)),
        "post_address": unsigned(word_address_bits(design)),
    })


class Sequencer(wiring.Component):
    """One request a cycle; steps follow each other after one cycle of fetching.

    A forward or update pass walks, block after block, through the column events and then the
    bias, if it takes it; a backward pass walks, column after column, through the block events.
    The last event of a forward block waits until the block before it has left the drain
    registers. A step that is passed over costs two cycles: it is looked up, then judged. Timeline:
    a sample starts in cycle 0 (`start`), its first step is looked up in cycle 1 and judged in
    cycle 2, its first request is in cycle 3; after a pass's last request in cycle t the next step
    is judged in t + 2 or, if it waits, in the second cycle from there on in which the pipelines
    are empty. Where the weights' memory has one port, an update makes a request every other cycle.

    Parameters
    ----------
    design : Design
    table : StepTable

    Members
    -------
    ready : 1 bit
        A sample is loaded.
    train : 1 bit
    count
        Entries of what the step `request.tag` walks.
    drop : 1 bit
        What the step `request.tag` walks is used up.
    moved, changed, neuron_tag
        In the pass `neuron_tag` a neuron moved, or something changed (see golden.spec.steps).
    empty : 1 bit
        No value is under way in array and neuron pipeline.
    start, done : 1 bit
        A sample, or another turn of it, begins; its first turn is finished, every weight written.
    valid, request
        Request to the array.
    settled : 1 bit
        A loop is in its second turn or later, or the sample stands.
    vacant : 1 bit
        The words that the step `request.tag` multiplies are all zero.
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

    def __init__(self, design: Design, table: StepTable):
        self._table = table
        layout = request_layout(design, table)
        super().__init__({
            "ready": In(1), "train": In(1), "empty": In(1),
            "count": In(layout["position"].shape), "drop": Out(1),
            "moved": In(1), "changed": In(1), "neuron_tag": In(unsigned(table.tag_bits)),
            "start": Out(1), "done": Out(1), "idle": Out(1), "settled": Out(1),
            "vacant": In(1), "turn": Out(1), "coded": In(1, init=1),
            "stay": In(1), "standing": Out(1), "stood": Out(16), "release": Out(1),
            "valid": Out(1), "request": Out(layout),
        })
        self._lanes, self._neuron_lanes = design.lanes, design.neuron_lanes
        self._single_port = design.single_port

    def elaborate(self, platform):
        m = Module()
        table = self._table
        program, steps, passes = table.program, table.steps, table.passes
        request, q = self.request, table.lookup
        pc = Signal(table.tag_bits)
        # Inner and outer loop: position, turns that are left, whether this one is first or last.
        # All of them registers: found out in the same cycle, the ends were what limits the clock.
        inner, inner_left = (Signal.like(request.position) for _ in range(2))
        inner_limit, single = Signal.like(inner), Signal()
        outer_left = Signal(range(max(max(s.matrix.columns, s.matrix.blocks) for s in passes)))
        first, last, opening, closing = Signal(), Signal(), Signal(), Signal()
        bias, bias_first = Signal(), Signal()
        origin, address = Signal.like(request.address), Signal.like(request.address)
        post_address = Signal.like(request.post_address)
        # Cycles until the drain registers are free; whether that is more than one.
        spacing, tight = Signal(range(self._drain(self._lanes) + 1)), Signal()
        begins, moved = Signal(), Signal()
        turns = Signal(range(max([2, *(s.turns for s in steps)])))

        def known(value, name):
            """What a judgement needs waits in a register: in itself it takes most of a cycle."""
            value = Value.cast(value)
            if isinstance(value, Const):
                return value
            register = Signal(value.shape(), name=name)
            m.d.sync += register.eq(value)
            return register

        def fact(predicate, name):
            return known(table.flag(pc, predicate), name)

        def number(values, name):
            return known(q(pc, values), name)

        due = known(self._due(m, pc, begins), "is_due")
        empty, count = known(self.empty, "was_empty"), known(self.count, "walked")
        none, vacant = known(self.count == 0, "none"), known(self.vacant, "was_vacant")
        lone = known(self.count == 1, "one")
        over = known(pc == len(steps), "over")
        beyond = known(pc >= program.free_phase, "beyond")
        backward = fact(lambda s: s.operation is Operation.BACKWARD, "backward")
        forward = fact(lambda s: s.operation is Operation.FORWARD, "forward")
        is_repeat = fact(lambda s: s.operation is Operation.REPEAT, "is_repeat")
        is_quit = fact(lambda s: s.operation is Operation.QUIT, "is_quit")
        full, waits = fact(lambda s: s.full, "full"), fact(lambda s: s.wait, "waits")
        changes = fact(lambda s: s.changes, "changes")
        sparse = fact(lambda s: s.sparse, "sparse")
        consumes = fact(lambda s: s.consumes, "consumes")
        left_out = known(q(pc, [not program.runs(i, False) for i in range(len(steps))])
                         & ~self.train, "left_out")
        base = number([s.matrix.base for s in passes], "base")
        post_base = known(table.post_base(pc), "post_base")
        columns = number([s.matrix.columns for s in passes], "columns")
        outer_limit = number([table.turns(s) - 1 for s in passes], "outer_limit")
        drain = Mux(closing, number([self._drain(s.matrix.last_rows) for s in passes], "last_rows"),
                    self._drain(self._lanes))

        stalled, paused = Signal(), Signal()
        if self._single_port:  # an update leaves every other cycle to the writes
            updates = fact(lambda s: s.operation is Operation.UPDATE, "updates")
            m.d.sync += paused.eq(self.valid & updates)
        m.d.comb += [
            self.settled.eq((turns != 0) | self.standing),
            request.tag.eq(pc),
            request.first.eq(first), request.last.eq(last),
            request.opening.eq(opening), request.closing.eq(closing),
            request.bias.eq(bias),
            request.position.eq(inner),
            request.address.eq(address),
            request.post_address.eq(post_address),
            stalled.eq(forward & last & tight | paused),
        ]
        with m.If(spacing != 0):
            m.d.sync += spacing.eq(spacing - 1)
        m.d.sync += tight.eq(spacing > 2)
        with m.If(self.moved):
            m.d.sync += moved.eq(1)

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(1), self.start.eq(self.ready), self.turn.eq(self.ready)]
                m.d.sync += [pc.eq(0), moved.eq(0)]
                with m.If(self.ready):
                    m.next = "LOOK"
            with m.State("LOOK"):
                m.next = "JUDGE"
            with m.State("JUDGE"):
                # The bias comes after the last event; without it something must come all the same.
                limit = Mux(full, count, Mux(none, 0, count - 1))
                single_event = none | (~full & lone)
                m.d.sync += [
                    origin.eq(base), address.eq(base), post_address.eq(post_base),
                    inner.eq(0), inner_left.eq(limit), inner_limit.eq(limit),
                    first.eq(1), last.eq(single_event), single.eq(single_event),
                    bias.eq(none), bias_first.eq(none),
                    outer_left.eq(outer_limit), opening.eq(1), closing.eq(outer_limit == 0),
                ]
                left_out_now = changes & none & ~due | sparse & vacant
                with m.If(over):
                    m.next = "FINISH"
                with m.Elif(left_out):
                    # Beyond the free phase nothing is left for an inference.
                    m.d.sync += pc.eq(Mux(beyond, len(steps), pc + 1))
                    m.next = "LOOK"
                with m.Elif((~waits | empty) & (self.coded | ~is_repeat)):
                    m.d.sync += pc.eq(pc + 1)
                    m.next = "LOOK"
                    with m.If(is_repeat):
                        self._repeat(m, pc, moved, turns)
                    with m.Elif(is_quit):
                        m.d.sync += moved.eq(0)
                        with m.If(~moved):
                            m.d.sync += pc.eq(len(steps))
                    with m.Elif(~left_out_now):
                        m.d.sync += pc.eq(pc)
                        m.d.comb += begins.eq(1)
                        m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += self.valid.eq(~stalled)
                with m.If(~stalled):
                    next_origin = Mux(backward, origin + 1, origin + columns)
                    with m.If(last):
                        m.d.sync += [
                            inner.eq(0), inner_left.eq(inner_limit), first.eq(1), last.eq(single),
                            bias.eq(bias_first),
                            outer_left.eq(outer_left - 1), opening.eq(0),
                            closing.eq(outer_left == 1),
                            origin.eq(next_origin), address.eq(next_origin),
                            post_address.eq(post_address + 1),
                        ]
                        with m.If(forward):
                            m.d.sync += [spacing.eq(drain), tight.eq(drain > 1)]
                        with m.If(closing):
                            m.d.comb += self.drop.eq(consumes)
                            m.d.sync += pc.eq(pc + 1)
                            m.next = "LOOK"
                    with m.Else():
                        m.d.sync += [inner.eq(inner + 1), inner_left.eq(inner_left - 1),
                                     first.eq(0), last.eq(inner_left == 1),
                                     bias.eq(full & (inner_left == 1))]
            with m.State("FINISH"):
                with m.If(empty):
                    m.d.comb += [self.done.eq(~self.standing), self.release.eq(~self.stay)]
                    m.d.sync += [self.standing.eq(0), self.stood.eq(0)]
                    with m.If(self.stay):
                        m.d.sync += [self.standing.eq(1),
                                     self.stood.eq(self.stood + (self.stood != STOOD_LONG))]
                    m.next = "IDLE"
        return m

    def _drain(self, rows):
        """Cycles that so many rows take out of the drain registers."""
        return -(-rows // self._neuron_lanes)

    def _due(self, m, pc, begins):
        """Is the step `pc` due? One register for each step that names modes in `due`."""
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
        return Array(due)[pc]

    def _repeat(self, m, pc, moved, turns):
        """Turn back unless nothing moved or all turns are over; `pc` already goes on."""
        table = self._table
        most = table.lookup(pc, [max(0, s.turns - 1) for s in table.steps])
        m.d.sync += [moved.eq(0), turns.eq(0)]
        with m.If(moved & (turns != most)):
            m.d.comb += self.turn.eq(1)
            m.d.sync += [turns.eq(turns + 1),
                         pc.eq(table.lookup(pc, [s.first for s in table.steps]))]
