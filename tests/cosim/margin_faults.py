"""Single faults of the margin, and a seed with whose few samples each is found."""

from cortigate.golden.spec import Network, QFormat, preset

__all__ = ["MARGIN_FAULTS"]

COARSE = {"weight": QFormat(2, 6), "rate": QFormat(3, 4), "state": QFormat(4, 4),
          "sample": QFormat(1, 4, signed=False)}
# Rates of few bits, of which one output often leads by the very margin.
LEADING = preset("tiny").replace(network=Network((5, 4, 3, 3)), margin_shift=1, **COARSE)
# The least margin: whatever is largest leads.
CLOSE = LEADING.replace(network=Network((5, 4, 3, 6)), margin_shift=4)
PAIRED = CLOSE.replace(network=Network((5, 4, 3, 5)), lanes=4, neuron_lanes=2)
# Each output has a lane of its own, and the last lane has none.
FOURFOLD = CLOSE.replace(network=Network((5, 4, 3, 3)), lanes=4, neuron_lanes=4)
SETTLING = preset("tiny-equilibrium").replace(margin_shift=3)
INVERTING = preset("tiny-inversion").replace(margin_shift=3)

MARGIN_FAULTS = {
    "any other output leads": (3, LEADING, "neuron.lanes",
        "(own - rival - ", "(rival - own - "),
    "the margin itself is not enough": (3, LEADING, "neuron.lanes",
        "own - rival - self._design.margin", "own - rival - self._design.margin - 1"),
    "a unit less is enough": (3, LEADING, "neuron.lanes",
        "own - rival - self._design.margin", "own - rival - self._design.margin + 1"),
    "the class's output is among the others": (3, CLOSE, "neuron.pipeline",
        "m.Elif(opens | (self.rival - rate)[-1])", "m.If(opens | (self.rival - rate)[-1])"),
    "the largest output of the sample before": (3, CLOSE, "neuron.pipeline",
        "opens | (self.rival - rate)[-1]", "(self.rival - rate)[-1]"),
    "the last of the others": (3, CLOSE, "neuron.pipeline",
        "opens | (self.rival - rate)[-1]", "opens | 1"),
    "the output of the first class": (3, CLOSE, "neuron.pipeline",
        "is_own.eq(index == self.label)", "is_own.eq(index == 0)"),
    "an inference ends, too": (3, LEADING, "schedule.facts",
        '& ~sequencer.train, "left_out")',
        '& ~(sequencer.train | table.flag(pc, lambda s: s.leading)), "left_out")'),
    "every sample is learned": (3, LEADING, "schedule.sequencer",
        "Mux(facts.leading, self.leads, ends)", "Mux(facts.leading, 0, ends)"),
    "what has moved is forgotten": (3, INVERTING, "schedule.sequencer",
        "moved.eq(moved & facts.leading)", "moved.eq(0)"),
    "potentials beyond the rate lead": (3, SETTLING, "neuron.pipeline",
        "rate.eq(clip(v, *limits(self._design.network.output, fmt)))", "rate.eq(v)"),
    "the first lane's own": (4, PAIRED, "neuron.lanes",
        "[lanes[0].label[:count.bit_length() - 1]]", "[0]"),
    "one lane that stands back is enough": (4, PAIRED, "neuron.lanes",
        "return ahead.all()", "return ahead.any()"),
    "the rival of a lane without another one is left": (3, FOURFOLD, "neuron.pipeline",
        "m.d.sync += self.rival.eq(fmt.minimum)", "pass"),
}
