"""Neurons of the ghost-unit rule that learn while every layer integrates in small steps."""

from amaranth.hdl import Const, Module, Mux, signed
from amaranth.lib.wiring import Out

from ....golden.spec.rules.ghost import Mechanism, Mode
from ...lib import requantise
from ...lib.fixed import FixedShape
from ...lib.memory import DualPortMemory
from ..drives import LATENCY as DRIVES
from ..drives import ExactDrives, Use
from ..pipeline import Chains, NeuronPipeline, activate
from .units import GhostUnits

__all__ = ["RelaxationPipeline"]


class RelaxationPipeline(NeuronPipeline):
    """Drive to rate in 11 cycles.

        s <- s + dt (v + c + n - s)    c: feedback drive,  n = beta (t - r)

    Stages 0 to 6 bring the drive that the neuron has by now: v, or v + c in a STEP; the ghosts'
    in a GHOST pass.

    Members
    -------
    ghost_write, ghost_address, ghost : stage 7, observed
        Rates that the ghosts took.
    """

    LATENCY = DRIVES + 5

    def _members(self):
        bits = max(1, (self._table.maps.neurons - 1).bit_length())
        return {"ghost_write": Out(1), "ghost_address": Out(bits),
                "ghost": Out(FixedShape(self._design.rate))}

    @property
    def observed(self):
        return {"ghost_valid": self.ghost_write, "ghost_address": self.ghost_address,
                "ghost": self.ghost.raw}

    @staticmethod
    def _use(step):
        """What becomes of the drive of a pass."""
        if step.mode is Mode.STEP:
            return Use("upper", ("lower", "upper"))
        return Use("lower", ("lower",))

    def elaborate(self, platform):
        m = Module()
        design, table, rule = self._design, self._table, self._design.rule
        rate, count, rounding = signed(design.rate.width), table.maps.neurons, (
            design.state.rounding)
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        # Stages 0 to 6: the drive, and what the neuron remembers.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.submodules.drives = drives = ExactDrives(design, table, self._use)
        m.submodules.ghosts = ghosts = GhostUnits(design)
        m.submodules.states = states = DualPortMemory(shape=signed(design.state.width), depth=count)
        m.submodules.free_rates = free_rates = DualPortMemory(shape=rate, depth=count)
        m.submodules.errors = errors = DualPortMemory(
            shape=signed(design.difference.width), depth=count)
        address_4 = delayed(address_0, 0, 4, "address")
        m.d.comb += [
            self.drive_address.eq(address_0),
            drives.valid.eq(valid[0]), drives.tag.eq(tag[0]), drives.address.eq(address_0),
            drives.drive.eq(self.drive),
        ]
        for memory in (states, free_rates, errors):
            m.d.comb += memory.read_address.eq(address_4)
        m.d.comb += ghosts.address.eq(address_4)
        s_6 = delayed(states.read_data, 5, 6, "s")
        held_7 = delayed(ghosts.held, 5, 7, "held")
        free_rate_10 = delayed(free_rates.read_data, 5, 10, "free_rate")
        error_10 = delayed(errors.read_data, 5, 10, "error")
        index_6, target_6 = self._target(m, valid[5], first[5])
        drive_7 = delayed(drives.value.raw, 6, 7, "drive")

        # Stage 6: rates of the drive and of the state.
        output_6 = at.is_output(6)
        predicted_7 = delayed(activate(drives.value.raw, design, output_6), 6, 7, "predicted")
        old_7 = delayed(activate(s_6, design, output_6), 6, 7, "old")
        s_7 = delayed(s_6, 6, 7, "s_held")

        # Stage 7: the ghosts capture; the nudging current.
        free_7 = self._capture(m, at, ghosts, predicted_7, held_7)
        self._winner(m, valid[7] & free_7 & at.is_output(7), first[7], drive_7,
                     delayed(index_6, 6, 7, "index"))
        integrates = table.flag(tag[7], lambda s: s.integrate)
        target = delayed(target_6, 6, 7, "target")
        nudge = requantise.round_shift(target - old_7, rule.nudging_shift, rounding)
        total_8 = delayed((drive_7 + Mux(integrates, nudge, 0)).as_signed(), 7, 8, "total")
        s_8 = delayed(s_7, 7, 8, "s_later")
        q_10, predicted_10 = delayed(ghosts.q, 7, 10, "q"), delayed(predicted_7, 7, 10, "predicted")
        old_10 = delayed(old_7, 7, 10, "old")
        clipped_9 = delayed(drives.saturated, 6, 9, "clipped")
        stirred_10 = delayed(drives.stirred, 6, 10, "stirred")

        # Stages 8 and 9: the small step.
        moves_8 = table.flag(tag[8], lambda s: s.mode is Mode.STEP or s.integrate)
        step = requantise.round_shift(total_8 - s_8, rule.step_shift, rounding)
        step_9 = delayed(Mux(moves_8, step, 0).as_signed(), 8, 9, "step")
        start_9 = delayed(Mux(at.mode_is(8, Mode.FREE), total_8, s_8).as_signed(), 8, 9, "start")
        s_9 = delayed(s_8, 8, 9, "s_last")
        s, outside = requantise.saturate(start_9 + step_9, design.state)
        counts = ~at.mode_is(9, Mode.GHOST)
        s_10 = delayed(s[:design.state.width].as_signed(), 9, 10, "s_next")
        clipped_10 = delayed(clipped_9 | (outside & counts), 9, 10, "clip")
        moves_10 = delayed((s != s_9) & table.flag(
            tag[9], lambda s: s.mode is Mode.STEP or s.integrate), 9, 10, "moves")

        # Stage 10: activate and compare.
        free, live = at.mode_is(10, Mode.FREE), at.mode_is(10, Mode.LIVE)
        new = activate(s_10, design, at.is_output(10))
        r = Mux(live, old_10, new).as_signed()
        reference = Mux(at.mode_is(10, Mode.STEP), free_rate_10, predicted_10)
        if rule.mechanism is Mechanism.REPLICATE:
            reference = Mux(live, q_10, free_rate_10)
        error = (r - q_10).as_signed()
        m.d.sync += [
            self.rate.raw.eq(r), self.state.raw.eq(s_10),
            self.saturated.eq(clipped_10 & valid[10]),
            self.moved.eq(valid[10] & moves_10),
            self.changed.eq(valid[10] & (stirred_10 | moves_10)),
        ]
        change = Mux(free, Const(0, error.shape()), new - old_10)
        self._leave(m, {
            "list_rate": r, "list_held": r, "list_change": change,
            "list_post": r - reference, "list_error_change": error - error_10,
            "words_held": r, "words_post": r - reference, "words_error": error,
            "words_error_change": error - error_10,
        })
        now_11 = delayed(Mux(free, Const(0, error.shape()), error).as_signed(), 10, 11, "error_now")

        # Stage 11: remember.
        writes = table.flag(tag[11], lambda s: s.mode in (Mode.FREE, Mode.STEP) or s.integrate)
        free_11 = at.mode_is(11, Mode.FREE)
        for memory, value, enable in (
            (states, self.state.raw, writes), (free_rates, self.rate.raw, free_11),
            (errors, now_11, free_11 | at.mode_is(11, Mode.LIVE)),
        ):
            m.d.comb += [memory.write_enable.eq(valid[11] & enable),
                         memory.write_address.eq(self.out_address), memory.write_data.eq(value)]
        return m

    def _capture(self, m, at, ghosts, predicted_7, held_7):
        """Stage 7: the ghosts take the predicted rate; returns whether the pass is a free one."""
        address_7 = self._address(m, at.valid[7], at.first[7], at.tag[7])
        free_7 = at.mode_is(7, Mode.FREE)
        m.d.comb += [
            ghosts.valid.eq(at.valid[7]), ghosts.free.eq(free_7),
            ghosts.stands_in.eq(at.mode_is(7, Mode.GHOST)),
            ghosts.write_address.eq(address_7), ghosts.predicted.eq(predicted_7),
            ghosts.held_3.eq(held_7),
            self.ghost_write.eq(ghosts.write), self.ghost_address.eq(address_7),
            self.ghost.raw.eq(predicted_7),
        ]
        return free_7
