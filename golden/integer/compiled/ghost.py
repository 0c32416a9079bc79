"""The ghost units' compiled loops: sweeps and small steps, every mechanism (see `GhostModel`)."""

from typing import NamedTuple

import numpy as np

from ...compilation import compiled_with
from ...spec.rules.ghost import GhostRule, Mechanism
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
KNOWN = ("mechanism", "schedule", "learning_rate_shift", "nudging_shift", "ghost_rate_shift",
         "step_shift", "steps", "decay_shift")
compiled = compiled_with(parts)

# Working memory, layer by layer: free rates; present ones; drives and nudged states; what
# plasticity multiplies, and what is sent down; exact drives from the layer below, through W and
# through G; rates that these know of; events of the presynaptic rates; rows for the moment.
FREE, RATES, DRIVES, STATES, POST, ERRORS, EXACT, GHOSTS, SEEN, ACTIVE, ROWS = range(11)
ARRAYS = 11
SUMS, CHANGES, WALKED = range(3)  # among the rows for the moment, of which there are 3 or more


class _Own(NamedTuple):
    """Of the rule.

    Attributes
    ----------
    replicate, plastic, bare : bool
        Ghosts hold the free rates; they have weights of their own; there are none.
    held : bool
        Plasticity pairs with the free rates.
    head : int
        Neurons of the last layer whose weights are not stored transposed.
    """

    nudging_shift: int
    step_shift: int
    steps: int
    replicate: bool
    plastic: bool
    bare: bool
    held: bool
    head: int


def loops(model) -> Loops | None:
    """Loops of a `GhostModel`, if they know all that its rule says."""
    rule = GhostRule.of(model.design)
    if not knows(rule, KNOWN):
        return None
    learn = _relax_all if rule.relaxes else _sweep_all
    return Loops(learn, _infer_all, _Own(
        rule.nudging_shift, rule.step_shift, rule.steps,
        rule.mechanism is Mechanism.REPLICATE, rule.plastic_ghosts,
        rule.mechanism is Mechanism.NONE, rule.held_presynaptic, model.design.last.head), ARRAYS)


@compiled
def _free_phase(plan, weights, sample, space):
    """v_l = W_l r_{l-1} + b_l, r_l = rho(v_l) upwards; saturated neurons, without the last layer's
    and of all layers."""
    depth, hidden, total = len(plan.sizes) - 1, 0, 0
    for j in range(len(sample)):
        space[FREE, 0, j] = np.int64(sample[j]) << plan.input_shift
    for layer in range(1, depth + 1):
        below, unit = plan.sizes[layer - 1], unit_of(plan, layer)
        space[FREE, layer - 1, below] = plan.one  # of the bias
        space[EXACT, layer] = 0
        add_forward(matrix_of(plan, weights, layer - 1), space[FREE, layer - 1],
                    events(space[FREE, layer - 1], below + 1, space[ACTIVE, layer - 1]),
                    space[EXACT, layer])
        hidden = total
        for i in range(plan.sizes[layer]):
            drive, saturated = narrowed(plan.state, space[EXACT, layer, i])
            space[DRIVES, layer, i] = drive
            space[FREE, layer, i] = activated(unit, drive)
            total += saturated
    return hidden, total


@compiled
def _infer_all(plan, own, space, weights, samples, layer, predictions, left):
    total, depth = 0, len(plan.sizes) - 1
    for number in range(len(samples)):
        total += _free_phase(plan, weights, samples[number], space)[1]
        predictions[number] = winner(space[DRIVES, depth], plan.sizes[depth])
        left[number] = space[FREE, layer, :plan.sizes[layer]]
    return total


@compiled
def _sweep_all(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions):
    depth, of_weights, of_states = len(plan.sizes) - 1, 0, 0
    for turn in range(len(order)):
        of_states += _free_phase(plan, weights, samples[order[turn]], space)[0]
        predictions[turn] = winner(space[DRIVES, depth], plan.sizes[depth])
        left = leads(plan, space[FREE, depth], targets[order[turn]])
        of_states += _sweep(plan, own, weights, targets[order[turn]], left, space)
        if left:
            continue
        of_weights += _plasticity(plan, own, weights, drawn, shifts, FREE, space)
    return of_weights, of_states


