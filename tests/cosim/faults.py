"""Single faults: what is planted into which module, and the designs that show them."""

from cortigate.golden.spec import (
    Activation,
    MemoryKind,
    Network,
    QFormat,
    Rounding,
    Target,
    preset,
)
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Phase
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule

from .feedback_faults import FEEDBACK_DESIGNS, FEEDBACK_FAULTS
from .tail_faults import TAIL_DESIGNS, TAIL_FAULTS
from .waiting_faults import WAITING_DESIGNS, WAITING_FAULTS

__all__ = ["ALIGNING", "DESIGNS", "FAULTS", "LATE_SEED", "PAIRS", "SEED", "STREAMING", "TINY"]

SEED = 11  # its first sample is dense, its learning rate high
LATE_SEED = 13  # inferences, unlabelled and late samples among its first 20
TINY = preset("tiny")
STOCHASTIC = TINY.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
RELAXED = preset("digits-relax").replace(network=TINY.network, lanes=2, sample_capacity=4)
# A drive loses only 4 bits here, so that one in 16 is an exact half.
COARSE = TINY.replace(weight=QFormat(4, 4), rate=QFormat(2, 4), state=QFormat(4, 4),
                      sample=QFormat(1, 4, signed=False))
# Drives of up to 16 meet states below 2.
NARROW = TINY.replace(weight=QFormat(4, 12), state=QFormat(2, 8))
# At most 4 events a block, 8 rows to drain.
DRAINING = TINY.replace(network=Network((3, 9, 3, 2)), lanes=8)
# More lanes than one copy of a register serves; words of two inputs.
MANY = TINY.replace(network=Network((5, 12, 9, 3)), lanes=12)
PAIRED = TINY.replace(network=Network((256, 4, 3, 2)), sample_capacity=4)
LEARNED = TINY.replace(rule=preset("digits-learn").rule)
# Small steps with 4 bits stand still long before the last turn, layer after layer.
RESTING = RELAXED.replace(
    network=Network((5, 4, 3, 6)), rate=QFormat(2, 4), state=QFormat(4, 4),
    sample=QFormat(1, 4, signed=False), weight=QFormat(2, 8),
    rule=GhostRule(Mechanism.LEARN, Schedule.RELAXATION, 4, 1, step_shift=1, steps=40))
SETTLING = preset("tiny-equilibrium").replace(
    weight=QFormat(1, 14), sample=QFormat(1, 4, signed=False),
    rule=EquilibriumRule(4, branch_rate_shift=6, steps=12))
TOLERANT = SETTLING.replace(rule=EquilibriumRule(4, branch_rate_shift=6, steps=12,
                                                 tolerance_shift=2))
CLAMPING = SETTLING.replace(rule=EquilibriumRule(
    4, branch_rate_shift=6, phase=Phase.CLAMPED, clamped_start=ClampedStart.FORWARD,
    clamped_steps=6))
WIDE = SETTLING.replace(network=Network((5, 8, 6, 7), Activation.CLIP, Activation.CLIP))
INVERTING = preset("tiny-inversion")
# Enough time steps for a rate of 1/16 to move feedback weights, and a decay that shows at once.
ALIGNING = preset("tiny-pal").replace(weight=QFormat(2, 14), rule=PalRule(
    4, noise_shift=2, feedback_rate_shift=4, decay_shift=4, clip_shift=3, steps=6))
DRAINING_IN_PAIRS = DRAINING.replace(network=Network((1, 9, 2, 2)), neuron_lanes=2)
# Large weights, so that the sample makes all layers spike.
SPIKING = MicrocircuitRule.design(
    (8, 6, 5, 3), lanes=2, sample_capacity=4, rule=MicrocircuitRule(6, 16),
    weight=QFormat(4, 9, rounding=Rounding.STOCHASTIC), state=QFormat(7, 9))
