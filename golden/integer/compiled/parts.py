"""Parts that several rules' compiled loops share: a plan of the design, and one equation each.

Every constant of the specification comes in with the plan: golden/compilation.py says why.
"""

from typing import NamedTuple

import numpy as np

from ...compilation import compiled
from ...spec.design import Activation, Design
from ...spec.generator import ROUNDING_BITS, ROUNDING_LAGS, ROUNDING_WIDTH
from ...spec.memory_map import MemoryMap
from ...spec.qformat import Rounding
from ..arithmetic import rate_limits

__all__ = ["NEVER", "Plan", "States", "activated", "add_backward", "add_forward", "clipped",
           "events", "fresh_bits", "leads", "matrix_of", "narrowed", "nearest", "soft_piece",
           "unit_of", "update", "winner"]

NEAREST_EVEN, TRUNCATE, STOCHASTIC = range(3)
ROUNDINGS = {Rounding.NEAREST_EVEN: NEAREST_EVEN, Rounding.TRUNCATE: TRUNCATE,
             Rounding.STOCHASTIC: STOCHASTIC}
NEVER = -1  # a decay's shift where nothing decays


class States(NamedTuple):
    """How an exact drive becomes a state: rounded after a shift, then clipped."""

    shift: int
    low: int
    high: int


class Plan(NamedTuple):
    """A design as the compiled functions need it, raw numbers throughout.

    Attributes
    ----------
    sizes : int64 array (L + 1,)
    units : int64 array (L + 1, 3)
        Of each layer from 1 on: lowest and highest rate, where rates are states between two limits,
        and 0; of soft units the rate 1 comes last.
    margin : int
        By which a class's output leads where its sample is left alone, 1 or more; 0: none is.
    matrices : int64 array (matrices, 3)
        Of each of `MemoryMap.shapes`: its first element in the flat array of all weights,
        presynaptic neurons with the bias, postsynaptic ones.
    """

    sizes: np.ndarray
    units: np.ndarray
    matrices: np.ndarray
    one: int
    input_shift: int
    state: States
    weight_low: int
    weight_high: int
    lanes: int
    neuron_lanes: int
    lowest_rate: int
    discard: int
    rounding: int
    spare: int
    width: int
    bits: int
    far: int
    near: int
    margin: int

    @classmethod
    def of(cls, design: Design) -> "Plan":
        """Plan of a design."""
        network, one = design.network, design.rate.one
        units, matrices, base = [(0, 0, 0)], [], 0
        for layer in range(1, network.depth + 1):
            soft = network.activation(layer) is Activation.SOFT
            units.append((0, 0, one) if soft else (0, 0, 0) if design.engine.spiking
                         else (*rate_limits(design, layer), 0))
        for rows, columns in MemoryMap(design).shapes.values():
            matrices.append((base, columns, rows))
            base += rows * columns
        return cls(
            sizes=np.array(network.sizes, np.int64), units=np.array(units, np.int64),
            matrices=np.array(matrices, np.int64), one=one,
            input_shift=design.rate.fraction - design.sample.fraction,
            state=States(design.drive_fraction - design.state.fraction, design.state.minimum,
                         design.state.maximum),
            weight_low=design.weight.minimum, weight_high=design.weight.maximum,
            lanes=design.lanes, neuron_lanes=design.neuron_lanes,
            lowest_rate=design.update_lowest_rate, discard=design.update_discard,
            rounding=ROUNDINGS[design.weight.rounding],
            spare=design.update_discard - ROUNDING_BITS, width=ROUNDING_WIDTH,
            bits=ROUNDING_BITS, far=ROUNDING_LAGS[0], near=ROUNDING_LAGS[1],
            margin=design.margin or 0)


# ---- numbers -------------------------------------------------------------------------------


@compiled
def clipped(value, low, high):
    """`value`, or the limit that it lies beyond."""
    return min(max(value, low), high)


@compiled
def nearest(value, shift):
    """value / 2**shift to the nearest integer, ties to even; a negative shift multiplies."""
    if shift <= 0:
        return value << -shift
    return (value + (1 << (shift - 1)) - 1 + (value >> shift & 1)) >> shift


@compiled
def narrowed(fmt, exact):
    """(An exact sum rounded into a state of the format `fmt`, whether it saturated)."""
    rounded = nearest(exact, fmt.shift)
    state = clipped(rounded, fmt.low, fmt.high)
    return state, state != rounded


@compiled
def soft_piece(size, one):
    """Which piece of the soft tanh a state of that size lies in, 0 .. 4; its slope is 2**-piece."""
    return (np.int64(2 * size >= one) + np.int64(size >= one) + np.int64(2 * size >= 3 * one)
            + np.int64(2 * size >= 5 * one))


