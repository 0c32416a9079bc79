"""The last layer in the array, where its weights lie in two, a head and a tail.

Backward, the two bring one sum for each neuron below. A pass over the tail's weights, which are
stored transposed, is a forward one, whose sums come a block at a time. The head's columns of the
same neurons follow, and to each one's sum its neuron's is added (golden.spec.steps).
"""

from amaranth.hdl import Array, Const, Module, Mux, Signal, signed

from ...golden.spec.design import Design
from ..lib.stages import chain
from ..schedule.table import StepTable

__all__ = ["Joined", "connect_tail", "tail_event"]


def tail_event(m: Module, table: StepTable, at, column, rate, values):
    """(Column of stage 1, rate of stage 2): those of an event, or of a value of the tail.

    Parameters
    ----------
    m : Module
    table : StepTable
    at : Travelling
    column, rate
        The event's, in these stages.
    values : array
        `SynapseArray.singles`.
    """
    singly = table.flag(at.tag[1], lambda s: s.singly)
    return (Mux(singly, at.position[1], column),
            Mux(chain(m, singly, 1, 2, "singly")[2], Array(values)[at.position[2]], rate))


class Joined:
    """The tail's sums, which the drain registers take when the columns come that they join.

    The lanes hold a block's sums until the tail's next block comes. With the first of its columns'
    sums the drain registers take them, and with each further one they move on by a row.

    Parameters
    ----------
    m : Module
    table : StepTable
    at : Travelling
    stage : int
        Before that of a column's sum.
    done : 1 bit
        There comes a column's sum.

    Attributes
    ----------
    loads : 1 bit
        It is the first one of a block.
    here : 1 bit
        A stage later: a request for a column of the head.
    moves : 1 bit
        A stage later: the registers move on.
    alone : 1 bit
        A stage later: a column's sum that none joins.
    """

    def __init__(self, m: Module, table: StepTable, at, stage, done):
        self._m, self._both, self.loads = m, table.joined(), Const(0)
        self.here, self.moves, self.alone = Const(0), Const(1), Const(0)
        if not self._both:
            return
        tail, head = (at.valid[stage] & table.flag(at.tag[stage], flag)
                      for flag in (lambda s: s.joins, lambda s: s.joined))
        fresh, self.here, self.alone = Signal(name="fresh"), Signal(), Signal(name="alone")
        self.loads = done & head & fresh
        with m.If(tail):
            m.d.sync += fresh.eq(1)
        with m.Elif(done):
            m.d.sync += fresh.eq(0)
        m.d.sync += [self.here.eq(head), self.alone.eq(done & ~head)]
        if self._both[1].matrix.blocks > 1:
            held = Signal(name="held")
            m.d.sync += held.eq(head & ~done)
            self.moves = ~held

    def __bool__(self):
        """True if there is a tail beside a head."""
        return bool(self._both)

    def only(self, drains):
        """Of the bits `drains`, with which sums are taken, those of sums that none joins."""
        if not self:
            return drains
        taken = Signal(name="taken")
        self._m.d.sync += taken.eq(self.loads)
        return [drain & ~taken for drain in drains]


def connect_tail(m: Module, design: Design, table: StepTable, sequencer, array, pipelines, takes,
                 tag_1):
    """The tail's values, one by one in registers, and the blocks of its head, all of them.

    Parameters
    ----------
    m : Module
    design : Design
    table : StepTable
    sequencer, array
        Their ports `count` and `block` are driven where a step walks these.
    pipelines : list of NeuronPipeline
    takes
        A bit for each: it leaves the next value of the tail, which begins anew after its last.
    tag_1
        Step of stage 1.
    """
    tail, head = table.joined()
    place, value = Signal(design.last.tail, init=1, name="single_place"), 0
    for k, lane in enumerate(pipelines):
        value |= Mux(takes[k], lane.words[tail.events].raw, 0)
    with m.If(takes.any()):
        m.d.sync += place.eq(place.rotate_left(1))
    for i, port in enumerate(array.singles):
        own = Signal(signed(design.difference.width), name=f"single_{i}")
        with m.If(takes.any() & place[i]):
            m.d.sync += own.eq(value)
        m.d.comb += port.eq(own)
    with m.If(table.flag(sequencer.look, lambda s: s.singly)):
        m.d.comb += sequencer.count.eq(design.last.tail)
    words = (table.bank(tail.events) * table.maps.post_depth
             + table.maps.post_bases[head.source])
    position = Signal.like(sequencer.request.position)
    m.d.sync += position.eq(sequencer.request.position)
    offsets = Array(Const(k * head.matrix.columns, len(array.block.offset))
                    for k in range(head.matrix.blocks))
    with m.If(table.flag(tag_1, lambda s: s.joined)):
        m.d.comb += [array.block.word.eq(words + position),
                     array.block.offset.eq(offsets[position])]
