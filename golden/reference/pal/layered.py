"""The layered form: a feedforward network in time, all of whose weights learn in every step.

One time step with the sample's x and its target y, layer l with potential v_l and rate r_l:

    upwards     xi_l  an Ornstein-Uhlenbeck process of each hidden neuron (noise.py)
                v_l = W_l r_{l-1} + b_l + xi_l, through a membrane that looks ahead (filters.py)
                r_l = phi(v_l);  y' = v_L
                s_l  the high-passed r_l
    downwards   e_L = y - v_L;   e_l = phi'(v_l) (B_l e_{l+1})
    plasticity  dW_l = rate e_l r_{l-1}^T;   db_l = rate e_l
                dB_l = back_rate xi_l clip(s_{l+1})^T - back_decay B_l

The noise of a neuron appears in the rates above it multiplied by the forward weights; the noise of
the others and the signal average out. So B_l comes to point along E[phi' W_{l+1}^T phi'].
"""

import numpy as np

from ...floats import product
from ...initial import random_weights
from ...spec.plain import plain
from ...spec.qformat import rate_of
from ..members import SideBySide
from ..samples import sample_of_each, samples_of
from .filters import HighPass, Membrane
from .measures import angles
from .noise import NoiseSource, OrnsteinUhlenbeck
from .rule import HIDDEN, Order, PalCredit, PhaselessRule

__all__ = ["LayeredModel", "matvec", "outer"]


def matvec(matrix, vector):
    """matrix (…, m, n) times vector (…, n)."""
    return product(vector[..., None, :], np.swapaxes(matrix, -1, -2))[..., 0, :]


def outer(post, pre):
    """post (…, m) times pre (…, n) as (…, m, n)."""
    return post[..., :, None] * pre[..., None, :]


