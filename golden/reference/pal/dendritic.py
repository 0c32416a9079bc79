"""The cortical microcircuit: pyramidal cells with dendrites, and interneurons that cancel.

Each hidden layer l has pyramidal cells P_l and interneurons I_l, one for each cell of P_{l+1}:

    basal      v_bas = W_l r_{l-1}
    apical     v_api = B_l r_{l+1} + C_l q_l   (and the noise xi_l)
    dendrite   v_den = D_l r_l                 of I_l, whose rates are q_l

    somata     hidden P  (g_bas v_bas + g_api (v_api + xi)) / (g_l + g_bas + g_api)
               output P  (g_bas v_bas + g_tgt target) / (g_l + g_bas + g_tgt), without a target
                         g_bas v_bas / (g_l + g_bas)
               I_l       (g_den v_den + g_nudge v_{l+1}) / (g_l + g_den + g_nudge)

are where membranes drift to; rates are the logistic of potentials v that look ahead (filters.py).
With C = -B and D so that interneurons say what the cells above would say without a target (the
self-predicting state), the apical dendrite is silent; what a target changes there is the error.

    dW = rate (r_l - phi(lambda v_bas)) r_{l-1}^T, low-passed in each synapse
    dD = inter_rate (q_l - phi(lambda_I v_den)) r_l^T
    dC = - cancel_rate v_api q_l^T
    dB = back_rate (xi_l s_{l+1}^T - decay B),   s: high-passed rates

each times dt. Right of the rules the postsynaptic rates are those of this step, presynaptic rates
and dendrites those of the step before: what the somata have answered to.
"""

import numpy as np

from ...floats import product
from ..members import seeds_of, stacked
from .dendritic_rule import DendriticRule
from .filters import HighPass, Membrane
from .layered import matvec, outer
from .measures import angles
from .noise import OrnsteinUhlenbeck
from .rule import HIDDEN, PalCredit

__all__ = ["DendriticCircuit"]

PHI = HIDDEN["logistic"].rate


def _slices(sizes, offset=0):
    """A slice for each of the sizes, one after the other."""
    ends = offset + np.cumsum(sizes)
    return [slice(int(end) - n, int(end)) for n, end in zip(sizes, ends, strict=True)]


