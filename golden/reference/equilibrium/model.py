"""Equilibrium network in float64: relax freely, relax nudged, learn from the difference.

Weights are symmetric (what W_l sends up, W_l^T sends down). With C = 1/2 |t - y|^2 and the fixed
points h(+beta), h(-beta) of the energy nudged either way,

    -dC/dW_l  ~  1 / (2 beta) (h_l(+) h_{l-1}(+)^T - h_l(-) h_{l-1}(-)^T),

a bias having the presynaptic rate 1. The error is of order beta^2; of one side alone, compared
with the free state, it is of order beta. The drift of an unfinished free phase is common to both
sides and cancels, so that few steps do (two sides: Laborieux et al. 2021; equilibrium
propagation itself: Scellier and Bengio 2017; the initialisers: see start.py).

Contrastive Hebbian learning (Movellan 1991) compares the free state h with the clamped one, c,
whose output is held at its target: W_l changes along c_l c_{l-1}^T - h_l h_{l-1}^T. There is no
beta; what is descended is the difference of the two energies.
"""

from dataclasses import dataclass

import numpy as np

from ...floats import product
from ...initial import glorot_weights
from ...spec.feedback import feedback_start
from ..samples import batch_of, batch_targets
from ..sizes import layer_of
from ..weights import float_weights
from .relaxation import CLAMPED, Langevin, clamped, pull_of, relax, start_state
from .rule import EqPropRule, Nudge
from .start import INITIALISERS, branch_changes

__all__ = ["Couplings", "EqPropModel", "NudgedPhases"]


class Couplings:
    """Matrices of a network, W1 … WL, and what its initialisers add to them.

    Parameters
    ----------
    rule : EqPropRule
    weights : dict of str to array
        W1 … WL, n_l x (n_{l-1} + 1) with the bias in the last column; B1 …, n_l x n_{l+1}, where
        feedback is stored. Matrices of the rule's initialisers (A1 … AL: n_l x 2; F1 … FL: as W)
        begin at W's values if they are not given.
    """

    def __init__(self, rule: EqPropRule, weights):
        self.rule = rule
        needed = {f"W{m}": (rule.sizes[m], rule.sizes[m - 1] + 1)
                  for m in range(1, rule.depth + 1)}
        if rule.feedback.stored:
            needed |= {f"B{m}": (rule.sizes[m], rule.sizes[m + 1]) for m in range(1, rule.depth)}
        banks = {INITIALISERS[start].bank: INITIALISERS[start] for start in rule.starts}
        banks.pop(None, None)
        own = {f"{bank}{m}": (initialiser, f"W{m}") for bank, initialiser in banks.items()
               for m in range(1, rule.depth + 1)}
        optional = {name: initialiser.parameters(np.zeros(needed[below])).shape
                    for name, (initialiser, below) in own.items()}
        self.matrices = float_weights(weights, needed, optional)
        for name, (initialiser, below) in own.items():
            if name not in weights:
                self.matrices[name] = np.array(initialiser.parameters(self.matrices[below]))

    def __getitem__(self, name):
        return self.matrices[name]

    def basal(self, layer, lower):
        """W_l h_{l-1}: what arrives from below, without the bias."""
        return product(lower, self.matrices[f"W{layer}"][:, :-1].T)

    def apical(self, layer, upper):
        """W_{l+1}^T h_{l+1}, or B_l h_{l+1}: what arrives from above."""
        if self.rule.feedback.stored:
            return product(upper, self.matrices[f"B{layer}"].T)
        return product(upper, self.matrices[f"W{layer + 1}"][:, :-1])

    def bias(self, layer):
        """b_l."""
        return self.matrices[f"W{layer}"][:, -1]

    def change(self, name, rate, post, pre, bias=True):
        """Add rate post pre^T, averaged over the samples; a bias has the presynaptic rate 1."""
        matrix = self.matrices[name]
        rate = rate / len(post)
        matrix[:, :-1] += rate * product(post.T, pre)
        if bias:
            matrix[:, -1] += rate * post.sum(axis=0)


@dataclass(frozen=True)
class NudgedPhases:
    """States that one sample (or batch) left for the plasticity, h_0 … h_L.

    Attributes
    ----------
    start, free : list of array
        As the initialiser gives them; at the end of the free phase.
    pulled, pushed : list of array
        Nudged towards the target, and away from it; the one that a one-sided rule leaves out is
        the free state. Clamped, and free.
    scale : float
        1 / (2 beta) for the two sides, 1 / beta for one, 1 for a clamp.
    steps : int64 array
        Free steps of each sample.
    """

    start: list
    free: list
    pulled: list
    pushed: list
    scale: float
    steps: np.ndarray

    def descent(self):
        """Estimate of -dC/dW, averaged over the samples, by name."""
        scale = self.scale / len(self.steps)
        changes = {}
        for layer in range(1, len(self.free)):
            up, down = self.pulled[layer], self.pushed[layer]
            matrix = (product(up.T, self.pulled[layer - 1])
                      - product(down.T, self.pushed[layer - 1]))
            changes[f"W{layer}"] = scale * np.column_stack([matrix, (up - down).sum(axis=0)])
        return changes