@compiled
def _relax_all(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions):
    depth, of_weights, of_states = len(plan.sizes) - 1, 0, 0
    for turn in range(len(order)):
        of_states += _free_phase(plan, weights, samples[order[turn]], space)[1]
        predictions[turn] = winner(space[DRIVES, depth], plan.sizes[depth])
        if leads(plan, space[FREE, depth], targets[order[turn]]):
            continue
        of_states += _relaxation(plan, own, weights, targets[order[turn]], space)
        of_weights += _plasticity(plan, own, weights, drawn, shifts, FREE if own.held else RATES,
                                  space)
    return of_weights, of_states


# ---- the schedules -------------------------------------------------------------------------


@compiled
def _sweep(plan, own, weights, target, left, space):
    """s_l = v_l + B_l (rho(s_{l+1}) - q_l) downwards; neurons that saturated from the output on.

    Of a sample that is `left` alone only what has come before: the output's nudge, plastic ghosts.
    """
    depth, total, state_of = len(plan.sizes) - 1, 0, plan.state
    for layer in range(depth, 0, -1):
        size, unit, sums = plan.sizes[layer], unit_of(plan, layer), space[ROWS, SUMS]
        sums[:] = 0
        if layer < depth and not left:
            add_backward(matrix_of(plan, weights, layer), space[ERRORS, layer + 1], size, sums)
        if own.plastic and layer > 1:
            space[GHOSTS, layer] = 0
            add_forward(matrix_of(plan, weights, depth + layer - 2), space[FREE, layer - 1],
                        events(space[FREE, layer - 1], plan.sizes[layer - 1] + 1,
                               space[ACTIVE, layer - 1]), space[GHOSTS, layer])
        for i in range(size):
            free = space[FREE, layer, i]
            if layer == depth:  # the nudge comes in the pass of the free drive
                current = nearest(target[i] - free, own.nudging_shift)
                saturated = narrowed(state_of, space[EXACT, layer, i])[1]
            else:
                current, saturated = narrowed(state_of, sums[i])
            exact = space[DRIVES, layer, i] + current
            state = clipped(exact, state_of.low, state_of.high)
            total += saturated or state != exact
            rate = activated(unit, state)
            space[POST, layer, i] = space[ERRORS, layer, i] = rate - free
            if own.bare:
                space[ERRORS, layer, i] = rate
            elif own.plastic and layer > 1:
                ghost, saturated = narrowed(state_of, space[GHOSTS, layer, i])
                total += saturated
                space[ERRORS, layer, i] = rate - activated(unit, ghost)
    return total


@compiled
def _relaxation(plan, own, weights, target, space):
    """s_l += dt (v_l + B_l (r_{l+1} - q_l) - s_l) until nothing moves; saturated neurons."""
    depth, total, state_of = len(plan.sizes) - 1, 0, plan.state
    space[RATES], space[STATES], space[SEEN] = space[FREE], space[DRIVES], space[FREE]
    space[GHOSTS] = 0
    for layer in range(2, depth + 1 if own.plastic else 0):
        add_forward(matrix_of(plan, weights, depth + layer - 2), space[FREE, layer - 1],
                    events(space[FREE, layer - 1], plan.sizes[layer - 1] + 1,
                           space[ACTIVE, layer - 1]), space[GHOSTS, layer])
        for i in range(plan.sizes[layer]):
            total += narrowed(state_of, space[GHOSTS, layer, i])[1]
    turn, again, sums = 0, True, space[ROWS, SUMS]
    while again:
        turn += 1
        moved, saturated = _live(plan, own, weights, target, space, again)
        total += saturated
        for layer in range(1, depth):
            size, unit = plan.sizes[layer], unit_of(plan, layer)
            sums[:] = 0
            add_backward(matrix_of(plan, weights, layer), space[ERRORS, layer + 1], size, sums)
            for i in range(size):
                drive, narrow = narrowed(state_of, space[EXACT, layer, i] + sums[i])
                new, clip = _small_step(plan.state, own.step_shift, space[STATES, layer, i], drive)
                total += narrow or clip
                moved |= new != space[STATES, layer, i]
                space[STATES, layer, i] = new
                space[RATES, layer, i] = activated(unit, new)
        again = moved and turn < own.steps
    total += _live(plan, own, weights, target, space, again)[1]
    for i in range(plan.sizes[1]):
        space[POST, 1, i] = space[RATES, 1, i] - space[FREE, 1, i]
    return total