class LayeredModel(SideBySide):
    """A network that learns in every time step; or several networks side by side.

    Several seeds make independent networks of equal shape along a leading axis of every array
    (members, …), each with noise of its own.

    Parameters
    ----------
    rule : PhaselessRule
    weights : dict of str to array, or None
        W1 … WL, n_l x (n_{l-1} + 1), last column bias, and perhaps B1 … B{L-1}, n_l x n_{l+1}, rows
        are the lower ends; what is missing is drawn from `seed`, B with the variance of W^T.
    seed : int or sequence of int
        Of weights and noise.

    Attributes
    ----------
    weights : dict of str to float64 array
        The live ones. No B under backprop.
    members : tuple
        Leading axes: () or (number of seeds,).

    Raises
    ------
    TypeError, ValueError
        Arguments of the wrong kind, shape or range.
    """

    def __init__(self, rule: PhaselessRule, weights=None, seed=0):
        self.rule = plain("rule", rule, PhaselessRule)
        super().__init__(weights, seed)
        self._start_state()

    # ---- weights ---------------------------------------------------------------------------

    def draw(self, seed):
        """First weights of one network, by name."""
        sizes, generator = self.rule.sizes, np.random.default_rng([seed, 1])
        weights = random_weights(sizes, seed)
        if self.rule.credit is not PalCredit.BACKPROP:
            for layer in range(1, self.rule.depth):
                bound = np.sqrt(3.0 / sizes[layer])
                weights[f"B{layer}"] = generator.uniform(-bound, bound,
                                                         (sizes[layer], sizes[layer + 1]))
        return weights

    def forward_matrix(self, layer):
        """W of a layer 1 … L without its bias."""
        return self.weights[f"W{layer}"][..., :-1]

    def feedback(self, layer):
        """B of a hidden layer, n_l x n_{l+1}: what carries errors down to it."""
        if self.rule.credit is PalCredit.BACKPROP:
            return np.swapaxes(self.forward_matrix(layer + 1), -1, -2)
        return self.weights[f"B{layer}"]

    def angles(self):
        """Angles in degrees between B and W^T of the hidden layers, (…, L-1)."""
        return angles(self)

    # ---- state -----------------------------------------------------------------------------

    def _start_state(self):
        """Silence: rates of all layers lie in one array, each followed by a 1 for the bias."""
        rule, sizes = self.rule, self.rule.sizes
        ends = np.cumsum([n + 1 for n in sizes])
        hidden = np.cumsum([0, *sizes[1:-1]])
        self.rates = np.zeros(self.members + (int(ends[-1]),))
        self.rates[..., ends - 1] = 1.0
        self._with_bias = [slice(end - n - 1, end) for n, end in zip(sizes, ends, strict=True)]
        self._only = [slice(end - n - 1, end - 1) for n, end in zip(sizes, ends, strict=True)]
        self._noise_of = [None] + [slice(a, b) for a, b in zip(hidden, hidden[1:], strict=False)]
        self.noise: NoiseSource = OrnsteinUhlenbeck(
            [[seed, 2] for seed in self.seeds], int(hidden[-1]), rule.tau_noise, rule.sigma,
            rule.noise)
        # The input has neither potentials nor errors.
        self.potentials, self.errors = (
            [np.zeros(self.members + (n,)) for n in (0, *sizes[1:])] for _ in range(2))
        self.highpass = HighPass(self.rates, rule.tau_highpass)
        self.membranes = None if rule.tau_membrane is None else [
            Membrane(v, rule.tau_membrane, rule.look_ahead) for v in self.potentials]

    # ---- one time step ---------------------------------------------------------------------

    def step(self, x, target=None, rate=None):
        """Take one time step.

        Parameters
        ----------
        x : array (…, n_0)
        target : array (…, n_L), or None
            None: no errors; only B goes on learning.
        rate : float or None
            Instead of the rule's.

        Returns
        -------
        float64 array (…, n_L)
            The output.
        """
        rule = self.rule
        rate = rule.rate if rate is None else rate
        xi = self._upwards(x)
        if target is not None and rate:
            self._downwards(target)
            for layer in range(1, rule.depth + 1):
                self.weights[f"W{layer}"] += outer(rate * self.errors[layer],
                                                   self._read[..., self._with_bias[layer - 1]])
        if xi is not None and rule.credit is PalCredit.PAL and rule.back_rate:
            fresh = self.highpass.step(self.rates)
            if rule.limit is not None:
                fresh = np.minimum(np.maximum(fresh, -rule.limit), rule.limit)
            teaching = rule.back_rate * xi
            for layer in range(1, rule.depth):
                back = self.weights[f"B{layer}"]
                back *= 1.0 - rule.back_decay
                back += outer(teaching[..., self._noise_of[layer]],
                              fresh[..., self._only[layer + 1]])
        return self.potentials[-1]

    def _upwards(self, x):
        """Potentials and rates of all layers; returns the noise (…, hidden neurons), or None."""
        rule, phi = self.rule, HIDDEN[self.rule.hidden].rate
        xi = None
        if rule.sigma:
            xi = self.noise.step() if self.members else self.noise.step()[0]
        self.rates[..., self._only[0]] = x
        self._read = self.rates if rule.order is Order.SWEEP else self.rates.copy()
        self._output_before = self.potentials[-1]
        for layer in range(1, rule.depth + 1):
            drive = matvec(self.weights[f"W{layer}"], self._read[..., self._with_bias[layer - 1]])
            if xi is not None and layer < rule.depth:
                drive += xi[..., self._noise_of[layer]]
            if self.membranes:
                drive = self.membranes[layer].step(drive)
            self.potentials[layer] = drive
            self.rates[..., self._only[layer]] = phi(drive) if layer < rule.depth else drive
        return xi

    def _downwards(self, target):
        """Errors of all layers."""
        rule, slope = self.rule, HIDDEN[self.rule.hidden].slope
        parallel = rule.order is Order.PARALLEL
        above = list(self.errors) if parallel else self.errors
        self.errors[-1] = target - (self._output_before if parallel else self.potentials[-1])
        for layer in range(rule.depth - 1, 0, -1):
            self.errors[layer] = (slope(self.potentials[layer])
                                  * matvec(self.feedback(layer), above[layer + 1]))

    # ---- samples ---------------------------------------------------------------------------

    def learn(self, x, label, update_shift=None):
        """Hold a sample for T steps and learn; returns the classes seen when x arrived.

        Parameters
        ----------
        x : array (n_0,), or (members, n_0)
        label : int, int array (members,), or float targets (n_L,) or (members, n_L)
        update_shift : int or None
            k of the rate 2**-k of W, for each time step; None is the rule's rate.

        Returns
        -------
        int, or int64 array (members,)
            Of the first output that x has reached, with noise: before the label acts in a sweep;
            in parallel order the last layer has been taught for as many steps as x took.
        """
        x, target = sample_of_each(x, label, self.members, self.rule.sizes)
        rate = None if update_shift is None else rate_of(update_shift)
        arrival = self.rule.depth if self.rule.order is Order.PARALLEL else 1
        for count in range(1, self.rule.steps + 1):
            output = self.step(x, target, rate)
            if count == arrival:
                prediction = output.argmax(axis=-1)
        return prediction if self.members else int(prediction)

    def forward(self, x):
        """Rates [x, r_1, …, v_L] of samples (…, n, n_0) at rest, without noise."""
        rates = [samples_of(x, self.rule.sizes[0])]
        for layer in range(1, self.rule.depth + 1):
            matrix = self.weights[f"W{layer}"]
            drive = (product(rates[-1], np.swapaxes(matrix[..., :-1], -1, -2))
                     + matrix[..., None, :, -1])
            rates.append(HIDDEN[self.rule.hidden].rate(drive) if layer < self.rule.depth else drive)
        return rates
