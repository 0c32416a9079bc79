"""Ghost units in integers: every bit (modes as in golden.spec.rules.ghost.program)."""

import numpy as np
from numpy.typing import ArrayLike

from ..edges.edge import Edge, clip, comparison, rounding
from ..spec.design import Design
from ..spec.rules.ghost import GhostRule, Mechanism, Mode
from .model import IntegerModel
from .shared_edges import drives, margins, rates
from .trace import Pass, Trace

__all__ = ["GhostModel"]


class GhostModel(IntegerModel):
    """Ghost units; parameters and attributes as `IntegerModel`."""

    @classmethod
    def declared_edges(cls, design: Design) -> list[Edge]:
        """Of a sweep or of small steps."""
        rule = GhostRule.of(design)
        found = (drives(design) + rates(design, "rate of a drive") + rates(design)
                 + rounding("nudge", rule.nudging_shift) + margins(design))
        if not rule.relaxes:
            return found + clip("state")
        # A state beyond either end of the target is nudged back, and a step that is no whole one
        # leaves half of the state that it starts from.
        inside = "a small step towards a drive in the format does not leave it" * bool(
            rule.step_shift)
        return (found + clip("state", inside, inside) + rounding("step", rule.step_shift)
                + comparison("moved"))

    @property
    def _rule(self) -> GhostRule:
        return GhostRule.of(self.design)

    def _compiled(self):
        from .compiled import ghost

        return ghost.loops(self)

    def residual_feedback(self, x: ArrayLike) -> list[np.ndarray]:
        """Feedback drives that the hidden layers L-1 .. 1 receive of `x` without a target.

        In the free phase r_l = rho(v_l) stands where the nudged rate would; what the ghosts do
        not cancel, B_l (r_{l+1} - q_l), is returned for each layer from the top, raw in
        design.state.
        """
        trace, plastic = Trace(), self._rule.plastic_ghosts
        rates, drives, ghosts, _ = self._free_phase(trace, self._input(x), None)
        out = []
        for layer in range(self.design.network.depth, 1, -1):
            if plastic:
                ghosts[layer] = self._ghost_pass(trace, layer, rates=rates[layer - 1])
            error = self._errors(layer, rates[layer], rates[layer], drives[layer],
                                 ghosts.get(layer))[1]
            done = self._send_down(trace, layer, Mode.FEEDBACK, error)
            out.append(self._narrow(done, done.drive))
        return out

    def _learn(self, trace, x, target, shifts):
        if self._rule.relaxes:
            self._relaxation(trace, x, target, shifts)
        else:
            self._sweep(trace, x, target, shifts)

    # ---- the schedules ---------------------------------------------------------------------

    def _free_phase(self, trace: Trace, x: np.ndarray, target: np.ndarray | None
                    ) -> tuple[list[np.ndarray], dict[int, np.ndarray], dict[int, np.ndarray],
                               dict[str, np.ndarray]]:
        """v_l = W_l r_{l-1} + b_l, r_l = rho(v_l) upwards; the sweep nudges the last layer.

        Returns the rates of all layers; drives and ghosts by layer; the last layer's words.
        """
        rule, depth = self._rule, self.design.network.depth
        sweeps, plastic = not rule.relaxes and target is not None, rule.plastic_ghosts
        rates: list[np.ndarray] = [x]
        drives: dict[int, np.ndarray] = {}
        ghosts: dict[int, np.ndarray] = {}
        for layer in range(1, depth + 1):
            output = layer == depth
            if sweeps and plastic and output:
                ghosts[layer] = self._ghost_pass(trace, layer, rates=rates[layer - 1])
            done = self._forward(trace, f"W{layer}", Mode.FREE, rates[layer - 1])
            v = self._narrow(done, done.drive)
            r = self._activate(v, layer, "rate of a drive")
            done.state, done.rate = v, r
            zero = np.zeros_like(r)
            done.lists = {"rate": r, "held": r, "change": zero, "post": zero, "error": zero}
            done.words = {"rate": r, "held": r}
            if rule.mechanism is Mechanism.REPLICATE:
                ghosts[layer] = done.streams["ghost"] = r
            if sweeps and plastic and not output and layer > 1:
                ghosts[layer] = self._ghost_pass(trace, layer, rates=rates[layer - 1])
            if sweeps and output:
                done.state = self._saturate(done, v + self._nudge(r, target, rule.nudging_shift))
                done.rate = self._activate(done.state, layer)
                done.words = self._words(layer, done.rate, r, v, ghosts.get(layer))
                done.lists |= _lists(done.words)
            self._count(trace, done)
            rates.append(r)
            drives[layer] = v
        self._divided(trace, done)
        trace.prediction = self._winner(drives[depth])
        return rates, drives, ghosts, done.words

    def _sweep(self, trace, x, target, shifts):
        """s_l = v_l + B_l (rho(s_{l+1}) - q_l) downwards with the feedforward drives held."""
        depth = self.design.network.depth
        rates, drives, ghosts, last = self._free_phase(trace, x, target)
        words = {depth: last}
        if self._leads(trace, rates[depth], target):
            return
        for layer in range(depth - 1, 0, -1):
            above = words[layer + 1]
            done = self._send_down(trace, layer + 1, Mode.FEEDBACK,
                                   above.get("error", above["post"]))
            c = self._narrow(done, done.drive)
            done.state = self._saturate(done, drives[layer] + c)
            done.rate = self._activate(done.state, layer)
            done.words = self._words(layer, done.rate, rates[layer], drives[layer],
                                     ghosts.get(layer))
            done.lists = _lists(done.words)
            self._count(trace, done)
            words[layer] = done.words
            # While the error is on its way down, the layer above learns.
            self._plasticity(trace, layer + 1, rates, words, shifts)
        self._plasticity(trace, 1, rates, words, shifts)

    def _relaxation(self, trace, x, target, shifts):
        """s_l += dt (v_l + B_l (r_{l+1} - q_l) - s_l) until nothing moves, T steps at most."""
        rule, depth = self._rule, self.design.network.depth
        free, drives, ghosts, _ = self._free_phase(trace, x, target)
        if self._leads(trace, free[depth], target):
            return
        if rule.plastic_ghosts:
            for layer in range(2, depth + 1):
                ghosts[layer] = self._ghost_pass(trace, layer, rates=free[layer - 1])
        rates, states = list(free), {layer: v.copy() for layer, v in drives.items()}
        below = {1: self.weights["W1"] @ self._biased(x)}  # exact drives from the layer below
        # What the pass over the layer above has seen, and the layer below has been sent, so far.
        seen, sent = list(free), [np.zeros_like(rate) for rate in free]
        words: dict[int, dict[str, np.ndarray]] = {}
        errors: dict[int, np.ndarray] = {}

        def live(integrate):
            """Drives, ghosts and differences from the rates as they stand."""
            moved = False
            changes = {layer: rates[layer - 1] - seen[layer - 1] for layer in range(2, depth + 1)}
            if rule.plastic_ghosts:
                for layer in range(2, depth + 1):
                    ghosts[layer] = self._ghost_pass(trace, layer, rates=rates[layer - 1],
                                                     changes=changes[layer])
            for layer in range(2, depth + 1):
                done = self._forward(trace, f"W{layer}", Mode.LIVE, changes=changes[layer])
                below[layer] = self.weights[f"W{layer}"] @ self._biased(rates[layer - 1])
                seen[layer - 1] = rates[layer - 1]
                v = self._narrow(done, below[layer])
                done.state, done.rate = states[layer], self._activate(states[layer], layer)
                differences = done.rate, free[layer], v, ghosts.get(layer)
                errors[layer] = self._errors(layer, *differences)[1]
                words[layer] = done.words = self._words(layer, *differences) | {
                    "error_change": errors[layer] - sent[layer]}
                done.lists = done.words
                sent[layer] = errors[layer]
                if integrate and layer == depth:
                    drive = v + self._nudge(done.rate, target, rule.nudging_shift)
                    moved = self._small_step(done, states, layer, drive)
                self._count(trace, done)
            return moved

        turn, again = 0, True
        while again:
            turn, moved = turn + 1, live(integrate=True)
            for layer in range(1, depth):
                done = self._send_down(trace, layer + 1, Mode.STEP,
                                       words[layer + 1]["error_change"])
                feedback = self._down(layer + 1, errors[layer + 1])
                drive = self._narrow(done, below[layer] + feedback)
                moved |= self._small_step(done, states, layer, drive)
                done.rate = self._activate(states[layer], layer)
                done.lists = {"rate": done.rate, "held": done.rate,
                              "change": done.rate - rates[layer]}
                done.words = {"held": done.rate}
                if layer == 1:  # its drive never changes, so no later pass would tell
                    words[1] = {"post": done.rate - free[1]}
                    done.words |= words[1]
                rates[layer] = done.rate
                self._count(trace, done)
            again = self._repeat(trace, moved and turn < rule.steps)
        live(integrate=False)
        pre = free if rule.held_presynaptic else rates
        words |= {layer: words[layer] | {"error": errors[layer]} for layer in errors}
        for layer in range(depth, 0, -1):
            self._plasticity(trace, layer, pre, words, shifts)

    def _small_step(self, done: Pass, states: dict[int, np.ndarray], layer: int,
                    drive: np.ndarray) -> bool:
        old = states[layer]
        step = self._step(drive - old, self._rule.step_shift)
        states[layer] = done.state = self._saturate(done, old + step)
        self._meets("compare", "moved", done.state - old, 0)
        moved = bool((done.state != old).any())
        done.moved, done.changed = moved, done.changed or moved
        return moved

    # ---- one equation each -----------------------------------------------------------------

    def _ghost_pass(self, trace: Trace, layer: int, rates: np.ndarray,
                    changes: np.ndarray | None = None) -> np.ndarray:
        """q = rho(G r + g): the plastic ghosts that stand for `layer`."""
        name = f"G{layer}"
        if changes is None:
            done = self._forward(trace, name, Mode.GHOST, rates)
        else:
            done = self._forward(trace, name, Mode.GHOST, changes=changes)
        drive = self._narrow(done, self.weights[name] @ self._biased(rates))
        done.streams["ghost"] = self._activate(drive, layer, "rate of a drive")
        self._count(trace, done)
        return done.streams["ghost"]

    def _errors(self, layer: int, rate: np.ndarray, free: np.ndarray, drive: np.ndarray,
                ghost: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """(post: what the plasticity multiplies, error: what is sent down) of a layer."""
        mechanism = self._rule.mechanism
        if mechanism is Mechanism.REPLICATE:
            # r_nudged - r_free, the ghost being the held replica of r_free.
            return rate - free, rate - free
        post = rate - self._activate(drive, layer, "rate of a drive")
        return post, {Mechanism.COPY: lambda: post,
                      Mechanism.LEARN: lambda: rate - (0 if ghost is None else ghost),
                      Mechanism.NONE: lambda: rate}[mechanism]()

    def _words(self, layer: int, rate: np.ndarray, free: np.ndarray, drive: np.ndarray,
               ghost: np.ndarray | None) -> dict[str, np.ndarray]:
        post, error = self._errors(layer, rate, free, drive, ghost)
        words = {"post": post}
        return words | {"error": error} if self._rule.separate_feedback else words

    def _plasticity(self, trace, layer, pre, words, shifts):
        """W_l += eta/beta post_l pre^T; plastic ghosts learn r - q likewise.

        Feedback that learns: B_{l-1} += eta/beta pre post_l^T, and it decays as W_l does.
        """
        rule, post, rates = self._rule, words[layer]["post"], pre[layer - 1]
        learns = rule.feedback.learns and layer > 1
        decay = rule.decay_shift if learns else None
        self._update(trace, f"W{layer}", post, rates, shifts[0], decay_shift=decay)
        if rule.plastic_ghosts and layer > 1:
            self._update(trace, f"G{layer}", words[layer]["error"], rates, shifts[1])
        if learns:
            self._update(trace, f"B{layer - 1}", rates, post, shifts[0], bias=False,
                         decay_shift=decay)


def _lists(words):
    """What a nudged layer leaves in lists: its error is post, if it has none of its own."""
    return {"error": words["post"]} | words
