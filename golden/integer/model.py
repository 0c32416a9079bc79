"""The common part of the integer models: weights, and samples that are learned or inferred.

Dense and one equation at a time. Written from golden.spec and the rules' equations; the gateware
is held to it, never the reverse.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..edges.edge import Edge
from ..spec.contents import check_inputs, raw_weights
from ..spec.design import Design
from ..spec.plain import shown
from ..spec.qformat import check_integer
from ..spec.shifts import shifts_of
from ..spec.steps import Operation, Step
from ..spec.targets import Target, check_targets, raw_target
from .passes import Passes
from .trace import Pass, Trace

if TYPE_CHECKING:  # Numba takes half a second to import: only who needs it waits
    from .compiled.run import Loops

__all__ = ["IntegerModel"]


class IntegerModel(Passes):
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
    restless : int
        Loops that were found restless: see golden.spec.steps.
    edges : golden.edges.Meetings or None
        Is told of every value that is compared, clipped or rounded, and changes none.
    """

    def __init__(self, design: Design):
        super().__init__(design)
        self.weight_saturations = 0
        self.state_saturations = 0
        self.restless = 0

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
        found = [done.rate for done in trace.passes
                 if len(done.rate) and self._reached(done) == layer]
        split = self.design.last.split and layer == self.design.network.depth
        return np.concatenate(found[-2:]) if split else found[-1]

    def _reached(self, done: Pass) -> int:
        """Layer whose neurons a pass gives their drives."""
        matrix = next(m for m in self.map.matrices
                      if (m.name, m.first) == (done.matrix, done.first))
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
        self.restless += trace.restless
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
