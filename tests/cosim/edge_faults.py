"""Faults at edges: a comparison that is off by one, a clip with another end, a tie sent elsewhere.

Of each (module, place, right, wrong) see `planting.plant`. A place that contains another one's
expression comes before it.
"""

__all__ = ["FAULTS"]

ENDS = (("low", 1), ("low", -1), ("high", -1), ("high", 1))


def _each(module, place, right, *wrongs):
    return [(module, place, right, wrong) for wrong in wrongs]


def _ties(module, place, call, arguments):
    """Both other ways of a rounding bit or of a whole rounding."""
    name = {"rounding_bit": "tie", "round_shift": "round_shift"}[call]
    kind = ", rounding" if "design" not in place else ", design.state.rounding"
    place = place.replace("design", "")
    return _each(module, place, f"requantise.{call}({arguments}{kind})",
                 *(f"_wrong.{name}({arguments}, {up})" for up in (0, 1)))


def _saturation(module, value, fmt, ends=ENDS, only=None):
    """A saturation with each of these ends a unit off."""
    right = f"requantise.saturate({value}, {fmt})"
    wrongs = [f"_wrong.saturate({value}, {fmt}, {end}={by})" for end, by in ends]
    if only:
        wrongs = [f"_wrong.only({only}, {wrong}, {right})" for wrong in wrongs]
    return _each(module, "{}", right, *wrongs)


def _activation(module, arguments):
    """Hidden and output rates with each end a unit off."""
    return _each(module, "{}", f"activate({arguments})",
                 *(f"_wrong.activate({arguments}, '{layer}', {end}={by})"
                   for layer in ("hidden", "output") for end, by in ENDS))


def _comparison(module, right, *wrongs, place="{}"):
    return _each(module, place, right, *wrongs)


WINNER = _comparison("neuron.pipeline", "(best - candidate)[-1]", "best <= candidate")
TARGET = _comparison("neuron.pipeline", "index == self.label", "index >= self.label",
                     "index <= self.label", place="is_target.eq({})]")
WEIGHT = _saturation("synapse.update", "total", "design.weight")
UPDATE = _each("synapse.update", "{}",
               "requantise.add_rounded(self.weight, self.product, discard, rounding)",
               *(f"self.weight + _wrong.round_shift(self.product, discard, {up})"
                 for up in (0, 1)))
CARRY = _each(
    "synapse.update", "{}", "requantise.offset(self.random, discard)",
    # A carry too early or too late, wherever the bits that meet are 255 or 256.
    "_wrong.carry(self.product, self.random, discard, 1)",
    "_wrong.carry(self.product, self.random, discard, -1)")
EVENTS = _comparison("synapse.events", "rate != 0", "rate > 0", "rate < 0", "rate > 1",
                     place="Signal.like(self.count[0]), {}\n")
BLOCKS = _comparison("synapse.words", "self.value[0].raw != 0", "self.value[0].raw > 0",
                     "self.value[0].raw < 0", "(self.value[0].raw > 1) | (self.value[0].raw < 0)",
                     "(self.value[0].raw > 0) | (self.value[0].raw < -1)")
EXACT_DRIVES = [
    *_ties("neuron.drives", "{}design", "rounding_bit", "scaled, discard"),
    *_saturation("neuron.drives", "\n            requantise.add_with_carry("
                 "quotient, Const(0, 1), carry)", "design.state"),
    *_comparison("neuron.drives", "self.drive.raw != 0", "self.drive.raw > 0",
                 "self.drive.raw < 0"),
]
COMMON = WINNER + TARGET + WEIGHT

