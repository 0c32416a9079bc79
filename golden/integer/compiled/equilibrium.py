"""The equilibrium network's compiled loops (see `EquilibriumModel`): drives follow the changes."""

from typing import NamedTuple

import numpy as np

from ...compilation import compiled_with
from ...spec.rules.equilibrium import EquilibriumRule
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

# Parameters of the rule. The last three act only together with others that are not known here.
KNOWN = ("learning_rate_shift", "output_rate_shift", "nudging_shift", "share_shift",
         "branch_rate_shift", "steps", "tolerance_shift", "decay_shift", "clamped_start",
         "clamped_steps")
compiled = compiled_with(parts)

# Working memory, layer by layer: rates; exact basal and apical drives; rates that the layer above
# knows of; nudged rates h+ and h-, and h+ - h-; what one branch alone does not predict; rows for
# the moment.
RATES, BELOW, ABOVE, SEEN, PLUS, MINUS, DIFFERENCE, BASAL, APICAL, ROWS = range(10)
ARRAYS = 10
# Among the rows for the moment, of which there are 3 or more: the last layer's potentials, which
# stay from the free phase to the prediction; then a layer's drive, changes, and their events.
POTENTIAL, SUMS, CHANGES, ACTIVE = 0, 0, 1, 2


class _Own(NamedTuple):
    """Of the rule; the tolerance is a change of rate that keeps the free phase going."""

    nudging_shift: int
    output_rate_shift: int
    share_shift: int
    branches: bool
    steps: int
    tolerance: int


def loops(model) -> Loops | None:
    """Loops of an `EquilibriumModel`, if they know all that its rule says."""
    design, rule = model.design, EquilibriumRule.of(model.design)
    if not knows(rule, KNOWN):
        return None
    tolerance = 1 if rule.tolerance_shift is None else max(
        1, design.rate.one >> rule.tolerance_shift)
    return Loops(_learn_all, _infer_all, _Own(
        rule.nudging_shift, rule.output_rate_shift, rule.share_shift, rule.learns_branches,
        rule.steps, tolerance), ARRAYS)


@compiled
def _free_phase(plan, own, weights, sample, space):
    """Feedforward initialisation, then sweeps until nothing moves; neurons that saturated."""
    depth, total = len(plan.sizes) - 1, 0
    for j in range(len(sample)):
        space[RATES, 0, j] = np.int64(sample[j]) << plan.input_shift
    for layer in range(1, depth + 1):
        below, rates, unit = plan.sizes[layer - 1], space[RATES, layer - 1], unit_of(plan, layer)
        share = own.share_shift if layer < depth else 0
        rates[below] = plan.one  # of the bias
        space[BELOW, layer], space[ABOVE, layer] = 0, 0
        add_forward(matrix_of(plan, weights, layer - 1), rates,
                    events(rates, below + 1, space[ROWS, ACTIVE]), space[BELOW, layer])
        for i in range(plan.sizes[layer]):
            state, saturated = narrowed(plan.state, space[BELOW, layer, i] << share)
            space[RATES, layer, i] = activated(unit, state)
            total += saturated
    space[SEEN] = space[RATES]
    turn, again = 0, True
    while again:
        turn += 1
        moved, saturated = _sweep(plan, own, weights, space)
        total += saturated
        again = moved and turn < own.steps
    return total


@compiled
def _sweep(plan, own, weights, space):
    """Every layer upwards hears of its neighbours; (moved by the tolerance, saturated neurons)."""
    depth, moved, total, changes = len(plan.sizes) - 1, False, 0, space[ROWS, CHANGES]
    for layer in range(1, depth + 1):
        below, size, unit = plan.sizes[layer - 1], plan.sizes[layer], unit_of(plan, layer)
        if layer < depth:
            space[ABOVE, layer] = 0
            add_backward(matrix_of(plan, weights, layer), space[RATES, layer + 1], size,
                         space[ABOVE, layer])
        if layer > 1:
            changes[:] = space[RATES, layer - 1] - space[SEEN, layer - 1]
            add_forward(matrix_of(plan, weights, layer - 1), changes,
                        events(changes, below, space[ROWS, ACTIVE]), space[BELOW, layer])
            space[SEEN, layer - 1] = space[RATES, layer - 1]
        for i in range(size):
            state, saturated = narrowed(plan.state, space[BELOW, layer, i] + space[ABOVE, layer, i])
            rate = activated(unit, state)
            total += saturated
            moved |= abs(rate - space[RATES, layer, i]) >= own.tolerance
            space[RATES, layer, i] = rate
            if layer == depth:
                space[ROWS, POTENTIAL, i] = state
    return moved, total


