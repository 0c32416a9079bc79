"""The golden models as devices: they learn from stored samples in the board's own order.

Or from a stream, which they never have to wait for.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ...golden.integer import IntegerModel, Shuffler, integer_model
from ...golden.reference.designs import baseline_model, reference_model
from ...golden.reference.float_models import FloatModel
from ...golden.spec import Design, Feedback, MemoryMap, Target
from ...golden.spec.contents import (
    check_places,
    input_type,
    raw_generators,
    raw_weights,
    real_weights,
)
from ...golden.spec.shifts import shifts_of
from ..device import Counters, Run
from ..device.protocol import Progress
from ..device.samples import check_layer, check_samples, check_streamed, require_classes
from ..device.stream import Results, check_ring, require_streaming

__all__ = ["AlignmentDevice", "BackpropDevice", "IntegerDevice", "ModelDevice", "ModelStream",
           "ReferenceDevice"]

PROGRESS_SECONDS = 0.1
FIRST_PART = 16  # samples learned at once; more as long as progress is still told in time


class ModelDevice:
    """A golden model with the board's sample memory.

    Parameters
    ----------
    design : Design
    model : IntegerModel or FloatModel
    """

    def __init__(self, design: Design, model: IntegerModel | FloatModel):
        self.design, self.model = design, model
        capacity, sizes = design.sample_capacity, design.network.sizes
        self._inputs = np.zeros((capacity, sizes[0]), input_type(design))
        # Where the target is the input, there is nothing else to keep.
        shape = {Target.CLASS: (capacity,), Target.VECTOR: (capacity, sizes[-1])}
        self._targets = np.zeros(shape.get(design.target, (0,)), np.int64)
        self._counters = Counters(False, 0, 0, 0, 0, 0, 0)

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def write_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Load all weights: see `golden.spec.contents.raw_weights`."""
        self.model.set_weights(raw_weights(self.design, weights))

    def read_weights(self) -> dict[str, np.ndarray]:
        """Copy of all weights."""
        return {name: values.copy() for name, values in self.model.weights.items()}

    @property
    def _states(self):
        """States of the model's generators; none if it draws nothing at random."""
        generator = getattr(self.model, "generator", None)
        return np.zeros(0, np.int64) if generator is None else generator.states

    def write_generators(self, states: ArrayLike) -> None:
        """Load the generators: as many as `read_generators` gives."""
        self._states[...] = raw_generators(states, len(self._states))

    def read_generators(self) -> np.ndarray:
        """States of the generators: the lanes', then the noise's."""
        return self._states.copy()

    def write_samples(self, inputs: ArrayLike, targets: ArrayLike | None, first: int = 0) -> None:
        """Store samples."""
        inputs, stored, first = check_samples(self.design, inputs, targets, first)
        self._inputs[first:first + len(inputs)] = inputs
        if self.design.target is not Target.INPUT:
            self._targets[first:first + len(inputs)] = (
                stored.labels if stored.values is None else stored.values)

    def train(self, run: Run, progress: Progress | None = None) -> Counters:
        """Learn from stored samples in the order that the board would take them in."""
        Run.check(run, self.design)
        shuffler = Shuffler(MemoryMap(self.design).shuffle_bits, run.mask or 0, run.state)
        before, correct, told = self._counts(), 0, time.monotonic()

        def counters(samples):
            weight, state, restless = (now - then for now, then in
                                       zip(self._counts(), before, strict=True))
            return Counters(samples < run.samples, samples, correct, 0, weight, state,
                            shuffler.state, restless=restless)

        learned, part = 0, run.samples if progress is None else FIRST_PART
        while learned < run.samples:
            started = time.monotonic()
            count = min(part, run.samples - learned)
            order = run.first + (np.arange(learned, learned + count) if run.mask is None else
                                 np.array([shuffler.next(run.size) for _ in range(count)]))
            inputs = self._inputs[order]
            targets = inputs if self.design.target is Target.INPUT else self._targets[order]
            found = self._learn_all(inputs, targets, run.update_shift, run.second_update_shift)
            if self.design.target is Target.CLASS:
                correct += int((found == targets).sum())
            learned += len(order)
            if time.monotonic() - started < PROGRESS_SECONDS / 2:
                part *= 2
            if progress is not None and time.monotonic() - told > PROGRESS_SECONDS:
                self._counters = counters(learned)
                progress(self._counters)
                told = time.monotonic()
        self._counters = counters(run.samples)
        if progress is not None:
            progress(self._counters)
        return self._counters

    def counters(self) -> Counters:
        """Counters of the last run."""
        return dataclasses.replace(self._counters, running=False)

    def predict(self, first: int, count: int, progress: Progress | None = None) -> np.ndarray:
        """Classes, int64 array (count,), of the stored samples from `first` on."""
        require_classes(self.design)
        first, count = check_places(self.design, first, count)
        return np.asarray(self._predict(self._inputs[first:first + count]))

    def outputs(self, first: int, count: int, layer: int | None = None,
                progress: Progress | None = None) -> np.ndarray:
        """Rates that inferences of stored samples leave in a layer: see `boards.device.Device`."""
        first, count = check_places(self.design, first, count)
        layer = check_layer(self.design, layer)
        return self._outputs(self._inputs[first:first + count], layer)

    def _outputs(self, inputs: np.ndarray, layer: int) -> np.ndarray:
        raise NotImplementedError

    def _learn(self, x: np.ndarray, target: int | np.ndarray | None, *shifts: int | None) -> int:
        """Prediction made while a sample was learned: see `Rule.predicts_before_label`."""
        raise NotImplementedError

    def _learn_shown(self, x: np.ndarray, target: int | np.ndarray | None, layer: int,
                     *shifts: int | None) -> tuple[int, np.ndarray]:
        """(Prediction, the rates of a layer in the first time step) while a sample was learned."""
        raise ValueError("layer must be 0 with a device that computes in real numbers: its stream "
                         "has no outputs")

    def _predict(self, inputs: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _learn_all(self, inputs: np.ndarray, targets: np.ndarray, *shifts: int) -> np.ndarray:
        """`_learn` of each sample."""
        return np.array([self._learn(x, target, *shifts)
                         for x, target in zip(inputs, targets, strict=True)])

    def stream(self, *, size: int | None = None, first: int = 0, update_shift: int | None = None,
               second_update_shift: int | None = None, layer: int = 0) -> "ModelStream":
        """Learn from samples as they come: a `ModelStream`.

        It needs no ring, but takes only one that a board would have room for.
        """
        require_streaming(self.design)
        check_ring(self.design, size, first)
        return ModelStream(self, update_shift, second_update_shift, layer)

    def _counts(self) -> tuple[int, int, int]:
        """Saturations of weights and of states, loops found restless, so far."""
        return 0, 0, 0


class ModelStream(Results):
    """A stream through a model, which is done with each sample when it is sent: none stands.

    Parameters
    ----------
    device : ModelDevice
    update_shift, second_update_shift : int or None
        k of the learning rates; None takes the rule's.
    layer : int
        Of which `outputs` shall be, or 0.

    Raises
    ------
    ValueError
        The rule is not always on, or a value is out of range.
    """

    def __init__(self, device: ModelDevice, update_shift: int | None = None,
                 second_update_shift: int | None = None, layer: int = 0):
        super().__init__(device.design, layer)
        require_streaming(device.design)
        self._device = device
        self._shifts = shifts_of(device.design, update_shift, second_update_shift)

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, inputs: ArrayLike,
             targets: Sequence[int | ArrayLike | None] | np.ndarray | None = None,
             progress: Callable[[Results], object] | None = None) -> None:
        """Learn from samples; parameters as `boards.host.stream.Stream.send`."""
        taken, stored = check_streamed(self._device.design, inputs, targets)
        self._require_running()
        for number, x in enumerate(taken):
            target = stored.of(number)
            if self._layer:
                prediction, rates = self._device._learn_shown(x, target, self._layer, *self._shifts)
                self._add_outputs([rates[None]])
            else:
                prediction = self._device._learn(x, target, *self._shifts)
            if self.sent:  # the one before
                self._stood.append(0)
            self._predictions.append(int(prediction))
            self.sent += 1
            if progress is not None:
                progress(self)

    def wait(self, progress: Callable[[Results], object] | None = None) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """The last sample has stood for no turn either."""
        self._stood, self._running = bytearray(self.sent), False


