"""Phaseless alignment learning in integers (modes as in golden.spec.rules.pal.program)."""

import numpy as np

from ..edges.edge import Edge, clip, comparison, rounding
from ..spec.design import Design
from ..spec.rules.pal import Mode, PalRule
from ..spec.shifts import shifts_of
from . import arithmetic
from .model import IntegerModel
from .shared_edges import drives, rates
from .trace import Trace

__all__ = ["PalModel"]

TELLING = 8  # an error from here on tells every slope from the next


class PalModel(IntegerModel):
    """Phaseless alignment learning; parameters and attributes as `IntegerModel`."""

    @classmethod
    def declared_edges(cls, design: Design) -> list[Edge]:
        """Of soft units and their slopes."""
        edges = drives(design) + rates(design) + clip("state") + clip("error")
        if PalRule.of(design).feedback.learns:
            edges += clip("change")
        for k in (1, 2, 3):
            edges += rounding(f"error, slope 1/{1 << k}", k)
        for edge in arithmetic.soft_edges(design.rate.one):
            edges += comparison(f"error, slope {edge}")
        return edges

    def __init__(self, design: Design):
        super().__init__(design)
        self._rates: list[np.ndarray] | None = None  # of the time step before, input first

    def stand(self, update_shift: int | None = None,
              second_update_shift: int | None = None) -> Trace:
        """See `IntegerModel.stand`."""
        if self._rates is None:
            raise ValueError("there is no sample yet: learn from one first")
        trace = Trace(standing=True)
        shifts = shifts_of(self.design, update_shift, second_update_shift)
        self._turns(trace, self._rates[0], None, shifts, self._rates)
        return self._counted(trace)

    def _compiled(self):
        from .compiled import pal

        return pal.loops(self)

    def _learned(self, rates):
        self._rates = [layer[:size].copy()
                       for layer, size in zip(rates, self.design.network.sizes, strict=True)]

    def _learn(self, trace, x, target, shifts):
        self._turns(trace, x, target, shifts, None)

    def _turns(self, trace: Trace, x: np.ndarray, target: np.ndarray | None,
               shifts: tuple[int, int], old: list[np.ndarray] | None) -> None:
        """The rule's time steps.

        `old` are the rates of the step before; None in the first step of a sample, where no rate
        counts as changed: the pattern did.
        """
        rule, depth = PalRule.of(self.design), self.design.network.depth
        for turn in range(rule.steps):
            rates, potentials, noise, hats = self._upwards(trace, x, target, old, noisy=True)
            if turn == 0 and not trace.standing:
                # The prediction is that of the first step, noise and all.
                trace.prediction = self._winner(potentials[depth])
            errors = self._downwards(trace, potentials, trace.passes[-1].lists["error"])
            for layer in range(depth, 0, -1):
                self._update(trace, f"W{layer}", errors[layer], rates[layer - 1], shifts[0])
            for layer in range(depth - 1, 0, -1) if rule.feedback.learns else ():
                self._update(trace, f"B{layer}", noise[layer], hats[layer + 1], shifts[1],
                             bias=False, decay_shift=rule.decay_shift)
            self._repeat(trace, turn + 1 < rule.steps)
            old = rates
        self._rates = old

    def _free_phase(self, trace, x, target):
        """One time step without noise and without learning."""
        potentials = self._upwards(trace, x, None, None, noisy=False)[1]
        trace.prediction = self._winner(potentials[self.design.network.depth])

    def _upwards(self, trace: Trace, x: np.ndarray, target: np.ndarray | None,
                 old: list[np.ndarray] | None, noisy: bool
                 ) -> tuple[list[np.ndarray], dict[int, np.ndarray], dict[int, np.ndarray],
                            dict[int, np.ndarray]]:
        """u_l = W_l r_{l-1} + b_l + xi_l, r_l = phi(u_l); the last layer's error y - u_L."""
        design, depth = self.design, self.design.network.depth
        rule, one = PalRule.of(design), design.rate.one
        amplitude, limit = one >> rule.noise_shift, one >> rule.clip_shift
        rates: list[np.ndarray] = [x]
        potentials: dict[int, np.ndarray] = {}
        noise: dict[int, np.ndarray] = {}
        hats: dict[int, np.ndarray] = {}
        for layer in range(1, depth + 1):
            hidden = layer < depth
            done = self._forward(trace, f"W{layer}", Mode.FREE, rates[layer - 1])
            u = self._narrow(done, done.drive)
            if hidden and noisy:
                noise[layer] = one * (2 * self._drawing.noise(len(u)) - 1)
                u = self._saturate(done, u + np.sign(noise[layer]) * amplitude)
            done.state, done.rate = u, self._activate(u, layer)
            done.lists = {"rate": done.rate}
            if rule.feedback.learns:
                change = 0 * done.rate if old is None else done.rate - old[layer]
                self._meets("clip", "change", change, -limit, limit)
                done.lists["hat"] = hats[layer] = np.clip(change, -limit, limit)
            if hidden:
                done.words = {"noise": noise[layer]} if noisy and rule.feedback.learns else {}
            else:
                # Without a target nothing is wrong.
                error = 0 * u if target is None else self._error(done, target - u)
                done.lists["error"] = error
                done.words = {"error": error}
            self._count(trace, done)
            rates.append(done.rate)
            potentials[layer] = u
        return rates, potentials, noise, hats

    def _downwards(self, trace, potentials, error):
        """e_l = phi'(u_l) * (B_l e_{l+1}), each rounded once more: phi' is a shift."""
        depth = self.design.network.depth
        errors = {depth: error}
        for layer in range(depth - 1, 0, -1):
            done = self._forward(trace, f"B{layer}", Mode.ERROR, changes=errors[layer + 1])
            drive = self._narrow(done, done.drive)
            slope = arithmetic.soft_slope(potentials[layer], self.design)
            for edge in arithmetic.soft_edges(self.design.rate.one):
                self._meets("compare", f"error, slope {edge}",
                            abs(potentials[layer])[abs(drive) >= TELLING], edge)
            for k in (1, 2, 3):
                self._meets("round", f"error, slope 1/{1 << k}", drive[slope == k], k)
            shifted = np.stack([arithmetic.round_shift(drive, k) for k in range(4)] + [0 * drive])
            errors[layer] = self._error(done, np.choose(slope, shifted))
            done.state, done.rate = errors[layer], 0 * drive
            done.lists = done.words = {"error": errors[layer]}
            self._count(trace, done)
        return errors

    def _error(self, done, value):
        return self._saturate(done, value, self.design.difference, "error")
