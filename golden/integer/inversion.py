"""Dynamic inversion in integers (modes as in golden.spec.rules.inversion.program)."""

import numpy as np

from ..edges.edge import Edge, clip, comparison, rounding
from ..spec.design import Activation, Design
from ..spec.rules.inversion import InversionRule, Mode
from ..spec.steps import Operation, Step
from . import arithmetic
from .model import IntegerModel
from .shared_edges import drives, margins, rates
from .trace import Pass, Trace

__all__ = ["InversionModel"]

LEAST_EFFORT = 3  # units of the last place that a loop at rest may still move by


class InversionModel(IntegerModel):
    """Dynamic inversion; parameters and attributes as `IntegerModel`.

    Dense: W_l d_{l-1} and B_{l-1} u_l are computed anew in every step.
    """

    @classmethod
    def declared_edges(cls, design: Design) -> list[Edge]:
        """Of controllers, followers and gates."""
        rule = InversionRule.of(design)
        return (drives(design) + rates(design)
                + rounding("control", rule.leak_shift + rule.control_shift + rule.guard)
                + rounding("follow", rule.follow_shift) + clip("controller") + clip("follower")
                + _gate(design.network.hidden) + comparison("error") + comparison("moved")
                + (comparison("restless") if rule.guard else []) + margins(design))

    @classmethod
    def never_left_out(cls, step: Step) -> str:
        """A controller's pass is never passed over."""
        return ("the loop has ended where neither u nor d has changed, or begins again"
                if step.mode is Mode.CONTROL else "")

    def _compiled(self):
        from .compiled import inversion

        return inversion.loops(self)

    def _learn(self, trace, x, target, shifts):
        """Forward, down through the inverted layers, and one update of every weight.

        With a guard a layer learns as soon as the loop below it has ended, and a sample whose
        loop is restless to the last ends there.
        """
        rule, depth = InversionRule.of(self.design), self.design.network.depth
        rates, drives = self._upwards(trace, x, target)
        if self._leads(trace, rates[depth], target):
            return
        delta = {depth: target - rates[depth]}
        going = bool(delta[depth].any())
        self._meets("compare", "error", delta[depth], 0)
        trace.passes.append(Pass(Operation.QUIT, again=going))
        if not going:
            return
        for layer in range(depth, 1, -1):
            delta[layer - 1], restless = self._invert(trace, layer, delta[layer],
                                                      drives[layer - 1])
            if rule.guard:
                self._teach(trace, layer, delta, rates, shifts[0])
                trace.passes.append(Pass(Operation.QUIT, again=not restless))
                if restless:
                    return
        for layer in (1,) if rule.guard else range(depth, 0, -1):
            self._teach(trace, layer, delta, rates, shifts[0])

    def _teach(self, trace, layer, delta, rates, shift):
        """W_l += eta delta_l h_{l-1}^T; feedback that learns, B_{l-1} += eta h_{l-1} delta_l^T."""
        rule = InversionRule.of(self.design)
        if not rule.feedback.learns or layer == 1:
            self._update(trace, f"W{layer}", delta[layer], rates[layer - 1], shift)
            return
        self._update(trace, f"W{layer}", delta[layer], rates[layer - 1], shift,
                     decay_shift=rule.decay_shift)
        self._update(trace, f"B{layer - 1}", rates[layer - 1], delta[layer], shift, bias=False,
                     decay_shift=rule.decay_shift)

    def _free_phase(self, trace, x, target):
        self._upwards(trace, x, None)

    def _upwards(self, trace: Trace, x: np.ndarray, target: np.ndarray | None
                 ) -> tuple[list[np.ndarray], dict[int, np.ndarray]]:
        """a_l = W_l h_{l-1} + b_l, h_l = g(a_l); the last layer's error delta = t - h.

        Returns the rates of all layers, and the drives by layer.
        """
        depth = self.design.network.depth
        rates: list[np.ndarray] = [x]
        drives: dict[int, np.ndarray] = {}
        for layer in range(1, depth + 1):
            done = self._forward(trace, f"W{layer}", Mode.FREE, rates[layer - 1])
            done.state = self._narrow(done, done.drive)
            done.rate = self._activate(done.state, layer)
            done.lists = {"rate": done.rate, "held": done.rate}
            done.words = {"rate": done.rate}
            self._count(trace, done)
            rates.append(done.rate)
            drives[layer] = done.state
        trace.prediction = self._winner(drives[depth])
        error = np.zeros_like(rates[depth]) if target is None else target - rates[depth]
        done.words, done.lists = {"post": error}, {"error": error}
        return rates, drives

    def _invert(self, trace, layer, delta, drive):
        """(delta_{l-1} = g'(a) d, whether the loop was restless to the last) of one layer.

        A restless loop begins again with half the ku.
        """
        rule, tries, again, restless = InversionRule.of(self.design), 0, True, False
        bound = arithmetic.size(delta) >> 2 | LEAST_EFFORT
        while again:
            below, efforts = self._settle(trace, layer, delta, drive, tries)
            if not rule.guard:
                break
            self._meets("compare", "restless", np.array([efforts]), bound)
            restless = efforts > bound
            trace.restless += restless
            again = self._repeat(trace, restless and tries < rule.guard)
            tries += 1
        return below, restless

    def _settle(self, trace, layer, delta, drive, tries):
        """u_l and d_{l-1} from rest until nothing moves: (delta_{l-1}, size of last changes)."""
        rule, weights = InversionRule.of(self.design), self.weights[f"W{layer}"][:, :-1]
        u, d = np.zeros(len(delta), np.int64), np.zeros(len(drive), np.int64)
        seen, sent = d, u  # what the controllers have seen of d, the followers have got of u
        gate = self._slope(drive, layer - 1)
        # The first step begins, the others carry changes; the first REPEAT comes after the second.
        turn, moved, again = 0, False, True
        while again:
            begins, turn = turn == 0, turn + 1
            done = self._forward(trace, f"W{layer}", Mode.CONTROL,
                                 changes=None if begins else d - seen)
            seen = d
            ahead = ((delta - self._narrow(done, weights @ d)) << rule.leak_shift) - u
            step = self._step(ahead, rule.leak_shift + rule.control_shift + tries, "control")
            new = self._saturate(done, u + step, self.design.rate, "controller")
            moved |= self._took(trace, done, u, new)
            efforts = self._effort(u, u + step, new)
            u = new
            done.lists = done.words = {"change": u - sent}
            done = self._send_down(trace, layer, Mode.FOLLOW, u - sent)
            sent = u
            behind = self._narrow(done, self._down(layer, u)) - d
            step = self._step(behind, rule.follow_shift, "follow")
            new = self._saturate(done, d + step, self.design.rate, "follower")
            moved |= self._took(trace, done, d, new)
            efforts |= self._effort(d, d + step, new)
            done.words = {"post": np.where(gate, new, 0)}
            done.lists = {"change": new - d, "error": done.words["post"]}
            d = new
            if not begins:
                again = self._repeat(trace, moved and turn < rule.steps)
                moved = False
        self._meets_gate(drive[d != 0])
        return np.where(gate, d, 0), efforts

    def _effort(self, old, wanted, new):
        """Size of the changes; all bits of a rate if a state does not fit: it would go on."""
        runs_away = bool((wanted != new).any())
        return arithmetic.size(new - old) | runs_away * ((1 << self.design.rate.width) - 1)

    def _took(self, trace, done, old, new):
        """A small step is done; True if it moved."""
        done.state = done.rate = new
        self._count(trace, done)
        moved = bool((new != old).any())
        self._meets("compare", "moved", new - old, 0)
        done.moved, done.changed = moved, done.changed or moved
        return moved

    def _meets_gate(self, drive):
        """Drives of neurons for which the gate has something to keep out."""
        hidden, one = self.design.network.hidden, self.design.rate.one
        if hidden is not Activation.LINEAR:
            self._meets("compare", "gate, low", drive, -one if hidden is Activation.TANH else 0)
        if hidden in (Activation.TANH, Activation.CLIP):
            self._meets("compare", "gate, high", drive, one)

    def _slope(self, drive, layer):
        """g'(a) of a layer, 0 or 1."""
        one = self.design.rate.one
        return {
            Activation.CLIP: (drive > 0) & (drive < one), Activation.RELU: drive > 0,
            Activation.TANH: (drive > -one) & (drive < one),
            Activation.LINEAR: np.ones(len(drive), bool),
        }[self.design.network.activation(layer)]


def _gate(hidden):
    """Drives between which the slope of a hard activation is 1."""
    edges = [] if hidden is Activation.LINEAR else comparison("gate, low")
    if hidden in (Activation.TANH, Activation.CLIP):
        edges += comparison("gate, high")
    return edges
