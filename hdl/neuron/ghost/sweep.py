"""Neurons of the ghost-unit rule that learn in one top-down sweep."""

from amaranth.hdl import Const, Module, Mux, signed
from amaranth.lib.wiring import Out

from ....golden.spec.rules.ghost import Mechanism, Mode
from ...lib import requantise
from ...lib.fixed import FixedShape
from ...lib.memory import DualPortMemory
from ..pipeline import Chains, NeuronPipeline, activate
from .units import GhostUnits

__all__ = ["SweepPipeline"]


class SweepPipeline(NeuronPipeline):
    """Drive to rate in 6 cycles.

        s <- v + c + n        c: feedback drive,  n = beta (t - r)

    Members
    -------
    ghost_write, ghost_address, ghost : stage 3, observed
        Rates that the ghosts took.
    """

    LATENCY = 6

    def _members(self):
        bits = max(1, (self._table.maps.neurons - 1).bit_length())
        return {"ghost_write": Out(1), "ghost_address": Out(bits),
                "ghost": Out(FixedShape(self._design.rate))}

    @property
    def observed(self):
        return {"ghost_valid": self.ghost_write, "ghost_address": self.ghost_address,
                "ghost": self.ghost.raw}

    def elaborate(self, platform):
        m = Module()
        design, table, rule = self._design, self._table, self._design.rule
        state = signed(design.state.width)
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        # Stage 0: read what the neuron remembers; one rounding for each neuron and drive.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.d.comb += self.drive_address.eq(address_0)
        m.submodules.drives = drives = DualPortMemory(shape=state, depth=table.maps.neurons)
        m.submodules.ghosts = ghosts = GhostUnits(design)
        m.d.comb += [drives.read_address.eq(address_0), ghosts.address.eq(address_0)]
        discard = design.drive_fraction - design.state.fraction
        exact = self.drive.raw
        rounded_1 = delayed(requantise.round_shift(exact, discard, design.state.rounding),
                            0, 1, "rounded")

        # Stage 1: what was rounded, within its format.
        narrowed, clipped = requantise.saturate(rounded_1, design.state)
        d_2, clipped_4 = delayed(narrowed, 1, 2, "d"), delayed(clipped, 1, 4, "clipped")
        v_2 = delayed(drives.read_data, 1, 2, "v")
        held_3 = delayed(ghosts.held, 1, 3, "held")

        # Stage 2: v is the drive itself, or remembered while d is the feedback drive c.
        feedback_2 = at.mode_is(2, Mode.FEEDBACK)
        v = Mux(feedback_2, v_2, d_2).as_signed()
        v_3 = delayed(v, 2, 3, "v")
        c_3 = delayed(Mux(feedback_2, d_2, 0).as_signed(), 2, 3, "c")
        index_3, target_3 = self._target(m, valid[2], first[2])
        predicted = activate(v, design, at.is_output(2))
        predicted_3 = delayed(predicted, 2, 3, "predicted")
        negative_3 = delayed(~predicted, 2, 3, "negative")  # less 1; two adders follow

        # Stage 3: remember v, let the ghosts capture, add feedback and nudging.
        address_3 = self._address(m, valid[3], first[3], tag[3])
        free_3 = at.mode_is(3, Mode.FREE)
        m.d.comb += [
            drives.write_enable.eq(valid[3] & free_3),
            drives.write_address.eq(address_3), drives.write_data.eq(v_3),
            ghosts.valid.eq(valid[3]), ghosts.free.eq(free_3),
            ghosts.stands_in.eq(at.mode_is(3, Mode.GHOST)),
            ghosts.write_address.eq(address_3), ghosts.predicted.eq(predicted_3),
            ghosts.held_3.eq(held_3),
            self.ghost_write.eq(ghosts.write), self.ghost_address.eq(address_3),
            self.ghost.raw.eq(predicted_3),
        ]
        self._winner(m, valid[3] & free_3 & at.is_output(3), first[3], v_3, index_3)
        nudges_3 = delayed(at.mode_is(2, Mode.FREE) & at.is_output(2) & self.train, 2, 3, "nudges")
        shortfall = requantise.add_with_carry(target_3, negative_3, Const(1, 1))
        nudge = requantise.round_shift(shortfall, rule.nudging_shift, design.state.rounding)
        total_4 = delayed((v_3 + Mux(nudges_3, nudge, c_3)).as_signed(), 3, 4, "total")
        predicted_5 = delayed(predicted_3, 3, 5, "predicted")
        q_5 = delayed(ghosts.q, 3, 5, "q")

        # Stage 4: saturate and activate, side by side.
        s, outside = requantise.saturate(total_4, design.state)
        s_5 = delayed(s[:design.state.width].as_signed(), 4, 5, "s")
        clipped_5 = delayed(clipped_4 | (outside & ~at.mode_is(4, Mode.GHOST)), 4, 5, "clip")
        r = delayed(activate(total_4, design, at.is_output(4)), 4, 5, "r")

        # Stage 5: compare.
        reference = q_5 if rule.mechanism is Mechanism.REPLICATE else predicted_5
        m.d.sync += [self.rate.raw.eq(r), self.state.raw.eq(s_5),
                     self.saturated.eq(clipped_5 & valid[5])]
        self._leave(m, {
            "list_rate": r, "list_held": r, "list_post": r - reference,
            "list_error": Mux(self.train, r - q_5, 0), "words_rate": r, "words_held": r,
            "words_post": r - reference, "words_error": r - q_5})
        return m
