"""The ghost units' sweep, compiled by Numba: the same bits as `GhostModel`, fifty times faster.

One call learns from any number of samples. A matrix lies transposed, column after column, so that
a column event is one run through memory; zero rates are passed over, which changes no bit, since
sums are exact. What is drawn at random is drawn in the order of `IntegerModel._random`.

Everything that is compiled stands here, and every constant of the specification comes in as an
argument: golden/compilation.py says why.
"""

from typing import NamedTuple

import numpy as np

from ..compilation import compiled
from ..spec.design import Design
from ..spec.generator import ROUNDING_BITS, ROUNDING_LAGS, ROUNDING_WIDTH
from ..spec.memory_map import MemoryMap
from ..spec.qformat import Rounding
from ..spec.rules.ghost import GhostRule, Mechanism
from ..spec.targets import Target, raw_targets
from .arithmetic import rate_limits
from .model import IntegerModel

__all__ = ["Plan", "learn_all", "predict"]

NEAREST_EVEN, TRUNCATE, STOCHASTIC = range(3)
ROUNDINGS = {Rounding.NEAREST_EVEN: NEAREST_EVEN, Rounding.TRUNCATE: TRUNCATE,
             Rounding.STOCHASTIC: STOCHASTIC}


class Plan(NamedTuple):
    """A design as the compiled functions need it, raw numbers throughout.

    Attributes
    ----------
    sizes : int64 array (L + 1,)
    bases : int64 array
        First element of W1 … WL, G2 … GL in the flat array of all weights, and its end.
    low, high : int64 arrays (L + 1,)
        Limits of a layer's rates; those of layer 0 are not used.
    """

    sizes: np.ndarray
    bases: np.ndarray
    low: np.ndarray
    high: np.ndarray
    one: int
    input_shift: int
    drive_shift: int
    nudging_shift: int
    state_low: int
    state_high: int
    weight_low: int
    weight_high: int
    lanes: int
    lowest_rate: int
    discard: int
    rounding: int
    spare: int
    width: int
    bits: int
    far: int
    near: int
    plastic: bool
    bare: bool
    transposed: bool

    @classmethod
    def of(cls, design: Design) -> "Plan":
        """Plan of a design of ghost units that sweeps."""
        rule, depth = GhostRule.of(design), design.network.depth
        limits = [(0, 0)] + [rate_limits(design, layer) for layer in range(1, depth + 1)]
        matrices = MemoryMap(design).matrices
        return cls(
            sizes=np.array(design.network.sizes, np.int64),
            bases=np.cumsum([0] + [m.rows * m.columns for m in matrices], dtype=np.int64),
            low=np.array([low for low, _ in limits], np.int64),
            high=np.array([high for _, high in limits], np.int64),
            one=design.rate.one, input_shift=design.rate.fraction - design.sample.fraction,
            drive_shift=design.drive_fraction - design.state.fraction,
            nudging_shift=rule.nudging_shift,
            state_low=design.state.minimum, state_high=design.state.maximum,
            weight_low=design.weight.minimum, weight_high=design.weight.maximum,
            lanes=design.lanes, lowest_rate=design.update_lowest_rate,
            discard=design.update_discard, rounding=ROUNDINGS[design.weight.rounding],
            spare=design.update_discard - ROUNDING_BITS, width=ROUNDING_WIDTH,
            bits=ROUNDING_BITS, far=ROUNDING_LAGS[0], near=ROUNDING_LAGS[1],
            plastic=design.engine.second_weights,
            bare=rule.mechanism is Mechanism.NONE, transposed=design.transposed)


# ---- between the model and the flat arrays -------------------------------------------------


def learn_all(model: IntegerModel, samples: np.ndarray, targets: np.ndarray, order: np.ndarray,
              shifts: tuple[int, int]) -> np.ndarray:
    """`IntegerModel.learn_all`, compiled; checked samples and targets, int64 order, both shifts."""
    plan, names = Plan.of(model.design), [m.name for m in model.map.matrices]
    weights = np.concatenate([model.weights[name].T.ravel() for name in names])
    drawn = model.states.copy()
    predictions = np.zeros(len(order), np.int64)
    taught = raw_targets(model.design, targets)
    saturated = _learn_all(plan, weights, drawn, samples, taught, order,
                           np.array(shifts, np.int64), predictions)
    for name, base in zip(names, plan.bases, strict=False):
        rows, columns = model.weights[name].shape
        flat = weights[base:base + rows * columns]
        model.weights[name] = np.ascontiguousarray(flat.reshape(columns, rows).T)
    model.states[...] = drawn
    model.weight_saturations += int(saturated[0])
    model.state_saturations += int(saturated[1])
    return predictions * (model.design.target is Target.CLASS)


