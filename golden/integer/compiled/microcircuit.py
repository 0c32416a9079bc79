"""The sign-concordant microcircuit's compiled loops (see `MicrocircuitModel`)."""

from typing import NamedTuple

import numpy as np

from ...compilation import compiled_with
from ...spec.rules.microcircuit import ERROR_BITS, TOP_THRESHOLD, MicrocircuitRule
from . import parts
from .parts import (
    NEVER,
    add_forward,
    clipped,
    events,
    matrix_of,
    narrowed,
    update,
    winner,
)
from .run import Loops, knows

__all__ = ["loops"]

# Parameters of the rule.
KNOWN = ("learning_rate_shift", "steps", "magnitude_bits", "concordant", "feedback_seed")
compiled = compiled_with(parts)

# Working memory, layer by layer: traces; spikes, 0 or the rate 1; currents and potentials; gates, 0
# or 1; how often each has spiked; potentials of error cells, and what they send, in rates; rows for
# the moment. The charge of the inputs stands where a layer has its potentials.
TRACES, SPIKES, CURRENTS, POTENTIALS, GATES, COUNTS, CELLS, ERRORS, ROWS = range(9)
ARRAYS = 9
SUMS, WALKED = range(2)  # among the rows for the moment


class _Own(NamedTuple):
    """Of the rule.

    Attributes
    ----------
    state_one : int
        A potential of 1.
    thresholds : int64 array (L + 1,)
        Of the error cells of each layer from 1 on.
    error_limit : int
        Potentials of error cells lie in -error_limit - 1 .. error_limit.
    magnitudes : int64 array
        |M|, with the fixed signs unless they are concordant, beside the flat array of all weights.
    """

    steps: int
    state_one: int
    concordant: bool
    thresholds: np.ndarray
    error_limit: int
    magnitudes: np.ndarray


def loops(model) -> Loops | None:
    """Loops of a `MicrocircuitModel`, if they know all that its rule says."""
    design, rule = model.design, MicrocircuitRule.of(model.design)
    if not knows(rule, KNOWN):
        return None
    sizes = design.network.sizes
    magnitudes = [np.zeros(sizes[0] * sizes[1], np.int64)]  # none through W1
    for magnitude, sign in (model.feedback[m.name] for m in model.map.matrices[1:]):
        magnitudes.append((magnitude if rule.concordant else sign * magnitude).T.ravel())
    thresholds = [0, *(rule.threshold(above) for above in sizes[2:]), TOP_THRESHOLD]
    return Loops(_learn_all, _infer_all, _Own(
        rule.steps, design.state.one, rule.concordant, np.array(thresholds, np.int64),
        (1 << (ERROR_BITS - 1)) - 1, np.concatenate(magnitudes)), ARRAYS)


@compiled
def _infer_all(plan, own, space, weights, samples, layer, predictions, left):
    total, depth, outputs = 0, len(plan.sizes) - 1, plan.sizes[-1]
    for number in range(len(samples)):
        _begin(plan, space)
        for _ in range(own.steps):
            total += _upwards(plan, own, weights, samples[number], space)
        predictions[number] = winner(space[COUNTS, depth], outputs)
        left[number] = space[COUNTS, layer, :plan.sizes[layer]]
    return total


@compiled
def _learn_all(plan, own, space, weights, drawn, samples, targets, order, shifts, predictions):
    depth, of_weights, of_states, outputs = len(plan.sizes) - 1, 0, 0, plan.sizes[-1]
    for turn in range(len(order)):
        _begin(plan, space)
        for step in range(own.steps):
            of_states += _upwards(plan, own, weights, samples[order[turn]], space)
            for i in range(outputs):
                teacher = targets[order[turn], i] if step > 0 else 0
                cell = _halved(space[CELLS, depth, i]) + teacher - space[SPIKES, depth, i]
                space[CELLS, depth, i] = cell
                space[ERRORS, depth, i] = plan.one * _ternary(cell, own.thresholds[depth])
            of_states += _downwards(plan, own, weights, space)
            for layer in range(depth, 0, -1):
                errors, traces = space[ERRORS, layer], space[TRACES, layer - 1]
                if len(events(errors, plan.sizes[layer], space[ROWS, WALKED])) == 0:
                    continue  # nothing is drawn and nothing changes
                walked = events(traces, plan.sizes[layer - 1], space[ROWS, WALKED])
                of_weights += update(plan, matrix_of(plan, weights, layer - 1), errors, traces,
                                     walked, shifts[0], NEVER, drawn)
        predictions[turn] = winner(space[COUNTS, depth], outputs)
    return of_weights, of_states


