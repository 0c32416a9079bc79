"""The sequencer: runs a rule's program and walks the synapse array through every pass."""

from amaranth.hdl import Array, Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..golden.spec.design import Design
from ..golden.spec.observation import word_bits
from ..golden.spec.schedule import Operation
from .program import StepTable

__all__ = ["Sequencer", "request_layout"]


def request_layout(design: Design, table: StepTable):
    """Layout of one cycle's request to the array (stage 0).

    ``tag`` step; ``first``/``last`` column event of a block (forward) or block of a column
    (backward); ``opening`` first block (forward) or first column; ``closing`` last block;
    ``bias`` the event is the bias; ``event_address`` position in the step's event list;
    ``address`` weight word before the event's column is added; ``post_address``.
    """
    maps = table.maps
    return data.StructLayout({
        "tag": unsigned(table.tag_bits), "first": 1, "last": 1, "opening": 1, "closing": 1,
        "bias": 1,
        "event_address": unsigned(max(design.network.sizes).bit_length()),
        "address": unsigned(word_bits(design)),
        "post_address": unsigned(max(1, (maps.post_depth - 1).bit_length())),
    })


class Sequencer(wiring.Component):
    """One request a cycle; steps follow each other after one cycle of fetching.

    A forward or update pass walks, block after block, through the column events and then the
    bias; a backward pass walks, column after column, through the blocks. The last event of a
    forward block waits until the block before it has left the drain registers. Timeline: a sample
    starts in cycle 0 (`start`), its first step is fetched in cycle 1, its first request is in
    cycle 2; after a pass's last request in cycle t the next step is fetched in t + 1 or, if it
    waits, in the first cycle from there on in which the pipelines are empty.

    Parameters
    ----------
    design : Design
    table : StepTable

    Members
    -------
    ready : 1 bit
        A sample is loaded.
    train : 1 bit
    count : event counts of the layers 0 .. L-1, then the held ones of layers 1 .. L-1
    empty : 1 bit
        No value is under way in array and neuron pipeline.
    start, done : 1 bit
        A sample begins; it is finished, every weight written.
    valid, request
        Request to the array.
    idle : 1 bit
        No sample in work.
    """

    def __init__(self, design: Design, table: StepTable):
        self._design, self._table = design, table
        sizes = design.network.sizes
        count = unsigned(max(sizes[:-1]).bit_length())
        super().__init__({
            "ready": In(1), "train": In(1), "empty": In(1),
            "count": In(count).array(2 * len(sizes) - 3),
            "start": Out(1), "done": Out(1), "idle": Out(1),
            "valid": Out(1), "request": Out(request_layout(design, table)),
        })

    def elaborate(self, platform):
        m = Module()
        design, table = self._design, self._table
        steps, program, depth = table.steps, table.program, design.network.depth
        request, q = self.request, table.lookup
        pc = Signal(table.tag_bits)
        turns = Signal(range(max(2, design.rule.steps)))
        # Inner and outer loop: position, turns that are left, whether this one is first or last.
        # All of them registers: found out in the same cycle, the ends were what limits the clock.
        inner, inner_left = (Signal.like(request.event_address) for _ in range(2))
        inner_limit, single = Signal.like(inner), Signal()
        outer_left = Signal(range(max(max(s.matrix.columns, s.matrix.blocks) for s in steps)))
        first, last, opening, closing = Signal(), Signal(), Signal(), Signal()
        origin, address = Signal.like(request.address), Signal.like(request.address)
        post_address = Signal.like(request.post_address)
        spacing = Signal(range(design.lanes + 1))

        backward = table.operation(pc, Operation.BACKWARD)
        forward = table.operation(pc, Operation.FORWARD)
        base = q(pc, [s.matrix.base for s in steps])
        post_base = q(pc, [table.post_base(s) for s in steps])
        columns = q(pc, [s.matrix.columns for s in steps])
        outer_limit = q(pc, [s.matrix.columns - 2 if s.operation is Operation.BACKWARD
                             else s.matrix.blocks - 1 for s in steps])
        rows = Mux(closing, q(pc, [s.matrix.last_rows for s in steps]), design.lanes)
        list_of = [0 if s.source is None else s.source + (depth - 1) * s.held for s in steps]
        count = Array(self.count)[q(pc, list_of)]
        blocks_limit = q(pc, [s.matrix.blocks - 1 for s in steps])

        stalled = Signal()
        m.d.comb += [
            request.tag.eq(pc),
            request.first.eq(first), request.last.eq(last),
            request.opening.eq(opening), request.closing.eq(closing),
            request.bias.eq(~backward & last),
            request.event_address.eq(inner),
            request.address.eq(address),
            request.post_address.eq(post_address),
            stalled.eq(forward & last & (spacing > 1)),
        ]
        with m.If(spacing != 0):
            m.d.sync += spacing.eq(spacing - 1)

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.idle.eq(1), self.start.eq(self.ready)]
                m.d.sync += [pc.eq(0), turns.eq(0)]
                with m.If(self.ready):
                    m.next = "FETCH"
            with m.State("FETCH"):
                skipped = table.flag(pc, table.is_learning) & ~self.train
                waits = table.flag(pc, lambda s: s.wait)
                limit = Mux(backward, blocks_limit, count)
                m.d.sync += [
                    origin.eq(base), address.eq(base), post_address.eq(post_base),
                    inner.eq(0), inner_left.eq(limit), inner_limit.eq(limit),
                    first.eq(1), last.eq(limit == 0), single.eq(limit == 0),
                    outer_left.eq(outer_limit), opening.eq(1), closing.eq(outer_limit == 0),
                ]
                with m.If(pc == len(steps)):
                    m.next = "FINISH"
                with m.Elif(skipped):
                    # Beyond the free phase nothing is left for an inference.
                    m.d.sync += pc.eq(Mux(pc >= program.free_phase, len(steps), pc + 1))
                with m.Elif(~waits | self.empty):
                    m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += self.valid.eq(~stalled)
                with m.If(~stalled):
                    next_origin = Mux(backward, origin + 1, origin + columns)
                    with m.If(last):
                        m.d.sync += [
                            inner.eq(0), inner_left.eq(inner_limit), first.eq(1), last.eq(single),
                            outer_left.eq(outer_left - 1), opening.eq(0),
                            closing.eq(outer_left == 1),
                            origin.eq(next_origin), address.eq(next_origin),
                            post_address.eq(Mux(backward, post_base, post_address + 1)),
                        ]
                        with m.If(forward):
                            m.d.sync += spacing.eq(rows)
                        with m.If(closing):
                            self._next_step(m, pc, turns)
                            m.next = "FETCH"
                    with m.Else():
                        m.d.sync += [inner.eq(inner + 1), inner_left.eq(inner_left - 1),
                                     first.eq(0), last.eq(inner_left == 1)]
                        with m.If(backward):
                            m.d.sync += [address.eq(address + columns),
                                         post_address.eq(post_address + 1)]
            with m.State("FINISH"):
                with m.If(self.empty):
                    m.d.comb += self.done.eq(1)
                    m.next = "IDLE"
        return m

    def _next_step(self, m, pc, turns):
        """Go to the next step, or once more through the relaxation loop."""
        m.d.sync += pc.eq(pc + 1)
        if self._table.program.loop is not None:
            first, stop, count = self._table.program.loop
            with m.If(pc == stop - 1):
                with m.If(turns == count - 1):
                    m.d.sync += turns.eq(0)
                with m.Else():
                    m.d.sync += [turns.eq(turns + 1), pc.eq(first)]