@compiled
def unit_of(plan, layer):
    """A layer's units, as `activated` takes them."""
    return plan.units[layer, 0], plan.units[layer, 1], plan.units[layer, 2]


@compiled
def activated(unit, state):
    """Rate of a state."""
    low, high, one = unit
    if one == 0:
        return clipped(state, low, high)
    size = abs(state)
    piece = soft_piece(size, one)
    if piece == 1:
        size = one // 4 + (size >> 1)
    elif piece == 2:
        size = one // 2 + (size >> 2)
    elif piece == 3:
        size = 11 * one // 16 + (size >> 3)
    elif piece == 4:
        size = one
    return size if state > 0 else -size


@compiled
def winner(values, count):
    """Index of the largest of the first `count` values, the first of equals."""
    best = 0
    for i in range(1, count):
        if values[i] > values[best]:
            best = i
    return best


@compiled
def leads(plan, rates, target):
    """Does the output of a target's class lead all others by the margin, if there is one?"""
    if plan.margin == 0:
        return False
    own, others = 0, -(1 << 62)
    for i in range(plan.sizes[-1]):
        if target[i] != 0:
            own = rates[i]
        else:
            others = max(others, rates[i])
    return own - others >= plan.margin


# ---- vectors and matrices ------------------------------------------------------------------


@compiled
def matrix_of(plan, weights, number):
    """Matrix `number` of the memory map, transposed: presynaptic x postsynaptic."""
    base, columns, rows = (plan.matrices[number, 0], plan.matrices[number, 1],
                           plan.matrices[number, 2])
    return weights[base:base + columns * rows].reshape(columns, rows)


@compiled
def events(values, count, active):
    """Indices of the first `count` values that are not zero, put into `active`: what it has of
    them."""
    found = 0
    for j in range(count):
        if values[j] != 0:
            active[found] = j
            found += 1
    return active[:found]


@compiled
def add_forward(matrix, values, active, sums):
    """sums += W values over the columns `active`."""
    rows = matrix.shape[1]
    for j in active:
        column, value = matrix[j], values[j]
        for i in range(rows):
            sums[i] += column[i] * value


@compiled
def add_backward(matrix, values, count, sums):
    """sums += W^T values, for the first `count` columns."""
    rows = matrix.shape[1]
    for j in range(count):
        column, total = matrix[j], 0
        for i in range(rows):
            total += column[i] * values[i]
        sums[j] += total


# ---- what learns ---------------------------------------------------------------------------


@compiled
def fresh_bits(plan, drawn, lane):
    """Advance generator `lane` by a word; its fresh bits."""
    state = drawn[lane]
    fresh = (state >> (plan.far - plan.bits)
             ^ state >> (plan.near - plan.bits)) & ((1 << plan.bits) - 1)
    drawn[lane] = (state << plan.bits | fresh) & ((1 << plan.width) - 1)
    return fresh


@compiled
def update(plan, matrix, post, pre, active, shift, decay_shift, drawn):
    """W += 2**-shift post pre^T over the columns `active`; words in which a weight saturated.

    With a `decay_shift` other than NEVER these columns lose 2**-decay_shift of themselves, before
    the one rounding. Without any column there is one empty event, which draws random bits.
    """
    rows, words = matrix.shape[1], 0
    lowered, discard = plan.lowest_rate - shift, plan.discard
    added = np.zeros(plan.lanes, np.int64)  # to what is rounded, before it is cut off
    if plan.rounding == NEAREST_EVEN:
        added[:] = (1 << (discard - 1)) - 1
    even = np.int64(plan.rounding == NEAREST_EVEN)
    for first in range(0, rows, plan.lanes):
        count = min(plan.lanes, rows - first)
        given = post[first:first + count]
        if len(active) == 0 and plan.rounding == STOCHASTIC:
            for p in range(plan.lanes):
                fresh_bits(plan, drawn, p)
        for j in active:
            column, rate, saturated = matrix[j, first:first + count], pre[j] << lowered, 0
            if plan.rounding == STOCHASTIC:
                for p in range(plan.lanes):
                    fresh = fresh_bits(plan, drawn, p)
                    added[p] = fresh << plan.spare if plan.spare >= 0 else fresh >> -plan.spare
            if decay_shift == NEVER:
                for p in range(count):
                    product = given[p] * rate
                    exact = column[p] + (
                        (product + added[p] + (product >> discard & even)) >> discard)
                    kept = clipped(exact, plan.weight_low, plan.weight_high)
                    saturated |= exact ^ kept
                    column[p] = kept
            else:
                for p in range(count):
                    product = given[p] * rate - (column[p] << (discard - decay_shift))
                    exact = column[p] + (
                        (product + added[p] + (product >> discard & even)) >> discard)
                    kept = clipped(exact, plan.weight_low, plan.weight_high)
                    saturated |= exact ^ kept
                    column[p] = kept
            words += saturated != 0
    return words
