"""Matrices and forward pass of the networks that learn by dynamic inversion."""

from functools import reduce

import numpy as np

from ...floats import product
from ...initial import random_weights
from ...spec.plain import plain
from ..members import SideBySide
from ..samples import samples_of, targets_of
from ..weights import float_weights
from .rule import HIDDEN, OUTPUTS, DynamicInversionRule, InversionCredit, InversionFeedback

__all__ = ["InversionNetwork"]


class InversionNetwork(SideBySide):
    """A feedforward network with feedback weights; or several networks side by side.

    Several seeds make independent networks of equal shape along a leading axis of every array
    (members, …).

    Parameters
    ----------
    rule : DynamicInversionRule
    weights : dict of str to array, or None
        W1 … WL, n_l x (n_{l-1} + 1), last column bias, and perhaps feedback (see below); None
        draws W from `seed`.
    seed : int or sequence of int
        Of every matrix that is drawn.

    Attributes
    ----------
    weights : dict of str to float64 array
        The live ones. Unless W is read transposed there is feedback: B2 … BL, n_l x n_{l-1}, rows
        are the upper ends; for the single loop only BL, n_L x n_1.
    members : tuple
        Leading axes: () or (number of seeds,).

    Raises
    ------
    TypeError, ValueError
        Arguments of the wrong kind, shape or range.
    """

    def __init__(self, rule: DynamicInversionRule, weights=None, seed=0):
        self.rule = plain("rule", rule, DynamicInversionRule)
        super().__init__(weights, seed)
        self.weights = self._start_feedback() | self.weights

    # ---- matrices --------------------------------------------------------------------------

    def loop_layers(self):
        """Layers whose errors something inverts, or sends down, from the top."""
        depth = self.rule.depth
        single = self.rule.credit is InversionCredit.SINGLE_LOOP
        return [depth] if single else list(range(depth, 1, -1))

    def _shapes(self):
        """Shapes by name, without the members: of W, and of what feedback there is."""
        sizes = self.rule.sizes
        forward = {f"W{m}": (sizes[m], sizes[m - 1] + 1) for m in range(1, self.rule.depth + 1)}
        if not self.rule.has_feedback:
            return forward, {}
        whole = self.rule.credit is InversionCredit.SINGLE_LOOP
        return forward, {f"B{m}": (sizes[m], sizes[1 if whole else m - 1])
                         for m in self.loop_layers()}

    def _start(self, weights):
        """Checked copies of the matrices that are given: every W, or none."""
        forward, feedback = ({name: self.members + shape for name, shape in shapes.items()}
                             for shapes in self._shapes())
        return float_weights(self.drawn(self.draw) if weights is None else weights, forward,
                             feedback)

    def _start_feedback(self):
        """The start of the feedback weights, from W where they are not random."""
        shapes = self._shapes()[1]
        if self.rule.feedback in (InversionFeedback.RANDOM, InversionFeedback.KOLEN_POLLACK):
            return self.drawn(lambda seed: self._drawn_feedback(shapes, seed))
        return {name: self.product(self.chain(int(name[1:]))).copy() for name in shapes}

    def draw(self, seed):
        """First W of one network, by name."""
        weights = random_weights(self.rule.sizes, seed)
        for name, matrix in weights.items():
            if name != "W1":
                matrix *= self.rule.upper_gain
        return weights

    @staticmethod
    def _drawn_feedback(shapes, seed):
        """B with the variance of a W of gain 1, from another stream of the seed."""
        generator = np.random.default_rng([seed, 1])
        matrices = {}
        for name, (rows, columns) in sorted(shapes.items()):
            bound = np.sqrt(3.0 / columns)
            matrices[name] = generator.uniform(-bound, bound, (rows, columns))
        return matrices

    def _forward(self, layer):
        return self.weights[f"W{layer}"][..., :-1]

    def chain(self, layer):
        """Matrices of the loop that inverts an error of `layer`, lowest first."""
        lowest = 2 if self.rule.credit is InversionCredit.SINGLE_LOOP else layer
        return [self._forward(m) for m in range(lowest, layer + 1)]

    @staticmethod
    def product(chain):
        """What a chain does as a whole: upper x lower."""
        return reduce(lambda lower, upper: product(upper, lower), chain)

    def feedback(self, layer, chain):
        """B of the loop of `layer`, upper x lower."""
        name = f"B{layer}"
        return self.weights[name] if name in self.weights else self.product(chain)

    # ---- forward pass ----------------------------------------------------------------------

    def forward(self, x):
        """Rates of every layer, [x, h_1, …, y], for samples (…, n, n_0) of each member."""
        return self.drives_and_rates(samples_of(x, self.rule.sizes[0]))[1]

    def drives_and_rates(self, x):
        """[empty, a_1, …, a_L] and [x, h_1, …, y] for samples (…, n, n_0)."""
        rule, drives, rates = self.rule, [np.zeros(0)], [x]
        for layer in range(1, rule.depth + 1):
            matrix = self.weights[f"W{layer}"]
            drives.append(product(rates[-1], np.swapaxes(matrix[..., :-1], -1, -2))
                          + matrix[..., None, :, -1])
            rate = (OUTPUTS[rule.output] if layer == rule.depth else HIDDEN[rule.hidden]).rate
            rates.append(rate(drives[-1]))
        return drives, rates

    def loss(self, x, label):
        """Mean over samples (…, n, n_0) of the loss that matches the output: see OUTPUTS."""
        drives = self.drives_and_rates(samples_of(x, self.rule.sizes[0]))[0]
        target = self.targets(label)
        return OUTPUTS[self.rule.output].loss(drives[-1], target).mean(axis=-1)

    def targets(self, label):
        """One-hot for integer labels, floats (…, n_L) as they are."""
        return targets_of(label, self.rule.sizes[-1])
