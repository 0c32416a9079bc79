"""Phaseless alignment learning's compiled loops (see `PalModel`)."""

from typing import NamedTuple

import numpy as np

from ...compilation import compiled_with
from ...spec.rules.pal import PalRule
from . import parts
from .parts import (
    NEVER,
    activated,
    add_forward,
    clipped,
    events,
    fresh_bits,
    matrix_of,
    narrowed,
    nearest,
    soft_piece,
    unit_of,
    update,
    winner,
)
from .run import Loops, knows

__all__ = ["loops"]

KNOWN = ("learning_rate_shift", "noise_shift", "feedback_rate_shift", "decay_shift", "clip_shift",
         "steps", "feedback")  # parameters of the rule
compiled = compiled_with(parts)

# Working memory, layer by layer: rates, and those of the time step before; potentials; noise, 1 or
# -1 in rates; clipped changes of rates; errors; events of the rates; rows for the moment.
RATES, OLD, POTENTIALS, NOISE, HATS, ERRORS, ACTIVE, ROWS = range(8)
ARRAYS = 8
SUMS, WALKED = range(2)  # among the rows for the moment


class _Own(NamedTuple):
    """Of the rule: the noise's amplitude, limits of rate changes and of errors, time steps.

    Attributes
    ----------
    learns : bool
        Feedback weights learn, and decay.
    first_noise : int
        Number of the first generator of the noise.
    """

    amplitude: int
    limit: int
    error_low: int
    error_high: int
    decay_shift: int
    learns: bool
    steps: int
    first_noise: int


def loops(model) -> Loops | None:
    """Loops of a `PalModel`, if they know all that its rule says."""
    design, rule = model.design, PalRule.of(model.design)
    if not knows(rule, KNOWN):
        return None
    one, difference = design.rate.one, design.difference
    return Loops(_learn_all, _infer_all, _Own(
        one >> rule.noise_shift, one >> rule.clip_shift, difference.minimum, difference.maximum,
        rule.decay_shift, rule.feedback.learns, rule.steps,
        design.lanes * design.stochastic), ARRAYS)


@compiled
def _drive(plan, weights, layer, space):
    """Exact drives W_l r_{l-1} + b_l."""
    below, rates, sums = plan.sizes[layer - 1], space[RATES, layer - 1], space[ROWS, SUMS]
    rates[below] = plan.one  # of the bias
    sums[:] = 0
    add_forward(matrix_of(plan, weights, layer - 1), rates,
                events(rates, below + 1, space[ACTIVE, layer - 1]), sums)
    return sums


@compiled
def _infer_all(plan, own, space, weights, samples, layer, predictions, left):
    total, depth = 0, len(plan.sizes) - 1
    for number in range(len(samples)):
        for j in range(plan.sizes[0]):
            space[RATES, 0, j] = np.int64(samples[number, j]) << plan.input_shift
        for each in range(1, depth + 1):
            unit, sums = unit_of(plan, each), _drive(plan, weights, each, space)
            for i in range(plan.sizes[each]):
                state, saturated = narrowed(plan.state, sums[i])
                space[POTENTIALS, each, i] = state
                space[RATES, each, i] = activated(unit, state)
                total += saturated
        predictions[number] = winner(space[POTENTIALS, depth], plan.sizes[depth])
        left[number] = space[RATES, layer, :plan.sizes[layer]]
    return total


@compiled
def _learn_all(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions):
    depth, of_weights, of_states = len(plan.sizes) - 1, 0, 0
    every = np.arange(plan.sizes.max())
    for turn in range(len(order)):
        for j in range(plan.sizes[0]):
            space[RATES, 0, j] = np.int64(samples[order[turn], j]) << plan.input_shift
        for step in range(own.steps):
            of_states += _upwards(plan, own, weights, drawn, targets[order[turn]], step == 0, space)
            if step == 0:
                predictions[turn] = winner(space[POTENTIALS, depth], plan.sizes[depth])
            of_states += _downwards(plan, own, weights, space)
            # W from the top, then B.
            for number in range(2 * depth - 1 if own.learns else depth):
                layer = depth - number % depth
                feedback = number >= depth
                layer -= feedback
                if feedback:
                    post, pre = space[NOISE, layer], space[HATS, layer + 1]
                    walked = every[:plan.sizes[layer + 1]]
                else:
                    post, pre = space[ERRORS, layer], space[RATES, layer - 1]
                    walked = events(pre, plan.sizes[layer - 1] + 1, space[ACTIVE, layer - 1])
                of_weights += update(
                    plan, matrix_of(plan, weights, layer - 1 + depth * feedback), post, pre, walked,
                    shifts[int(feedback)], own.decay_shift if feedback else NEVER, drawn)
    return of_weights, of_states


@compiled
def _upwards(plan, own, weights, drawn, target, first, space):
    """u_l = W_l r_{l-1} + b_l + xi_l, r_l = phi(u_l), e_L = y - u_L; neurons that saturated."""
    depth, total, fmt = len(plan.sizes) - 1, 0, plan.state
    space[OLD] = space[RATES]
    for layer in range(1, depth + 1):
        unit, sums = unit_of(plan, layer), _drive(plan, weights, layer, space)
        for i in range(plan.sizes[layer]):
            state, saturated = narrowed(fmt, sums[i])
            if layer < depth:
                bit = fresh_bits(plan, drawn, own.first_noise + i % plan.neuron_lanes) & 1
                sign = 2 * bit - 1
                space[NOISE, layer, i] = sign * plan.one
                noisy = state + sign * own.amplitude
                state = clipped(noisy, fmt.low, fmt.high)
                saturated |= state != noisy
            else:
                error = clipped(target[i] - state, own.error_low, own.error_high)
                saturated |= error != target[i] - state
                space[ERRORS, layer, i] = error
            rate = activated(unit, state)
            # In the first step no rate counts as changed: the pattern did.
            change = 0 if first else rate - space[OLD, layer, i]
            space[HATS, layer, i] = clipped(change, -own.limit, own.limit)
            space[POTENTIALS, layer, i] = state
            space[RATES, layer, i] = rate
            total += saturated
    return total


@compiled
def _downwards(plan, own, weights, space):
    """e_l = phi'(u_l) * (B_l e_{l+1}); neurons that saturated."""
    depth, total, sums = len(plan.sizes) - 1, 0, space[ROWS, SUMS]
    for layer in range(depth - 1, 0, -1):
        above = space[ERRORS, layer + 1]
        sums[:] = 0
        add_forward(matrix_of(plan, weights, depth + layer - 1), above,
                    events(above, plan.sizes[layer + 1], space[ROWS, WALKED]), sums)
        for i in range(plan.sizes[layer]):
            drive, saturated = narrowed(plan.state, sums[i])
            piece = soft_piece(abs(space[POTENTIALS, layer, i]), plan.one)
            exact = nearest(drive, piece) if piece < 4 else 0
            error = clipped(exact, own.error_low, own.error_high)
            space[ERRORS, layer, i] = error
            total += saturated or error != exact
    return total
