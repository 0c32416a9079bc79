"""Ghost units in float64: a network that learns by local rules only.

Reconstructed from the abstract of Mesnard et al. 2019 (arXiv:1911.08585). Plasticity is a product
of what a synapse finds at its two ends, a post-synaptic difference and a presynaptic rate,

    LD   dW_l = eta/beta (r_l - rho(v_l)) r_{l-1}^T            at one instant
    TD   dW_l = eta/beta (r_l^nudged - r_l^free) r_{l-1}^free^T

a bias having the presynaptic rate 1. No slope rho' is stored or multiplied: a difference of rates
supplies it. For exact ghosts, B_l = gamma W_{l+1}^T and beta -> 0 both are the direction of exact
backprop in every layer (LD for any gamma, TD in the sweep); see measures.py.
"""

from functools import reduce

from ..feedforward.cancellation import MECHANISMS
from ..feedforward.network import Model
from ..feedforward.rule import ReadOut
from ..samples import batch_targets
from .phase import State, feedforward, relax, sweep

__all__ = ["Phases", "ReferenceModel", "phases_of"]


class Phases:
    """States that one sample (or batch) left for the plasticity.

    Attributes
    ----------
    feedforward, free, nudged : State
        Before any feedback; at the end of the free phase; at the end of the nudged phase.
    paired : State
        The one whose rates are presynaptic.
    post : list of array
        Post-synaptic differences of layers 1 … L (entry 0: None).
    """

    def __init__(self, start: State, free: State, nudged: State, paired: State, post):
        self.feedforward, self.free, self.nudged = start, free, nudged
        self.paired, self.post = paired, post


def _last(states, state):
    """Last of an iterable of states, or `state` if it is empty."""
    return reduce(lambda _, new: new, states, state)


def phases_of(net, x, target, beta=None):
    """Run the phases of the rule's schedule; `beta` defaults to the rule's."""
    rule = net.rule
    beta = rule.beta if beta is None else beta
    temporal = rule.read_out is ReadOut.TEMPORAL
    layers = range(1, rule.depth + 1)
    start = feedforward(net, x)
    if not rule.relaxes:
        # TD compares two sweeps, so that what the ghosts leave over is common to both; LD compares
        # with the feedforward rates. Both pair with the rates that made the drives.
        nudged = sweep(net, start, target, beta)
        free = sweep(net, start, target, 0.0) if temporal else start
        post = [None] + [nudged.rates[m] - free.rates[m] for m in layers]
        return Phases(start, start, nudged, start, post)
    free = _last(relax(net, start, rule.free_steps), start)
    nudged = _last(relax(net, free, rule.steps, target, beta), free)
    if temporal:
        post = [None] + [nudged.rates[m] - free.rates[m] for m in layers]
        return Phases(start, free, nudged, free, post)
    own = [net.rate(m, net.drive(f"W{m}", nudged.rates[m - 1])) for m in layers]
    post = [None] + [nudged.rates[m] - r for m, r in zip(layers, own, strict=True)]
    return Phases(start, free, nudged, nudged, post)


class ReferenceModel(Model):
    """Ghost units with any cancellation mechanism, schedule and feedback: see Model."""

    def learn(self, x, target, update_shift=None, second_update_shift=None):
        """Learn from one sample or a batch: see Model.learn."""
        net, rule = self.net, self.rule
        target = batch_targets(target, rule.sizes[-1])
        x = self.samples_of(x)
        rate, ghost_rate = self.rates_of(update_shift, second_update_shift)
        phases = phases_of(net, x, target)
        # Every change is computed from the old weights, as if all synapses changed at once.
        changes = [(f"W{m}", rate, phases.post[m], phases.paired.rates[m - 1])
                   for m in range(1, rule.depth + 1)]
        if rule.feedback.learns:
            changes += [(f"B{m - 1}", rate, phases.paired.rates[m - 1], phases.post[m])
                        for m in range(2, rule.depth + 1)]
        changes += self._ghost_changes(phases, ghost_rate)
        for change in changes:
            net.change(*change)
        if rule.decay and rule.feedback.learns:
            for name in [c[0] for c in changes if c[0][0] in "WB" and c[0] != "W1"]:
                net[name][...] *= 1.0 - rule.decay
        prediction = phases.feedforward.rates[-1].argmax(axis=1)
        return int(prediction[0]) if len(prediction) == 1 else prediction

    def learn_ghosts(self, x, second_update_shift=None):
        """Free phase alone: only plastic ghosts learn (no label)."""
        x = self.samples_of(x)
        free = feedforward(self.net, x)
        rate = self.rates_of(None, second_update_shift)[1]
        for change in self._ghost_changes(Phases(free, free, free, free, None), rate):
            self.net.change(*change)

    def _ghost_changes(self, phases, rate):
        mechanism = MECHANISMS[self.rule.mechanism]
        changes = [mechanism.change(self.net, m, phases.free, phases.paired, phases.nudged)
                   for m in range(2, self.rule.depth + 1)]
        return [(name, rate, post, pre) for name, post, pre in filter(None, changes)]
