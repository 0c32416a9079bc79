"""Dynamic inversion in float64: credit by a feedback loop that inverts the forward pass.

After Podlaski & Machens 2020 (arXiv:2007.05112), of which only parts were at hand. The forward pass
is a_l = W_l h_{l-1} + b_l, h_l = g(a_l); with the error delta_L = t - y of the output every layer
learns by

    dW_l = eta delta_l h_{l-1}^T,    db_l = eta delta_l,    delta_{l-1} = g'(a_{l-1}) d_{l-1}

and the rules differ in how delta_l becomes d_{l-1}: see InversionCredit, and loop.py for the
loop. After one step d is ku kd B delta, the direction of feedback alignment; at rest, for
alpha -> 0 and B = W^T, it is the pseudo-inverse: T and alpha lead from the one to the other.
"""

import numpy as np

from ...floats import norm, product, pseudo_inverse
from ...spec.qformat import rate_of
from ..samples import sample_of_each
from .loop import loop, settle, steady_state
from .network import InversionNetwork
from .rule import HIDDEN, DynamicInversionRule, InversionCredit, InversionFeedback, SlopeUse
from .stability import check_stability

__all__ = ["DynamicInversion"]

LEAST_KU = 2.0**-5  # of the guard
DIVERGING = 0.25  # last increment, relative to the largest error entry