def predict(model: IntegerModel, samples: np.ndarray) -> np.ndarray:
    """`IntegerModel.predict`, compiled; uint8 samples."""
    names = [m.name for m in model.map.matrices]
    weights = np.concatenate([model.weights[name].T.ravel() for name in names])
    predictions = np.zeros(len(samples), np.int64)
    model.state_saturations += int(_predict(Plan.of(model.design), weights, samples, predictions))
    return predictions * (model.design.target is Target.CLASS)


# ---- one equation each ---------------------------------------------------------------------


@compiled
def _rounded(value, shift, rounding, random):
    """See `arithmetic.round_shift`; `random` lies below 2**shift."""
    if shift <= 0:
        return value << -shift
    if rounding == NEAREST_EVEN:
        value += (1 << (shift - 1)) - 1 + (value >> shift & 1)
    elif rounding == STOCHASTIC:
        value += random
    return value >> shift


@compiled
def _clip(value, low, high):
    return min(max(value, low), high)


@compiled
def _matrix(plan, weights, number, layer):
    """Matrix `number` into `layer`, transposed: columns x rows."""
    return weights[plan.bases[number]:plan.bases[number + 1]].reshape(
        plan.sizes[layer - 1] + 1, plan.sizes[layer])


@compiled
def _events(rates, count, active):
    """Put the indices of the non-zero rates into `active`; their number."""
    found = 0
    for j in range(count):
        if rates[j] != 0:
            active[found] = j
            found += 1
    return found


@compiled
def _forward(plan, matrix, rates, active, drives, saturated):
    """drives = W r + b, rounded into states; whether each saturated."""
    rows = matrix.shape[1]
    drives[:rows] = 0
    for j in active:
        column, rate = matrix[j], rates[j]
        for i in range(rows):
            drives[i] += column[i] * rate
    for i in range(rows):
        drive = _rounded(drives[i], plan.drive_shift, NEAREST_EVEN, 0)
        drives[i] = _clip(drive, plan.state_low, plan.state_high)
        saturated[i] = drives[i] != drive


@compiled
def _shifted(plan, layer, number, state, rates, saturated):
    """rates = rho(state) of one neuron, the state saturated first."""
    kept = _clip(state, plan.state_low, plan.state_high)
    saturated[number] |= kept != state
    rates[number] = _clip(kept, plan.low[layer], plan.high[layer])


@compiled
def _draw(plan, drawn, random):
    """A step of every lane's generator, and the number that its rounding adds."""
    for p in range(plan.lanes):
        fresh = (drawn[p] >> (plan.far - plan.bits)
                 ^ drawn[p] >> (plan.near - plan.bits)) & ((1 << plan.bits) - 1)
        drawn[p] = (drawn[p] << plan.bits | fresh) & ((1 << plan.width) - 1)
        random[p] = fresh << plan.spare if plan.spare >= 0 else fresh >> -plan.spare


@compiled
def _update(plan, matrix, post, pre, active, shift, drawn):
    """W += 2**-shift post pre^T over the columns `active`; words in which a weight saturated."""
    rows, lanes, words = matrix.shape[1], plan.lanes, 0
    lowered = plan.lowest_rate - shift
    random = np.zeros(lanes, np.int64)
    for first in range(0, rows, lanes):
        count = min(lanes, rows - first)
        for j in active:
            column, rate = matrix[j, first:first + count], pre[j] << lowered
            if plan.rounding == STOCHASTIC:
                _draw(plan, drawn, random)
            clipped = False
            for p in range(count):
                exact = column[p] + _rounded(post[first + p] * rate, plan.discard, plan.rounding,
                                             random[p])
                column[p] = _clip(exact, plan.weight_low, plan.weight_high)
                clipped |= column[p] != exact
            words += clipped
    return words


# ---- samples -------------------------------------------------------------------------------


