"""Event-driven equals dense: what is left out would not have changed a bit of any step."""

import numpy as np
import pytest

from cortigate.golden.integer import integer_model
from cortigate.golden.spec import Activation, Feedback, Network, Operation, QFormat, Rounding
from cortigate.golden.spec.rules.equilibrium import ClampedStart, EquilibriumRule, Phase
from cortigate.golden.spec.rules.ghost import GhostRule, Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.sampler import draw_targets
from cortigate.golden.timeline import Timeline
from cortigate.sim.lockstep.draw import draw_design

from .event_machine import EventMachine

SAMPLES = 1000  # of each rule

# Coarse rates come to rest; the narrow state saturates.
COARSE = {"rate": QFormat(2, 5), "state": QFormat(4, 5), "sample": QFormat(1, 5, signed=False),
          "weight": QFormat(2, 10)}
NARROW = {"rate": QFormat(2, 8), "state": QFormat(2, 8), "weight": QFormat(4, 12)}


def _drawn(rule, number):
    """A drawn design; stochastic bits would be those of another number of words."""
    design = draw_design(9, number, rule)
    return design.replace(weight=QFormat(design.weight.integer, design.weight.fraction,
                                         rounding=Rounding.TRUNCATE))


RULES = {
    "ghost": [
        *(design_for(Network((5, 4, 3, 2)), mechanism, Schedule.RELAXATION, lanes=2, **COARSE)
          .replace(rule=GhostRule(mechanism, Schedule.RELAXATION, 3, 1, step_shift=1, steps=6))
          for mechanism in Mechanism),
        design_for(Network((6, 7, 3), Activation.RELU), Mechanism.LEARN, Schedule.RELAXATION,
                   lanes=4, **NARROW).replace(
            rule=GhostRule(Mechanism.LEARN, Schedule.RELAXATION, 4, 0, step_shift=0, steps=8)),
        *(design_for(Network((5, 4, 3, 2)), mechanism, Schedule.RELAXATION, lanes=2, **COARSE)
          .replace(rule=GhostRule(mechanism, Schedule.RELAXATION, 3, 1, step_shift=1, steps=6,
                                  feedback=feedback, decay_shift=4))
          for mechanism, feedback in ((Mechanism.REPLICATE, Feedback.LEARNED),
                                      (Mechanism.LEARN, Feedback.LEARNED),
                                      (Mechanism.COPY, Feedback.RANDOM))),
        _drawn("ghost", 3),
    ],
    "equilibrium": [
        EquilibriumRule.design((5, 4, 3, 2), lanes=2, **COARSE).replace(
            rule=EquilibriumRule(4, branch_rate_shift=6, steps=12)),
        EquilibriumRule.design((6, 5, 4, 4, 3), lanes=3, **NARROW).replace(
            rule=EquilibriumRule(5, 0, 2, 0, None, 8, 4)),
        EquilibriumRule.design(
            (4, 9, 2), lanes=4, rule=EquilibriumRule(4, branch_rate_shift=6, steps=2)),
        _drawn("equilibrium", 0),
    ],
    "clamped equilibrium": [
        *(EquilibriumRule.design(sizes, lanes=2, **COARSE).replace(
            rule=EquilibriumRule(4, 0, 2, 0, None, 8, tolerance, Phase.CLAMPED, start, 9))
          for sizes, tolerance, start in (((5, 4, 3, 2), None, ClampedStart.FREE),
                                          ((6, 5, 4, 4, 3), 4, ClampedStart.FORWARD),
                                          ((5, 4, 5, 4, 2), None, ClampedStart.ZERO))),
        *(EquilibriumRule.design((5, 4, 5, 3), lanes=2, **COARSE).replace(
            rule=EquilibriumRule(4, 0, 2, 0, None, 8, phase=phase, clamped_steps=9,
                                 feedback=Feedback.RANDOM)) for phase in Phase),
    ],
    "inversion": [
        InversionRule.design((5, 4, 3, 2), lanes=2, **COARSE),
        InversionRule.design((6, 5, 4, 4, 3), lanes=3, **NARROW).replace(
            rule=InversionRule(4, 0, 0, 1, 12)),
        InversionRule.design((4, 9, 2), lanes=4).replace(
            network=Network((4, 9, 2), Activation.RELU, Activation.LINEAR)),
        InversionRule.design((6, 5, 4, 4, 3), lanes=3, **NARROW).replace(
            rule=InversionRule(4, 0, 0, 1, 12, Feedback.RANDOM, guard=2)),
        InversionRule.design((5, 4, 3, 2), lanes=2, **COARSE).replace(
            rule=InversionRule(4, 1, 1, 2, 10, Feedback.LEARNED, 4, guard=3)),
        _drawn("inversion", 0),
    ],
}


