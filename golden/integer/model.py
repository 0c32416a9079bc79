"""Ghost units in integers: every bit of the hardware, dense and one equation at a time.

Written from golden.spec and the rule's equations; the gateware is held to it, never the reverse.
"""

from dataclasses import dataclass, field

import numpy as np

from ..spec.design import Design
from ..spec.ghost import Mechanism
from ..spec.memory_map import MemoryMap
from ..spec.qformat import check_integer
from ..spec.schedule import Mode
from . import arithmetic
from .generator import RoundingGenerator

__all__ = ["IntegerModel", "Pass", "Trace"]


@dataclass
class Pass:
    """What one pass over a matrix computed; vectors hold one int64 for each neuron concerned.

    Attributes
    ----------
    matrix : str
        W1 … GL.
    mode : Mode or None
        None for an update.
    events : array or None
        Presynaptic rates, the bias's 1.0 last (forward and update).
    operand : array or None
        Differences e that a backward pass sums over (post-synaptic values of an update).
    drive : array or None
        Exact sums.
    rate, state, ghost, post, feedback : array or None
        What the neuron pipeline made of them; `post` multiplies in the plasticity, `feedback`
        goes down the backward pass.
    weights : array or None
        Matrix after an update.
    saturated : array or None
        Where a drive, a state or (rows x columns) a weight saturated.
    """

    matrix: str
    mode: Mode | None
    events: np.ndarray | None = None
    operand: np.ndarray | None = None
    drive: np.ndarray | None = None
    rate: np.ndarray | None = None
    state: np.ndarray | None = None
    ghost: np.ndarray | None = None
    post: np.ndarray | None = None
    feedback: np.ndarray | None = None
    weights: np.ndarray | None = None
    saturated: np.ndarray | None = None


@dataclass
class Trace:
    """One sample: its passes in the schedule's order, and what came out."""

    passes: list[Pass] = field(default_factory=list)
    prediction: int = 0
    state_saturations: int = 0
    weight_saturations: int = 0