@compiled
def _live(plan, own, weights, target, space, integrate):
    """Drives, ghosts and differences from the rates as they stand; (moved, saturated neurons)."""
    depth, moved, total, state_of = len(plan.sizes) - 1, False, 0, plan.state
    changes = space[ROWS, CHANGES]
    for layer in range(2, depth + 1):
        below, unit = plan.sizes[layer - 1], unit_of(plan, layer)
        changes[:] = space[RATES, layer - 1] - space[SEEN, layer - 1]
        walked = events(changes, below, space[ROWS, WALKED])
        add_forward(matrix_of(plan, weights, layer - 1), changes, walked, space[EXACT, layer])
        if own.plastic:
            add_forward(matrix_of(plan, weights, depth + layer - 2), changes, walked,
                        space[GHOSTS, layer])
        space[SEEN, layer - 1] = space[RATES, layer - 1]
        for i in range(plan.sizes[layer]):
            state = space[STATES, layer, i]
            rate = activated(unit, state)
            drive, saturated = narrowed(state_of, space[EXACT, layer, i])
            reference = space[FREE, layer, i] if own.replicate else activated(unit, drive)
            space[POST, layer, i] = space[ERRORS, layer, i] = rate - reference
            if own.bare:
                space[ERRORS, layer, i] = rate
            elif own.plastic:
                ghost, narrow = narrowed(state_of, space[GHOSTS, layer, i])
                total += narrow
                space[ERRORS, layer, i] = rate - activated(unit, ghost)
            if integrate and layer == depth:
                drive += nearest(target[i] - rate, own.nudging_shift)
                new, clip = _small_step(plan.state, own.step_shift, state, drive)
                saturated |= clip
                moved |= new != state
                space[STATES, layer, i] = new
            total += saturated
    return moved, total


@compiled
def _small_step(state_of, step_shift, state, drive):
    """(A state a small step nearer to a drive, whether it saturated)."""
    exact = state + nearest(drive - state, step_shift)
    new = clipped(exact, state_of.low, state_of.high)
    return new, new != exact


@compiled
def _plasticity(plan, own, weights, drawn, shifts, rates, space):
    """W_l += eta/beta post_l pre^T, from the top; plastic ghosts learn r - q likewise.

    `rates` says which ones are presynaptic, FREE or RATES.
    """
    depth, words = len(plan.sizes) - 1, 0
    for layer in range(depth, 0, -1):
        below, active = plan.sizes[layer - 1], space[ACTIVE, layer - 1]
        pre = space[rates if layer > 1 else FREE, layer - 1]
        pre[below] = plan.one
        if own.head < plan.sizes[-1] and layer == depth:
            words += _turned(plan, own, weights, drawn, shifts[0], pre[:below + 1], space)
            continue
        walked = events(pre, below + 1, active)
        words += update(plan, matrix_of(plan, weights, layer - 1), space[POST, layer], pre, walked,
                        shifts[0], NEVER, drawn)
        if own.plastic and layer > 1:
            words += update(plan, matrix_of(plan, weights, depth + layer - 2),
                            space[ERRORS, layer], pre, walked, shifts[1], NEVER, drawn)
    return words


@compiled
def _turned(plan, own, weights, drawn, shift, pre, space):
    """The last layer's update where its tail, or all of it, is stored transposed.

    What is walked is postsynaptic there: what is not zero, or the whole tail behind a head.
    """
    depth, words, head = len(plan.sizes) - 1, 0, own.head
    matrix, post = matrix_of(plan, weights, depth - 1), space[POST, depth]
    active = space[ACTIVE, depth - 1]
    if head > 0:
        words += update(plan, matrix[:, :head], post[:head], pre,
                        events(pre, len(pre), active), shift, NEVER, drawn)
    walked = events(post[head:], plan.sizes[depth] - head, active)
    if head > 0:
        walked = active[:plan.sizes[depth] - head]
        for j in range(len(walked)):
            walked[j] = j
    return words + update(plan, matrix[:, head:].T, pre, post[head:], walked, shift, NEVER, drawn)
