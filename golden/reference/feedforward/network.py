"""The parameters of a network in float64, and what every model does with them."""

import numpy as np

from ...floats import product
from ...initial import HIDDEN_BIAS, initial_weights, random_weights
from ...spec import Activation, Design, Feedback
from ...spec.qformat import rate_of
from ...spec.rules.ghost import GhostRule
from ..samples import batch_of
from ..sizes import layer_of
from ..weights import float_weights
from .cancellation import MECHANISMS
from .rule import ReferenceRule

__all__ = ["Model", "Synapses"]


class Synapses:
    """Every matrix of a network: W1 … WL, and where the rule has them its own G, B and I.

    Wl and Gl are n_l x (n_{l-1} + 1) with the bias in the last column. Bl (feedback to layer l from
    the one above) is n_l x n_{l+1}, as a design has it. Il (inhibition by the ghosts of layer l) is
    n_l x n_{l-1}, its rows are the upper ends.

    Parameters
    ----------
    rule : ReferenceRule
    weights : dict of str to array
        W1 … WL and, for plastic ghosts, G2 … GL. B and I are drawn if they are missing.
    seed : int
        Of what has to be drawn: B1 … B{L-1}, I2 … IL (A-learnB).
    """

    def __init__(self, rule: ReferenceRule, weights, seed=0):
        self.rule = rule
        own, drawn = self._shapes()
        generator = np.random.default_rng([seed, 1])
        self.matrices = float_weights(weights, own, drawn)
        for name, shape in drawn.items():
            if name not in weights:  # the variance that W, or W^T, has
                upper, lower = shape[::-1] if name[0] == "B" else shape
                bound = np.sqrt(3.0 / lower)
                matrix = generator.uniform(-bound, bound, (upper, lower))
                self.matrices[name] = matrix if name[0] != "B" else self._signed(matrix.T, name)

    def _signed(self, matrix, name):
        """Feedback as it begins: concordant feedback has the signs of W^T."""
        if self.rule.feedback is not Feedback.CONCORDANT:
            return matrix
        above = self.matrices[f"W{int(name[1:]) + 1}"][:, :-1].T
        return np.where(above < 0.0, -np.abs(matrix), np.abs(matrix))

    def _shapes(self):
        """Shapes by name: of what must be given, and of what is drawn if it is not."""
        rule, sizes = self.rule, self.rule.sizes
        upper = range(2, rule.depth + 1)
        mechanism = MECHANISMS[rule.mechanism]
        inhibition = rule.mechanism == "A-learnB"
        ghosts = rule.ghosts_per_unit if inhibition else 1
        own = {f"W{m}": (sizes[m], sizes[m - 1] + 1) for m in range(1, rule.depth + 1)}
        if mechanism.own_weights:
            own |= {f"G{m}": (ghosts * sizes[m], sizes[m - 1] + 1) for m in upper}
        drawn = {}
        if rule.feedback.stored:
            drawn |= {f"B{m - 1}": (sizes[m - 1], sizes[m]) for m in upper}
        if inhibition:
            drawn |= {f"I{m}": (ghosts * sizes[m], sizes[m - 1]) for m in upper}
        return own, drawn

    def __getitem__(self, name):
        return self.matrices[name]

    def rate(self, layer, potential):
        """rho(s) of layer 1 .. L."""
        return self.rule.activation(layer).rate(potential)

    def drive(self, name, rates):
        """Feedforward drive, W r + b or G r + g."""
        matrix = self.matrices[name]
        return product(rates, matrix[:, :-1].T) + matrix[:, -1]

    def feedback(self, layer, values):
        """B r: what values of `layer` send down to layer - 1."""
        if not self.rule.feedback.stored:
            return self.rule.gamma * product(values, self.matrices[f"W{layer}"][:, :-1])
        return product(values, self.matrices[f"B{layer - 1}"].T)

    def change(self, name, rate, post, pre):
        """Add rate post pre^T, averaged over the samples; a bias has the presynaptic rate 1."""
        matrix = self.matrices[name]
        rate = rate / len(post)
        inputs = pre.shape[1]
        matrix[:, :inputs] += rate * product(post.T, pre)
        if matrix.shape[1] > inputs:
            matrix[:, -1] += rate * post.sum(axis=0)