# More inputs to code than the network takes time.
WAITING = MicrocircuitRule.design((250, 2, 2), lanes=2, sample_capacity=4)
ALIGNING_BY_CHANCE = ALIGNING.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
# Six hidden neurons and the bias in blocks of three.
TRANSPOSED = TINY.replace(network=Network((5, 4, 6, 3)), lanes=3, transposed=True)
# Two and four neuron lanes: layers that are no multiple of them, columns beyond the first few.
PAIRS = TINY.replace(network=Network((5, 7, 9, 5)), lanes=4, neuron_lanes=2)
TURNED_PAIRS = PAIRS.replace(network=Network((5, 7, 9, 4)), transposed=True)
FOURS = PAIRS.replace(network=Network((5, 14, 9, 6)), lanes=8, neuron_lanes=4)
# Of the outputs 2, 3 and 4, which saturate, none is the smallest and in the first or last lane.
EQUALS = FOURS.replace(network=Network((5, 7, 9, 6)), weight=QFormat(4, 12), state=QFormat(2, 8))
# All outputs are negative, and the largest is not the first.
FEW = FOURS.replace(network=Network((5, 7, 6, 3)))
CHANCES = ALIGNING.replace(network=Network((5, 7, 6, 3), Activation.SOFT), lanes=2,
                           neuron_lanes=2)
# Blocks of more than one column, and matrices learned one after the other.
SINGLE = TINY.replace(weight_memory=MemoryKind.SINGLE)
# Values to learn, of either sign and finer than a byte, and inputs to be given back.
VECTORS = TINY.replace(target=Target.VECTOR, sample=QFormat(2, 8), neuron_lanes=2,
                       target_format=QFormat(2, 7), network=Network((5, 4, 3, 5)))
BACK = INVERTING.replace(target=Target.INPUT, sample=QFormat(2, 6),
                         network=Network((5, 4, 3, 5), Activation.TANH, Activation.LINEAR))
TURNING = RELAXED.replace(target=Target.VECTOR, target_format=QFormat(1, 6, signed=False))
DESIGNS = (TINY, VECTORS, BACK, TURNING, MANY, PAIRED, STOCHASTIC, TRANSPOSED, SINGLE, RELAXED,
           COARSE, NARROW, DRAINING, LEARNED, RESTING, PAIRS, DRAINING_IN_PAIRS, FOURS, EQUALS,
           FEW, CHANCES, SETTLING, TOLERANT, CLAMPING, WIDE, INVERTING, ALIGNING,
           ALIGNING_BY_CHANCE, SPIKING, WAITING, *FEEDBACK_DESIGNS, *WAITING_DESIGNS, *TAIL_DESIGNS)

