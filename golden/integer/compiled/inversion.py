"""Dynamic inversion's compiled loops (see `InversionModel`): drives follow the changes."""

from typing import NamedTuple

import numpy as np

from ...compilation import compiled_with
from ...spec.design import Activation
from ...spec.rules.inversion import InversionRule
from . import parts
from .parts import (
    NEVER,
    activated,
    add_backward,
    add_forward,
    clipped,
    events,
    leads,
    matrix_of,
    narrowed,
    nearest,
    unit_of,
    update,
    winner,
)
from .run import Loops, knows

__all__ = ["loops"]

# Parameters of the rule. The last acts only with a feedback that is not known here.
KNOWN = ("learning_rate_shift", "control_shift", "follow_shift", "leak_shift", "steps",
         "decay_shift")
compiled = compiled_with(parts)

# Working memory, layer by layer: rates; drives; deltas; events of the rates; controllers and their
# drives, followers, their drives and changes. Of the last ones only a row is used.
RATES, DRIVES, DELTAS, ACTIVE, CONTROL, FORWARD, FOLLOW, BACKWARD, CHANGES, WALKED = range(10)
ARRAYS = 10


class _Own(NamedTuple):
    """Of the rule: shifts, most steps, the rate's range, and drives between which the slope is 1.

    Attributes
    ----------
    gate_low, gate_high : int
        Outside of these a hidden neuron's slope is 0, and on them.
    """

    control_shift: int
    follow_shift: int
    leak_shift: int
    steps: int
    rate_low: int
    rate_high: int
    gate_low: int
    gate_high: int


def loops(model) -> Loops | None:
    """Loops of an `InversionModel`, if they know all that its rule says."""
    design, rule = model.design, InversionRule.of(model.design)
    if not knows(rule, KNOWN):
        return None
    one, never = design.rate.one, 1 << 62
    low, high = {Activation.CLIP: (0, one), Activation.RELU: (0, never),
                 Activation.TANH: (-one, one),
                 Activation.LINEAR: (-never, never)}[design.network.hidden]
    return Loops(_learn_all, _infer_all, _Own(
        rule.control_shift, rule.follow_shift, rule.leak_shift, rule.steps, design.rate.minimum,
        design.rate.maximum, low, high), ARRAYS)


@compiled
def _upwards(plan, weights, sample, space):
    """a_l = W_l h_{l-1} + b_l, h_l = g(a_l); neurons that saturated."""
    total, sums = 0, space[FORWARD, 0]
    for j in range(len(sample)):
        space[RATES, 0, j] = np.int64(sample[j]) << plan.input_shift
    for layer in range(1, len(plan.sizes)):
        below, rates, unit = plan.sizes[layer - 1], space[RATES, layer - 1], unit_of(plan, layer)
        rates[below] = plan.one  # of the bias
        sums[:] = 0
        add_forward(matrix_of(plan, weights, layer - 1), rates,
                    events(rates, below + 1, space[ACTIVE, layer - 1]), sums)
        for i in range(plan.sizes[layer]):
            drive, saturated = narrowed(plan.state, sums[i])
            space[DRIVES, layer, i] = drive
            space[RATES, layer, i] = activated(unit, drive)
            total += saturated
    return total


@compiled
def _infer_all(plan, own, space, weights, samples, layer, predictions, left):
    depth, total = len(plan.sizes) - 1, 0
    for number in range(len(samples)):
        total += _upwards(plan, weights, samples[number], space)
        predictions[number] = winner(space[DRIVES, depth], plan.sizes[depth])
        left[number] = space[RATES, layer, :plan.sizes[layer]]
    return total


@compiled
def _learn_all(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions):
    depth, of_weights, of_states = len(plan.sizes) - 1, 0, 0
    for turn in range(len(order)):
        of_states += _upwards(plan, weights, samples[order[turn]], space)
        predictions[turn] = winner(space[DRIVES, depth], plan.sizes[depth])
        if leads(plan, space[RATES, depth], targets[order[turn]]):
            continue
        wrong = False
        for i in range(plan.sizes[depth]):
            delta = targets[order[turn], i] - space[RATES, depth, i]
            space[DELTAS, depth, i] = delta
            wrong |= delta != 0
        if not wrong:
            continue
        for layer in range(depth, 1, -1):
            of_states += _invert(plan, own, matrix_of(plan, weights, layer - 1),
                                 plan.sizes[layer - 1], layer, space)
        for layer in range(depth, 0, -1):
            rates = space[RATES, layer - 1]
            of_weights += update(
                plan, matrix_of(plan, weights, layer - 1), space[DELTAS, layer], rates,
                events(rates, plan.sizes[layer - 1] + 1, space[ACTIVE, layer - 1]), shifts[0],
                NEVER, drawn)
    return of_weights, of_states


@compiled
def _invert(plan, own, matrix, below, layer, space):
    """u_l and d_{l-1} from rest until nothing moves; delta_{l-1} = g'(a) d.

    Returns the neurons that saturated.
    """
    rows, total, delta, fmt = matrix.shape[1], 0, space[DELTAS, layer], plan.state
    u, forward, d, backward, changes = (space[CONTROL, 0], space[FORWARD, 0], space[FOLLOW, 0],
                                        space[BACKWARD, 0], space[CHANGES, 0])
    u[:], forward[:], d[:] = 0, 0, 0
    leak, turn, moved, again = own.leak_shift, 0, False, True
    while again:
        turn += 1
        for i in range(rows):
            drive, narrow = narrowed(fmt, forward[i])
            exact = u[i] + nearest(((delta[i] - drive) << leak) - u[i], leak + own.control_shift)
            new = clipped(exact, own.rate_low, own.rate_high)
            total += narrow or new != exact
            moved |= new != u[i]
            u[i] = new
        backward[:] = 0
        add_backward(matrix, u, below, backward)
        for j in range(below):
            drive, narrow = narrowed(fmt, backward[j])
            exact = d[j] + nearest(drive - d[j], own.follow_shift)
            new = clipped(exact, own.rate_low, own.rate_high)
            total += narrow or new != exact
            moved |= new != d[j]
            changes[j] = new - d[j]
            d[j] = new
        add_forward(matrix, changes, events(changes, below, space[WALKED, 0]), forward)
        if turn > 1:
            again, moved = moved and turn < own.steps, False
    for j in range(below):
        inside = own.gate_low < space[DRIVES, layer - 1, j] < own.gate_high
        space[DELTAS, layer - 1, j] = d[j] if inside else 0
    return total