class EqPropModel:
    """An equilibrium network that learns and predicts.

    Parameters
    ----------
    rule : EqPropRule
    weights : dict of str to array, or None
        As Couplings takes them; None draws W1 … WL from `seed`, see `glorot_weights`, and B1 …, see
        `feedback_start`.
    seed : int
        Of the weights, of the signs of one-sided nudging, and of the noise.
    """

    def __init__(self, rule: EqPropRule, weights=None, seed=0):
        if not isinstance(rule, EqPropRule):
            raise TypeError(f"rule must be an EqPropRule, not {rule!r}")
        self.rule = rule
        if weights is None:
            weights = glorot_weights(rule.sizes, seed)
            weights |= feedback_start(rule.feedback, weights,
                                      glorot_weights(rule.sizes, [seed, 2]))
        self.net = Couplings(rule, weights)
        self._signs = np.random.default_rng([seed, 1])
        self._noise = np.random.default_rng([seed, 3])

    @property
    def weights(self):
        """float64 arrays by name, W1 … WL and what the initialisers add; the live ones."""
        return self.net.matrices

    def set_weights(self, weights):
        """Take copies of `weights`."""
        self.net = Couplings(self.rule, weights)

    def samples_of(self, x):
        """x as samples x inputs."""
        return batch_of(x, self.rule.sizes[0])

    def settle(self, x, *, start=None, steps=None, tolerance=None, temperature=None):
        """Free phase of samples: (states, steps of each sample), by default as the rule says."""
        steps = self.rule.free_steps if steps is None else steps
        states = start_state(self.net, self.samples_of(x), start)
        return relax(self.net, states, steps, tolerance=tolerance, noise=self.noise(temperature))

    def noise(self, temperature=None):
        """`Langevin` of a temperature, by default the rule's; None of 0."""
        temperature = self.rule.temperature if temperature is None else temperature
        return Langevin(temperature, self._noise) if temperature else None

    def infer(self, x):
        """Class of one sample (n_0,)."""
        return int(self.predict(np.asarray(x)[None])[0])

    def predict(self, x, **options):
        """Classes of samples (n, n_0), int64; the first of equal outputs wins.

        Keyword arguments are those of `settle`.
        """
        return self.settle(x, **options)[0][-1].argmax(axis=1)

    def outputs(self, x, layer=None, **options):
        """Rates (n, n_layer) of a layer 1 .. L, None the last, that `settle` leaves."""
        return self.settle(x, **options)[0][layer_of(layer, self.rule.depth)]

    def phases(self, x, target, beta=None):
        """Free and nudged, or clamped, phases of samples x inputs and targets.

        `beta` replaces the rule's.
        """
        net, rule, noise = self.net, self.rule, self.noise()
        beta = rule.beta if beta is None else beta
        start = start_state(net, x)
        free, steps = relax(net, start, rule.free_steps, noise=noise)
        if rule.nudge is Nudge.CLAMP:
            first = free if rule.clamped_start is None else start_state(net, x, rule.clamped_start)
            held = relax(net, clamped(first, target), rule.nudged_steps, CLAMPED, noise=noise)[0]
            return NudgedPhases(start, free, held, free, 1.0, steps)

        def nudged(strength):
            pull = pull_of(rule.nudge, strength, target, free[-1])
            return relax(net, free, rule.nudged_steps, pull, noise=noise)[0]

        if rule.symmetric:
            return NudgedPhases(start, free, nudged(beta), nudged(-beta), 0.5 / beta, steps)
        sign = self._signs.choice([-1.0, 1.0], (len(x), 1))
        moved = nudged(beta * sign)
        pulled = [np.where(sign > 0.0, a, b) for a, b in zip(moved, free, strict=True)]
        pushed = [np.where(sign > 0.0, b, a) for a, b in zip(moved, free, strict=True)]
        return NudgedPhases(start, free, pulled, pushed, 1.0 / beta, steps)

    def learn(self, x, label, scale=1.0):
        """Learn from one sample (or a batch, averaged); returns the free phase's prediction.

        Parameters
        ----------
        x : array (n_0,) or (n, n_0)
        label : int, int array (n,), or float targets (n, n_L)
        scale : float
            Factor on the learning rates of the task; those of the branches and of the
            initialisers stay.
        """
        x, rule = self.samples_of(x), self.rule
        target = batch_targets(label, rule.sizes[-1])
        phases = self.phases(x, target)
        # Every change is that of the weights before it, as they made these states.
        branches = list(branch_changes(self.net, phases.free))
        for start in rule.starts:
            INITIALISERS[start].learn(self.net, phases.free)
        for layer, (name, change) in enumerate(phases.descent().items(), start=1):
            change = scale * rule.layer_rate(layer) * change
            if rule.feedback.learns and layer > 1:
                back, forward = self.net[f"B{layer - 1}"], self.net[name][:, :-1]
                back += change[:, :-1].T - rule.decay * back
                forward -= rule.decay * forward
            self.net[name][...] += change
        for name, rate, post, pre in branches:
            self.net.change(name, rate, post, pre, bias=False)
        prediction = phases.free[-1].argmax(axis=1)
        return int(prediction[0]) if len(prediction) == 1 else prediction
