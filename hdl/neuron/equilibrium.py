"""Neurons of the equilibrium network."""

from amaranth.hdl import Const, Module, Mux, signed

from ...golden.spec.rules.equilibrium import ClampedStart, Mode
from ..lib import requantise
from ..lib.memory import DualPortMemory
from .drives import LATENCY as DRIVES
from .drives import ExactDrives, Use
from .pipeline import Chains, NeuronPipeline, activate

__all__ = ["EquilibriumPipeline", "pipeline"]


class EquilibriumPipeline(NeuronPipeline):
    """Drive to rate in 9 cycles.

    Stages 0 to 6 add the drive to the branch that it belongs to and round what is wanted of both;
    7 has the nudging current or the target added, 8 the new rate and, beside it, the free and the
    nudged or clamped one.
    """

    LATENCY = DRIVES + 3

    def _use(self, step):
        """What becomes of the drive of a pass."""
        share = self._design.rule.share_shift
        hidden = step.target < self._design.network.depth
        feedback = step.matrix.kind == "B" or step.target != step.matrix.layer
        into = "upper" if feedback else "lower"
        return {
            Mode.FREE: Use("lower", ("lower",), shift=share if hidden else 0),
            Mode.BASAL_ERROR: Use("lower", ("lower",), keep=False, shift=share),
            Mode.APICAL_ERROR: Use("lower", ("upper",), keep=False, shift=share),
            Mode.PLUS: Use(into, ("lower", "upper"), keep=False),
            Mode.MINUS: Use(into, ("lower", "upper"), keep=False),
            Mode.BEGIN: Use("lower", self._begins_with, fresh=step.target > 1, shift=share),
            Mode.CLAMP: Use(into, (), keep=False),
            Mode.PULL: Use(into, ("lower", "upper"), fresh=True),
        }.get(step.mode, Use(into, ("lower", "upper")))

    @property
    def _begins_with(self):
        """Drives that the rates of a clamped phase begin with."""
        zero = self._design.rule.clamped_start is ClampedStart.ZERO
        return () if zero else ("lower",)

    def elaborate(self, platform):
        m = Module()
        design, table, rule = self._design, self._table, self._design.rule
        rate = signed(design.rate.width)
        at = Chains(m, self)
        valid, first, tag, delayed = at.valid, at.first, at.tag, at.delayed

        # Stages 0 to 6: the sum that is wanted, and the rates that the neuron remembers.
        address_0 = self._address(m, valid[0], first[0], tag[0])
        m.submodules.drives = drives = ExactDrives(design, table, self._use)
        m.submodules.rates = rates = DualPortMemory(shape=rate, depth=table.maps.neurons)
        m.submodules.nudged = nudged = DualPortMemory(shape=rate, depth=table.maps.neurons)
        address_4 = delayed(address_0, 0, 4, "address")
        m.d.comb += [
            self.drive_address.eq(address_0),
            drives.valid.eq(valid[0]), drives.tag.eq(tag[0]), drives.address.eq(address_0),
            drives.drive.eq(self.drive),
            rates.read_address.eq(address_4), nudged.read_address.eq(address_4),
        ]
        old_6 = delayed(rates.read_data, 5, 6, "old")
        plus_8 = delayed(nudged.read_data, 5, 8, "plus")
        index_6, target_6 = self._target(m, valid[5], first[5])

        # Stage 6: the nudging current, from the free rate.
        nudge = requantise.round_shift(target_6 - old_6, rule.nudging_shift, design.state.rounding)
        nudges = at.is_output(6) & at.mode_is(6, Mode.PLUS, Mode.MINUS)
        current = Mux(nudges, Mux(at.mode_is(6, Mode.MINUS), -nudge, nudge), 0)
        if rule.clamps:
            current = Mux(at.mode_is(6, Mode.CLAMP), target_6, 0)
        total_7 = delayed((drives.value.raw + current).as_signed(), 6, 7, "total")
        clipped_7 = delayed(drives.saturated, 6, 7, "clipped")
        stirred_8 = delayed(drives.stirred, 6, 8, "stirred")

        # Stage 7: the potential and its rate. A prediction's only state is its drive.
        s, outside = requantise.saturate(total_7, design.state)
        u_8 = delayed(s[:design.state.width].as_signed(), 7, 8, "u")
        clipped_8 = delayed(clipped_7 | outside, 7, 8, "clipped")
        h_8 = delayed(activate(s, design, at.is_output(7)), 7, 8, "h")
        old_8 = delayed(old_6, 6, 8, "old")

        # Stage 8: what changed, and what each list and word gets.
        index_8 = delayed(index_6, 6, 8, "index")
        settles = at.mode_is(8, Mode.FREE, Mode.SWEEP)
        sweeps = at.mode_is(8, Mode.SWEEP, Mode.SETTLE)
        self._winner(m, valid[8] & settles & at.is_output(8), first[8], u_8, index_8)
        from_free = (h_8 - old_8).as_signed()
        step, sent, difference = from_free, from_free, plus_8 - h_8
        if rule.clamps:
            step = (h_8 - Mux(at.mode_is(8, Mode.PULL, Mode.SETTLE), plus_8, old_8)).as_signed()
            sent = Mux(at.mode_is(8, Mode.PULL), Const(0, step.shape()), step)
            difference = from_free
        free = at.mode_is(8, Mode.FREE)
        tolerance = 1 if rule.tolerance_shift is None else max(
            1, design.rate.one >> rule.tolerance_shift)
        moved = (step >= tolerance) | (step <= -tolerance)
        m.d.sync += [
            self.rate.raw.eq(h_8), self.state.raw.eq(u_8),
            self.saturated.eq(clipped_8 & valid[8] & ~at.mode_is(8, Mode.APICAL, Mode.BASAL)),
            self.moved.eq(valid[8] & sweeps & moved),
            self.changed.eq(valid[8] & (stirred_8 | (sweeps & (step != 0)))),
        ]
        error = (old_8 - h_8).as_signed()
        self._leave(m, {
            "list_rate": h_8, "list_change": Mux(free, Const(0, step.shape()), step),
            "list_nudged": h_8, "list_difference": difference, "list_apical": error,
            "list_clamped": h_8, "words_clamped": h_8, "words_nudged": h_8, "list_minus": h_8,
            "list_sent": Mux(free, h_8, sent), "list_feedback": step,
            "words_rate": h_8, "words_change": Mux(free, h_8, sent), "words_feedback": step,
            "words_minus": h_8, "words_difference": difference, "words_basal": error,
        })

        # Stage 9: remember. A clamped rate begins as the free one, unless it begins anew.
        second = ((Mode.FREE, Mode.SWEEP, Mode.BEGIN, Mode.PULL, Mode.SETTLE) if rule.clamps
                  else (Mode.PLUS,))
        m.d.comb += [
            rates.write_enable.eq(valid[9] & at.mode_is(9, Mode.FREE, Mode.SWEEP)),
            rates.write_address.eq(self.out_address), rates.write_data.eq(self.rate.raw),
            nudged.write_enable.eq(valid[9] & at.mode_is(9, *second)),
            nudged.write_address.eq(self.out_address), nudged.write_data.eq(self.rate.raw),
        ]
        return m


def pipeline(design):
    """Class of a design's neurons."""
    return EquilibriumPipeline
