"""When the loop of dynamic inversion comes to rest: exact conditions, and the check at the start.

For one pair of layers, mu the eigenvalues of W B and sigma the singular values of W:

    in continuous time, any B     (1 + alpha)^2 (alpha + Re mu) > (Im mu)^2
    in steps, B = W^T             ku kd sigma_max^2 < (2 - kd) (2 - alpha ku)

For the single loop with two hidden layers and real eigenvalues mu of W_3 W_2 B:

    in continuous time            -alpha < mu < (2 + alpha)(1 + 2 alpha) - alpha
    in steps, kd = 1              -alpha < mu < 2 / ku - alpha

For anything else the matrices of the loop are built and their eigenvalues found.
"""

import math
import warnings

import numpy as np

from ...floats import product
from .rule import InversionCredit, InversionFeedback

__all__ = ["check_stability", "continuous_margin", "flow_matrix", "growth", "largest_sigma",
           "single_loop_bound", "step_matrix"]


def continuous_margin(weights, feedback, alpha):
    """Least (1 + alpha)^2 (alpha + Re mu) - (Im mu)^2: the continuous loop is stable if > 0.

    `weights` and `feedback` are both upper x lower, leading axes are independent networks. Where
    the layer widens only the mu that the lower layer can move are looked at.
    """
    rows, columns = weights.shape[-2:]
    down = np.swapaxes(feedback, -1, -2)
    mu = np.linalg.eigvals(product(weights, down) if rows <= columns
                           else product(down, weights))
    return ((1.0 + alpha) ** 2 * (alpha + mu.real) - mu.imag**2).min(axis=-1)


def largest_sigma(alpha, ku, kd):
    """Singular value of W below which the stepped loop with B = W^T is stable."""
    return math.sqrt((2.0 - kd) * (2.0 - alpha * ku) / (ku * kd))


def single_loop_bound(alpha, ku=None):
    """Real eigenvalue of W_3 W_2 B below which the single loop is stable (two hidden layers).

    In continuous time, or in steps of `ku` with kd = 1.
    """
    return (2.0 + alpha) * (1.0 + 2.0 * alpha) - alpha if ku is None else 2.0 / ku - alpha


def _blocks(chain):
    """Slices of u, d_1, … in the state of a loop."""
    sizes = [chain[-1].shape[-2]] + [matrix.shape[-1] for matrix in chain]
    ends = np.cumsum(sizes)
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def _drives(chain, feedback, alpha):
    """For u, d_1, …: what each is driven to by the state, as rows of a matrix, in this order."""
    u, *ds = blocks = _blocks(chain)
    drive = np.zeros(chain[0].shape[:-2] + (ds[-1].stop,) * 2)
    drive[..., u, ds[-1]] = -chain[-1]
    drive[..., u, u] = -alpha * np.eye(u.stop)
    drive[..., ds[0], u] = np.swapaxes(feedback, -1, -2)
    for lower, upper, matrix in zip(ds[:-1], ds[1:], chain[:-1], strict=True):
        drive[..., upper, lower] = matrix
    for d in ds:
        drive[..., d, d] -= np.eye(d.stop - d.start)
    return blocks, drive


def flow_matrix(chain, feedback, alpha):
    """A of the continuous linear loop d/dt (u, d_1, …) = A (u, d_1, …) + (delta, 0, …)."""
    return _drives(chain, feedback, alpha)[1]


def step_matrix(chain, feedback, alpha, ku, kd):
    """A of one step of the linear loop, (u, d_1, …) <- A (u, d_1, …) + …: see inversion_loop."""
    blocks, drive = _drives(chain, feedback, alpha)
    step = np.broadcast_to(np.eye(drive.shape[-1]), drive.shape).copy()
    for block, gain in zip(blocks, (ku, *(kd for _ in chain)), strict=True):
        # Every block sees the new values of those before it.
        step[..., block, :] += gain * product(drive[..., block, :], step)
    return step


def growth(chain, feedback, alpha, ku, kd):
    """Largest factor by which a deviation from rest changes in a step (…): stable if below 1."""
    return np.abs(np.linalg.eigvals(step_matrix(chain, feedback, alpha, ku, kd))).max(axis=-1)


def _advice(rule, chain, transposed):
    """What to change, of things that do help."""
    factor = float(np.max(growth(chain, transposed, rule.alpha, rule.ku, rule.kd)))
    if factor < 1.0 and rule.feedback not in (InversionFeedback.TRACKED, InversionFeedback.START):
        return (f"take feedback tracked (B = W^T, {factor:.3f} a step here) or start (B = W(0)^T), "
                "or a larger alpha")
    if len(chain) > 1:
        return "take a smaller ku with kd = 1 (such as 1/8), or a larger alpha"
    sigma = float(np.linalg.norm(chain[0], 2, axis=(-2, -1)).max())
    return (f"W has a singular value of {sigma:.3g}, with B = W^T at most "
            f"{largest_sigma(rule.alpha, rule.ku, rule.kd):.3g} is stable: take smaller weights, "
            "ku or kd")


def check_stability(rule, loops):
    """Raise, or only warn if the rule is not strict, when a loop would not come to rest.

    Parameters
    ----------
    rule : InversionRule
        Where no loop runs, nothing is checked; a steady state is held to continuous time.
    loops : list of (str, chain, feedback, transposed)
        Name of each loop, its matrices, its B and the W^T that B could be, as `loop` takes them.
        The slopes g' inside a gated loop are taken as 1.

    Raises
    ------
    ValueError
    """
    for name, chain, feedback, transposed in loops:
        if rule.credit is InversionCredit.STEADY:
            margin = float(np.min(continuous_margin(chain[0], feedback, rule.alpha)))
            if margin > 0.0:
                continue
            problem = (f"no continuous loop with {rule.feedback.value} feedback settles on its "
                       f"steady state (margin {margin:.3g}, must be above 0)")
        elif rule.credit.loops:
            if rule.alpha == 0.0 and chain[-1].shape[-2] > chain[0].shape[-1]:
                raise ValueError(f"alpha must be positive, not 0: {name} widens, so that no d "
                                 "reproduces every error and the controllers would never rest")
            factor = float(np.max(growth(chain, feedback, rule.alpha, rule.ku, rule.kd)))
            if factor < 1.0:
                continue
            problem = (f"the loop with {rule.feedback.value} feedback, alpha {rule.alpha:g}, "
                       f"ku {rule.ku:g}, kd {rule.kd:g} grows by {factor:.3f} a step (must be "
                       "below 1)")
        else:
            continue
        message = f"{name}: {problem}; {_advice(rule, chain, transposed)}"
        if rule.strict:
            raise ValueError(message)
        warnings.warn(message, RuntimeWarning, stacklevel=4)
