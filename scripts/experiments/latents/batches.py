"""Phaseless alignment learning in batches: networks of MNIST's size in float32.

The equations are those of `golden.reference.pal.LayeredModel`, each sample of a batch with noise of
its own; what the weights learn is the mean over the batch. Here products are those of BLAS, so that
figures move by a few last digits from machine to machine: in the order of golden/floats.py an epoch
would take some ten times as long.
"""

import numpy as np

from cortigate.golden.reference.pal import LayeredModel, Order, PalCredit, PhaselessRule
from cortigate.golden.reference.pal.filters import HighPass
from cortigate.golden.reference.pal.noise import OrnsteinUhlenbeck

__all__ = ["BatchModel"]


class BatchModel:
    """A network that learns in every time step from a batch of samples.

    Parameters
    ----------
    rule : PhaselessRule
        Hidden units tanh, no membrane.
    batch : int
        Samples that are held together.
    seed : int
        Of weights, as `LayeredModel` draws them, and of the noise.
    dtype : type
        Of all arrays.

    Attributes
    ----------
    weights : dict of str to array
        W1 … WL, n_l x n_{l-1}, b1 … bL, n_l; and B1 … B{L-1}, n_l x n_{l+1}, but under backprop.

    Raises
    ------
    ValueError
        Other units, or a membrane.
    """

    def __init__(self, rule: PhaselessRule, batch: int, seed: int, dtype: type = np.float32):
        if rule.hidden != "tanh" or rule.tau_membrane is not None:
            raise ValueError("a network that learns in batches must have tanh units and no "
                             f"membrane, not {rule.hidden} units and a membrane of "
                             f"{rule.tau_membrane}")
        self.rule, self.batch, self._dtype = rule, batch, dtype
        self.weights = {}
        for name, drawn in LayeredModel(rule, seed=seed).weights.items():
            if name[0] == "W":
                self.weights["b" + name[1:]] = drawn[:, -1].astype(dtype)
            self.weights[name] = (drawn[:, :-1] if name[0] == "W" else drawn).astype(dtype)
        sizes = rule.sizes
        self._rates = [np.zeros((batch, n), dtype) for n in sizes]
        self._errors = [np.zeros((batch, n), dtype) for n in sizes]
        self._highpass = [HighPass(rates, rule.tau_highpass) for rates in self._rates]
        self.noise = [OrnsteinUhlenbeck([[seed, 2, layer, number] for number in range(batch)], n,
                                        rule.tau_noise, rule.sigma, rule.noise)
                      for layer, n in enumerate(sizes[1:-1], 1)]

    def forward_matrix(self, layer):
        """W of a layer 1 … L."""
        return self.weights[f"W{layer}"]

    def feedback(self, layer):
        """B of a hidden layer, n_l x n_{l+1}: what carries errors down to it."""
        if self.rule.credit is PalCredit.BACKPROP:
            return self.weights[f"W{layer + 1}"].T
        return self.weights[f"B{layer}"]

    def rates(self, x, layer):
        """Rates (n, n_layer) of samples (n, n_0) at rest, without noise."""
        rates = np.asarray(x, self._dtype)
        for each in range(1, layer + 1):
            drive = rates @ self.weights[f"W{each}"].T + self.weights[f"b{each}"]
            rates = drive if each == self.rule.depth else np.tanh(drive)
        return rates

    def learn(self, x, target):
        """Hold samples (batch, n_0) for T steps, and learn their targets (batch, n_L)."""
        x, target = (np.asarray(values, self._dtype) for values in (x, target))
        for _ in range(self.rule.steps):
            self._step(x, target)

    def _step(self, x, target):
        rule, depth = self.rule, self.rule.depth
        parallel = rule.order is Order.PARALLEL
        self._rates[0] = x
        read = list(self._rates) if parallel else self._rates
        above = list(self._errors) if parallel else self._errors
        output_before = self._rates[-1]
        xi = [source.step().astype(self._dtype) for source in self.noise] if rule.sigma else None
        for layer in range(1, depth + 1):
            drive = read[layer - 1] @ self.weights[f"W{layer}"].T + self.weights[f"b{layer}"]
            if layer < depth:
                self._rates[layer] = np.tanh(drive if xi is None else drive + xi[layer - 1])
            else:
                self._rates[layer] = drive
        self._errors[depth] = target - (output_before if parallel else self._rates[depth])
        for layer in range(depth - 1, 0, -1):
            slope = 1.0 - self._rates[layer]**2
            self._errors[layer] = slope * (above[layer + 1] @ self.feedback(layer).T)
        share = self._dtype(rule.rate / self.batch)
        for layer in range(1, depth + 1):
            error = share * self._errors[layer]
            self.weights[f"W{layer}"] += error.T @ read[layer - 1]
            self.weights[f"b{layer}"] += error.sum(axis=0)
        if xi is not None and rule.credit is PalCredit.PAL and rule.back_rate:
            self._teach_feedback(xi)

    def _teach_feedback(self, xi):
        rule = self.rule
        for layer in range(1, rule.depth):
            fresh = self._highpass[layer + 1].step(self._rates[layer + 1]).astype(self._dtype)
            if rule.limit is not None:
                fresh = np.clip(fresh, -rule.limit, rule.limit)
            back = self.weights[f"B{layer}"]
            back *= self._dtype(1.0 - rule.back_decay)
            back += (self._dtype(rule.back_rate / self.batch) * xi[layer - 1]).T @ fresh
