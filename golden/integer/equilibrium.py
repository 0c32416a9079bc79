"""The equilibrium network in integers (modes as in golden.spec.rules.equilibrium.program)."""

import numpy as np

from ..edges.edge import Edge, clip, comparison, rounding
from ..spec.design import Design
from ..spec.rules.equilibrium import EquilibriumRule, Mode
from .model import IntegerModel
from .shared_edges import drives, rates
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
        return (drives(design) + rates(design) + rounding("nudge", rule.nudging_shift)
                + clip("state") + comparison("rise") + comparison("fall"))

    @property
    def _rule(self) -> EquilibriumRule:
        return EquilibriumRule.of(self.design)

    def _compiled(self):
        from .compiled import equilibrium

        return equilibrium.loops(self)

    def _learn(self, trace, x, target, shifts):
        rule, depth = self._rule, self.design.network.depth
        rates, drives = self._free_phase(trace, x, target)
        errors = {}
        if rule.learns_branches:
            for layer in range(1, depth):
                errors[layer] = [self._branch_error(trace, layer, mode, drive, rates[layer])
                                 for mode, drive in zip((Mode.BASAL_ERROR, Mode.APICAL_ERROR),
                                                        drives[layer], strict=True)]
        plus = self._nudged(trace, Mode.PLUS, rates, drives, target, None)
        minus = self._nudged(trace, Mode.MINUS, rates, drives, target, plus)
        self._plasticity(trace, rates, plus, minus, errors, shifts)

    def _plasticity(self, trace, rates, plus, minus, errors, shifts):
        """W += eta (h+ h+^T - h- h-^T), then what the branches learn."""
        rule, depth = self._rule, self.design.network.depth
        difference = [p - m for p, m in zip(plus, minus, strict=True)]
        lowered = [shifts[0] + rule.output_rate_shift * (layer == depth)
                   for layer in range(depth + 1)]
        for layer in range(depth, 0, -1):
            self._update(trace, f"W{layer}", difference[layer], plus[layer - 1], lowered[layer])
        for layer in range(depth, 1, -1):
            self._update(trace, f"W{layer}", minus[layer], difference[layer - 1], lowered[layer],
                         bias=False)
        for layer, (basal, _) in errors.items():
            self._update(trace, f"W{layer}", basal, rates[layer - 1], shifts[1])
        for layer, (_, apical) in errors.items():
            self._update(trace, f"W{layer + 1}", rates[layer + 1], apical, shifts[1], bias=False)

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
            done.lists = {"rate": rates[layer], "change": 0 * rates[layer]}
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
                    done = self._backward(trace, layer + 1,
                                          Mode.SWEEP if layer == 1 else Mode.APICAL,
                                          rates[layer + 1] - sent[layer + 1])
                    done.saturated = np.zeros(len(done.drive), bool)
                    above[layer] = rates[layer + 1] @ self.weights[f"W{layer + 1}"][:, :-1]
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
                done.lists = {"rate": done.rate, "change": step}
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
                done = self._backward(trace, layer + 1, mode, difference)
                current = 0
            exact = drives[layer][0] + drives[layer][1] + done.drive
            u = self._saturate(done, self._narrow(done, exact) + current)
            nudged[layer] = self._settle(trace, done, layer, u)
            difference = nudged[layer] - rates[layer]
            done.lists, done.words = {"nudged": done.rate}, {"feedback": difference}
            if plus is not None:  # of the phase before
                done.lists = {"difference": plus[layer] - done.rate}
                done.words |= {"minus": done.rate, "difference": plus[layer] - done.rate}
        return nudged

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
