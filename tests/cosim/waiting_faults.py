"""Single faults of steps that wait too short, or follow what is not there yet: see faults.py."""

from cortigate.golden.spec import Feedback, MemoryKind, Network, QFormat, Rounding, preset
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule

__all__ = ["WAITING_DESIGNS", "WAITING_FAULTS"]

TINY = preset("tiny")
# Two time steps, of which the second reads what the first one has taught.
TWICE = preset("tiny-pal").replace(rule=PalRule(4, noise_shift=2, steps=2))
# A forward pass whose last words are a backward pass's, which reads them at once.
TURNED = TINY.replace(network=Network((5, 6, 3)), lanes=4, transposed=True)
SINGLE = TINY.replace(weight_memory=MemoryKind.SINGLE)
FOLLOWING = TINY.replace(network=Network((5, 9, 7, 4)), lanes=4, neuron_lanes=2)
# Words are written a cycle later where some decay.
FED_BACK = TINY.replace(rule=GhostRule(Mechanism.LEARN, feedback=Feedback.LEARNED, decay_shift=4))
# The second layer follows in one block.
ONE_BLOCK = TINY.replace(network=Network((5, 4, 3, 2)), lanes=4)
# Three inputs, which seldom spike together: with one or none the first pass has a single request.
RARE = MicrocircuitRule.design(
    (3, 8, 5, 3), lanes=8, sample_capacity=4, rule=MicrocircuitRule(6, 16),
    weight=QFormat(6, 7, rounding=Rounding.STOCHASTIC), state=QFormat(9, 7))
# A backward pass that waits for nothing, another one behind a last layer of several blocks.
RELAXED = preset("digits-relax").replace(network=TINY.network, lanes=2, sample_capacity=4)
BLOCKS = TINY.replace(network=Network((5, 4, 3, 5)))
WAITING_DESIGNS = (TWICE, TURNED, SINGLE, FOLLOWING, ONE_BLOCK, RARE, BLOCKS)

WAITING_FAULTS = {
    "the sample ends before its last words are far enough": (FED_BACK, "schedule.waiting",
        "self._within(weights, 3)", "self._within(weights, 9)"),
    "asks for blocks before they are all known": (TINY, "schedule.waiting",
        "return last + latency + linger + 2", "return last + latency + linger - 3"),
    "an update before its words are left": (TINY, "schedule.waiting",
        "(words | ~facts.waits_words)", "(words | ~words)"),
    "a read of words before they are left": (TURNED, "schedule.waiting",
        "(0, READ + 2 + linger)", "(0, READ + 4 + linger)"),
    "a read overtakes an update": (TWICE, "schedule.waiting",
        "| ~facts.waits_weights)", "| 1)"),
    "reads through the port at which an update writes": (SINGLE, "schedule.waiting",
        "[(written - READ)", "[(written - READ - 2)"),
    "a list keeps the last time step's entries": (TWICE, "synapse.events",
        "m.d.sync += [self.count[i].eq(0), self.complete[i].eq(0)]",
        "m.d.sync += self.complete[i].eq(0)"),
    "a list is still complete from the last time step": (TWICE, "synapse.events",
        "m.d.sync += [self.count[i].eq(0), self.complete[i].eq(0)]",
        "m.d.sync += self.count[i].eq(0)"),
    "a list is complete a neuron early": (TINY, "synapse.events",
        "(column == self._lengths[i] - 1)", "(column >= self._lengths[i] - 2)"),
    "a list is never complete": (FOLLOWING, "synapse.events",
        "self.complete[i].eq(whole[i])", "self.complete[i].eq(0)"),
    "asks for an entry that is not there yet": (TINY, "schedule.walk",
        "self.holds.eq(self.follows & ~facts.complete & reached)", "self.holds.eq(0)"),
    "the bias before the last entry": (TINY, "schedule.walk",
        "self._closes.eq(self.follows & facts.complete & reached)",
        "self._closes.eq(self.follows & facts.complete)"),
    "closes with an entry that may not be the last": (TURNED, "schedule.walk",
        "facts.complete\n                                   & (reached | facts.unbiased",
        "(facts.complete & reached | facts.unbiased"),
    "closes without the bias": (TINY, "schedule.walk",
        "(reached | facts.unbiased & nearly)", "(reached | nearly)"),
    "a turn for nothing behind the last entry": (TURNED, "schedule.walk",
        "(reached | facts.unbiased & nearly)", "reached"),
    "later blocks walk what was known at the first": (FOLLOWING, "schedule.walk",
        "m.d.sync += [self._inner_limit.eq(facts.count), self._inner_left.eq(facts.count),",
        "m.d.sync += ["),
    "a pass is judged before the values it walks are known to come": (BLOCKS, "schedule.waiting",
        "(self._within(values, cycles, leaves)", "(self._within(values, cycles)"),
    "a pass is judged before the weights it reads are known to change": (SINGLE, "schedule.waiting",
        "(self._within(weights, 0, closes & running.updates)", "(self._within(weights, 0)"),
    "a sample ends right after its last request": (TINY, "schedule.waiting",
        "everything & ~recent", "everything"),
    "a list is opened after its count was read": (RARE, "core",
        "m.d.comb += [lists.opens.eq(", "m.d.sync += [lists.opens.eq("),
    "a step is judged by the facts of the pass before it": (ONE_BLOCK, "schedule.sequencer",
        "with m.If(walk.follows):\n                        m.next",
        "with m.If(0):\n                        m.next"),
    "nobody looks ahead behind the first block of a list": (TINY, "schedule.sequencer",
        "m.d.sync += self.look.eq(pc + 1)", "pass"),
    "follows the list of the step after it": (TINY, "schedule.sequencer",
        "Mux(facts.follows, pc, pc + 1 +", "(pc + 1 +"),
    "looks for words where none are walked": (RELAXED, "core",
        "Array([0, *words.count])[looked]", "Array([0, *words.count])[walked]"),
    "goes on before the lists are complete": (FOLLOWING, "schedule.waiting",
        "int(design.neuron_lanes > 1)", "0"),
}