@compiled
def _begin(plan, space):
    """Everything at rest; inputs have half a charge."""
    space[:] = 0
    space[POTENTIALS, 0] = plan.one // 2


@compiled
def _upwards(plan, own, weights, sample, space):
    """Spikes, traces and gates of a time step; neurons that saturated."""
    depth, total, one = len(plan.sizes) - 1, 0, own.state_one
    low, high, sums = plan.state.low, plan.state.high, space[ROWS, SUMS]
    for j in range(plan.sizes[0]):
        charge = space[POTENTIALS, 0, j] + min(np.int64(sample[j]) << plan.input_shift, plan.one)
        spike = plan.one if charge >= plan.one else 0
        space[POTENTIALS, 0, j] = charge - spike
        space[SPIKES, 0, j] = spike
        space[TRACES, 0, j] = (space[TRACES, 0, j] >> 1) + spike
    for layer in range(1, depth + 1):
        below = space[SPIKES, layer - 1]
        sums[:] = 0
        add_forward(matrix_of(plan, weights, layer - 1), below,
                    events(below, plan.sizes[layer - 1], space[ROWS, WALKED]), sums)
        for i in range(plan.sizes[layer]):
            arriving, saturated = narrowed(plan.state, sums[i])
            exact = space[CURRENTS, layer, i] - (space[CURRENTS, layer, i] >> 1) + arriving
            current = clipped(exact, low, high)
            saturated |= current != exact
            exact = space[POTENTIALS, layer, i] - (space[POTENTIALS, layer, i] >> 2) + current
            potential = clipped(exact, low, high)
            saturated |= potential != exact
            spike = plan.one if potential >= one else 0
            space[CURRENTS, layer, i] = current
            space[POTENTIALS, layer, i] = 0 if spike else potential
            space[GATES, layer, i] = np.int64(-one < potential < 3 * one)
            space[SPIKES, layer, i] = spike
            space[TRACES, layer, i] = (space[TRACES, layer, i] >> 1) + spike
            space[COUNTS, layer, i] += spike > 0
            total += saturated
    return total


@compiled
def _downwards(plan, own, weights, space):
    """Error cells, layer below layer: B = |M| sgn(W^T); neurons that saturated."""
    total = 0
    for layer in range(len(plan.sizes) - 2, 0, -1):
        matrix, magnitude = matrix_of(plan, weights, layer), matrix_of(plan, own.magnitudes, layer)
        above = space[ERRORS, layer + 1]
        spiking = events(above, plan.sizes[layer + 1], space[ROWS, WALKED])
        for j in range(plan.sizes[layer]):
            drive = 0
            for k in spiking:
                sent = above[k] * magnitude[j, k]
                drive += -sent if own.concordant and matrix[j, k] < 0 else sent
            arriving, saturated = narrowed(plan.state, drive)
            exact = _halved(space[CELLS, layer, j]) + arriving
            cell = clipped(exact, -own.error_limit - 1, own.error_limit)
            total += saturated or cell != exact
            space[CELLS, layer, j] = cell
            space[ERRORS, layer, j] = plan.one * space[GATES, layer, j] * _ternary(
                cell, own.thresholds[layer])
    return total


@compiled
def _halved(value):
    """value / 2, towards zero."""
    return (value + (value < 0)) >> 1


@compiled
def _ternary(value, threshold):
    """1 from the threshold on, -1 from its negative on, else 0."""
    return np.int64(value >= threshold) - np.int64(value <= -threshold)