class Model:
    """A feedforward network that predicts; subclasses learn.

    Parameters
    ----------
    rule : ReferenceRule
    weights : dict of str to array, or None
        As Synapses takes them; None draws them from `seed`.
    seed : int
        Of every matrix that is drawn.
    """

    def __init__(self, rule: ReferenceRule, weights=None, seed=0):
        if not isinstance(rule, ReferenceRule):
            raise TypeError(f"rule must be a ReferenceRule, not {rule!r}")
        self.rule, self.seed = rule, seed
        if weights is None:
            weights = self._random_weights(seed)
        self.net = Synapses(rule, weights, seed)

    def _random_weights(self, seed):
        rule = self.rule
        clip = rule.hidden == Activation.CLIP.value
        # A sigmoid's slope is 1/4 at most: twice the weights keep signals from fading.
        settings = {"gain": 2.0 if rule.hidden == "sigmoid" else 1.0,
                    "hidden_bias": HIDDEN_BIAS[Activation.CLIP] if clip else 0.0,
                    "second": MECHANISMS[rule.mechanism].own_weights}
        weights = random_weights(rule.sizes, seed, **settings)
        for copy in range(1, rule.ghosts_per_unit if rule.mechanism == "A-learnB" else 1):
            more = random_weights(rule.sizes, [seed, copy], **settings)
            for name in [n for n in weights if n.startswith("G")]:
                weights[name] = np.vstack([weights[name], more[name]])
        return weights

    @classmethod
    def from_design(cls, design: Design, weights=None, seed=0, **changes):
        """Model of a design's network and rule, by default from its `initial_weights` of `seed`.

        `weights` may hold more matrices than this model has (a backprop model has no ghosts).
        """
        rule = cls.adapt(ReferenceRule.from_design(design, **changes))
        if weights is None and GhostRule.of(design).feedback.stored:
            weights = initial_weights(design, seed)
        if weights is not None:
            lacks = "G" * (not MECHANISMS[rule.mechanism].own_weights) + (
                "B" * (not rule.feedback.stored))
            weights = {n: w for n, w in weights.items() if n[0] not in lacks}
        return cls(rule, weights, seed)

    @staticmethod
    def adapt(rule):
        """The rule as this kind of model needs it."""
        return rule

    @property
    def weights(self):
        """float64 arrays by name, W1 … WL and whatever else the rule has; the live ones."""
        return self.net.matrices

    def set_weights(self, weights):
        """Take copies of `weights`; B and I keep their values if they are not given."""
        kept = {n: w for n, w in self.weights.items() if n[0] in "BI"}
        self.net = Synapses(self.rule, kept | dict(weights), self.seed)

    def forward(self, x):
        """Rates of every layer without feedback, a list [x, r_1, …, r_L] of samples x neurons."""
        rates = [self.samples_of(x)]
        for layer in range(1, self.rule.depth + 1):
            rates.append(self.net.rate(layer, self.net.drive(f"W{layer}", rates[-1])))
        return rates

    def samples_of(self, x):
        """x as samples x inputs."""
        return batch_of(x, self.rule.sizes[0])

    def infer(self, x):
        """Class of one sample (n_0,)."""
        return int(self.predict(np.asarray(x)[None])[0])

    def predict(self, x):
        """Classes of samples (n, n_0), int64; the first of equal outputs wins."""
        return self.forward(x)[-1].argmax(axis=1)

    def outputs(self, x, layer=None):
        """Rates (n, n_layer) of a layer 1 .. L, None the last, of samples (n, n_0)."""
        return self.forward(x)[layer_of(layer, self.rule.depth)]

    def rates_of(self, update_shift, second_update_shift):
        """(eta / beta, ghost rate): the rule's, or 2**-shift where a shift is given."""
        rule = self.rule
        rate = rule.eta / rule.beta if update_shift is None else rate_of(update_shift)
        ghost = rate if rule.ghost_rate is None else rule.ghost_rate
        return rate, ghost if second_update_shift is None else rate_of(second_update_shift)

    def learn(self, x, target, update_shift=None, second_update_shift=None):
        """Learn from one sample (or a batch, averaged); returns the free phase's prediction.

        Parameters
        ----------
        x : array (n_0,) or (n, n_0)
        target : int, int array (n,), or float array (n, n_L) or (n_L,)
            Classes, or values of all outputs.
        update_shift, second_update_shift : int or None
            k of eta / beta = 2**-k and of the ghosts' rate, as the hardware's registers hold it.
        """
        raise NotImplementedError