@compiled
def _infer_all(plan, own, space, weights, samples, layer, predictions, left):
    total, outputs = 0, plan.sizes[-1]
    for number in range(len(samples)):
        total += _free_phase(plan, own, weights, samples[number], space)
        predictions[number] = winner(space[ROWS, POTENTIAL], outputs)
        left[number] = space[RATES, layer, :plan.sizes[layer]]
    return total


@compiled
def _learn_all(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions):
    of_weights, of_states, outputs = 0, 0, plan.sizes[-1]
    for turn in range(len(order)):
        of_states += _free_phase(plan, own, weights, samples[order[turn]], space)
        predictions[turn] = winner(space[ROWS, POTENTIAL], outputs)
        if leads(plan, space[RATES, len(plan.sizes) - 1], targets[order[turn]]):
            continue
        if own.branches:
            of_states += _branch_errors(plan, own, space)
        for sign, nudged in ((1, PLUS), (-1, MINUS)):
            of_states += _nudged(plan, own, weights, targets[order[turn]], sign, nudged, space)
        space[DIFFERENCE] = space[PLUS] - space[MINUS]
        of_weights += _plasticity(plan, own, weights, drawn, shifts, space)
    return of_weights, of_states


@compiled
def _branch_errors(plan, own, space):
    """h - clip(drive / share, 0, 1) of both branches of hidden layers; neurons that saturated."""
    total = 0
    for layer in range(1, len(plan.sizes) - 1):
        unit = unit_of(plan, layer)
        for drives, errors in ((BELOW, BASAL), (ABOVE, APICAL)):
            for i in range(plan.sizes[layer]):
                state, saturated = narrowed(plan.state, space[drives, layer, i] << own.share_shift)
                total += saturated
                space[errors, layer, i] = space[RATES, layer, i] - activated(unit, state)
    return total


@compiled
def _nudged(plan, own, weights, target, sign, nudged, space):
    """One sweep downwards from the free state into PLUS or MINUS; neurons that saturated."""
    depth, total, fmt = len(plan.sizes) - 1, 0, plan.state
    sums, change = space[ROWS, SUMS], space[ROWS, CHANGES]
    space[nudged, 0] = space[RATES, 0]
    for layer in range(depth, 0, -1):
        size, unit = plan.sizes[layer], unit_of(plan, layer)
        sums[:] = 0
        if layer < depth:
            add_backward(matrix_of(plan, weights, layer), change, size, sums)
        for i in range(size):
            rate, current = space[RATES, layer, i], 0
            if layer == depth:
                current = sign * nearest(target[i] - rate, own.nudging_shift)
            state, saturated = narrowed(
                fmt, space[BELOW, layer, i] + space[ABOVE, layer, i] + sums[i])
            kept = clipped(state + current, fmt.low, fmt.high)
            total += saturated or kept != state + current
            space[nudged, layer, i] = activated(unit, kept)
        change[:] = space[nudged, layer] - space[RATES, layer]
    return total


@compiled
def _plasticity(plan, own, weights, drawn, shifts, space):
    """W += eta (h+ h+^T - h- h-^T), then what the branches learn; words that saturated."""
    depth, words = len(plan.sizes) - 1, 0
    for kind in range(4 if own.branches else 2):
        # The first two from the top, without the second of W1; the others from below.
        for step in range(depth - kind % 2 if kind < 2 else depth - 1):
            layer = depth - step if kind < 2 else 1 + step + kind % 2
            biased, shift = 1 - kind % 2, shifts[1]
            if kind < 2:
                shift = shifts[0] + own.output_rate_shift * (layer == depth)
            post = space[(DIFFERENCE, MINUS, BASAL, RATES)[kind], layer]
            pre = space[(PLUS, DIFFERENCE, RATES, APICAL)[kind], layer - 1]
            if biased:
                pre[plan.sizes[layer - 1]] = plan.one
            walked = events(pre, plan.sizes[layer - 1] + biased, space[ROWS, ACTIVE])
            words += update(plan, matrix_of(plan, weights, layer - 1), post, pre, walked, shift,
                            NEVER, drawn)
    return words
