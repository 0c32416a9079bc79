"""Single faults of feedback of one's choice, and of the guard: see faults.py."""

from cortigate.golden.spec import Activation, Feedback, Network, QFormat, preset
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule
from cortigate.golden.spec.rules.inversion import InversionRule

__all__ = ["FEEDBACK_DESIGNS", "FEEDBACK_FAULTS"]

TINY = preset("tiny")
RELAXED = preset("digits-relax").replace(network=TINY.network, lanes=2, sample_capacity=4)
# Feedback that learns and decays at once; a guard that steps in, in layers of which none is a
# multiple of the neuron lanes.
TEACHING = InversionRule.design((5, 4, 3, 2), lanes=2, sample_capacity=4, weight=QFormat(2, 14),
                                rule=InversionRule(4, 1, 1, 2, 8, Feedback.LEARNED, 4, guard=2))
GUARDED = TEACHING.replace(network=Network((5, 7, 5, 3), Activation.TANH), lanes=4, neuron_lanes=2,
                           rule=InversionRule(4, 0, 0, 2, 8, Feedback.RANDOM, guard=2))
# Ghost units of either schedule with feedback weights of their own.
FED_BACK = TINY.replace(rule=GhostRule(Mechanism.LEARN, feedback=Feedback.LEARNED, decay_shift=4))
FED_BACK_SLOWLY = RELAXED.replace(rule=GhostRule(
    Mechanism.COPY, Schedule.RELAXATION, 4, 1, step_shift=1, steps=4, feedback=Feedback.LEARNED,
    decay_shift=4))
FEEDBACK_DESIGNS = (TEACHING, GUARDED, FED_BACK, FED_BACK_SLOWLY)

FEEDBACK_FAULTS = {
    "feedback learns the opposite": (TEACHING, "neuron.inversion",
        '"words_rate": r_10', '"words_rate": -r_10'),
    "feedback learns from an error of the wrong sign": (TEACHING, "neuron.inversion",
        '"list_error": Mux(self.train, post, 0)', '"list_error": Mux(self.train, -post, 0)'),
    "feedback learns from the state in place of the error": (FED_BACK, "neuron.ghost.sweep",
        '"list_post": r - reference', '"list_post": s_5'),
    "the whole rate goes down": (FED_BACK, "neuron.ghost.sweep",
        '"list_error": Mux(self.train, r - q_5, 0)', '"list_error": Mux(self.train, r, 0)'),
    "sends errors down whole through weights of their own": (
        FED_BACK_SLOWLY, "neuron.ghost.relaxation",
        '"list_error_change": error - error_10', '"list_error_change": error'),
    "feedback pairs with the rate before": (FED_BACK_SLOWLY, "neuron.ghost.relaxation",
        '"words_held": r,', '"words_held": old_10,'),
    "a list with zeros lacks them": (FED_BACK, "synapse.events",
        "counts = Const(1, 1)", "counts = rate != 0"),
    "begins again with the whole gain": (GUARDED, "neuron.inversion",
        "behindhand.eq(rule.guard - self.tries)", "behindhand.eq(rule.guard)"),
    "a state that runs away counts as at rest": (GUARDED, "neuron.inversion",
        "size(change_10) | runs_away", "size(change_10)"),
    "efforts of all turns count": (GUARDED, "neuron.lanes",
        "total = Mux(opens, 0, sizes)", "total = sizes"),
    "nobody is ever restless": (GUARDED, "neuron.lanes",
        "restless.eq(efforts > (aims", "restless.eq(0 > (aims"),
    "begins again once too often": (GUARDED, "schedule.sequencer",
        "self.restless & (self.tries != most)", "self.restless & (self.tries != most + 1)"),
    "goes on with a restless loop": (GUARDED, "schedule.sequencer",
        "Mux(facts.restless, self.restless, ~moved)", "Mux(facts.restless, 0, ~moved)"),
    "the next loop begins with half the gain": (GUARDED, "schedule.sequencer",
        "m.d.sync += self.tries.eq(0)", "m.d.sync += self.tries.eq(self.tries)"),
}