@compiled
def _free_phase(plan, weights, sample, rates, active, found, states, saturated):
    """v_l = W_l r_{l-1} + b_l, r_l = rho(v_l) upwards; each layer's list of column events."""
    for j in range(len(sample)):
        rates[0, j] = np.int64(sample[j]) << plan.input_shift
    for layer in range(1, len(plan.sizes)):
        below, size = plan.sizes[layer - 1], plan.sizes[layer]
        rates[layer - 1, below] = plan.one  # of the bias
        found[layer - 1] = _events(rates[layer - 1], below + 1, active[layer - 1])
        _forward(plan, _matrix(plan, weights, layer - 1, layer), rates[layer - 1],
                 active[layer - 1, :found[layer - 1]], states[layer], saturated[layer])
        for i in range(size):
            rates[layer, i] = _clip(states[layer, i], plan.low[layer], plan.high[layer])


@compiled
def _predict(plan, weights, samples, predictions):
    depth, widest = len(plan.sizes) - 1, plan.sizes.max() + 1
    rates, states, active = [np.zeros((depth + 1, widest), np.int64) for _ in range(3)]
    found, saturated = np.zeros(depth, np.int64), np.zeros((depth + 1, widest), np.bool_)
    total = 0
    for number in range(len(samples)):
        _free_phase(plan, weights, samples[number], rates, active, found, states, saturated)
        predictions[number] = states[depth, :plan.sizes[depth]].argmax()
        total += saturated.sum()
    return total


@compiled
def _learn_all(plan, weights, drawn, samples, targets, order, shifts, predictions):
    depth, widest = len(plan.sizes) - 1, plan.sizes.max() + 1
    rates, states, active, nudged, ghosts, post, error = [
        np.zeros((depth + 1, widest), np.int64) for _ in range(7)]
    found, saturated = np.zeros(depth, np.int64), np.zeros((depth + 1, widest), np.bool_)
    weight_saturations, state_saturations = 0, 0
    for turn in range(len(order)):
        _free_phase(plan, weights, samples[order[turn]], rates, active, found, states, saturated)
        predictions[turn] = states[depth, :plan.sizes[depth]].argmax()
        state_saturations += saturated[:depth].sum()
        for layer in range(depth, 0, -1):
            size = plan.sizes[layer]
            # The state that a target, or the layer above, leaves; the free one is held.
            if layer == depth:
                for i in range(size):
                    missing = targets[order[turn], i] - rates[layer, i]
                    current = _rounded(missing, plan.nudging_shift, NEAREST_EVEN, 0)
                    _shifted(plan, layer, i, states[layer, i] + current, nudged[layer],
                             saturated[layer])
            else:
                above, size_above = _matrix(plan, weights, layer, layer + 1), plan.sizes[layer + 1]
                for i in range(size):
                    column, drive = above[i], 0
                    for k in range(size_above):
                        drive += column[k] * error[layer + 1, k]
                    drive = _rounded(drive, plan.drive_shift, NEAREST_EVEN, 0)
                    current = _clip(drive, plan.state_low, plan.state_high)
                    saturated[layer, i] = current != drive
                    _shifted(plan, layer, i, states[layer, i] + current, nudged[layer],
                             saturated[layer])
            state_saturations += saturated[layer].sum()
            if plan.plastic and layer > 1:
                _forward(plan, _matrix(plan, weights, depth + layer - 2, layer), rates[layer - 1],
                         active[layer - 1, :found[layer - 1]], ghosts[layer], saturated[layer])
                state_saturations += saturated[layer].sum()
            for i in range(size):
                post[layer, i] = error[layer, i] = nudged[layer, i] - rates[layer, i]
                if plan.bare:
                    error[layer, i] = nudged[layer, i]
                elif plan.plastic and layer > 1:
                    error[layer, i] = nudged[layer, i] - _clip(
                        ghosts[layer, i], plan.low[layer], plan.high[layer])
        for layer in range(depth, 0, -1):
            if plan.transposed and layer == depth:
                # What is walked is postsynaptic, and without any there is one empty event.
                chosen = active[depth, :max(1, _events(post[depth], plan.sizes[depth],
                                                       active[depth]))]
                weight_saturations += _update(
                    plan, _matrix(plan, weights, depth - 1, depth).T,
                    rates[depth - 1, :plan.sizes[depth - 1] + 1], post[depth], chosen, shifts[0],
                    drawn)
                continue
            pre, chosen = rates[layer - 1], active[layer - 1, :found[layer - 1]]
            weight_saturations += _update(plan, _matrix(plan, weights, layer - 1, layer),
                                          post[layer], pre, chosen, shifts[0], drawn)
            if plan.plastic and layer > 1:
                weight_saturations += _update(
                    plan, _matrix(plan, weights, depth + layer - 2, layer), error[layer], pre,
                    chosen, shifts[1], drawn)
    return weight_saturations, state_saturations