FAULTS = FEEDBACK_FAULTS | WAITING_FAULTS | TAIL_FAULTS | {
    "rounds down instead of to nearest": (TINY, "lib.requantise",
        "Const((1 << shift - 1) - 1, shift)", "Const(0, shift)"),
    "rounds halves up instead of to even": (COARSE, "lib.requantise",
        "Cat(value[shift], Const((", "Cat(Const(1, 1), Const(("),
    "wraps instead of saturating": (NARROW, "lib.requantise",
        "return Mux(outside, clipped, value)[:fmt.width]", "return value[:fmt.width]"),
    "block address off by one": (TINY, "schedule.walk",
        "self._origin + running.columns)",
        "self._origin + running.columns + 1)"),
    "drops one column event": (TINY, "synapse.events",
        "self.write & counts", "self.write & counts & (column != 2)"),
    "updates a stale weight": (TINY, "synapse.lane",
        "entered(weight_6))]", "entered(self.weight_5))]"),
    "ghost current not held while nudged": (TINY, "neuron.ghost.units",
        "self.valid & captures", "self.valid"),
    "nudges with the wrong sign": (TINY, "neuron.ghost.sweep",
        "requantise.add_with_carry(target_3, negative_3, Const(1, 1))", "predicted_3 - target_3"),
    "writes a weight one cycle late": (TINY, "synapse.array",
        'spread(m, draws[end - 1], groups, "write")', 'spread(m, draws[end], groups, "write")'),
    "the second group of lanes hears nothing": (MANY, "lib.spread",
        "m.d.sync += register.eq(value)",
        "m.d.sync += register.eq(value if number == 0 else 0)"),
    "a pass reads the words of another bank": (ALIGNING, "schedule.table",
        "self.bank(s.lanes) * self.maps.post_depth", "0 * self.maps.post_depth"),
    "words are left in another bank": (ALIGNING, "schedule.table", "next((bank for", "next((0 for"),
    "the second neuron lane's entry": (TURNED_PAIRS, "core", "|= Mux(leaves[k], rate, 0)", "|= 0"),
    "the second input of a word comes first": (PAIRED, "sample.loader",
        "payload[8 * k:]", "payload[8 - 8 * k:]"),
    "overruns the drain registers": (DRAINING, "schedule.sequencer",
        "walk.last & ~(tight | paused)", "walk.last & ~paused"),
    "wrong tap of the rounding generator": (STOCHASTIC, "lib.lfsr",
        "self.state[near - 1 - i]", "self.state[near - 2 - i]"),
    "ghosts learn at the neurons' rate shift": (LEARNED, "synapse.array",
        "Mux(second, self.second_update_shift, self.update_shift)", "self.update_shift"),

    # Target values.
    "the target of the other sample": (VECTORS, "sample.loader",
        "targets.using.eq(using)", "targets.using.eq(~using)"),
    "a target in the wrong row": (BACK, "neuron.pipeline",
        "counter.eq(row + 1)", "counter.eq(row)"),
    "a target in the wrong lane": (VECTORS, "sample.targets",
        "(at_lane == k)", "(at_lane != k)"),
    "a target's bits in the wrong place": (VECTORS, "sample.targets",
        "memory.read_data << shift", "memory.read_data"),
    "a target with the wrong sign": (BACK, "neuron.inversion",
        "target_9 - r_9", "r_9 - target_9"),
    "the first input is no target": (BACK, "sample.loader",
        "else (0, inputs)", "else (1, inputs)"),
    "a target is missing in the second turn": (TURNING, "core",
        "lane.target.eq(loader.target[k])",
        "lane.target.eq(Mux(sequencer.settled, 0, loader.target[k]))"),
    "inputs lose their sign": (VECTORS, "sample.loader",
        "Shape(self._design.sample.width, self._design.sample.signed)",
        "Shape(self._design.sample.width, False)"),

    # The last layer stored transposed.
    "no bias behind the rates": (TRANSPOSED, "synapse.words",
        "self._design.rate.one << part", "0 << part"),
    "the block of the bias is not walked": (TRANSPOSED, "synapse.words",
        "eq(self._matrix.blocks)", "eq(self._matrix.blocks - 1)"),
    "the bias's row drains, too": (TRANSPOSED, "schedule.table",
        "else step.matrix.neuron_blocks)", "else step.matrix.blocks)"),
    "errors lose their sign": (TRANSPOSED, "synapse.array",
        "0), rate_2))", "0), abs(rate_2)))"),

    # Weights in a memory with one port.
    "an update at full rate": (SINGLE, "schedule.sequencer",
        "paused.eq(self.valid & running.updates)", "paused.eq(0)"),
    "an update begins with a pause": (SINGLE, "schedule.sequencer",
        "paused.eq(self.valid &", "paused.eq((self.valid | ~paused) &"),
    "other passes pause, too": (SINGLE, "schedule.sequencer",
        "paused.eq(self.valid & running.updates)", "paused.eq(self.valid)"),
    "an update does not wait for the one before": (SINGLE, "schedule.facts",
        "table.lookup(look, table.waits.weights)", "Const(0)"),
    "an update is written in the cycle of a read": (SINGLE, "synapse.array",
        "(design.engine.decays or design.single_port)", "design.engine.decays"),
    "a read wins over a write": (SINGLE, "lib.memory",
        "Mux(writes, self.write_address, self.read_address)", "self.read_address"),
    "the host writes every lane": (SINGLE, "lib.memory",
        "self.write_enable[lane].replicate(2)", "writes.replicate(2)"),
    "a weight keeps its lower byte for ever": (SINGLE, "lib.memory",
        "self.write_enable[lane].replicate(2)", "self.write_enable[lane] << 1"),

    # Small steps that carry changes.
    "integrates with the wrong step": (RELAXED, "neuron.ghost.relaxation",
        "total_8 - s_8, rule.step_shift", "total_8 - s_8, rule.step_shift + 1"),
    "sends errors down whole instead of their changes": (RELAXED, "neuron.ghost.relaxation",
        '"words_error_change": error - error_10', '"words_error_change": error'),
    "a settled layer's changes stay on its list": (SETTLING, "synapse.events",
        "m.d.sync += self.count[i].eq(0)", "m.d.sync += self.count[i].eq(self.count[i])"),
    "a settled layer's blocks stay on their list": (RESTING, "synapse.words",
        "m.d.sync += own.eq(0)", "m.d.sync += own.eq(own)"),
    "nobody is due a second time": (RESTING, "schedule.sequencer",
        "self.start | (self.changed & wakes)", "self.start"),
    "due to the end of the sample": (RESTING, "schedule.sequencer",
        "m.If(begun & (pc == number))", "m.If(0)"),
    "turns although nothing has moved": (RESTING, "schedule.sequencer",
        "m.If(moved & (turns != most))", "m.If(turns != most)"),
    "ghosts grow the neurons' own drives": (RESTING, "neuron.drives",
        "Mux(second, table.maps.neurons, 0)", "0"),
    "steps without the feedback drive": (RELAXED, "neuron.ghost.relaxation",
        'Use("upper", ("lower", "upper"))', 'Use("upper", ("lower",))'),

    # Equilibrium network.
    "both phases nudged towards the target": (SETTLING, "neuron.equilibrium",
        "Mux(at.mode_is(6, Mode.MINUS), -nudge, nudge)", "nudge"),
    "remembers the drives of a nudged phase": (SETTLING, "neuron.drives",
        "valid[3] & flag(3, lambda u: u.keep)", "valid[3]"),
    "rounds each branch instead of their sum": (SETTLING, "neuron.drives",
        "total.eq(sum(sums.values()))",
        "total.eq(sum((s >> 14) << 14 for s in sums.values()))"),
    "starts without the branch's share": (SETTLING, "neuron.equilibrium",
        "shift=share if hidden else 0", "shift=0"),
    "compares the apical branch's share with the basal one": (SETTLING, "neuron.equilibrium",
        'Use("lower", ("upper",), keep=False, shift=share)',
        'Use("lower", ("lower",), keep=False, shift=share)'),
    "walks the feedforward rates as changes": (SETTLING, "neuron.equilibrium",
        '"list_change": Mux(free, Const(0, step.shape()), step)', '"list_change": step'),
    "goes on until nothing moves at all": (TOLERANT, "neuron.equilibrium",
        "moved = (step >= tolerance) | (step <= -tolerance)", "moved = step != 0"),
    "a tolerance for rises only": (TOLERANT, "neuron.equilibrium",
        "(step >= tolerance) | (step <= -tolerance)", "step >= tolerance"),
    "learns the difference to the free phase": (SETTLING, "neuron.equilibrium",
        "from_free, from_free, plus_8 - h_8", "from_free, from_free, plus_8 - old_8"),
    "branches learn at the rate of the task": (SETTLING, "synapse.array",
        "Mux(second, self.second_update_shift, self.update_shift)", "self.update_shift"),
    "the output learns as fast as the others": (SETTLING, "synapse.array",
        "design.update_lowest_rate - s.lowered", "design.update_lowest_rate"),
    "a bias learns in every round": (SETTLING, "schedule.facts",
        "= fact(lambda s: s.full, ", "= fact(lambda s: s.full or s.mode is None, "),
    "misses a block that begins with a zero": (WIDE, "synapse.words",
        "(begins | ~listed)", "begins"),
    "lists a block once for each of its values": (WIDE, "synapse.words",
        "(begins | ~listed)", "1"),
    "a block's weights one column off": (WIDE, "synapse.words",
        "offset + Mux(ends, columns[self.layer], 0)",
        "offset + Mux(ends, columns[self.layer] - 1, 0)"),

    # Its clamped phase.
    "holds the output where it was": (CLAMPING, "neuron.equilibrium",
        "Mux(at.mode_is(6, Mode.CLAMP), target_6, 0)", "Mux(at.mode_is(6, Mode.CLAMP), old_6, 0)"),
    "begins anew without the branch's share": (CLAMPING, "neuron.equilibrium",
        "fresh=step.target > 1, shift=share", "fresh=step.target > 1, shift=0"),
    "begins anew with the free phase's drives, too": (CLAMPING, "neuron.equilibrium",
        "fresh=step.target > 1", "fresh=False"),
    "adds the clamped layer's drive to the free one's": (CLAMPING, "neuron.equilibrium",
        'Mode.PULL: Use(into, ("lower", "upper"), fresh=True)',
        'Mode.PULL: Use(into, ("lower", "upper"))'),
    "changes counted from the free state": (CLAMPING, "neuron.equilibrium",
        "Mux(at.mode_is(8, Mode.PULL, Mode.SETTLE), plus_8, old_8)", "old_8"),
    "sends a whole rate and its change": (CLAMPING, "neuron.equilibrium",
        "Mux(at.mode_is(8, Mode.PULL), Const(0, step.shape()), step)", "step"),
    "learns the last change of the clamped rates": (CLAMPING, "neuron.equilibrium",
        "            difference = from_free\n", "            difference = step\n"),
    "clamped rates take the free ones' place": (CLAMPING, "neuron.equilibrium",
        "at.mode_is(9, Mode.FREE, Mode.SWEEP)),",
        "at.mode_is(9, Mode.FREE, Mode.SWEEP, Mode.PULL)),"),
    "rests after the second clamped sweep": (CLAMPING, "neuron.equilibrium",
        "at.mode_is(8, Mode.SWEEP, Mode.SETTLE)", "at.mode_is(8, Mode.SWEEP)"),

    # Dynamic inversion.
    "leaks half as fast": (INVERTING, "neuron.inversion",
        "<< rule.leak_shift) - state_6", "<< rule.leak_shift + 1) - state_6"),
    "follows half as fast": (INVERTING, "neuron.inversion",
        "follow_7, rule.follow_shift", "follow_7, rule.follow_shift + 1"),
    "controls with the wrong sign": (INVERTING, "neuron.inversion",
        "error_6 - value", "error_6 + value"),
    "gate inverted": (INVERTING, "neuron.inversion",
        "Mux(gate_10, new_10, 0)", "Mux(gate_10, 0, new_10)"),
    "the loop begins with the forward drive": (INVERTING, "neuron.drives",
        "Mux(forgets_2, Const(0, exact), old_2)", "old_2"),
    "controllers overwrite the error": (INVERTING, "neuron.inversion",
        "(errors, error_11, ~control_11)", "(errors, error_11, control_11 | ~control_11)"),
    "followers continue from the controllers' state": (INVERTING, "neuron.inversion",
        "follows.read_data, controls.read_data", "controls.read_data, controls.read_data"),
    "ends although there is an error": (INVERTING, "neuron.inversion",
        "output & (delta_10 != 0)", "0"),
    "one turn too many": (INVERTING, "schedule.sequencer",
        "max(0, s.turns - 1)", "s.turns"),
    "changes of rates lose their sign": (INVERTING, "synapse.array",
        "0), rate_2))", "0), abs(rate_2)))"),

    # Phaseless alignment learning.
    "noise with the wrong sign": (ALIGNING, "neuron.pal",
        "Mux(up_2, amplitude, -amplitude)", "Mux(up_2, -amplitude, amplitude)"),
    "learns from the opposite of the noise": (ALIGNING, "neuron.pal",
        '"words_noise": Mux(up_6, one, -one)', '"words_noise": Mux(up_6, -one, one)'),
    "draws noise for the last layer, too": (ALIGNING, "neuron.pal",
        "& ~at.is_output(1) & self.train", "& self.train"),
    "the noise stands still": (ALIGNING, "neuron.pal",
        "generator.step.eq(noisy_1)", "generator.step.eq(0)"),
    "changes of rates are not clipped below": (ALIGNING, "neuron.pal",
        "Mux(change < -limit, -limit, change)", "change"),
    "the pattern's change counts": (ALIGNING, "neuron.pal",
        "Mux(self.settled, r_6 - old_6, 0)", "(r_6 - old_6)"),
    "compares with a rate that is not remembered": (ALIGNING, "neuron.pal",
        "(rates, self.rate.raw)", "(rates, Const(0, self.rate.raw.shape()))"),
    "the slope of the neuron before": (ALIGNING, "neuron.pal",
        'slopes.read_address.eq(delayed(address_0, 0, 2, "address"))',
        'slopes.read_address.eq(delayed(address_0, 0, 3, "address"))'),
    "errors pass every slope whole": (ALIGNING, "neuron.pal",
        "*(u_4 >> k for k in range(4))", "*(u_4 for k in range(4))"),
    "an error is one towards zero": (ALIGNING, "neuron.pal",
        "self.taught, target - u_4, 0)", "self.taught, u_4 - target, 0)"),
    "decays twice as fast": (ALIGNING, "synapse.lane",
        "weight_7 << spare, 0)", "weight_7 << spare + 1, 0)"),
    "forward weights decay, too": (ALIGNING, "synapse.lane",
        "Mux(self.decay_7, weight_7 << spare, 0)", "(weight_7 << spare)"),
    "a list for decaying weights drops zeros": (ALIGNING, "synapse.events",
        "        if self._dense:", "        if False:"),
    "rounds a decaying weight with the bits of the word before": (
        ALIGNING_BY_CHANCE, "synapse.array",
        "spread(m, draws[end - 3]", "spread(m, draws[end - 2]"),
    "one time step too few": (ALIGNING, "schedule.sequencer",
        "max(0, s.turns - 1)", "max(0, s.turns - 2)"),

    # Several neuron lanes.
    "entries that do not count leave gaps": (FOURS, "synapse.events",
        "ones(takes[:i]) == n", "ones(self.write[:i]) == n"),
    "entries turned to the wrong banks": (FOURS, "synapse.events",
        "slot.eq(b - bank_0)", "slot.eq(b + bank_0)"),
    "banks that are ahead stay in their row": (PAIRS, "synapse.events",
        "row + (bank_0 > b)", "row"),
    "reads the bank of the entry after": (PAIRS, "synapse.events",
        "for bank in banks)[chosen]", "for bank in banks)[chosen + 1]"),
    "all entries of a cycle have the first one's column": (PAIRS, "synapse.events",
        "column + ones(self.write[:i])", "column"),
    "drains a row a cycle": (PAIRS, "synapse.array",
        "sums.get(p + K, 0)", "sums.get(p + 1, 0)"),
    "the first rows come once more": (PAIRS, "synapse.array",
        "Mux(drains[p], lanes[p].sum_8,", "Mux(drains[p], lanes[p - K].sum_8,"),
    "a block of one row has as many as there are neuron lanes": (DRAINING_IN_PAIRS, "synapse.array",
        "leaves[k] & (now > k)", "leaves[k]"),
    "a sum over an odd number of lanes lacks the last": (MANY, "synapse.array",
        "totals[-1] += level[-1]", "pass"),
    "a last row that fills no group brings neighbours along": (PAIRS, "synapse.array",
        "rest > k if part", "rest > 0 if part"),
    "waits as long as for one lane": (DRAINING_IN_PAIRS, "schedule.sequencer",
        "-(-rows // self._neuron_lanes)", "rows"),
    "every column is the first of its lane": (FOURS, "synapse.array",
        "first & ~lane[-1]", "first"),
    "columns all go to the first lane": (FOURS, "synapse.array",
        "following.eq(lane.rotate_left(1))", "following.eq(lane)"),
    "a block ends with the first neuron of its last group": (FOURS, "synapse.words",
        "closes & self.write[-1]", "closes"),
    "a group ends with its first neuron": (FOURS, "synapse.words",
        "& self.write[-1], self.write[-1]", "& self.write[-1], 1"),
    "of equal outputs the last lane's wins": (EQUALS, "neuron.lanes",
        "Mux(b > a, b, a)", "Mux(b[8:].as_signed() >= a[8:].as_signed(), b, a)"),
    "of equal outputs the first lane's wins": (EQUALS, "neuron.lanes",
        "Mux(b > a, b, a)", "Mux(b[8:].as_signed() > a[8:].as_signed(), b, a)"),
    "a lane without outputs competes": (FEW, "neuron.lanes",
        "lanes = self.pipelines[:outputs]", "lanes = self.pipelines"),
    "the same noise in every lane": (CHANCES, "neuron.pal",
        "design.stochastic + self._lane", "design.stochastic"),

    # Spikes.
    "a current that decays more slowly": (SPIKING, "neuron.microcircuit",
        "cell.current - (cell.current >> 1)", "cell.current - (cell.current >> 2)"),
    "a potential that decays faster": (SPIKING, "neuron.microcircuit",
        "cell.potential - (cell.potential >> 2)", "cell.potential - (cell.potential >> 1)"),
    "no reset after a spike": (SPIKING, "neuron.microcircuit", "Mux(spike, 0, u_4)", "u_4"),
    "a threshold missed by one": (SPIKING, "neuron.microcircuit", "spike, gate = u_4 >= one,",
        "spike, gate = u_4 >= one + one // 8,"),
    "gates are always open": (SPIKING, "neuron.microcircuit", "limit = gate_5 | output,",
        "limit = gate_5 | ~gate_5,"),
    "the teacher fires in the first step": (SPIKING, "neuron.microcircuit",
        "(target_4 != 0) & settled & self.train", "(target_4 != 0) & self.train"),
    "traces do not decay": (SPIKING, "neuron.microcircuit", "(past_4.trace >> 1)", "past_4.trace"),
    "error potentials decay downwards": (SPIKING, "neuron.microcircuit",
        "return v[-1] & v[0]", "return 0 & v[0]"),
    "feedback of one sign": (SPIKING, "synapse.spikes", "self.backward & minus", "0"),
    "magnitudes of another lane": (SPIKING, "synapse.spikes",
        "fixed.seed, self._index", "fixed.seed, self._index + 1"),
    "inputs begin without a charge": (SPIKING, "sample.coder",
        "Mux(first, one // 2,", "Mux(first, 0,"),
    "walks the spikes of the next step": (SPIKING, "sample.coder",
        "lists.read_list.eq(shown)", "lists.read_list.eq(~shown)"),
    "an input may be larger than 1": (SPIKING, "sample.coder",
        "Mux(value > one, one, value)", "value"),
    "does not wait for the input's spikes": (WAITING, "schedule.sequencer",
        "& (self.coded | ~facts.is_repeat)", ""),
    "updates without any error spike": (SPIKING, "core",
        "Array([0, *words.count])[learning] == 0", "0"),
    "error cells forget": (SPIKING, "neuron.microcircuit",
        "self.changed.eq(valid[5] & ~upwards & v_5.any())", "self.changed.eq(0)"),
}