class IntegerModel:
    """Ghost units in integers.

    Parameters
    ----------
    design : Design

    Attributes
    ----------
    weights : dict of int64 arrays
        Raw weights by matrix name, rows x columns, the bias in the last column.
    generator : RoundingGenerator or None
        Only with stochastic rounding.
    weight_saturations, state_saturations : int
        Update words in which a weight saturated; neuron updates in which a drive or state did.
    """

    def __init__(self, design: Design):
        self.design = design
        self.map = MemoryMap(design)
        self.weights = {m.name: np.zeros((m.rows, m.columns), np.int64) for m in self.map.matrices}
        self.generator = (
            RoundingGenerator(design.lanes, design.generator_seed) if design.stochastic else None
        )
        self.weight_saturations = 0
        self.state_saturations = 0

    def set_weights(self, weights):
        """Take weights: float arrays are rounded into the format, integer arrays are raw.

        Raises
        ------
        ValueError
            A matrix is missing, unknown, of another shape, NaN, or (raw) out of range.
        """
        if set(weights) != set(self.weights):
            raise ValueError(f"weights must be {sorted(self.weights)}, not {sorted(weights)}")
        taken = {}
        for name, old in self.weights.items():
            new = np.asarray(weights[name])
            if new.shape != old.shape:
                raise ValueError(f"{name} must have shape {old.shape}, not {new.shape}")
            if new.dtype.kind == "f":
                new = self.design.weight.from_float(new)
            elif new.dtype.kind not in "iu":
                raise TypeError(f"{name} must hold numbers, not {new.dtype}")
            if not self.design.weight.contains(new):
                raise ValueError(f"{name} must lie in the range of {self.design.weight}")
            taken[name] = new.astype(np.int64)
        self.weights = taken

    # ---- samples ---------------------------------------------------------------------------

    def infer(self, x):
        """Class predicted for `x`, raw in design.sample, shape (n_0,)."""
        return self.trace_inference(x).prediction

    def predict(self, samples):
        """Classes predicted for `samples`, raw in design.sample, shape (n, n_0)."""
        return np.array([self.infer(x) for x in samples], dtype=np.int64)

    def trace_inference(self, x):
        """Trace of the free phase alone."""
        trace = Trace()
        self._free_phase(trace, self._input(x), None)
        self.state_saturations += trace.state_saturations
        return trace

    def residual_feedback(self, x):
        """Feedback drives that the hidden layers L-1 .. 1 receive of `x` without a target.

        In the free phase r_l = rho(v_l) stands where the nudged rate would; what the ghosts do
        not cancel, B_l (r_{l+1} - q_l), is returned for each layer from the top, raw in
        design.state.
        """
        design, trace = self.design, Trace()
        rates, drives, ghosts, _ = self._free_phase(trace, self._input(x), None)
        out = []
        for layer in range(design.network.depth, 1, -1):
            if design.rule.plastic_ghosts:
                ghosts[layer] = self._ghost_pass(trace, layer, rates[layer - 1])
            settled = Pass(f"W{layer}", Mode.FREE)
            self._differences(settled, rates[layer], rates[layer], drives[layer],
                              ghosts.get(layer), layer == design.network.depth)
            out.append(self._backward(trace, layer, Mode.FEEDBACK, settled.feedback)[1])
        return out

    def learn(self, x, label, update_shift=None, ghost_update_shift=None):
        """Learn from one sample; returns its Trace (with the free phase's prediction).

        Parameters
        ----------
        x : int array (n_0,)
            Raw in design.sample.
        label : int
            Class, 0 .. n_L - 1.
        update_shift, ghost_update_shift : int or None
            k of eta / beta = 2**-k within design.update_shifts; None takes the rule's.
        """
        rule = self.design.rule
        check_integer("label", label, 0, self.design.network.sizes[-1] - 1)
        shifts = [rule.update_shift if update_shift is None else update_shift,
                  rule.ghost_update_shift if ghost_update_shift is None else ghost_update_shift]
        for name, shift in zip(("update_shift", "ghost_update_shift"), shifts, strict=True):
            check_integer(name, shift, *self.design.update_shifts)
        trace, x = Trace(), self._input(x)
        if rule.relaxes:
            self._relaxation(trace, x, label, shifts)
        else:
            self._sweep(trace, x, label, shifts)
        self.state_saturations += trace.state_saturations
        self.weight_saturations += trace.weight_saturations
        return trace

    # ---- the schedules ---------------------------------------------------------------------

    def _input(self, x):
        x = np.asarray(x)
        if x.shape != (self.design.network.sizes[0],) or x.dtype.kind not in "iu":
            raise ValueError(f"x must be {self.design.network.sizes[0]} integers, "
                             f"not {x.dtype} of shape {x.shape}")
        if not self.design.sample.contains(x):
            raise ValueError(f"x must lie in the range of {self.design.sample}")
        shift = self.design.rate.fraction - self.design.sample.fraction
        return x.astype(np.int64) << shift

    def _free_phase(self, trace, x, label):
        """v_l = W_l r_{l-1} + b_l, r_l = rho(v_l) upwards; the sweep nudges the last layer."""
        design, depth = self.design, self.design.network.depth
        mechanism, sweep = design.rule.mechanism, not design.rule.relaxes
        learn = label is not None
        rates, drives, ghosts, last = [x], [None], {}, None
        for layer in range(1, depth + 1):
            output = layer == depth
            if learn and sweep and mechanism is Mechanism.LEARN and output:
                ghosts[layer] = self._ghost_pass(trace, layer, rates[layer - 1])
            last, v = self._forward(trace, f"W{layer}", Mode.FREE, rates[layer - 1])
            r = arithmetic.activate(v, design, output)
            last.state, last.rate = v, r
            if mechanism is Mechanism.REPLICATE:
                ghosts[layer] = last.ghost = r
            if learn and sweep and mechanism is Mechanism.LEARN and not output and layer > 1:
                ghosts[layer] = self._ghost_pass(trace, layer, rates[layer - 1])
            if output and learn and sweep:
                s, clipped = arithmetic.saturate(v + arithmetic.nudge(r, label, design),
                                                 design.state)
                self._count(trace, clipped, last)
                last.state, last.rate = s, arithmetic.activate(s, design, True)
                self._differences(last, last.rate, r, v, ghosts.get(layer), True)
            rates.append(r)
            drives.append(v)
        trace.prediction = int(np.argmax(drives[depth]))
        return rates, drives, ghosts, last

    def _sweep(self, trace, x, label, shifts):
        """s_l = v_l + B_l (rho(s_{l+1}) - q_l) downwards with the feedforward drives held."""
        design, depth = self.design, self.design.network.depth
        rates, drives, ghosts, last = self._free_phase(trace, x, label)
        post, feedback = {depth: last.post}, {depth: last.feedback}
        for layer in range(depth - 1, 0, -1):
            done, c = self._backward(trace, layer + 1, Mode.FEEDBACK, feedback[layer + 1])
            s, clipped = arithmetic.saturate(drives[layer] + c, design.state)
            self._count(trace, clipped, done)
            done.state, done.rate = s, arithmetic.activate(s, design, False)
            self._differences(done, done.rate, rates[layer], drives[layer],
                              ghosts.get(layer), False)
            post[layer], feedback[layer] = done.post, done.feedback
        self._plasticity(trace, rates, post, feedback, shifts)

    def _relaxation(self, trace, x, label, shifts):
        """s_l += dt (v_l + B_l (r_{l+1} - q_l) - s_l) for T steps, every layer at once."""
        design, depth = self.design, self.design.network.depth
        rule, plastic = design.rule, design.rule.plastic_ghosts
        free, drives, ghosts, _ = self._free_phase(trace, x, label)
        states, rates = [None] + [v.copy() for v in drives[1:]], list(free)
        post, feedback = {}, {}

        def live(integrate):
            """Drives, ghosts and differences from the rates as they stand."""
            if plastic:
                for layer in range(2, depth + 1):
                    ghosts[layer] = self._ghost_pass(trace, layer, rates[layer - 1])
            for layer in range(2, depth + 1):
                output = layer == depth
                done, drives[layer] = self._forward(trace, f"W{layer}", Mode.LIVE,
                                                    rates[layer - 1])
                r = arithmetic.activate(states[layer], design, output)
                done.state, done.rate = states[layer], r
                self._differences(done, r, free[layer], drives[layer], ghosts.get(layer), output)
                post[layer], feedback[layer] = done.post, done.feedback
                if output and integrate:
                    drive = drives[layer] + arithmetic.nudge(r, label, design)
                    self._small_step(trace, done, states, layer, drive)
            if integrate:
                rates[depth] = arithmetic.activate(states[depth], design, True)

        for _ in range(rule.steps):
            live(integrate=True)
            for layer in range(1, depth):
                done, c = self._backward(trace, layer + 1, Mode.STEP, feedback[layer + 1])
                self._small_step(trace, done, states, layer, drives[layer] + c)
                done.rate = rates[layer] = arithmetic.activate(states[layer], design, False)
                if layer == 1:  # its drive never changes, so no later pass would tell
                    self._differences(done, rates[1], free[1], drives[1], ghosts.get(1), False)
                    post[1] = done.post
        live(integrate=False)
        pre = free if rule.held_presynaptic else rates
        self._plasticity(trace, pre, post, feedback, shifts)

    def _small_step(self, trace, done, states, layer, drive):
        design = self.design
        states[layer], clipped = arithmetic.integrate(states[layer], drive,
                                                      design.rule.step_shift, design.state)
        self._count(trace, clipped, done)
        done.state = states[layer]

    # ---- one equation each -----------------------------------------------------------------

    def _count(self, trace, clipped, done):
        """A neuron update counts once, whether its drive or its state saturated."""
        trace.state_saturations += int((clipped & ~done.saturated).sum())
        done.saturated = done.saturated | clipped

    def _narrow(self, trace, done):
        value, done.saturated = arithmetic.requantise(
            done.drive, self.design.drive_fraction, self.design.state)
        trace.state_saturations += int(done.saturated.sum())
        return value

    def _events(self, rates):
        return np.append(rates, self.design.rate.one)

    def _forward(self, trace, name, mode, rates):
        """u = W r + b, rounded once."""
        events = self._events(rates)
        done = Pass(name, mode, events=events, drive=self.weights[name] @ events)
        trace.passes.append(done)
        return done, self._narrow(trace, done)

    def _backward(self, trace, layer, mode, feedback):
        """c = W^T (r - q), rounded once: the feedback that the ghosts left over."""
        name = f"W{layer}"
        done = Pass(name, mode, operand=feedback, drive=feedback @ self.weights[name][:, :-1])
        trace.passes.append(done)
        return done, self._narrow(trace, done)

    def _ghost_pass(self, trace, layer, rates):
        """q = rho(G r + g): the plastic ghosts that stand for `layer`."""
        done, drive = self._forward(trace, f"G{layer}", Mode.GHOST, rates)
        output = layer == self.design.network.depth
        done.ghost = arithmetic.activate(drive, self.design, output)
        return done.ghost

    def _differences(self, done, rate, free, drive, ghost, output):
        """post (what plasticity multiplies) and feedback (what is sent down) of a layer."""
        mechanism = self.design.rule.mechanism
        predicted = arithmetic.activate(drive, self.design, output)
        if mechanism is Mechanism.REPLICATE:
            # r_nudged - r_free, the ghost being the held replica of r_free.
            done.post = done.feedback = rate - free
        else:
            done.post = rate - predicted
            done.feedback = {Mechanism.COPY: lambda: rate - predicted,
                             Mechanism.LEARN: lambda: rate - (ghost if ghost is not None else 0),
                             Mechanism.NONE: lambda: rate}[mechanism]()

    def _plasticity(self, trace, pre, post, feedback, shifts):
        """W_l += eta/beta post_l pre^T, from the top; plastic ghosts learn r - q likewise."""
        for layer in range(self.design.network.depth, 0, -1):
            self._update(trace, f"W{layer}", post[layer], pre[layer - 1], shifts[0])
            if self.design.rule.plastic_ghosts and layer > 1:
                self._update(trace, f"G{layer}", feedback[layer], pre[layer - 1], shifts[1])

    def _update(self, trace, name, post, pre, shift):
        design, weights = self.design, self.weights[name]
        events = self._events(pre)
        highest = design.update_shifts[1]
        product = post[:, None] * (events << (highest - shift))[None, :]
        random = self._random(len(post), events) if design.stochastic else None
        delta = arithmetic.round_shift(product, design.update_discard, design.weight.rounding,
                                       random)
        new, clipped = arithmetic.saturate(weights + delta, design.weight)
        # A word is `lanes` neighbouring rows of one column.
        starts = range(0, len(post), design.lanes)
        trace.weight_saturations += int(np.logical_or.reduceat(clipped, starts).sum())
        self.weights[name] = new
        trace.passes.append(Pass(name, None, events=events, operand=post, weights=new,
                                 saturated=clipped))

    def _random(self, rows, events):
        """Rounding bits, rows x columns: drawn for each column event of each block in turn."""
        lanes, active = self.design.lanes, np.flatnonzero(events)
        blocks = -(-rows // lanes)
        drawn = self.generator.draw(blocks * len(active)).reshape(blocks, len(active), lanes)
        random = np.zeros((blocks * lanes, len(events)), np.int64)
        random[:, active] = drawn.transpose(0, 2, 1).reshape(blocks * lanes, len(active))
        return random[:rows]