SWEEP = COMMON + UPDATE + BLOCKS + [
    *_comparison("synapse.events", "rate != 0", "rate > 1",
                 place="Signal.like(self.count[0]), {}\n"),
    *_ties("neuron.ghost.sweep", "{}design", "round_shift", "exact, discard"),
    *_saturation("neuron.ghost.sweep", "rounded_1", "design.state"),
    *_activation("neuron.ghost.sweep", "v, design, at.is_output(2)"),
    *_saturation("neuron.ghost.sweep", "total_4", "design.state"),
    *_activation("neuron.ghost.sweep", "total_4, design, at.is_output(4)"),
]
RELAXATION = COMMON + UPDATE + EVENTS + BLOCKS + EXACT_DRIVES + [
    *_activation("neuron.ghost.relaxation", "drives.value.raw, design, output_6"),
    *_activation("neuron.ghost.relaxation", "s_6, design, output_6"),
    *_activation("neuron.ghost.relaxation", "s_10, design, at.is_output(10)"),
    *_ties("neuron.ghost.relaxation", "{}", "round_shift", "target - old_7, rule.nudging_shift"),
    *_ties("neuron.ghost.relaxation", "{}", "round_shift", "total_8 - s_8, rule.step_shift"),
    *_saturation("neuron.ghost.relaxation", "start_9 + step_9", "design.state",
                 (("low", 1), ("high", -1))),
    *_comparison("neuron.ghost.relaxation", "s != s_9", "s > s_9", "s < s_9"),
]
# Whether a sweep's step is 0 goes to `changed`, which wakes nothing after a sweep: no fault there.
EQUILIBRIUM = COMMON + UPDATE + EVENTS + BLOCKS + EXACT_DRIVES + [
    *_ties("neuron.equilibrium", "{}design", "round_shift", "target_6 - old_6, rule.nudging_shift"),
    *_saturation("neuron.equilibrium", "total_7", "design.state"),
    *_activation("neuron.equilibrium", "s, design, at.is_output(7)"),
    *_comparison("neuron.equilibrium", "step >= tolerance", "step > tolerance"),
    *_comparison("neuron.equilibrium", "step <= -tolerance", "step < -tolerance"),
]
INVERSION = COMMON + UPDATE + EVENTS + BLOCKS + EXACT_DRIVES + [
    *_activation("neuron.inversion", "value_8, design, at.is_output(8)"),
    *_ties("neuron.inversion", "{}", "round_shift", "follow_7, rule.follow_shift"),
    *_ties("neuron.inversion", "{}", "round_shift",
           "control_7, shift"),
    *_saturation("neuron.inversion", "total_9", "design.rate",
                 only="at.mode_is(9, Mode.CONTROL)"),
    *_saturation("neuron.inversion", "total_9", "design.rate", only="at.mode_is(9, Mode.FOLLOW)"),
    *_comparison("neuron.inversion", "value_8 < design.rate.one", "value_8 <= design.rate.one",
                 "value_8 < design.rate.one - 1", place="-design.rate.one) & ({})"),
    *_comparison("neuron.inversion", "value_8 > -design.rate.one", "value_8 >= -design.rate.one",
                 "value_8 > -design.rate.one + 1"),
    *_comparison("neuron.inversion", "change_10 != 0", "change_10 > 0", "change_10 < 0",
                 place="(delta_10 != 0), {})\n"),
    *_comparison("neuron.inversion", "delta_10 != 0", "delta_10 > 0", "delta_10 < 0"),
    *_comparison("neuron.inversion", "change_10 != 0", "change_10 > 0", "change_10 < 0",
                 place="(~free & ({}))"),
]
PAL = COMMON + CARRY + [
    *_ties("neuron.pal", "{}", "rounding_bit", "self.drive.raw, discard"),
    *_saturation("neuron.pal", "\n            requantise.add_with_carry("
                 "quotient_1, Const(0, 1), carry_1)", "design.state"),
    *_saturation("neuron.pal", "total_3", "design.state"),
    *_each("neuron.pipeline", "{}",
           "[size >= edge for edge in (one // 2, one, 3 * one // 2, 5 * one // 2)]",
           *(f"[size >= edge + {by} * (n == {piece}) for n, edge in enumerate("
             "(one // 2, one, 3 * one // 2, 5 * one // 2))]"
             for piece in range(4) for by in (1, -1))),
    *_each("neuron.pal", "{}", "clip(u_5, rate.minimum, rate.maximum)",
           "clip(u_5, rate.minimum + 1, rate.maximum)", "clip(u_5, rate.minimum - 1, rate.maximum)",
           "clip(u_5, rate.minimum, rate.maximum - 1)",
           "clip(u_5, rate.minimum, rate.maximum + 1)"),
    *_each("neuron.pal", "[0, *({} for", "requantise.rounding_bit(u_4, k, rounding)",
           *(f"_wrong.tie(u_4, k, {up}) if k == {k} else requantise.rounding_bit(u_4, k, rounding)"
             for k in (1, 2, 3) for up in (0, 1))),
    *_saturation("neuron.pal", "e_6", "design.difference"),
    *_each("neuron.pal", "{}",
           "Mux(change > limit, limit, Mux(change < -limit, -limit, change)).as_signed()",
           *(f"clip(change, -limit + {low}, limit + {high})"
             for low, high in ((1, 0), (-1, 0), (0, -1), (0, 1)))),
]
# Error spikes are 16 or -16: there is no smallest value beside 0.
MEMBRANE = COMMON + CARRY + BLOCKS[:2] + [
    *_saturation("neuron.microcircuit", "(leaked_3 + current_3).as_signed()", "state",
                 (("low", 1), ("low", -1))),
    *_comparison("neuron.microcircuit", "u_4 >= one", "u_4 > one", "u_4 >= one - 1"),
    *_comparison("neuron.microcircuit", "u_4 > -one", "u_4 >= -one", "u_4 > -one + 1"),
    *_comparison("neuron.microcircuit", "u_4 < 3 * one", "u_4 <= 3 * one", "u_4 < 3 * one - 1"),
    *_each("neuron.microcircuit", "{}", "v_5 >= limit",
           *(f"Mux({where}, {wrong}, v_5 >= limit)" for where in ("output", "~output")
             for wrong in ("v_5 > limit", "v_5 >= limit - 1"))),
    *_each("neuron.microcircuit", "{}", "v_5 <= -limit",
           *(f"Mux({where}, {wrong}, v_5 <= -limit)" for where in ("output", "~output")
             for wrong in ("v_5 < -limit", "v_5 <= 1 - limit"))),
    *_each("neuron.microcircuit", "return {}\n", "v[-1] & v[0]", "v[0]", "Const(0, 1)"),
    *_comparison("neuron.microcircuit", "v_5.any()", "v_5 > 0", "v_5 < 0", "v_5[1:].any()"),
    # An input of 15/16 spikes in all of eight time steps, as 1 does: no fault that could be seen.
    *_each("sample.coder", "{}", "Mux(value > one, one, value)",
           "Mux(value > one + 1, one + 1, value)"),
    *_comparison("sample.coder", "charge_2[TRACE_FRACTION]", "charge_2 > one",
                 "charge_2 >= one - 1"),
]
FAULTS = {"ghost": SWEEP, "relaxation": RELAXATION, "equilibrium": EQUILIBRIUM,
          "inversion": INVERSION, "pal": PAL, "microcircuit": MEMBRANE}
