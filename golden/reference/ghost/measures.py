"""How well a network's ghosts cancel."""

import numpy as np

from ...floats import norm
from ..feedforward.cancellation import MECHANISMS
from .phase import feedforward, relax, silent

__all__ = ["residual_feedback", "spectral_radius", "steps_to_rest"]


def residual_feedback(model, x):
    """Feedback that ghosts leave over without a target, layers 1 … L-1 after the feedforward pass.

    Returns
    -------
    (float64 array, float64 array), each (L-1,)
        Largest absolute entry of B r - B q; its norm relative to that of B r.
    """
    net, mechanism = model.net, MECHANISMS[model.rule.mechanism]
    free = feedforward(net, model.samples_of(x))
    absolute, relative = [], []
    for m in range(2, model.rule.depth + 1):
        left = mechanism.remainder(net, m, free.rates[m - 1], free.rates[m], free.ghosts[m])
        whole = norm(net.feedback(m, free.rates[m]))
        absolute.append(np.abs(left).max())
        relative.append(norm(left) / whole if whole else 0.0)
    return np.array(absolute), np.array(relative)


def spectral_radius(model, x):
    """Spectral radius of the loop that held ghosts leave open, for each sample.

    With ghosts held, a small deviation x_l of the state obeys

        x_l = W_l D_{l-1} x_{l-1} + B_l D_{l+1} x_{l+1},      D = diag rho'(v),

    backprop plus a feedforward echo. Below 1 the relaxation with dt = tau converges.

    Returns
    -------
    float64 array (samples,)
    """
    net, rule = model.net, model.rule
    free = feedforward(net, model.samples_of(x))
    sizes = rule.sizes[1:]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    blocks = [slice(a, b) for a, b in zip(offsets, offsets[1:], strict=False)]
    loop = np.zeros((len(free.rates[0]), offsets[-1], offsets[-1]))
    slopes = [rule.activation(m).slope(free.potentials[m]) for m in range(1, rule.depth + 1)]
    for m in range(2, rule.depth + 1):
        upper, lower = blocks[m - 1], blocks[m - 2]
        loop[:, upper, lower] = net[f"W{m}"][:, :-1] * slopes[m - 2][:, None, :]
        down = net.feedback(m, np.eye(sizes[m - 1])).T
        loop[:, lower, upper] = down * slopes[m - 1][:, None, :]
    return np.abs(np.linalg.eigvals(loop)).max(axis=1)


def steps_to_rest(model, x, tolerance=1e-3, limit=1000):
    """Free Euler steps from the silent state until no potential moves by `tolerance` or more.

    Returns
    -------
    int
        Number of steps; `limit` if it does not come to rest.
    """
    state = silent(model.net, model.samples_of(x))
    for count, new in enumerate(relax(model.net, state, limit), start=1):
        moved = max(np.abs(a - b).max() for a, b in
                    zip(new.potentials[1:], state.potentials[1:], strict=True))
        if moved < tolerance:
            return count
        state = new
    return limit