# Of samples that stand, or have no target: seen in a few samples, of which some come late.
STREAMING = {
    "the sample ends before its last neuron": ("schedule.waiting",
        "self.finished = everything & self._within(", "self.finished = self._within("),
    "a sample that stands keeps its target": ("core",
        "(loader.sample_label != NO_TARGET) & ~sequencer.standing",
        "loader.sample_label != NO_TARGET"),
    "no target is one of zeros": ("core", "(loader.sample_label != NO_TARGET)", "1"),
    "a sample that stands counts as new": ("schedule.sequencer",
        "(turns != 0) | self.standing", "turns != 0"),
    "stands though another sample is there": ("core",
        "self.hold & loader.sample_train & ~loader.more", "self.hold & loader.sample_train"),
    "an inference stands": ("core", "self.hold & loader.sample_train", "self.hold"),
    "never stands": ("core", "sequencer.stay.eq(self.hold &", "sequencer.stay.eq(0 & self.hold &"),
    "a sample that stands is done once more": ("schedule.sequencer",
        "self.done.eq(~self.standing)", "self.done.eq(1)"),
    "what stood is not let go": ("schedule.sequencer",
        "m.d.sync += [self.standing.eq(0), self.stood.eq(0)]", "m.d.sync += self.stood.eq(0)"),
}