class IntegerDevice(ModelDevice):
    """Every bit of the board, without its clock."""

    model: IntegerModel

    def __init__(self, design: Design):
        super().__init__(design, integer_model(design))

    def _learn(self, x, target, *shifts):
        return self.model.learn(x, target, *shifts).prediction

    def _learn_shown(self, x, target, layer, *shifts):
        trace = self.model.learn(x, target, *shifts)
        return trace.prediction, self.model.first_rates(trace, layer)

    def _learn_all(self, inputs, targets, *shifts):
        return self.model.learn_all(inputs, targets, None, *shifts)

    def _predict(self, inputs):
        return self.model.predict(inputs)

    def _outputs(self, inputs, layer):
        return self.model.outputs(inputs, layer)

    def _counts(self):
        model = self.model
        return model.weight_saturations, model.state_saturations, model.restless


class FloatDevice(ModelDevice):
    """A float64 model: raw weights become real ones, and reading gives float64 arrays."""

    model: FloatModel

    def write_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Load all weights, second ones only where the model has them; no format holds them back.

        See `golden.spec.contents.real_weights`.
        """
        shapes = {name: values.shape for name, values in self.model.weights.items()}
        self.model.set_weights(real_weights(self.design, weights, shapes))

    def _learn(self, x, target, *shifts):
        classes = self.design.target is Target.CLASS
        if not classes and target is not None:
            target = self.design.target_values.to_float(target)
        largest = self.model.learn(self.design.sample.to_float(x), target, *shifts)
        return largest if classes else 0  # as a board says it

    def _outputs(self, inputs, layer):
        return self.model.outputs(self.design.sample.to_float(inputs), layer)

    def _predict(self, inputs):
        return self.model.predict(self.design.sample.to_float(inputs))


class ReferenceDevice(FloatDevice):
    """The rule's equations in float64."""

    def __init__(self, design: Design):
        super().__init__(design, reference_model(design))


class BackpropDevice(FloatDevice):
    """Exact backprop of the same network in float64, the baseline."""

    def __init__(self, design: Design):
        super().__init__(design, baseline_model(design))


class AlignmentDevice(FloatDevice):
    """Feedback alignment in the same network in float64: the feedback stays as it was drawn."""

    def __init__(self, design: Design):
        super().__init__(design, baseline_model(design, Feedback.RANDOM))
