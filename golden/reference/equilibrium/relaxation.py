"""Energy of an equilibrium network and the two ways down: pure functions on states h_0 … h_L.

    E(h) = sum_l  1/2 |h_l|^2 - h_l^T (W_l h_{l-1} + b_l),      0 <= h <= 1, h_0 = x clamped,

whose gradient at layer l is h_l - soma_l with

    soma_l = W_l h_{l-1} + b_l + W_{l+1}^T h_{l+1}     (no last term at the top).

The derivative of rho = clip(., 0, 1) is nowhere needed, because the states themselves are clipped.
Fixed points obey h = rho(soma); with the output clamped, h_L = t, all other layers do. States are
lists of arrays, samples x neurons. After Scellier and Bengio 2017 (doi 10.3389/fncom.2017.00024);
the block-exact sweep is this project's own.
"""

from dataclasses import dataclass

import numpy as np

from ...spec.plain import Plain
from ..activation import ACTIVATIONS
from .rule import Nudge, Relaxation
from .start import INITIALISERS

__all__ = ["CLAMPED", "FREE", "Langevin", "Pull", "clamped", "energy", "pull_of", "relax",
           "residual", "start_state"]

RHO = ACTIVATIONS["clip"].rate


@dataclass(frozen=True)
class Pull(Plain):
    """Nudging adds current - spring y to the output's soma, and its integral to the energy.

    Parameters
    ----------
    current : array (samples, n_L) or float
    spring : array (samples, 1) or float
    holds : bool
        The output stays as it is: it is clamped.
    """

    current: np.ndarray | float = 0.0
    spring: np.ndarray | float = 0.0
    holds: bool = False

    @property
    def nudges(self):
        """True if there is a pull, however weak, or a clamp."""
        return self.holds or np.ndim(self.current) > 0

    def of(self, chosen):
        """Of some of the samples."""
        current, spring = (value[chosen] if isinstance(value, np.ndarray) and value.ndim else value
                           for value in (self.current, self.spring))
        return Pull(current, spring, self.holds)


FREE = Pull()
CLAMPED = Pull(holds=True)


@dataclass(frozen=True)
class Langevin(Plain):
    """Noise of a temperature T, under which states visit h with a probability of exp(-E(h) / T).

    Around its soma, which stands still for one step, a rate is an Ornstein-Uhlenbeck process of
    the variance T: a step that keeps a = 1 - dt / tau of it adds N(0, T (1 - a^2)), a sweep, which
    keeps nothing, N(0, T). Then the rate is clipped, so that at a limit the probability piles up.

    Parameters
    ----------
    temperature : float
        T > 0, in squared rates.
    generator : numpy.random.Generator
    """

    temperature: float
    generator: np.random.Generator

    def __post_init__(self):
        super().__post_init__()
        if not 0.0 < self.temperature < np.inf:
            raise ValueError(f"temperature must be positive, not {self.temperature!r}")

    def draw(self, shape, kept=0.0, curvature=1.0):
        """Noise of one step.

        Parameters
        ----------
        shape : tuple of int
        kept : float
            a.
        curvature : float or array
            Of the energy, which divides T: 1, plus that of a spring.
        """
        scale = np.sqrt(self.temperature * (1.0 - kept**2) / curvature)
        return scale * self.generator.standard_normal(shape)


def pull_of(nudge, strength, target, free):
    """Pull of signed strength, samples x 1 or one number, for all samples at the free output.

    A clamp has no strength; the states that it holds are those of `clamped`.
    """
    if nudge is Nudge.CLAMP:
        return CLAMPED
    if nudge is Nudge.CURRENT:
        return Pull(strength * (target - free))
    return Pull(strength * target, strength * np.ones((len(target), 1)))


def clamped(states, target):
    """The states with the output at the target, as far as a rate can be."""
    return [*states[:-1], RHO(target)]


def start_state(net, x, start=None):
    """States [x, h_1, …, h_L] that an initialiser gives (by default the rule's)."""
    initialiser = INITIALISERS[start or net.rule.start]
    states = [x]
    for layer in range(1, net.rule.depth + 1):
        states.append(RHO(initialiser.prediction(net, layer, states[-1])))
    return states


