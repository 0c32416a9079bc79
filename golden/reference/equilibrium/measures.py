"""How close an initialiser comes to the fixed point, and an update to the exact gradient."""

from dataclasses import dataclass

import numpy as np

from ...floats import norm, product, solve
from ..samples import batch_targets
from .relaxation import CLAMPED, FREE, clamped, relax, residual, start_state

__all__ = ["Convergence", "convergence", "cosine", "implicit_descent"]


@dataclass(frozen=True)
class Convergence:
    """The worth of an initialiser; means over the samples.

    Attributes
    ----------
    distance : float
        |h_start - h| / |h| over all units that relax, where h is the fixed point that the
        relaxation reaches.
    gradient : float
        Root mean square of rho(soma) - h over the same units and all samples, at the start.
    steps : tuple of float
        Steps until max |rho(soma) - h| is below each tolerance asked for.
    start_classes, classes : int64 array
        Predictions of the start itself, and at the fixed point.
    """

    distance: float
    gradient: float
    steps: tuple[float, ...]
    start_classes: np.ndarray
    classes: np.ndarray


def convergence(model, x, start, tolerances=(2.0**-5, 2.0**-10), rest=1e-6, limit=2000,
                target=None):
    """Convergence from `start` by the rule's relaxation; it has come to rest below `rest`.

    Samples that do not within `limit` steps count as `limit` steps.

    Parameters
    ----------
    model : EqPropModel
    x : float array (n, n_0)
    start : Start, or list of arrays
        An initialiser, or states h_0 … h_L.
    tolerances : tuple of float
    rest : float
    limit : int
    target : float array (n, n_L), or None
        The output is clamped there: of the clamped phase.
    """
    net = model.net
    first = start if isinstance(start, list) else start_state(net, model.samples_of(x), start)
    pull, relaxing = FREE, slice(1, None)
    if target is not None:
        first, pull, relaxing = clamped(first, target), CLAMPED, slice(1, -1)
    states, steps, total = first, [], 0
    for tolerance in sorted((*tolerances, rest), reverse=True):
        states, counts = relax(net, states, limit, pull, tolerance)
        total = total + counts
        steps.append(float(total.mean()))
    here, there = (np.concatenate(s[relaxing], axis=1) for s in (first, states))
    whole = np.maximum(norm(there, axis=1), 1e-12)
    residuals = residual(net, first, pull)
    left = np.concatenate(residuals if target is None else residuals[:-1], axis=1)
    return Convergence(
        float((norm(here - there, axis=1) / whole).mean()),
        float(np.sqrt((left**2).mean())), tuple(steps[:len(tolerances)]),
        first[-1].argmax(axis=1), states[-1].argmax(axis=1))


def implicit_descent(model, x, label, rest=1e-10, limit=10000):
    """Exact -dC/dW at the free fixed point, C = 1/2 |t - y|^2, averaged over the samples.

    From h = rho(soma(h, W)) follows (I - D J) dh = D dsoma, with D = diag(rho'(soma)) and J the
    symmetric matrix of all couplings. The adjoint p = D (I - J D)^-1 (t - y, at the output), one
    linear system for each sample, gives

        -dC/dW_l = p_l h_{l-1}^T + h_l p_{l-1}^T     (p_0 = 0),      -dC/db_l = p_l.

    Returns
    -------
    dict of str to array
        W1 … WL with the bias in the last column.

    Raises
    ------
    RuntimeError
        The free phase does not come to rest.
    """
    net, sizes = model.net, model.rule.sizes
    x = model.samples_of(x)
    target = batch_targets(label, sizes[-1])
    states, counts = relax(net, start_state(net, x), limit, tolerance=rest)
    if counts.max() == limit:
        raise RuntimeError(f"the free phase must come to rest within {limit} steps, but "
                           f"{int((counts == limit).sum())} of {len(x)} samples do not")
    offsets = np.cumsum([0, *sizes[1:]])
    blocks = [None] + [slice(a, b) for a, b in zip(offsets, offsets[1:], strict=False)]
    coupling = np.zeros((offsets[-1], offsets[-1]))
    for layer in range(2, model.rule.depth + 1):
        matrix = net[f"W{layer}"][:, :-1]
        coupling[blocks[layer], blocks[layer - 1]] = matrix
        coupling[blocks[layer - 1], blocks[layer]] = matrix.T
    rates = np.concatenate(states[1:], axis=1)
    drive = product(rates, coupling) + np.concatenate([net.bias(m) for m in range(1, len(sizes))])
    drive[:, blocks[1]] += net.basal(1, x)
    slope = ((drive > 0.0) & (drive < 1.0)).astype(float)
    error = np.zeros_like(rates)
    error[:, blocks[-1]] = target - states[-1]
    system = np.eye(offsets[-1]) - coupling[None] * slope[:, None, :]
    adjoint = slope * solve(system, error[:, :, None])[:, :, 0]
    descent = {}
    for layer in range(1, model.rule.depth + 1):
        own = adjoint[:, blocks[layer]]
        matrix = product(own.T, states[layer - 1])
        if layer > 1:
            matrix = matrix + product(states[layer].T, adjoint[:, blocks[layer - 1]])
        descent[f"W{layer}"] = np.column_stack([matrix, own.sum(axis=0)]) / len(x)
    return descent


def cosine(one, other):
    """Cosine between two dicts of matrices, taken as one vector each; nan if one is zero."""
    dot = sum((one[name] * other[name]).sum() for name in one)
    lengths = np.sqrt(sum((m**2).sum() for m in one.values())
                      * sum((m**2).sum() for m in other.values()))
    return float(dot / lengths) if lengths else float("nan")
