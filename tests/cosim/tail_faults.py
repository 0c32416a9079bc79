"""Single faults of a last layer whose weights lie in two, head and tail: see faults.py."""

from cortigate.golden.spec import Network, preset

__all__ = ["TAIL_DESIGNS", "TAIL_FAULTS"]

# Two outputs in the tail, hidden neurons and the bias in blocks of which the last one is not full.
TAIL = preset("tiny").replace(network=Network((5, 4, 7, 5)), lanes=3, transposed=True)
# A head of two blocks; several neuron lanes.
TWO_BLOCKS = TAIL.replace(network=Network((5, 6, 10)), lanes=4, neuron_lanes=2)
TAIL_DESIGNS = (TAIL, TWO_BLOCKS)

TAIL_FAULTS = {
    "the tail's sums join the columns before": (TAIL, "synapse.tail",
        "self.loads = done & head & fresh", "self.loads = tail & fresh"),
    "the tail's sums join one column too late": (TAIL, "synapse.array",
        "ends[7] | joined.loads", "ends[7] | joined.here & ~joined.loads"),
    "the tail's sums join every column anew": (TAIL, "synapse.tail",
        "self.loads = done & head & fresh", "self.loads = done & head"),
    "the tail's sums move on with every block of the head": (TWO_BLOCKS, "synapse.tail",
        "self.moves = ~held", "pass"),
    "the tail's sums move on by several rows": (TWO_BLOCKS, "synapse.array",
        "Mux(joined.here, sums.get(p + 1, 0), onward)", "onward"),
    "the tail's sum is lost": (TAIL, "synapse.array",
        "column_sum + row.single", "column_sum"),
    "the tail's sum is added twice": (TAIL, "synapse.array",
        "column_sum + row.single", "column_sum + row.single + row.single"),
    "the tail's sum is a neuron lane's own": (TWO_BLOCKS, "synapse.array",
        "column_sum + row.single", "column_sum + row.sum"),
    "the tail's sums leave for the neurons, too": (TAIL, "synapse.array",
        "drained = table.flag(at.tag[6], lambda s: s.drains)",
        "drained = at.operation(6, Operation.FORWARD)"),
    "the tail's sums leave beside the columns": (TAIL, "synapse.tail",
        "[drain & ~taken for drain in drains]", "drains"),
    "the tail's sums wait for the drain registers": (TAIL, "schedule.facts",
        "lambda s: s.drains", "lambda s: s.operation is Operation.FORWARD"),
    "the tail's neurons take the places of the head's": (TAIL, "synapse.array",
        "anew = ~self._table.flag(at.tag[sum_at], lambda s: s.continues)", "anew = Const(1)"),
    "a block of the tail has a column too few": (TAIL, "schedule.walk",
        "Mux(self._aside, tail.lanes - 1,", "Mux(self._aside, tail.lanes - 2,"),
    "the tail's first block for every block of columns": (TAIL, "schedule.walk",
        "m.d.sync += self._tail.eq(self._tail + tail.columns)", "pass"),
    "the head's column stands still": (TAIL, "schedule.walk",
        "Mux(onward, self._origin, self._origin + 1)", "self._origin"),
    "the head's columns go on over a turn of the tail": (TAIL, "schedule.walk",
        "Mux(onward, self._origin, self._origin + 1)", "self._origin + 1"),
    "a column of the head is a single block": (TWO_BLOCKS, "schedule.walk",
        "Mux(onward, tail.columns, head.blocks)", "Mux(onward, tail.columns, 1)"),
    "no column is the layer's first": (TAIL, "schedule.walk",
        "self.opening.eq(self.opening & self._aside)", "self.opening.eq(0)"),
    "the step of the head's columns is judged once more": (TAIL, "schedule.sequencer",
        "pc + 1 + facts.joins", "pc + 1"),
    "the tail's last value is read before it is left": (TAIL, "synapse.tail",
        "m.d.comb += port.eq(own)", "m.d.sync += port.eq(own)"),
    "the tail's values all in one place": (TAIL, "synapse.tail",
        "place.eq(place.rotate_left(1))", "place.eq(place)"),
    "the tail's values in the wrong columns": (TAIL, "synapse.tail",
        "Mux(singly, at.position[1], column)", "column"),
    "one value of the tail alone": (TAIL, "synapse.tail",
        "sequencer.count.eq(design.last.tail)", "sequencer.count.eq(1)"),
    "the head's first block for all of them": (TWO_BLOCKS, "synapse.tail",
        "Const(k * head.matrix.columns,", "Const(0,"),
    "the first lane's values alone": (TWO_BLOCKS, "synapse.tail",
        "value |= Mux(takes[k], lane.words[tail.events].raw, 0)",
        "value |= Mux(takes[0], pipelines[0].words[tail.events].raw, 0)"),
}
