"""The common part of the integer models: weights, samples, passes over matrices.

Dense and one equation at a time. Written from golden.spec and the rules' equations; the gateware
is held to it, never the reverse.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..edges.edge import Edge, Meetings
from ..spec.contents import check_inputs, raw_weights
from ..spec.design import Activation, Design
from ..spec.memory_map import MemoryMap
from ..spec.plain import shown
from ..spec.qformat import QFormat, check_integer
from ..spec.shifts import shifts_of
from ..spec.steps import NeuronMode, Operation, Step
from ..spec.targets import Target, check_targets, raw_target
from . import arithmetic
from .generator import RoundingGenerator
from .trace import Pass, Trace

if TYPE_CHECKING:  # Numba takes half a second to import: only who needs it waits
    from .compiled.run import Loops

__all__ = ["IntegerModel"]


class IntegerModel:
    """A design's network in integers; the subclasses know the rules (`integer_model` picks one).

    Parameters
    ----------
    design : Design

    Attributes
    ----------
    weights : dict of int64 arrays
        Raw weights by matrix name, rows x columns, the bias in the last column.
    generator : RoundingGenerator or None
        Only with stochastic rounding, or with noise.
    weight_saturations, state_saturations : int
        Update words in which a weight saturated; neuron updates in which a drive or state did.
    edges : golden.edges.Meetings or None
        Is told of every value that is compared, clipped or rounded, and changes none.
    """

    weights: dict[str, np.ndarray]

    def __init__(self, design: Design):
        self.design = design
        self.map = MemoryMap(design)
        self.weights = {m.name: np.zeros(m.shape, np.int64) for m in self.map.matrices}
        self._transposed = next((m.name for m in self.map.matrices if m.transposed), None)
        self.generator = RoundingGenerator.of(design) if design.generators else None
        self.weight_saturations = 0
        self.state_saturations = 0
        self.edges: Meetings | None = None

    @property
    def states(self) -> np.ndarray:
        """States of the generators: the lanes', then the noise's; empty if nothing is random.

        The live ones, int64.
        """
        return np.zeros(0, np.int64) if self.generator is None else self.generator.states

    def set_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Take weights: see `golden.spec.contents.raw_weights`."""
        self.weights = raw_weights(self.design, weights)

    # ---- samples ---------------------------------------------------------------------------

    def infer(self, x: ArrayLike) -> int:
        """Class predicted for `x`, raw in design.sample, shape (n_0,)."""
        return self.trace_inference(x).prediction

    def predict(self, samples: ArrayLike) -> np.ndarray:
        """Classes predicted for `samples`, raw in design.sample, shape (n, n_0)."""
        return self._predict(self._samples(samples))

    def _predict(self, samples: np.ndarray) -> np.ndarray:
        if loops := self._loops():
            from .compiled import run

            return run.predict(self, loops, samples)
        return np.array([self.infer(x) for x in samples], dtype=np.int64)

    def outputs(self, samples: ArrayLike, layer: int | None = None) -> np.ndarray:
        """Rates that an inference leaves in a layer.

        Parameters
        ----------
        samples : int array (n, n_0)
            Raw in design.sample.
        layer : int or None
            1 .. L; None is L.

        Returns
        -------
        int64 array (n, n_layer)
            Raw in design.rate; of spiking neurons, how often each has spiked.
        """
        depth = self.design.network.depth
        layer = depth if layer is None else check_integer("layer", layer, 1, depth)
        if loops := self._loops():
            from .compiled import run

            return run.outputs(self, loops, self._samples(samples), layer)
        found = [self._left(self.trace_inference(x), layer) for x in self._samples(samples)]
        return np.array(found, np.int64).reshape(len(found), self.design.network.sizes[layer])

    def first_rates(self, trace: Trace, layer: int) -> np.ndarray:
        """Rates (n_layer,) that a layer had first in a sample, before a target acts on it.

        Only rules that are always on leave them so.
        """
        return next(done.rate for done in trace.passes
                    if len(done.rate) and self._reached(done) == layer)

    def _left(self, trace: Trace, layer: int) -> np.ndarray:
        """Rates of a layer after an inference."""
        return next(done.rate for done in reversed(trace.passes)
                    if len(done.rate) and self._reached(done) == layer)

    def _reached(self, done: Pass) -> int:
        """Layer whose neurons a pass gives their drives."""
        matrix = next(m for m in self.map.matrices if m.name == done.matrix)
        return matrix.layer if done.operation is Operation.FORWARD else matrix.source

    def learn_all(self, samples: ArrayLike, targets: ArrayLike | None,
                  order: ArrayLike | None = None,
                  update_shift: int | None = None,
                  second_update_shift: int | None = None) -> np.ndarray:
        """Learn from many samples, one after the other.

        Parameters
        ----------
        samples : int array (n, n_0)
            Raw in design.sample.
        targets : int array (n,) or (n, n_L), or None
            Classes, or values raw in design.target_values; None, or the samples themselves, where
            the target is the input.
        order : int array or None
            Indices of the samples in the order in which they come; None: each once, as they stand.
        update_shift, second_update_shift : int or None
            As for `learn`.

        Returns
        -------
        int64 array
            What was predicted for each while it was learned, in that order: before its target acts,
            if `Rule.predicts_before_label`.

        Raises
        ------
        ValueError, TypeError
            A sample, a target, an index or a shift is out of range; nothing was learned then.
        """
        samples = self._samples(samples)
        if targets is None and self.design.target is Target.INPUT:
            targets = samples
        targets = check_targets(self.design, np.asarray(targets), len(samples))
        order = np.arange(len(samples)) if order is None else np.asarray(order)
        if order.ndim != 1 or order.dtype.kind not in "iu" or (
                len(order) and not 0 <= order.min() <= order.max() < len(samples)):
            raise ValueError(f"order must be a row of integers in 0 .. {len(samples) - 1}, not "
                             f"{shown(order)}")
        return self._learn_all(samples, targets, order.astype(np.int64),
                               shifts_of(self.design, update_shift, second_update_shift))

    def _learn_all(self, samples: np.ndarray, targets: np.ndarray, order: np.ndarray,
                   shifts: tuple[int, int]) -> np.ndarray:
        if loops := self._loops():
            from .compiled import run

            predictions, rates = run.learn_all(self, loops, samples, targets, order, shifts)
            if len(order):
                self._learned(rates)
            return predictions
        return np.array([self.learn(samples[i], targets[i], *shifts).prediction
                         for i in order], dtype=np.int64)

    def _loops(self) -> "Loops | None":
        """Compiled loops of the rule, which compute what `_learn` and `_free_phase` say.

        None: there are none, or `edges` is to be told.
        """
        return None if self.edges is not None else self._compiled()

    def _compiled(self) -> "Loops | None":
        """Compiled loops of the rule, if it has any."""
        return None

    def _learned(self, rates: np.ndarray) -> None:
        """Keep what the last sample left, after the loops: rates, (L + 1, widest layer + 1)."""

    def _samples(self, samples: ArrayLike) -> np.ndarray:
        """Samples of `golden.spec.contents.input_type`: n x n_0, one after another."""
        return np.ascontiguousarray(check_inputs(self.design, samples, "samples"))

    def trace_inference(self, x: ArrayLike) -> Trace:
        """Trace of the free phase alone."""
        trace = Trace()
        self._free_phase(trace, self._input(x), None)
        return self._counted(trace)

    def learn(self, x: ArrayLike, target: ArrayLike | None, update_shift: int | None = None,
              second_update_shift: int | None = None) -> Trace:
        """Learn from one sample; returns its Trace, with a prediction as `learn_all` gives it.

        Parameters
        ----------
        x : int array (n_0,)
            Raw in design.sample.
        target : int, int array (n_L,), or None
            Class; or values, raw in design.target_values; or x itself, where the target is the
            input. None, no target, only with rules that are always on.
        update_shift, second_update_shift : int or None
            k of the learning rates 2**-k within design.update_shifts; None takes the rule's.
        """
        values = None
        if target is not None or not self.design.engine.always_on:
            values = raw_target(self.design, target, x)
        shifts = shifts_of(self.design, update_shift, second_update_shift)
        trace = Trace()
        self._learn(trace, self._input(x), values, shifts)
        return self._counted(trace)

    def stand(self, update_shift: int | None = None,
              second_update_shift: int | None = None) -> Trace:
        """Time steps in which the sample of the last `learn` stands on, without a target.

        Returns their Trace; parameters as `learn`.

        Raises
        ------
        ValueError
            The rule is not always on, or there is no sample yet.
        """
        raise ValueError("a sample can stand for several turns only with a rule that is always on, "
                         f"not with {self.design.rule.name}")

    def _counted(self, trace: Trace) -> Trace:
        """The trace, its saturations counted."""
        self.state_saturations += trace.state_saturations
        self.weight_saturations += trace.weight_saturations
        return trace

    def _free_phase(self, trace: Trace, x: np.ndarray, target: np.ndarray | None) -> Any:
        """What an inference does (of the rule); sets trace.prediction.

        `target`, of rules whose free phase is told it while they learn: as for `_learn`.

        One pass in the trace for each step that an inference runs, in their order. What it returns
        is the rule's own, for what learning does next.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule: use integer_model(design)")

    def _learn(self, trace: Trace, x: np.ndarray, target: np.ndarray | None,
               shifts: tuple[int, int]) -> None:
        """What a learning sample does (of the rule); one pass for each step, in their order.

        `target`: what the outputs should be, raw in design.rate, (n_L,); None is no target.
        `shifts`: the two k of the learning rates 2**-k, for `_update`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule: use integer_model(design)")

    def _input(self, x: ArrayLike) -> np.ndarray:
        x = np.asarray(x)
        if x.shape != (self.design.network.sizes[0],) or x.dtype.kind not in "iu":
            raise ValueError(f"x must be {self.design.network.sizes[0]} integers, "
                             f"not {x.dtype} of shape {x.shape}")
        if not self.design.sample.contains(x):
            raise ValueError(f"x must lie in {self.design.sample.minimum} .. "
                             f"{self.design.sample.maximum} (raw {self.design.sample}), not in "
                             f"{x.min()} .. {x.max()}")
        shift = self.design.rate.fraction - self.design.sample.fraction
        return x.astype(np.int64) << shift

    # ---- edges -----------------------------------------------------------------------------

    @classmethod
    def declared_edges(cls, design: Design) -> list[Edge]:
        """Edges that the rule's neurons meet, beside those of weights: list of `Edge`."""
        raise NotImplementedError(f"{cls.__name__} has no rule: use integer_model(design)")

    @classmethod
    def never_left_out(cls, step: Step) -> str:
        """Why a pass that may be left out never is, "" if it may be: a text for people."""
        return ""

    # ---- passes ----------------------------------------------------------------------------

    def _meets(self, kind: str, name: str, *values: Any) -> None:
        """Tell `edges`, if there are any, what comes to the edge `name`."""
        if self.edges is not None:
            getattr(self.edges, kind)(name, *values)

    def _activate(self, state: np.ndarray, layer: int, name: str = "rate") -> np.ndarray:
        """Rates of a layer's states: rho, told of as the edge `name`."""
        output = layer == self.design.network.depth
        if self.design.network.activation(layer) is Activation.SOFT:
            for edge in arithmetic.soft_edges(self.design.rate.one):
                self._meets("compare", f"{name}, slope {edge}", abs(state), edge)
        else:
            self._meets("clip", f"{name}, {'output' if output else 'hidden'}", state,
                        *arithmetic.rate_limits(self.design, layer))
        return arithmetic.activate(state, self.design, layer)

    def _nudge(self, rate: np.ndarray, target: np.ndarray | None, shift: int) -> np.ndarray:
        """beta (t - r), rounded, with beta = 2**-shift."""
        if target is None:
            raise ValueError("a nudge needs a target, not None")
        self._meets("round", "nudge", target - rate, shift)
        return arithmetic.round_shift(target - rate, shift)

    def _step(self, difference: np.ndarray, shift: int, name: str = "step") -> np.ndarray:
        """What a small step takes of a difference, rounded."""
        self._meets("round", name, difference, shift)
        return arithmetic.round_shift(difference, shift)

    def _winner(self, values: np.ndarray) -> int:
        """Class of the largest value, the first of equals; 0 where the target is no class."""
        if self.design.target is not Target.CLASS:
            return 0
        best = np.maximum.accumulate(values)
        self._meets("compare", "winner", values[1:] - best[:-1], 0)
        return int(np.argmax(values))

    def _biased(self, rates: np.ndarray) -> np.ndarray:
        return np.append(rates, self.design.rate.one)

    def _forward(self, trace: Trace, name: str, mode: NeuronMode, rates: np.ndarray | None = None,
                 changes: np.ndarray | None = None) -> Pass:
        """W r + b of whole rates, W r of their changes, or nothing at all: exact sums.

        Whatever a matrix without a bias, such as B1, carries comes as `changes`. The Pass that
        is returned is the trace's: the rule fills in `state` and `rate` (unless the step is
        silent), `lists` and `words` by the names that the step has.
        """
        weights = self.weights[name]
        walked = self._biased(rates) if rates is not None else changes
        drive = np.zeros(len(weights), np.int64) if walked is None else (
            weights[:, :len(walked)] @ walked)
        done = Pass(self._operation(name, Operation.FORWARD), name, mode, walked=walked,
                    drive=drive, changed=bool(drive.any()))
        trace.passes.append(done)
        return done

    def _backward(self, trace: Trace, layer: int, mode: NeuronMode, values: np.ndarray) -> Pass:
        """W^T e of values of `layer`: exact sums."""
        name = f"W{layer}"
        drive = values @ self.weights[name][:, :-1]
        done = Pass(self._operation(name, Operation.BACKWARD), name, mode, walked=values,
                    drive=drive, changed=bool(drive.any()))
        trace.passes.append(done)
        return done

    def _operation(self, name: str, operation: Operation) -> Operation:
        """What the engine does: a transposed matrix is used the other way round."""
        other = {Operation.FORWARD: Operation.BACKWARD, Operation.BACKWARD: Operation.FORWARD}
        return other[operation] if name == self._transposed else operation

    def _repeat(self, trace: Trace, again: bool) -> bool:
        trace.passes.append(Pass(Operation.REPEAT, again=again))
        return again

    def _narrow(self, done: Pass, exact: np.ndarray, shift: int = 0) -> np.ndarray:
        """An exact sum, 2**shift times, rounded once into a state."""
        state, discard = self.design.state, self.design.drive_fraction - self.design.state.fraction
        exact = exact << shift
        rounded = arithmetic.round_shift(exact, discard, state.rounding)
        if not self.design.engine.spiking:  # spikes are whole: a drive loses only zeros
            self._meets("round", "drive", exact, discard)
        self._meets("clip", "drive", rounded, state.minimum, state.maximum)
        value, done.saturated = arithmetic.saturate(rounded, state)
        return value

    def _saturate(self, done: Pass, value: np.ndarray, fmt: QFormat | None = None,
                  name: str = "state") -> np.ndarray:
        """A new state, into its format."""
        fmt = fmt or self.design.state
        self._meets("clip", name, value, fmt.minimum, fmt.maximum)
        value, clipped = arithmetic.saturate(value, fmt)
        done.saturated = done.saturated | clipped
        return value

    def _count(self, trace: Trace, done: Pass) -> None:
        """A neuron update counts once, whether its drive or its state saturated."""
        trace.state_saturations += int(done.saturated.sum())

    def _update(self, trace: Trace, name: str, post: np.ndarray, pre: np.ndarray, shift: int,
                bias: bool = True, decay_shift: int | None = None) -> None:
        """W += 2**-shift post pre^T, the bias with the presynaptic rate 1 or not at all.

        With a decay W loses 2**-decay_shift of itself, before the one rounding.
        """
        design, weights = self.design, self.weights[name].copy()
        walked = self._biased(pre) if bias else pre
        if name == self._transposed:  # rows are presynaptic, and what is walked postsynaptic
            post, walked, weights = walked, post, weights.T
        product = post[:, None] * (walked << (design.update_lowest_rate - shift))[None, :]
        if decay_shift is not None:
            product -= weights << (design.update_discard - decay_shift)
        random = None
        if design.stochastic:
            random = self._random(len(post), np.ones_like(walked) if decay_shift else walked)
        delta = arithmetic.round_shift(product, design.update_discard, design.weight.rounding,
                                       random)
        columns = slice(0, len(walked))
        # Without a decay a product is a multiple of this power of two.
        unit = 0 if decay_shift is not None or random is not None else (
            design.update_lowest_rate - shift)
        self._meets("round", "update", product >> unit, design.update_discard - unit,
                    design.weight.rounding, random)
        new = weights[:, columns] + delta
        self._meets("clip", "weight", new, design.weight.minimum, design.weight.maximum)
        new, clipped = arithmetic.saturate(new, design.weight)
        weights[:, columns] = new
        # A word is `lanes` neighbouring rows of one column.
        starts = range(0, len(post), design.lanes)
        trace.weight_saturations += int(np.logical_or.reduceat(clipped, starts).sum())
        self.weights[name] = weights.T if name == self._transposed else weights
        saturated = np.zeros(weights.shape, bool)
        saturated[:, columns] = clipped
        trace.passes.append(Pass(Operation.UPDATE, name, walked=walked, lanes=post,
                                 weights=weights, saturated=saturated))

    @property
    def _drawing(self) -> RoundingGenerator:
        """The generator of a design that draws at random."""
        if self.generator is None:
            raise ValueError(f"the design {self.design.digest} draws nothing at random, so that it "
                             "has no generator")
        return self.generator

    def _random(self, rows: int, walked: np.ndarray) -> np.ndarray:
        """Rounding bits, rows x columns: drawn for each column event of each block in turn."""
        lanes, active = self.design.lanes, np.flatnonzero(walked)
        if not len(active):
            active = np.zeros(1, np.int64)  # the empty event
        blocks = -(-rows // lanes)
        drawn = self._drawing.draw(blocks * len(active)).reshape(blocks, len(active), lanes)
        random = np.zeros((blocks * lanes, len(walked)), np.int64)
        random[:, active] = drawn.transpose(0, 2, 1).reshape(blocks * lanes, len(active))
        return random[:rows]
