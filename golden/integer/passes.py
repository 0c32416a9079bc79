"""Passes over a matrix, as the integer models make them and `golden.edges` hears of them."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..edges.edge import Meetings
from ..spec.design import Activation, Design
from ..spec.memory_map import MemoryMap
from ..spec.qformat import QFormat
from ..spec.steps import NeuronMode, Operation
from ..spec.targets import Target
from . import arithmetic
from .generator import RoundingGenerator
from .trace import Pass, Trace

__all__ = ["Passes"]


class Passes:
    """Base of `IntegerModel`: weights, generators, and one method for each thing done with them.

    Parameters
    ----------
    design : Design
    """

    weights: dict[str, np.ndarray]

    def __init__(self, design: Design):
        self.design = design
        self.map = MemoryMap(design)
        self.weights = {name: np.zeros(shape, np.int64)
                        for name, shape in self.map.shapes.items()}
        self._transposed = next((m.name for m in self.map.matrices
                                 if m.transposed and not m.tail), None)
        self.generator = RoundingGenerator.of(design) if design.generators else None
        self.edges: Meetings | None = None

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

    def _leads(self, trace: Trace, rates: np.ndarray, target: np.ndarray | None) -> bool:
        """A QUIT: does the target's output lead by the design's margin? False without a margin.

        `rates`: of the last layer, by the free phase; `target`: one for the class, or else zero.
        """
        margin = self.design.margin
        if margin is None or target is None:
            return False
        own, others = rates[target != 0], rates[target == 0]
        lead = int(own[0] - others.max())
        self._meets("compare", "margin", np.array([lead]), margin)
        trace.passes.append(Pass(Operation.QUIT, again=lead < margin))
        return lead >= margin

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

    def _divided(self, trace: Trace, done: Pass) -> None:
        """The last layer's free pass, all filled in, becomes two where it has head and tail.

        What the model itself goes on with stays whole: `done` is no longer the trace's.
        """
        head = self.design.last.head
        if not self.design.last.split:
            return

        def part(rows):
            vectors = {name: getattr(done, name)[rows]
                       for name in ("drive", "state", "rate", "saturated")}
            dicts = {name: {key: values[rows] for key, values in getattr(done, name).items()}
                     for name in ("streams", "lists", "words")}
            return replace(done, **vectors, **dicts)

        first, second = part(slice(head)), part(slice(head, None))
        walked = done.walked
        trace.passes[-1:] = [first, replace(second, operation=Operation.BACKWARD, walked=walked,
                                            first=head)]

    def _backward(self, trace: Trace, layer: int, mode: NeuronMode, values: np.ndarray) -> Pass:
        """W^T e of values of `layer`: exact sums.

        Where the layer has head and tail, the trace gets the tail's pass before it.
        """
        name = f"W{layer}"
        drive = values @ self.weights[name][:, :-1]
        if self.design.last.split and layer == self.design.network.depth:
            head = self.design.last.head
            tail = values[head:] @ self.weights[name][head:, :-1]
            trace.passes.append(Pass(Operation.FORWARD, name, mode, walked=values[head:],
                                     drive=tail, changed=bool(tail.any()), first=head))
            values = values[:head]
        done = Pass(self._operation(name, Operation.BACKWARD), name, mode, walked=values,
                    drive=drive, changed=bool(drive.any()))
        trace.passes.append(done)
        return done

    def _send_down(self, trace: Trace, layer: int, mode: NeuronMode, values: np.ndarray) -> Pass:
        """B e of values of `layer`: exact sums of the neurons below.

        Through the weights B that are stored, or else through W^T.
        """
        name = f"B{layer - 1}"
        if name in self.weights:
            return self._forward(trace, name, mode, changes=values)
        return self._backward(trace, layer, mode, values)

    def _down(self, layer: int, values: np.ndarray) -> np.ndarray:
        """The sums that `_send_down` brings, of any values."""
        back = self.weights.get(f"B{layer - 1}")
        return values @ self.weights[f"W{layer}"][:, :-1] if back is None else back @ values

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
        walked = self._biased(pre) if bias else pre
        head = len(post)
        if self.design.last.split and name == f"W{self.design.network.depth}":
            head = self.design.last.head
        if name != self._transposed:
            self._update_part(trace, name, slice(head), post[:head], walked, shift, decay_shift)
        if name == self._transposed or head < len(post):
            # Rows are presynaptic, and what is walked is postsynaptic.
            rows = slice(0 if name == self._transposed else head, None)
            self._update_part(trace, name, rows, walked, post[rows], shift, decay_shift,
                              turned=True)

    def _update_part(self, trace: Trace, name: str, rows: slice, post: np.ndarray,
                     walked: np.ndarray, shift: int, decay_shift: int | None = None,
                     turned: bool = False) -> None:
        """`_update` of some rows; `turned`: these are stored transposed."""
        design, whole = self.design, self.weights[name].copy()
        weights = whole[rows].T if turned else whole[rows]
        product = post[:, None] * (walked << (design.update_lowest_rate - shift))[None, :]
        if decay_shift is not None:
            product -= weights[:, :len(walked)] << (design.update_discard - decay_shift)
        random = None
        if design.stochastic:
            # What decays, and a tail, is walked over zeros, too.
            every = decay_shift or turned and rows.start
            random = self._random(len(post), np.ones_like(walked) if every else walked)
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
        self.weights[name] = whole
        saturated = np.zeros(weights.shape, bool)
        saturated[:, columns] = clipped
        trace.passes.append(Pass(Operation.UPDATE, name, walked=walked, lanes=post,
                                 weights=weights, saturated=saturated, first=rows.start or 0))

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
