"""The equilibrium network in integers (modes as in golden.spec.rules.equilibrium.program)."""

import numpy as np

from ..edges.edge import Edge, clip, comparison, rounding
from ..spec.design import Design
from ..spec.rules.equilibrium import ClampedStart, EquilibriumRule, Mode
from .model import IntegerModel
from .shared_edges import drives, margins, rates
from .trace import Trace

__all__ = ["EquilibriumModel"]


class EquilibriumModel(IntegerModel):
    """The equilibrium network; parameters and attributes as `IntegerModel`.

    Dense: whenever a layer hears of its neighbours, its whole basal drive W_k h_{k-1} + b_k or
    apical drive W_{k+1}^T h_{k+1} is computed anew.
    """

    @classmethod
    def declared_edges(cls, design: Design) -> list[Edge]:
        """Of rates, nudging and the tolerance."""
        rule = EquilibriumRule.of(design)
        edges = (drives(design) + rates(design) + margins(design) + comparison("rise")
                 + comparison("fall"))
        if not rule.clamps:  # a target fits every state
            edges += rounding("nudge", rule.nudging_shift) + clip("state")
        return edges

    @property
    def _rule(self) -> EquilibriumRule:
        return EquilibriumRule.of(self.design)

    def _compiled(self):
        from .compiled import equilibrium

        return equilibrium.loops(self)

    def _learn(self, trace, x, target, shifts):
        rule, depth = self._rule, self.design.network.depth
        rates, drives = self._free_phase(trace, x, target)
        if self._leads(trace, rates[depth], target):
            return
        errors = {}
        if rule.learns_branches:
            modes = (Mode.BASAL_ERROR, Mode.APICAL_ERROR)[:1 + rule.learns_apical]
            for layer in range(1, depth):
                errors[layer] = [self._branch_error(trace, layer, mode, drive, rates[layer])
                                 for mode, drive in zip(modes, drives[layer], strict=False)]
        if rule.clamps:
            later, earlier = self._clamped_phase(trace, rates, drives, target), rates
        else:
            later = self._nudged(trace, Mode.PLUS, rates, drives, target, None)
            earlier = self._nudged(trace, Mode.MINUS, rates, drives, target, later)
        self._plasticity(trace, rates, later, earlier, errors, shifts)

    def _plasticity(self, trace, rates, plus, minus, errors, shifts):
        """W += eta (h+ h+^T - h- h-^T), then what the branches learn; clamped, c and h."""
        rule, depth = self._rule, self.design.network.depth
        difference = [p - m for p, m in zip(plus, minus, strict=True)]
        decay = rule.decay_shift if rule.feedback.learns else None
        lowered = [shifts[0] + rule.output_rate_shift * (layer == depth)
                   for layer in range(depth + 1)]
        for layer in range(depth, 0, -1):
            self._update(trace, f"W{layer}", difference[layer], plus[layer - 1], lowered[layer])
        for layer in range(depth, 1, -1):
            self._update(trace, f"W{layer}", minus[layer], difference[layer - 1], lowered[layer],
                         bias=False, decay_shift=decay)
        if rule.feedback.learns:
            below = range(depth - 1, 0, -1)
            for layer in below:
                self._update(trace, f"B{layer}", plus[layer], difference[layer + 1],
                             lowered[layer + 1], bias=False, decay_shift=decay)
            for layer in below:
                self._update(trace, f"B{layer}", difference[layer], minus[layer + 1],
                             lowered[layer + 1], bias=False)
        for layer, (basal, *_) in errors.items():
            self._update(trace, f"W{layer}", basal, rates[layer - 1], shifts[1])
        for layer, (_, *apical) in errors.items():
            for error in apical:
                self._update(trace, f"W{layer + 1}", rates[layer + 1], error, shifts[1],
                             bias=False)

    # ---- the phases ------------------------------------------------------------------------

    def _free_phase(self, trace: Trace, x: np.ndarray, target: np.ndarray | None
                    ) -> tuple[list[np.ndarray], dict[int, tuple[np.ndarray, np.ndarray]]]:
        """Feedforward initialisation, then sweeps upwards until nothing moves, `steps` at most.

        Returns the rates of all layers, and by layer the exact (basal, apical) drives that it has
        last heard of.
        """
        rule, depth = self._rule, self.design.network.depth
        rates: list[np.ndarray] = [x]
        below: dict[int, np.ndarray] = {}
        above: dict[int, np.ndarray] = {}
        for layer in range(1, depth + 1):
            done = self._forward(trace, f"W{layer}", Mode.FREE, rates[layer - 1])
            below[layer] = done.drive
            above[layer] = np.zeros_like(done.drive)
            u = self._narrow(done, done.drive, rule.share_shift if layer < depth else 0)
            rates.append(self._settle(trace, done, layer, u))
            done.lists = {"rate": rates[layer], "change": 0 * rates[layer], "sent": rates[layer]}
            done.words = {"rate": rates[layer], "change": rates[layer]}
        potential = trace.passes[-1].state
        # What the layer above has seen, and the layer below has been sent, so far.
        seen, sent = list(rates), [0 * r for r in rates]
        one = self.design.rate.one
        tolerance = 1 if rule.tolerance_shift is None else max(1, one >> rule.tolerance_shift)
        turn, again = 0, True
        while again:
            turn, moved = turn + 1, False
            for layer in range(1, depth + 1):
                if layer < depth:
                    done = self._send_down(trace, layer + 1,
                                          Mode.SWEEP if layer == 1 else Mode.APICAL,
                                          rates[layer + 1] - sent[layer + 1])
                    done.saturated = np.zeros(len(done.drive), bool)
                    above[layer] = self._down(layer + 1, rates[layer + 1])
                    sent[layer + 1] = rates[layer + 1]
                if layer > 1:
                    done = self._forward(trace, f"W{layer}", Mode.SWEEP,
                                         changes=rates[layer - 1] - seen[layer - 1])
                    below[layer] = self.weights[f"W{layer}"] @ self._biased(rates[layer - 1])
                    seen[layer - 1] = rates[layer - 1]
                u = self._narrow(done, below[layer] + above[layer])
                step = self._settle(trace, done, layer, u) - rates[layer]
                self._meets("compare", "rise", step, tolerance)
                self._meets("compare", "fall", -step, tolerance)
                done.lists = {"rate": done.rate, "change": step, "sent": step}
                done.words = {"rate": done.rate, "change": step}
                done.moved = bool(step.any())
                done.changed |= done.moved
                moved |= bool((abs(step) >= tolerance).any())
                rates[layer] = done.rate
                if layer == depth:
                    potential = done.state
            again = self._repeat(trace, moved and turn < rule.steps)
        trace.prediction = self._winner(potential)
        return rates, {layer: (below[layer], above[layer]) for layer in below}

    def _nudged(self, trace: Trace, mode: Mode, rates: list[np.ndarray],
                drives: dict[int, tuple[np.ndarray, np.ndarray]], target: np.ndarray | None,
                plus: list[np.ndarray] | None) -> list[np.ndarray]:
        """One sweep downwards from the free state, nudged by +beta or -beta (t - h_L)."""
        depth = self.design.network.depth
        nudge = self._nudge(rates[depth], target, self._rule.nudging_shift)
        nudged, difference = list(rates), np.zeros_like(rates[depth])
        for layer in range(depth, 0, -1):
            if layer == depth:
                done = self._forward(trace, f"W{layer}", mode)
                current = nudge if mode is Mode.PLUS else -nudge
            else:
                done = self._send_down(trace, layer + 1, mode, difference)
                current = 0
            exact = drives[layer][0] + drives[layer][1] + done.drive
            u = self._saturate(done, self._narrow(done, exact) + current)
            nudged[layer] = self._settle(trace, done, layer, u)
            difference = nudged[layer] - rates[layer]
            done.lists = {"nudged": done.rate, "feedback": difference}
            if plus is not None:  # of the phase before
                done.lists |= {"minus": done.rate, "difference": plus[layer] - done.rate}
            done.words = done.lists
        return nudged

    def _clamped_phase(self, trace: Trace, rates: list[np.ndarray],
                       drives: dict[int, tuple[np.ndarray, np.ndarray]],
                       target: np.ndarray | None) -> list[np.ndarray]:
        """Rates of all layers with the output held at its target, the others relaxed."""
        rule, depth = self._rule, self.design.network.depth
        clamped = list(rates)
        below = {layer: basal for layer, (basal, _) in drives.items()}
        if depth > 2 and rule.clamped_start is not ClampedStart.FREE:
            self._begin_anew(trace, clamped, below)
        done = self._forward(trace, f"W{depth}", Mode.CLAMP)
        done.saturated = np.zeros(len(done.drive), bool)
        clamped[depth] = self._settle(trace, done, depth, target)
        done.lists = {"clamped": clamped[depth], "difference": clamped[depth] - rates[depth]}
        done.words = done.lists
        above, seen, sent = {}, {}, {}
        for layer in range(depth - 1, 0, -1):
            done = self._send_down(trace, layer + 1, Mode.PULL, clamped[layer + 1])
            above[layer], sent[layer + 1] = done.drive, clamped[layer + 1]
            seen[layer] = clamped[layer]
            self._pulled(trace, done, layer, below[layer] + above[layer], rates, clamped)
            done.words["change"] = done.lists["sent"] = 0 * clamped[layer]
        turn, again = 0, depth > 2 and rule.clamped_steps > 1
        one = self.design.rate.one
        tolerance = 1 if rule.tolerance_shift is None else max(1, one >> rule.tolerance_shift)
        while again:
            turn, moved = turn + 1, False
            for layer in range(depth - 1, 0, -1):
                if layer > 1:
                    last = layer + 1 == depth
                    done = self._forward(trace, f"W{layer}", Mode.SETTLE if last else Mode.BASAL,
                                         changes=clamped[layer - 1] - seen[layer - 1])
                    done.saturated = np.zeros(len(done.drive), bool)
                    below[layer] = self.weights[f"W{layer}"] @ self._biased(clamped[layer - 1])
                    seen[layer - 1] = clamped[layer - 1]
                if layer + 1 < depth:
                    done = self._send_down(trace, layer + 1, Mode.SETTLE,
                                          clamped[layer + 1] - sent[layer + 1])
                    above[layer] = self._down(layer + 1, clamped[layer + 1])
                    sent[layer + 1] = clamped[layer + 1]
                step = self._pulled(trace, done, layer, below[layer] + above[layer], rates,
                                    clamped)
                self._meets("compare", "rise", step, tolerance)
                self._meets("compare", "fall", -step, tolerance)
                done.moved = bool(step.any())
                done.changed |= done.moved
                moved |= bool((abs(step) >= tolerance).any())
            again = self._repeat(trace, moved and turn < rule.clamped_steps - 1)
        return clamped

    def _begin_anew(self, trace, clamped, below):
        """Hidden layers at the feedforward pass, or at zero; and the basal drives of these."""
        rule, depth = self._rule, self.design.network.depth
        for layer in range(1, depth):
            done = self._forward(trace, f"W{layer}", Mode.BEGIN,
                                 clamped[layer - 1] if layer > 1 else None)
            if layer > 1:
                below[layer] = done.drive
            share = 0 if rule.clamped_start is ClampedStart.ZERO else 1
            u = self._narrow(done, share * below[layer], rule.share_shift)
            clamped[layer] = self._settle(trace, done, layer, u)
            done.lists = {"clamped": clamped[layer]}

    def _pulled(self, trace, done, layer, exact, rates, clamped):
        """A hidden layer takes its drives; returns its change."""
        new = self._settle(trace, done, layer, self._narrow(done, exact))
        change, clamped[layer] = new - clamped[layer], new
        done.lists = {"clamped": new, "difference": new - rates[layer], "change": change,
                      "sent": change}
        done.words = dict(done.lists)
        return change

    # ---- one equation each -----------------------------------------------------------------

    def _settle(self, trace, done, layer, u):
        """h = clip(u, 0, 1)."""
        done.state, done.rate = u, self._activate(u, layer)
        self._count(trace, done)
        return done.rate

    def _branch_error(self, trace, layer, mode, drive, rate):
        """h - clip(drive / share, 0, 1): what one branch alone does not predict."""
        done = self._forward(trace, f"W{layer}", mode)
        u = self._narrow(done, drive, self._rule.share_shift)
        error = rate - self._settle(trace, done, layer, u)
        done.lists, done.words = {"apical": error}, {"basal": error}
        return error
