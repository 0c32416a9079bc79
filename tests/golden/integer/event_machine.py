"""An engine of events in plain NumPy: runs a rule's program as golden.spec.steps describes it.

It keeps what the hardware keeps (lists, words with their blocks, exact drives that grow by W times
a change, states, due bits) and leaves out what the hardware leaves out. The integer models, which
compute everything anew, must agree with it in every value of every step.
"""

from dataclasses import dataclass

import numpy as np

from cortigate.golden.integer import arithmetic
from cortigate.golden.spec import Activation, MemoryMap, Operation, Program
from cortigate.golden.spec.rules.ghost import Mechanism
from cortigate.golden.spec.targets import raw_target

__all__ = ["EventMachine", "Outcome"]


@dataclass
class Outcome:
    """One step: did it run, and what its layer is like now (lists and words by name)."""

    number: int
    ran: bool = True
    drive: np.ndarray | None = None
    rate: np.ndarray | None = None
    state: np.ndarray | None = None
    ghost: np.ndarray | None = None
    lists: dict | None = None
    words: dict | None = None
    changed: bool = False
    again: bool = False


class EventMachine:
    """Weights and what one engine of a design remembers; `run` takes a sample."""

    def __init__(self, design, weights):
        self.design, self.rule, self.program = design, design.rule, Program.of(design)
        self.weights = {name: w.copy() for name, w in weights.items()}
        self.maps, sizes = MemoryMap(design), design.network.sizes

        def layers():
            return [np.zeros(n, np.int64) for n in sizes]

        self.lists = {name: layers() for name in ("rate", *self.program.lists)}
        self.words = {name: layers() for name in self.program.words}
        self.listed = {name: [np.zeros(n, bool) for n in sizes] for name in self.program.words}
        # Of the ghosts that stand for a layer the drive is their own.
        self.drives = {name: layers() for name in ("lower", "upper", "ghost")}
        self.memory = {name: layers() for name in (
            "rate", "state", "free", "error", "nudged", "ghost", "control", "follow", "open",
            "shown", "shown_rate", "clamped")}

    # ---- the sequencer ---------------------------------------------------------------------

    def run(self, x, target, train=True):
        """Outcome of every step that is fetched, in order."""
        steps, program = self.program.steps, self.program
        self.lists["rate"][0] = x
        self.target = raw_target(self.design, target) if train and target is not None else None
        due, moved, turns = {i for i, s in enumerate(steps) if s.due}, False, 0
        self.tries = self.efforts = self.aims = 0
        out, pc = [], 0
        while pc < len(steps):
            step = steps[pc]
            if not program.runs(pc, train):
                pc = pc + 1 if pc < program.free_phase else len(steps)
            elif step.restless:
                found = self.efforts > (self.aims >> 2 | 3)
                back = step.operation is Operation.REPEAT
                again = found and self.tries + 1 < step.turns if back else not found
                out.append(Outcome(pc, again=again))
                self.tries, moved = self.tries + 1 if back and again else 0, False
                pc = pc + 1 if back != again else step.first if back else len(steps)
            elif step.operation is Operation.REPEAT:
                turns += 1
                again = moved and turns < step.turns
                out.append(Outcome(pc, again=again))
                turns, moved = turns if again else 0, False
                pc = step.first if again else pc + 1
            elif step.leading:
                found = self._leads()
                out.append(Outcome(pc, again=not found))
                pc = len(steps) if found else pc + 1
            elif step.operation is Operation.QUIT:
                out.append(Outcome(pc, again=moved))
                pc, moved = pc + 1 if moved else len(steps), False
            elif step.changes and pc not in due and not self._entries(step).any():
                out.append(self._outcome(pc, step, ran=False))
                pc += 1
            else:
                due.discard(pc)
                done = self._pass(pc, step)
                if step.mode is not None:
                    changed, moves = done
                    moved |= moves
                    if changed:
                        due |= set(program.wakes(pc))
                    out.append(self._outcome(pc, step, changed=changed, drive=self.drive))
                else:
                    out.append(Outcome(pc))
                pc += 1
        return out

    def _leads(self):
        """No other output comes closer to the class's than the margin allows."""
        rates, label = self.memory["free"][-1].tolist(), int(np.argmax(self.target))
        if self.rule.name == "equilibrium":
            rates = self.memory["rate"][-1].tolist()
        own = rates.pop(label)
        return all(own >= rate + self.design.rate.one * 2.0**-self.design.margin_shift
                   for rate in rates)

    def _outcome(self, pc, step, **values):
        layer, memory = step.target, self.memory
        rate, state = {"CONTROL": ("control",) * 2, "FOLLOW": ("follow",) * 2,
                       "BASAL_ERROR": ("shown_rate", "shown"),
                       "APICAL_ERROR": ("shown_rate", "shown"),
                       "PLUS": ("shown_rate", "shown"),
                       "MINUS": ("shown_rate", "shown"), "BEGIN": ("shown_rate", "shown"),
                       "CLAMP": ("shown_rate", "shown"), "PULL": ("shown_rate", "shown"),
                       "SETTLE": ("shown_rate", "shown")}.get(step.mode and step.mode.name,
                                                              ("rate", "state"))
        return Outcome(
            pc, rate=memory[rate][layer].copy(), state=memory[state][layer].copy(),
            ghost=memory["ghost"][layer].copy(),
            lists={name: self.lists[name][layer].copy() for name in step.lists},
            # Blocks that are not on the list are never walked, whatever their words hold.
            words={name: self.words[name][layer] * self.listed[name][layer]
                   for name in step.words}, **values)

    # ---- the array -------------------------------------------------------------------------

    def _entries(self, step):
        """Where there is an entry: columns of a list, rows whose block is on the list."""
        if step.operation is Operation.BACKWARD:
            return self.listed[step.lanes][step.source]
        if not step.events:
            return np.zeros(1, bool)
        if step.decays:
            return np.ones(len(self.lists[step.events][step.source]), bool)
        return self.lists[step.events][step.source] != 0

    def _pass(self, pc, step):
        weights, walked = self.weights[step.matrix.name], np.flatnonzero(self._entries(step))
        if step.operation is Operation.UPDATE:
            self._update(step, weights, walked)
            return None
        if step.operation is Operation.BACKWARD:
            self.drive = self.words[step.lanes][step.source][walked] @ weights[walked, :-1]
        else:
            self.drive = np.zeros(len(weights), np.int64)
            if step.events:
                values = self.lists[step.events][step.source][walked]
                self.drive = weights[:, walked] @ values
            if step.full:
                self.drive = self.drive + weights[:, -1] * self.design.rate.one
        if step.consumes:
            if step.operation is Operation.BACKWARD:
                self.listed[step.lanes][step.source][:] = False
            else:
                self.lists[step.events][step.source][:] = 0
        left, changed, moved = getattr(self, f"_{step.mode.name.lower()}")(step, step.target)
        for name in step.lists:
            self.lists[name][step.target] = left[name].copy()
        for name in step.words:
            values = left[f"words_{name}" if f"words_{name}" in left else name].copy()
            self.words[name][step.target] = values
            lanes = self.design.lanes
            blocks = np.logical_or.reduceat(values != 0, range(0, len(values), lanes))
            self.listed[name][step.target] = np.repeat(blocks, lanes)[:len(values)]
        return bool(changed or self.drive.any()), bool(moved)

    def _update(self, step, weights, walked):
        design = self.design
        values = self.lists[step.events][step.source][walked]
        if step.full:
            walked = np.append(walked, weights.shape[1] - 1)
            values = np.append(values, design.rate.one)
        shift = (self.rule.second_update_shift if step.second_rate else self.rule.update_shift)
        product = np.outer(self.words[step.lanes][step.matrix.layer],
                           values << (design.update_lowest_rate - step.lowered - shift))
        if step.decays:
            product -= weights[:, walked] << (design.update_discard - self.rule.decay_shift)
        delta = arithmetic.round_shift(product, design.update_discard, design.weight.rounding)
        weights[:, walked] = arithmetic.saturate(weights[:, walked] + delta, design.weight)[0]

    # ---- the neurons -----------------------------------------------------------------------

    def _grow(self, step, name, layer):
        grown = self.drives[name][layer] = self.drive + (
            0 if step.begins else self.drives[name][layer])
        return grown

    def _narrow(self, exact, shift=0):
        design = self.design
        return arithmetic.requantise(exact << shift, design.drive_fraction, design.state)[0]

    def _set(self, layer, state):
        """New state and rate; the rate's change."""
        rate = arithmetic.activate(state, self.design, layer)
        step = rate - self.memory["rate"][layer]
        self.memory["state"][layer], self.memory["rate"][layer] = state, rate
        return rate, step

    def _nudge(self, layer):
        if layer < self.design.network.depth:
            return 0
        return arithmetic.round_shift(self.target - self.memory["rate"][layer],
                                      self.rule.nudging_shift)

    def _free(self, step, layer):
        memory, lower = self.memory, self._grow(step, "lower", layer)
        self.drives["upper"][layer] = 0 * lower
        output, scale = layer == self.design.network.depth, 0
        if self.rule.name == "equilibrium" and not output:
            scale = self.rule.share_shift
        rate, _ = self._set(layer, self._narrow(lower, scale))
        memory["free"][layer] = memory["ghost"][layer] = rate
        memory["error"][layer] = 0 * rate
        left = {"rate": rate, "held": rate, "change": 0 * rate, "words_change": rate, "sent": rate}
        if self.rule.name != "inversion":
            return left, False, False
        state, one = memory["state"][layer], self.design.rate.one
        memory["open"][layer] = {
            Activation.TANH: abs(state) < one, Activation.LINEAR: state == state,
            Activation.CLIP: (state > 0) & (state < one), Activation.RELU: state > 0,
        }[self.design.network.activation(layer)]
        if output and self.target is not None:
            memory["error"][layer] = self.target - rate
        error = memory["error"][layer]
        return left | {"post": error, "error": error}, False, error.any()

    # Ghost units

    def _ghost(self, step, layer):
        v = self._narrow(self._grow(step, "ghost", layer))
        self.memory["ghost"][layer] = arithmetic.activate(v, self.design, layer)
        return {}, False, False

    def _live(self, step, layer):
        memory, mechanism = self.memory, self.rule.mechanism
        v = self._narrow(self._grow(step, "lower", layer))
        predicted = arithmetic.activate(v, self.design, layer)
        r, _ = self._set(layer, memory["state"][layer])
        reference = memory["free"][layer] if mechanism is Mechanism.REPLICATE else predicted
        cancelled = {Mechanism.REPLICATE: memory["free"][layer], Mechanism.COPY: predicted,
                     Mechanism.LEARN: memory["ghost"][layer], Mechanism.NONE: 0 * r}[mechanism]
        error = r - cancelled
        left = {"post": r - reference, "error": error,
                "error_change": error - memory["error"][layer]}
        memory["error"][layer] = error
        moved = False
        if step.integrate:
            moved = self._small_step(layer, v + self._nudge(layer))
        return left, moved, moved

    def _step(self, step, layer):
        self._grow(step, "upper", layer)
        moved = self._small_step(
            layer, self._narrow(self.drives["lower"][layer] + self.drives["upper"][layer]))
        rate, change = self._set(layer, self.memory["state"][layer])
        return {"rate": rate, "held": rate, "change": change,
                "post": rate - self.memory["free"][layer]}, moved, moved

    def _small_step(self, layer, drive):
        """s += dt (drive - s), the rate stays; True if it moved."""
        old = self.memory["state"][layer]
        new = self.memory["state"][layer] = arithmetic.integrate(
            old, drive, self.rule.step_shift, self.design.state)[0]
        return (new != old).any()

    # Equilibrium network

    def _apical(self, step, layer):
        self._grow(step, "upper", layer)
        return {}, False, False

    def _sweep(self, step, layer):
        self._grow(step, self._branch_of(step), layer)
        u = self._narrow(self.drives["lower"][layer] + self.drives["upper"][layer])
        rate, change = self._set(layer, u)
        return {"rate": rate, "change": change, "sent": change}, change.any(), self._far(change)

    @staticmethod
    def _branch_of(step):
        """The drive that a pass brings."""
        down = step.operation is Operation.BACKWARD or step.matrix.kind == "B"
        return "upper" if down else "lower"

    def _far(self, change):
        shift = self.rule.tolerance_shift
        tolerance = 2.0 ** -(99 if shift is None else shift) * self.design.rate.one
        return (abs(change) >= max(1, int(tolerance))).any()

    def _show(self, layer, u):
        """Potential and rate that the neurons have in passing only."""
        self.memory["shown"][layer] = u
        rate = self.memory["shown_rate"][layer] = arithmetic.activate(u, self.design, layer)
        return rate

    def _branch(self, layer, exact):
        rate = self._show(layer, self._narrow(exact, self.rule.share_shift))
        error = self.memory["rate"][layer] - rate
        return {"basal": error, "apical": error}, False, False

    def _basal_error(self, step, layer):
        return self._branch(layer, self.drives["lower"][layer])

    def _apical_error(self, step, layer):
        return self._branch(layer, self.drives["upper"][layer])

    def _nudged(self, layer, current):
        u = self._narrow(self.drives["lower"][layer] + self.drives["upper"][layer] + self.drive)
        return self._show(layer, arithmetic.saturate(u + current, self.design.state)[0])

    def _plus(self, step, layer):
        h = self.memory["nudged"][layer] = self._nudged(layer, self._nudge(layer))
        return {"nudged": h, "feedback": h - self.memory["rate"][layer]}, False, False

    def _minus(self, step, layer):
        h = self._nudged(layer, -self._nudge(layer))
        return {"difference": self.memory["nudged"][layer] - h, "minus": h,
                "feedback": h - self.memory["rate"][layer]}, False, False

    def _begin(self, step, layer):
        if step.events:
            self.drives["lower"][layer] = self.drive
        zero = self.rule.clamped_start.value == "zero"
        lower = 0 * self.drive if zero else self.drives["lower"][layer]
        c = self.memory["clamped"][layer] = self._show(
            layer, self._narrow(lower, self.rule.share_shift))
        return {"clamped": c}, False, False

    def _clamp(self, step, layer):
        c = self.memory["clamped"][layer] = self._show(layer, self.target)
        return {"clamped": c, "difference": c - self.memory["rate"][layer]}, False, False

    def _pull(self, step, layer):
        self.drives["upper"][layer] = self.drive
        if self.design.network.depth == 2 or self.rule.clamped_start.value == "free":
            self.memory["clamped"][layer] = self.memory["rate"][layer]
        left, *_ = self._clamped(layer)
        return left | dict.fromkeys(("words_change", "sent"), 0 * left["change"]), False, False

    def _basal(self, step, layer):
        self._grow(step, "lower", layer)
        return {}, False, False

    def _settle(self, step, layer):
        self._grow(step, self._branch_of(step), layer)
        return self._clamped(layer)

    def _clamped(self, layer):
        old = self.memory["clamped"][layer]
        c = self.memory["clamped"][layer] = self._show(
            layer, self._narrow(self.drives["lower"][layer] + self.drives["upper"][layer]))
        left = {"clamped": c, "difference": c - self.memory["rate"][layer], "change": c - old,
                "sent": c - old}
        return left, (c != old).any(), self._far(c - old)

    # Dynamic inversion

    def _control(self, step, layer):
        drive, rule = self._narrow(self._grow(step, "lower", layer)), self.rule
        old = 0 * drive if step.begins else self.memory["control"][layer]
        ahead = ((self.memory["error"][layer] - drive) << rule.leak_shift) - old
        return self._driven("control", layer, old, arithmetic.round_shift(
            ahead, rule.leak_shift + rule.control_shift + self.tries), opens=True)

    def _follow(self, step, layer):
        drive = self._narrow(self._grow(step, "upper", layer))
        old = 0 * drive if step.begins else self.memory["follow"][layer]
        left, changed, moved = self._driven("follow", layer, old, arithmetic.round_shift(
            drive - old, self.rule.follow_shift))
        post = np.where(self.memory["open"][layer], self.memory["follow"][layer], 0)
        self.memory["error"][layer] = post
        return left | {"post": post, "error": post}, changed, moved

    def _driven(self, name, layer, old, step, opens=False):
        new, clipped = arithmetic.saturate(old + step, self.design.rate)
        self.memory[name][layer] = new
        if opens:
            self.efforts, self.aims = 0, arithmetic.size(self.memory["error"][layer])
        self.efforts |= arithmetic.size(new - old)
        if clipped.any():
            self.efforts |= (1 << self.design.rate.width) - 1
        moved = (new != old).any()
        return {"change": new - old}, moved, moved