def energy(net, states, pull=FREE):
    """E of each sample, with the pull's share if there is one: array (samples,)."""
    total = np.zeros(len(states[0]))
    for layer in range(1, net.rule.depth + 1):
        drive = net.basal(layer, states[layer - 1]) + net.bias(layer)
        total += (states[layer] * (0.5 * states[layer] - drive)).sum(axis=1)
    output = states[-1]
    return total + (output * (0.5 * pull.spring * output - pull.current)).sum(axis=1)


def _soma(net, states, layer, pull, lowest):
    """Drive of a layer, without the spring; `lowest` is that of W1, constant while x is."""
    soma = lowest if layer == 1 else net.basal(layer, states[layer - 1]) + net.bias(layer)
    if layer == net.rule.depth:
        return soma + pull.current
    return soma + net.apical(layer, states[layer + 1])


def _somas(net, states, pull, lowest):
    """Drive of every layer 1 … L, from the states of one time."""
    somas = [_soma(net, states, layer, pull, lowest) for layer in range(1, net.rule.depth + 1)]
    somas[-1] = states[-1] if pull.holds else somas[-1] - pull.spring * states[-1]
    return somas


def _lowest(net, states):
    return net.basal(1, states[0]) + net.bias(1)


def residual(net, states, pull=FREE):
    """rho(soma) - h of layers 1 … L, the projected gradient: zero at a fixed point only."""
    somas = _somas(net, states, pull, _lowest(net, states))
    return [RHO(soma) - h for soma, h in zip(somas, states[1:], strict=True)]


def _leak(net, states, pull, lowest, noise):
    """All layers at once, one Euler step."""
    moved = []
    for layer, (soma, h) in enumerate(
            zip(_somas(net, states, pull, lowest), states[1:], strict=True), start=1):
        new = h + net.rule.step * (soma - h)
        if noise and not (pull.holds and layer == net.rule.depth):
            new = new + noise.draw(h.shape, 1.0 - net.rule.step)
        moved.append(RHO(new))
    return [states[0], *moved]


def _sweep(net, states, pull, lowest, noise):
    """Each layer to the minimum of the energy over it, so that without noise no sweep raises it.

    Upwards while free, from the input; downwards while nudged or clamped, from the output, so that
    one sweep brings the pull to every layer.
    """
    states, depth = list(states), net.rule.depth
    layers = range(1, depth + 1 - pull.holds)
    for layer in reversed(layers) if pull.nudges else layers:
        soma = _soma(net, states, layer, pull, lowest)
        curvature = 1.0 + pull.spring if layer == depth else 1.0
        new = soma / curvature
        if noise:
            new = new + noise.draw(soma.shape, curvature=curvature)
        states[layer] = RHO(new)
    return states


def relax(net, states, steps, pull=FREE, tolerance=None, noise=None):
    """Relax by at most `steps` steps or sweeps; a sample that has come to rest is left alone.

    Parameters
    ----------
    states : list of array
    steps : int
    pull : Pull
    tolerance : float or None
        A sample rests once max |rho(soma) - h| over its neurons is below this; 0: never.
        None takes the rule's.
    noise : Langevin or None

    Returns
    -------
    (list of array, int64 array)
        The states, and how many steps each sample took.
    """
    tolerance = net.rule.tolerance if tolerance is None else tolerance
    advance = _sweep if net.rule.relaxation is Relaxation.SWEEP else _leak
    counts = np.zeros(len(states[0]), dtype=np.int64)
    lowest = _lowest(net, states)
    if tolerance == 0.0:
        for _ in range(steps):
            states = advance(net, states, pull, lowest, noise)
        return states, counts + steps
    states = [h.copy() for h in states]
    moving = np.arange(len(counts))
    for _ in range(steps):
        now, here, low = [h[moving] for h in states], pull.of(moving), lowest[moving]
        rest = np.max([np.abs(RHO(soma) - h).max(axis=1) for soma, h in
                       zip(_somas(net, now, here, low), now[1:], strict=True)], axis=0)
        go = rest >= tolerance
        moving = moving[go]
        if not len(moving):
            break
        after = advance(net, [h[go] for h in now], here.of(go), low[go], noise)
        for h, new in zip(states, after, strict=True):
            h[moving] = new
        counts[moving] += 1
    return states, counts
