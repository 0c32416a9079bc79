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
from ...golden.spec import Design, Feedback, MemoryMap
from ...golden.spec.contents import (
    check_inputs,
    check_places,
    raw_generators,
    raw_weights,
    real_weights,
)
from ...golden.spec.link import NO_TARGET
from ...golden.spec.shifts import shifts_of
from ..device import Counters, Run
from ..device.protocol import Progress
from ..device.samples import check_samples, check_targets
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
        self._inputs = np.zeros((design.sample_capacity, design.network.sizes[0]), np.uint8)
        self._labels = np.zeros(design.sample_capacity, np.int64)
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

    def write_samples(self, inputs: ArrayLike, labels: ArrayLike, first: int = 0) -> None:
        """Store samples."""
        inputs, labels, first = check_samples(self.design, inputs, labels, first)
        self._inputs[first:first + len(inputs)] = inputs
        self._labels[first:first + len(labels)] = labels

    def train(self, run: Run, progress: Progress | None = None) -> Counters:
        """Learn from stored samples in the order that the board would take them in."""
        Run.check(run, self.design)
        shuffler = Shuffler(MemoryMap(self.design).shuffle_bits, run.mask or 0, run.state)
        before, correct, told = self._saturations(), 0, time.monotonic()

        def counters(samples):
            weight, state = (now - then for now, then in
                             zip(self._saturations(), before, strict=True))
            return Counters(samples < run.samples, samples, correct, 0, weight, state,
                            shuffler.state)

        learned, part = 0, run.samples if progress is None else FIRST_PART
        while learned < run.samples:
            started = time.monotonic()
            count = min(part, run.samples - learned)
            order = run.first + (np.arange(learned, learned + count) if run.mask is None else
                                 np.array([shuffler.next(run.size) for _ in range(count)]))
            labels = self._labels[order]
            found = self._learn_all(self._inputs[order], labels, run.update_shift,
                                    run.second_update_shift)
            correct, learned = correct + int((found == labels).sum()), learned + len(order)
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
        first, count = check_places(self.design, first, count)
        return np.asarray(self._predict(self._inputs[first:first + count]))

    def _learn(self, x: np.ndarray, label: int | None, *shifts: int | None) -> int:
        """Prediction made while a sample was learned: see `Rule.predicts_before_label`."""
        raise NotImplementedError

    def _predict(self, inputs: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _learn_all(self, inputs: np.ndarray, labels: np.ndarray, *shifts: int) -> np.ndarray:
        """`_learn` of each sample."""
        return np.array([self._learn(x, int(label), *shifts)
                         for x, label in zip(inputs, labels, strict=True)])

    def stream(self, *, size: int | None = None, first: int = 0, update_shift: int | None = None,
               second_update_shift: int | None = None) -> "ModelStream":
        """Learn from samples as they come: a `ModelStream`.

        It needs no ring, but takes only one that a board would have room for.
        """
        require_streaming(self.design)
        check_ring(self.design, size, first)
        return ModelStream(self, update_shift, second_update_shift)

    def _saturations(self) -> tuple[int, int]:
        return 0, 0


class ModelStream(Results):
    """A stream through a model, which is done with each sample when it is sent: none stands.

    Parameters
    ----------
    device : ModelDevice
    update_shift, second_update_shift : int or None
        k of the learning rates; None takes the rule's.

    Raises
    ------
    ValueError
        The rule is not always on, or a value is out of range.
    """

    def __init__(self, device: ModelDevice, update_shift: int | None = None,
                 second_update_shift: int | None = None):
        super().__init__()
        require_streaming(device.design)
        self._device = device
        self._shifts = shifts_of(device.design, update_shift, second_update_shift)

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, inputs: ArrayLike, labels: Sequence[int | None] | np.ndarray | None = None,
             progress: Callable[[Results], object] | None = None) -> None:
        """Learn from samples; parameters as `boards.host.stream.Stream.send`."""
        taken = check_inputs(self._device.design, inputs).astype(np.int64)
        targets = check_targets(self._device.design, labels, len(taken))
        self._require_running()
        for x, target in zip(taken, targets, strict=True):
            label = None if target == NO_TARGET else int(target)
            prediction = self._device._learn(x, label, *self._shifts)
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

    def _learn(self, x, label, *shifts):
        return self.model.learn(x, label, *shifts).prediction

    def _learn_all(self, inputs, labels, *shifts):
        return self.model.learn_all(inputs, labels, None, *shifts)

    def _predict(self, inputs):
        return self.model.predict(inputs)

    def _saturations(self):
        return self.model.weight_saturations, self.model.state_saturations


class FloatDevice(ModelDevice):
    """A float64 model: raw weights become real ones, and reading gives float64 arrays."""

    model: FloatModel

    def write_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Load all weights, second ones only where the model has them; no format holds them back.

        See `golden.spec.contents.real_weights`.
        """
        shapes = {name: values.shape for name, values in self.model.weights.items()}
        self.model.set_weights(real_weights(self.design, weights, shapes))

    def _learn(self, x, label, *shifts):
        return self.model.learn(self.design.sample.to_float(x), label, *shifts)

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