def samples(design, count, rng):
    """Inputs and targets, sparse and dense, and now and then nothing at all."""
    density = rng.choice([0.0, 0.3, 1.0], (count, 1), p=[0.05, 0.45, 0.5])
    fmt = design.sample
    x = rng.integers(fmt.minimum, fmt.maximum + 1, (count, design.network.sizes[0]))
    x *= rng.random(x.shape) < density
    return x, draw_targets(design, x, rng)


def same(seen, wanted, what):
    assert np.array_equal(seen, wanted), f"{what}: {seen} instead of {wanted}"


def compare(program, outcomes, trace, train):
    """Every value of every step; returns how many passes were left out."""
    assert len(outcomes) == len(trace.passes)
    left_out = 0
    for outcome, done in zip(outcomes, trace.passes, strict=True):
        step = program.steps[outcome.number]
        where = f"step {outcome.number}, {step.mode}"
        assert (step.operation, step.mode) == (done.operation, done.mode), where
        if step.operation in (Operation.REPEAT, Operation.QUIT):
            assert outcome.again == done.again, where
            continue
        if step.operation is Operation.UPDATE:
            continue
        left_out += not outcome.ran
        assert outcome.changed == done.changed, where
        for name in ("drive", "rate", "state", *done.streams):
            value = done.streams[name] if name in done.streams else getattr(done, name)
            if len(value) and (outcome.ran or name != "drive"):
                same(getattr(outcome, name), value, f"{where}, {name}")
        for name in step.lists:
            same(outcome.lists[name], done.lists[name], f"{where}, list {name}")
        for name in step.words:
            if program.leaves_words(name, train):
                same(outcome.words[name], done.words[name], f"{where}, words {name}")
    return left_out


@pytest.mark.parametrize("rule", RULES)
def test_states_at_every_step_are_those_of_the_dense_model(rule):
    designs = RULES[rule]
    for number, design in enumerate(designs):
        rng = np.random.default_rng([number, 5])
        model, timeline = integer_model(design), Timeline(design)
        count, left_out, cycles = -(-SAMPLES // len(designs)), 0, np.zeros(2)
        for k, (x, target) in enumerate(zip(*samples(design, count, rng), strict=True)):
            if k % 50 == 0:  # weights from small, which settle, to large, which saturate
                scale = (0.3, 0.8, 2.0)[k // 50 % 3]
                fmt = design.weight
                ends = fmt.to_float(fmt.minimum), fmt.to_float(fmt.maximum)
                model.set_weights({name: np.clip(rng.uniform(-scale, scale, w.shape), *ends)
                                   for name, w in model.weights.items()})
                machine = EventMachine(design, model.weights)
            train = rng.random() < 0.9
            trace = model.learn(x, target) if train else model.trace_inference(x)
            outcomes = machine.run(model._input(x), target, train)
            left_out += compare(timeline.program, outcomes, trace, train)
            for name, weights in model.weights.items():
                same(machine.weights[name], weights, f"{design}, sample {k}, {name}")
            # The timeline leaves out the very same passes.
            ran = [o.number for o in outcomes
                   if o.ran and timeline.program.steps[o.number].matrix is not None]
            assert [i for i, *_ in timeline._walk(trace, train).passes] == ran
            cycles += [timeline.cycles(trace, train), timeline.cycles(trace, train, dense=True)]
        # Otherwise nothing would have been tested. A loop of the inversion ends when nothing moves,
        # so that it leaves out entries, not passes.
        assert cycles[1] > 1.02 * cycles[0], f"{design}: {cycles}"
        assert left_out > count / 2 or rule == "inversion", f"{design}: {left_out} of {count}"
