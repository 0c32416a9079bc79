"""Neurons of dynamic inversion: controllers above, followers below."""

from amaranth.hdl import Const, Module, Mux, Signal, signed

from ...golden.spec.design import Activation
from ...golden.spec.rules.inversion import Mode
from ..lib import requantise
from ..lib.memory import DualPortMemory
from .drives import LATENCY as DRIVES
from .drives import ExactDrives, Use
from .pipeline import Chains, NeuronPipeline, activate

__all__ = ["InversionPipeline", "pipeline"]


class InversionPipeline(NeuronPipeline):
    """Drive to rate in 11 cycles.

    Stages 0 to 6 bring the drive that the neuron has by now, 7 to 9 take the small step, each of
    the states in rate format:

        u <- u + round(((delta - drive) 2**leak_shift - u) / 2**(leak_shift + control_shift + n))
        d <- d + round((drive - d) / 2**follow_shift)

    n counts how often a guarded loop has begun again.
    """

    LATENCY = DRIVES + 5

    @staticmethod
    def _use(step):
        """What becomes of the drive of a pass."""
        into = "upper" if step.mode is Mode.FOLLOW else "lower"
        return Use(into, (into,))

    def elaborate(self, platform):
        m = Module()
        design, table, rule = self._design, self._table, self._design.rule
        rate, count = signed(design.rate.width), table.maps.neurons
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        # Stages 0 to 6: the drive, the error, whichever state the pass is about, and the gate.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.submodules.drives = drives = ExactDrives(design, table, self._use)
        m.d.comb += [
            self.drive_address.eq(address_0),
            drives.valid.eq(valid[0]), drives.tag.eq(tag[0]), drives.address.eq(address_0),
            drives.drive.eq(self.drive),
        ]
        address_4 = delayed(address_0, 0, 4, "address")
        m.submodules.errors = errors = DualPortMemory(
            shape=signed(design.difference.width), depth=count)
        m.submodules.controls = controls = DualPortMemory(shape=rate, depth=count)
        m.submodules.follows = follows = DualPortMemory(shape=rate, depth=count)
        m.submodules.gates = gates = DualPortMemory(shape=1, depth=count)
        for memory in (errors, controls, follows, gates):
            m.d.comb += memory.read_address.eq(address_4)
        follow_5, begins_5 = at.mode_is(5, Mode.FOLLOW), table.flag(tag[5], lambda s: s.begins)
        state_6 = delayed(Mux(begins_5, 0, Mux(
            follow_5, follows.read_data, controls.read_data)).as_signed(), 5, 6, "state")
        error_6 = delayed(errors.read_data, 5, 6, "error")
        gate_10 = delayed(gates.read_data, 5, 10, "gate")
        index_6, target_6 = self._target(m, valid[5], first[5])
        value = drives.value.raw

        # Stages 6 to 8: how far to go.
        ahead = ((error_6 - value) << rule.leak_shift) - state_6
        control_7 = delayed(ahead.as_signed(), 6, 7, "ahead")
        shift = rule.leak_shift + rule.control_shift + rule.guard
        if rule.guard:  # one rounding for every n: what is left of the guard is shifted in before
            behindhand = Signal(range(rule.guard + 1))
            m.d.sync += behindhand.eq(rule.guard - self.tries)
            control_7 = (control_7 << behindhand).as_signed()
        follow_7 = delayed((value - state_6).as_signed(), 6, 7, "behind")
        rounding = design.state.rounding
        step_8 = Signal(signed(len(control_7)))
        m.d.sync += step_8.eq(Mux(
            at.mode_is(7, Mode.FOLLOW),
            requantise.round_shift(follow_7, rule.follow_shift, rounding),
            requantise.round_shift(control_7, shift, rounding)))
        state_8, value_8 = delayed(state_6, 6, 8, "old"), delayed(value, 6, 8, "value")
        free_8 = at.mode_is(8, Mode.FREE)
        total_9 = delayed(Mux(free_8, value_8, state_8 + step_8).as_signed(), 8, 9, "total")

        # Stage 9: the new state (of the rate's format); in the free pass rate, error and gate.
        r = activate(value_8, design, at.is_output(8))
        r_9 = delayed(r, 8, 9, "rate")
        target_9 = delayed(target_6, 6, 9, "target")
        open_8 = (value_8 > -design.rate.one) & (value_8 < design.rate.one)
        if design.network.hidden is Activation.RELU:
            open_8 = value_8 > 0
        elif design.network.hidden is Activation.LINEAR:
            open_8 = Const(1)
        elif design.network.hidden is Activation.CLIP:
            open_8 = (value_8 > 0) & (value_8 < design.rate.one)
        open_10 = delayed(open_8, 8, 10, "open")
        state_9 = delayed(state_8, 8, 9, "old_state")
        narrow, outside = requantise.saturate(total_9, design.rate)
        free_9 = at.mode_is(9, Mode.FREE)
        new_10 = delayed(narrow, 9, 10, "new")
        potential_10 = delayed(total_9[:design.state.width].as_signed(), 9, 10, "potential")
        change_10 = delayed((narrow - state_9).as_signed(), 9, 10, "change")
        delta_10 = delayed((target_9 - r_9).as_signed(), 9, 10, "delta")
        r_10 = delayed(r_9, 9, 10, "rate_held")
        clipped_10 = delayed(delayed(drives.saturated, 6, 9, "clipped") | (outside & ~free_9),
                             9, 10, "clipped_either")
        stirred_10 = delayed(drives.stirred, 6, 10, "stirred")

        # Stage 10: what each list and word gets.
        free, output = at.mode_is(10, Mode.FREE), at.is_output(10)
        self._winner(m, valid[10] & free & output, first[10], potential_10,
                     delayed(index_6, 6, 10, "index"))
        gated = Mux(gate_10, new_10, 0).as_signed()
        post = Mux(free, delta_10, gated).as_signed()
        moves = Mux(free, output & (delta_10 != 0), change_10 != 0)
        m.d.sync += [
            self.rate.raw.eq(Mux(free, r_10, new_10)),
            self.state.raw.eq(Mux(free, potential_10, new_10)),
            self.saturated.eq(clipped_10 & valid[10]),
            self.moved.eq(valid[10] & moves),
            self.changed.eq(valid[10] & (stirred_10 | (~free & (change_10 != 0)))),
        ]
        self._leave(m, {
            "list_rate": r_10, "list_held": r_10, "list_change": change_10,
            "list_error": Mux(self.train, post, 0), "words_rate": r_10, "words_post": post,
            "words_change": change_10})
        if rule.guard:
            self._judge(m, at, delayed(error_6, 6, 10, "error_later"), change_10,
                        delayed(outside, 9, 10, "outside"))
        error_11, open_11 = delayed(post, 10, 11, "post"), delayed(open_10, 10, 11, "open_now")

        self._remember(m, at, (errors, gates, controls, follows), error_11, open_11)
        return m


    def _remember(self, m, at, memories, error_11, open_11):
        """Stage 11: errors, gates, controllers and followers, by the mode of the pass."""
        errors, gates, controls, follows = memories
        free_11, control_11 = at.mode_is(11, Mode.FREE), at.mode_is(11, Mode.CONTROL)
        for memory, data, writes in (
            (errors, error_11, ~control_11), (gates, open_11, free_11),
            (controls, self.rate.raw, control_11),
            (follows, self.rate.raw, at.mode_is(11, Mode.FOLLOW)),
        ):
            m.d.comb += [memory.write_enable.eq(at.valid[11] & writes),
                         memory.write_address.eq(self.out_address), memory.write_data.eq(data)]

    def _judge(self, m, at, error_10, change_10, outside_10):
        """Stage 10: what the guard compares. A state that does not fit would go on and on."""
        control_10 = at.mode_is(10, Mode.CONTROL)
        runs_away = Mux(outside_10, (1 << self._design.rate.width) - 1, 0)
        m.d.sync += [
            self.opens.eq(control_10), self.effort.eq(size(change_10) | runs_away),
            self.aim.eq(Mux(control_10, size(error_10), 0)),
        ]


def size(value):
    """x, or -1 - x where that is negative."""
    return (value ^ value[-1].replicate(len(value)))[:-1]


def pipeline(design):
    """Class of a design's neurons."""
    return InversionPipeline