class DendriticCircuit:
    """A microcircuit; or several side by side along a leading axis (members, …).

    Parameters
    ----------
    rule : DendriticRule
    seed : int or sequence of int
        Of weights, first potentials and noise.

    Attributes
    ----------
    weights : dict of str to float64 array
        W1 … WL, n_l x n_{l-1}, no biases; of hidden layers B, C, n_l x n_{l+1}, and D,
        n_{l+1} x n_l. It starts in the self-predicting state.
    members : tuple
        Leading axes: () or (number of seeds,).
    apical, basal, dendrites : float64 arrays
        v_api of all hidden layers, v_bas of layers 1 … L, v_den, one layer after the other.

    Raises
    ------
    TypeError, ValueError
        A rule or samples of the wrong kind or shape.
    """

    def __init__(self, rule: DendriticRule, seed=0):
        if not isinstance(rule, DendriticRule):
            raise TypeError(f"rule must be a DendriticRule, not {rule!r}")
        self.rule = rule
        seeds, self.members = seeds_of(seed)
        sizes = rule.sizes
        # Cells of layers 1 … L, then all interneurons: those lie like the cells of layers 2 … L.
        self._cells = [None, *_slices(sizes[1:])]
        self._inter = [None, *_slices(sizes[2:], sum(sizes[1:]))]
        self._hidden = slice(0, sum(sizes[1:-1]))
        self._draw(seeds)
        self.self_predict()
        self.rates = PHI(self.potentials)
        self.input = np.zeros(self.members + (sizes[0],))
        self.apical = np.zeros(self.members + (sum(sizes[1:-1]),))
        self.basal = np.zeros(self.members + (sum(sizes[1:]),))
        self.dendrites = np.zeros(self.members + (sum(sizes[2:]),))
        self.highpass = HighPass(self.rates, rule.tau_highpass / rule.dt)
        self.membranes = Membrane(self.potentials, self._by_cell(*rule.membrane_steps()),
                                  rule.look_ahead)
        self.noise = OrnsteinUhlenbeck([[one, 2] for one in seeds], self.apical.shape[-1],
                                       rule.tau_noise / rule.dt, rule.sigma)
        self.changes = {name: np.zeros_like(matrix) for name, matrix in self.weights.items()
                        if name[0] == "W"}
        self._shares = self._by_cell(rule.basal_share(1), rule.basal_share(rule.depth),
                                     rule.inter_share)
        self._scale = {taught: 1.0 / self._by_cell(
            rule.hidden_total, rule.leak + rule.basal + (rule.teaching if taught else 0.0),
            rule.leak + rule.dendrite + rule.nudge) for taught in (False, True)}

    def _by_cell(self, hidden, output, inter):
        """An array of what every hidden cell, output cell and interneuron has."""
        sizes = self.rule.sizes
        return np.repeat([hidden, output, inter], [sum(sizes[1:-1]), sizes[-1], sum(sizes[2:])])

    def _draw(self, seeds):
        """W and B, and the first potentials."""
        sizes, bound, members = self.rule.sizes, self.rule.bound, []
        for seed in seeds:
            generator = np.random.default_rng(seed)
            one = {f"W{m}": generator.uniform(-bound, bound, (sizes[m], sizes[m - 1]))
                   for m in range(1, len(sizes))}
            one |= {f"B{m}": generator.uniform(-bound, bound, (sizes[m], sizes[m + 1]))
                    for m in range(1, len(sizes) - 1)}
            members.append(one | {"": generator.normal(size=sum(sizes[1:]) + sum(sizes[2:]))})
        self.weights = stacked(members, self.members)
        self.potentials = self.weights.pop("")

    def self_predict(self):
        """Set C and D to the self-predicting state of W and B; under backprop B to W^T first."""
        rule = self.rule
        for m in range(1, rule.depth):
            upper = self.weights[f"W{m + 1}"]
            if rule.credit is PalCredit.BACKPROP:
                self.weights[f"B{m}"] = np.swapaxes(upper, -1, -2).copy()
            self.weights[f"C{m}"] = -self.weights[f"B{m}"]
            self.weights[f"D{m}"] = rule.basal_share(m + 1) / rule.inter_share * upper

    def forward_matrix(self, layer):
        """W of a layer 1 … L."""
        return self.weights[f"W{layer}"]

    def feedback(self, layer):
        """B of a hidden layer, n_l x n_{l+1}."""
        return self.weights[f"B{layer}"]

    def angles(self):
        """Angles in degrees between B and W^T of the hidden layers, (…, L-1)."""
        return angles(self)

    # ---- one time step ---------------------------------------------------------------------

    def step(self, x, target=None, *, noisy=True, plastic=True):
        """Take one time step; returns the output cells' potentials (…, n_L).

        Parameters
        ----------
        x : array (…, n_0)
            Rates of the input.
        target : array (…, n_L), or None
            Potentials.
        noisy, plastic : bool
            Whether there is noise, and whether anything learns.
        """
        rule = self.rule
        noisy = noisy and rule.sigma > 0.0
        before = self.input, self.rates, self.apical, self.basal, self.dendrites
        self.rates = PHI(self.potentials)
        self.input = np.asarray(x, dtype=np.float64)
        self._dendrites()
        drive = self._drive(target, noisy)
        if noisy:
            self.noise.step()
        if plastic:
            self._learn(*before, noisy)
        output = self.potentials[..., self._cells[-1]]
        self.potentials = self.membranes.step(drive)
        self.highpass.step(self.rates)
        return output

    def _xi(self):
        return self.noise.state if self.members else self.noise.state[0]

    def _dendrites(self):
        """Potentials of the dendrites from the rates."""
        cells, inter, first = self._cells, self._inter, self._inter[1].start
        self.apical, self.basal, self.dendrites = map(
            np.empty_like, (self.apical, self.basal, self.dendrites))
        for m in range(1, self.rule.depth + 1):
            below = self.input if m == 1 else self.rates[..., cells[m - 1]]
            self.basal[..., cells[m]] = matvec(self.weights[f"W{m}"], below)
        for m in range(1, self.rule.depth):
            up, q = self.rates[..., cells[m + 1]], self.rates[..., inter[m]]
            self.apical[..., cells[m]] = (matvec(self.weights[f"B{m}"], up)
                                          + matvec(self.weights[f"C{m}"], q))
            self.dendrites[..., inter[m].start - first:inter[m].stop - first] = matvec(
                self.weights[f"D{m}"], self.rates[..., cells[m]])

    def _drive(self, target, noisy):
        """What the somata of all cells and interneurons drift to."""
        rule, first = self.rule, self._inter[1].start
        drive = np.empty_like(self.potentials)
        drive[..., :first] = rule.basal * self.basal
        apical = self.apical + self._xi() if noisy else self.apical
        drive[..., self._hidden] += rule.apical * apical
        if target is not None:
            drive[..., self._cells[-1]] += rule.teaching * np.asarray(target)
        above = self.potentials[..., self._cells[2].start:first]
        drive[..., first:] = rule.dendrite * self.dendrites + rule.nudge * above
        return drive * self._scale[target is not None]

    # ---- plasticity ------------------------------------------------------------------------

    def _learn(self, x, rates, apical, basal, dendrites, noisy):
        """Change the synapses; the arguments are of the step before."""
        rule, weights, cells, inter = self.rule, self.weights, self._cells, self._inter
        if rule.rate or rule.inter_rate:
            surprise = self.rates - PHI(self._shares * np.concatenate([basal, dendrites], axis=-1))
        if rule.rate:
            for m in range(1, rule.depth + 1):
                change = outer(rule.dt * rule.rate * surprise[..., cells[m]],
                               x if m == 1 else rates[..., cells[m - 1]])
                if rule.tau_update is not None:
                    kept = self.changes[f"W{m}"]
                    kept += rule.dt / rule.tau_update * (change - kept)
                    change = kept
                weights[f"W{m}"] += change
        for m in range(1, rule.depth):
            if rule.inter_rate:
                weights[f"D{m}"] += outer(rule.dt * rule.inter_rate * surprise[..., inter[m]],
                                          rates[..., cells[m]])
            if rule.cancel_rate:
                weights[f"C{m}"] -= outer(rule.dt * rule.cancel_rate * apical[..., cells[m]],
                                          rates[..., inter[m]])
            if rule.credit is PalCredit.BACKPROP:
                weights[f"B{m}"] = np.swapaxes(weights[f"W{m + 1}"], -1, -2).copy()
                weights[f"C{m}"] = -weights[f"B{m}"]
            elif rule.credit is PalCredit.PAL and noisy and rule.back_rate:
                pace = rule.dt * rule.back_rate
                weights[f"B{m}"] *= 1.0 - pace * rule.decay
                weights[f"B{m}"] += outer(pace * self._xi()[..., cells[m]],
                                          self.highpass.state[..., cells[m + 1]])

    # ---- samples ---------------------------------------------------------------------------

    def learn(self, x, target=None):
        """Hold a sample (…, n_0), with potentials (…, n_L) as its target or none, and learn."""
        x = np.asarray(x, dtype=np.float64)
        if x.shape != self.members + (self.rule.sizes[0],):
            raise ValueError(f"x must be one sample for each network, "
                             f"{self.members + (self.rule.sizes[0],)}, not {x.shape}")
        for _ in range(self.rule.steps):
            self.step(x, target)

    def settle(self, x, target=None, steps=100):
        """Hold a sample without noise and plasticity; returns the output cells' potentials."""
        for _ in range(steps):
            output = self.step(x, target, noisy=False, plastic=False)
        return output

    def forward(self, x):
        """Rates [x, r_1, …, r_L] of samples (…, n, n_0) in the self-predicting state."""
        rates = [np.asarray(x, dtype=np.float64)]
        for m in range(1, self.rule.depth + 1):
            drive = product(rates[-1], np.swapaxes(self.weights[f"W{m}"], -1, -2))
            rates.append(PHI(self.rule.basal_share(m) * drive))
        return rates

    def predict(self, x):
        """Classes of samples (n, n_0), or (members, n, n_0): int64 without the last axis."""
        return self.forward(x)[-1].argmax(axis=-1)