class DynamicInversion(InversionNetwork):
    """A network that learns online, one sample at a time: see InversionNetwork.

    Networks of several seeds learn in step, each from a sample of its own, several times faster
    than one after the other.

    Attributes
    ----------
    settled : dict of int to Settled
        The loops of the last sample, by the layer whose error they inverted.
    gains : dict of int to array (…, 1, 1)
        ku of each layer's loop, which the guard may lower.
    guarded : dict of int to int64 array
        How often the guard stepped in.

    Raises
    ------
    ValueError
        A loop is unstable at the start (a RuntimeWarning if the rule is not strict).
    """

    def __init__(self, rule: DynamicInversionRule, weights=None, seed=0):
        super().__init__(rule, weights, seed)
        self.samples = 0
        self.settled = {}
        self.gains = {m: np.full(self.members + (1, 1), rule.ku) for m in self.loop_layers()}
        self.guarded = {m: np.zeros(self.members, dtype=np.int64) for m in self.loop_layers()}
        if rule.retries:  # then an unstable loop is the guard's affair
            return
        check_stability(rule, [
            (f"layer {m}", chain, self.feedback(m, chain), self.product(chain))
            for m, chain in ((m, self.chain(m)) for m in self.loop_layers())])

    def deltas(self, x, label):
        """(deltas, rates): delta_1 … delta_L (entry 0: empty) and h_0 … y, arrays (…, 1, n).

        Parameters
        ----------
        x : array (n_0,), or (members, n_0)
        label : int, int array (members,), or float targets (n_L,) or (members, n_L)
        """
        x, target = sample_of_each(x, label, self.members, self.rule.sizes)
        drives, rates = self.drives_and_rates(x[..., None, :])
        deltas = [np.zeros(0)] * (self.rule.depth + 1)
        deltas[-1] = target[..., None, :] - rates[-1]
        slope = HIDDEN[self.rule.hidden].slope
        slopes = {m: slope(drives[m]) for m in range(1, self.rule.depth)}
        for layer in self.loop_layers():
            ds = self._below(layer, deltas[layer], slopes)
            for lower, d in enumerate(ds, start=layer - len(ds)):
                deltas[lower] = slopes[lower] * d
        if self.rule.largest_delta is not None:
            for layer in range(1, self.rule.depth + 1):
                length = norm(deltas[layer], axis=-1)[..., None]
                deltas[layer] = deltas[layer] * np.minimum(
                    1.0, self.rule.largest_delta / np.maximum(length, 1e-300))
        return deltas, rates

    def _below(self, layer, delta, slopes):
        """What an error of `layer` becomes below: d of layer - 1, or d_1 … of the single loop."""
        rule, chain = self.rule, self.chain(layer)
        if rule.credit is InversionCredit.BACKPROP:
            return [product(delta, chain[0])]
        if rule.credit is InversionCredit.PSEUDO_INVERSE:
            return [product(delta, np.swapaxes(pseudo_inverse(chain[0]), -1, -2))]
        feedback = self.feedback(layer, chain)
        if rule.credit is InversionCredit.ALIGNMENT:
            return [product(delta, feedback)]
        lowest = layer - len(chain)
        if rule.credit is InversionCredit.STEADY:
            if rule.slope is SlopeUse.GATED:
                chain = [chain[0] * slopes[lowest]]
            return steady_state(chain, feedback, delta, rule.alpha)
        inner = {
            SlopeUse.AFTER: None,
            SlopeUse.GATED: lambda k, d: slopes[lowest + k] * d,
            SlopeUse.RATE: lambda k, d: HIDDEN[rule.hidden].rate(d),
        }[rule.slope]

        def run(ku):
            return settle(loop(chain, feedback, delta, alpha=rule.alpha, ku=ku, kd=rule.kd,
                               inner=inner), rule.steps, rule.tolerance)

        self.settled[layer] = settled = run(self.gains[layer])
        if rule.retries:
            return self._retry(layer, delta, settled, run)
        return self._guard(layer, delta, settled) if rule.guard else settled.ds

    def _failed(self, delta, settled):
        """Which networks' loops are diverging. NaN is."""
        largest = DIVERGING * np.abs(delta).max(axis=(-1, -2))
        # A loop that was allowed to stop has not failed.
        return ~(settled.increment <= np.maximum(largest, self.rule.tolerance or 0.0))

    def _retry(self, layer, delta, settled, run):
        """The loop's d, where need be of a later try, or zero if none comes to rest."""
        ds, failed = settled.ds, self._failed(delta, settled)
        for count in range(1, self.rule.retries + 1):
            if not failed.any():
                return ds
            self.guarded[layer] += failed
            again = run(self.gains[layer] * 2.0**-count)
            ds = [np.where(failed[..., None, None], new, old)
                  for new, old in zip(again.ds, ds, strict=True)]
            failed = failed & self._failed(delta, again)
        self.guarded[layer] += failed
        return [np.where(failed[..., None, None], 0.0, d) for d in ds]

    def _guard(self, layer, delta, settled):
        """The loop's d, or zero where it is diverging."""
        failed = self._failed(delta, settled)
        if not failed.any():
            return settled.ds
        self.guarded[layer] += failed
        failed = failed[..., None, None]
        gain = self.gains[layer]
        self.gains[layer] = np.where(failed, np.maximum(gain / 2, LEAST_KU), gain)
        return [np.where(failed, 0.0, d) for d in settled.ds]

    def learn(self, x, label, update_shift=None):
        """Learn from one sample for each network; returns the prediction made before.

        Parameters
        ----------
        x, label
            As `deltas` takes them.
        update_shift : int or None
            k of eta = 2**-k; None is the rule's eta.
        """
        rule = self.rule
        eta = rule.eta if update_shift is None else rate_of(update_shift)
        if (rule.has_feedback and rule.feedback is InversionFeedback.REFRESHED
                and self.samples % rule.refresh == 0):
            for m in self.loop_layers():
                self.weights[f"B{m}"] = self.product(self.chain(m)).copy()
        deltas, rates = self.deltas(x, label)
        kolen_pollack = rule.has_feedback and rule.feedback is InversionFeedback.KOLEN_POLLACK
        for layer in range(1, rule.depth + 1):
            post = eta * np.swapaxes(deltas[layer], -1, -2)
            change = post * rates[layer - 1]
            matrix = self.weights[f"W{layer}"]
            back = self.weights.get(f"B{layer}") if kolen_pollack else None
            if rule.decay and (layer > 1 or not kolen_pollack):
                matrix *= 1.0 - rule.decay
                if back is not None:
                    back *= 1.0 - rule.decay
            matrix[..., :-1] += change
            matrix[..., -1] += post[..., 0]
            if back is not None:
                back += change
        self.samples += 1
        prediction = rates[-1][..., 0, :].argmax(axis=-1)
        return prediction if self.members else int(prediction)
