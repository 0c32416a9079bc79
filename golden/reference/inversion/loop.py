"""The loop that inverts a chain of layers by feedback control, and where it comes to rest.

After Podlaski & Machens 2020 (arXiv:2007.05112). A chain d_1 -> W_2 d_1 -> … is to reproduce an
error delta at its upper end. Each upper neuron has a leaky integrator u of what is missing there,
and u drives the lower end through feedback weights B:

    u   <- u   + ku (delta - W_n f(d_{n-1}) - alpha u)
    d_1 <- d_1 + kd (B u - d_1)
    d_k <- d_k + kd (W_k f(d_{k-1}) - d_k)

in this order, each line with the values of the line above, from u = d = 0. f is the identity, or
what the rule puts between d and the weights. The layerwise rule has one chain of one matrix for
each pair of layers; the single loop has one chain from the first hidden layer to the output.

Vectors are rows: arrays (…, 1, n), leading axes being independent networks. W is n_l x n_{l-1}; B
has the shape of the chain's whole product, upper end x lower end, so that W itself is the
transposed feedback.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ...floats import product, solve

__all__ = ["Settled", "loop", "settle", "steady_state"]


def _transposed(matrix):
    return np.swapaxes(matrix, -1, -2)


def _identity(_: int, d: np.ndarray) -> np.ndarray:
    return d


def loop(chain, feedback, delta, *, alpha, ku, kd,
         inner: Callable[[int, np.ndarray], np.ndarray] | None = None):
    """Steps of the loop without end: yields (states, increments), lists [u, d_1, …].

    Parameters
    ----------
    chain : sequence of array (…, n_l, n_{l-1})
        Lowest matrix first.
    feedback : array (…, n_upper, n_lower)
    delta : array (…, 1, n_upper)
    alpha, ku, kd : float or array that broadcasts to (…, 1, 1)
    inner : callable or None
        f(k, d) for the k-th (from 0) array of the chain; None is the identity.
    """
    f = _identity if inner is None else inner
    forward = [_transposed(matrix) for matrix in chain]
    u = np.zeros_like(delta)
    ds = [np.zeros(delta.shape[:-1] + (matrix.shape[-1],)) for matrix in chain]
    last = len(ds) - 1
    while True:
        du = ku * (delta - product(f(last, ds[last]), forward[last]) - alpha * u)
        u = u + du
        increments, states, drive = [du], [u], product(u, feedback)
        for k, d in enumerate(ds):
            if k:
                drive = product(f(k - 1, states[-1]), forward[k - 1])
            dd = kd * (drive - d)
            increments.append(dd)
            states.append(d + dd)
        ds = states[1:]
        yield states, increments


@dataclass(frozen=True)
class Settled:
    """Where a loop stopped.

    Attributes
    ----------
    ds : list of array (…, 1, n)
        d_1, … of the chain.
    steps : int64 array (…)
        Steps taken.
    increment : array (…)
        Largest absolute change of a state in the last step.
    """

    ds: list
    steps: np.ndarray
    increment: np.ndarray


def _largest(increments):
    return reduce(np.maximum, [np.abs(change).max(axis=(-1, -2)) for change in increments])


def settle(steps_of, limit, tolerance=None):
    """Run a `loop` for `limit` steps; a network stops once nothing moves by more than `tolerance`.

    Other networks of the same arrays go on, each stops with the values it would have had alone.
    """
    ds: list[np.ndarray] = []
    taken, moved, done = (np.zeros(0) for _ in range(3))
    for count, (states, increments) in enumerate(steps_of, start=1):
        if tolerance is None:
            if count == limit:
                moved = _largest(increments)
                return Settled(states[1:], np.full(moved.shape, limit), moved)
            continue
        new = _largest(increments)
        if not ds:
            ds, moved, done = states[1:], new, np.zeros(new.shape, dtype=bool)
            taken = np.ones(new.shape, dtype=np.int64)
        else:
            keep = done[..., None, None]
            ds = [np.where(keep, old, d) for old, d in zip(ds, states[1:], strict=True)]
            moved, taken = np.where(done, moved, new), np.where(done, taken, count)
        done = done | (new <= tolerance)
        if count == limit or done.all():
            return Settled(ds, taken, moved)
    raise ValueError("steps_of must not end: see loop")


def steady_state(chain, feedback, delta, alpha):
    """d_1, … where the linear loop rests, stable or not: a list of arrays (…, 1, n).

    With W the product of the chain, d_1 = B (W B + alpha I)^-1 delta where the chain narrows, and
    the same as (B W + alpha I)^-1 B delta where it widens and W B is singular. For alpha = 0 and a
    narrowing chain W d_1 = delta exactly; for B = W^T it is the (damped) pseudo-inverse. Where the
    matrix is singular there is no steady state, and d is NaN.
    """
    whole = reduce(lambda lower, upper: product(upper, lower), chain)
    down = _transposed(feedback)  # B as a map of columns, n_lower x n_upper
    column = _transposed(delta)
    rows, columns = whole.shape[-2:]
    if rows <= columns:
        d = product(down, solve(product(whole, down) + alpha * np.eye(rows), column))
    else:
        d = solve(product(down, whole) + alpha * np.eye(columns), product(down, column))
    ds = [_transposed(d)]
    for matrix in chain[:-1]:
        ds.append(product(ds[-1], _transposed(matrix)))
    return ds
