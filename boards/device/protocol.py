"""A device's methods, the runs that it is told to learn, and its counters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design, MemoryMap
from ...golden.spec.plain import Plain, shown
from ...golden.spec.shifts import check_shifts
from .stream import Results

__all__ = ["Counters", "Device", "Run"]


@dataclass(frozen=True)
class Run(Plain):
    """Training over stored samples.

    Parameters
    ----------
    size : int
        Samples in the set, an epoch.
    mask : int or None
        Of the shuffled order of this epoch (`golden.integer.epoch_mask`); None is the stored order.
    update_shift, second_update_shift : int
        k of the learning rates 2**-k: of the rule's weight updates, and of what it learns
        besides, if it has a second rate.
    first : int
        Place of the set in sample memory.
    state : int
        Of the shuffling generator: 0 starts an epoch, `Counters.shuffle_state` goes on with it.
        The stored order always begins with the first sample.
    count : int or None
        Samples to learn from; None means the whole set. The stored order ends with the set.
    """

    size: int
    mask: int | None
    update_shift: int
    second_update_shift: int
    first: int = 0
    state: int = 0
    count: int | None = None

    def check(self, design: Design) -> None:
        """Raise ValueError if the design cannot do this, TypeError if `self` is no `Run`."""
        if not isinstance(self, Run):  # of ``Run.check(run, design)``
            raise TypeError(f"run must be a Run, not {shown(self)}")
        limit, bits = design.sample_capacity, MemoryMap(design).shuffle_bits
        if self.size < 1 or self.first < 0 or self.first + self.size > limit:
            raise ValueError(f"a set of samples must lie in 0 .. {limit - 1}, not {self.first} .. "
                             f"{self.first + self.size - 1}")
        for name in ("mask", "state") if self.mask is not None else ():
            if not 0 <= getattr(self, name) < 1 << bits:
                raise ValueError(f"{name} must lie in 0 .. {(1 << bits) - 1}, "
                                 f"not {shown(getattr(self, name))}")
        check_shifts(design, update_shift=self.update_shift,
                     second_update_shift=self.second_update_shift)
        if self.count is not None and self.count < 1:
            raise ValueError(f"count must be at least 1, not {shown(self.count)}")
        if self.mask is None and self.samples > self.size:
            raise ValueError(f"count must lie in 1 .. {self.size} in the stored order, "
                             f"not {shown(self.count)}")

    @property
    def samples(self) -> int:
        """Samples to learn from."""
        return self.size if self.count is None else self.count


@dataclass(frozen=True)
class Counters(Plain):
    """Counts of a run so far.

    Parameters
    ----------
    running : bool
    samples, correct : int
        Samples finished, and of these predicted right while they were learned: before their
        labels acted, if `Rule.predicts_before_label`.
    cycles : int
        Clock cycles in which the engine was running; 0 if the device has no clock.
    weight_saturations, state_saturations : int
    shuffle_state : int
        State of the shuffling generator, with which the epoch goes on.
    frames_dropped : int
        Damaged frames that the board has seen so far.
    restless : int
        Loops that a guard has found restless: see golden.spec.steps. A board counts modulo 2**16.
    """

    running: bool
    samples: int
    correct: int
    cycles: int
    weight_saturations: int
    state_saturations: int
    shuffle_state: int
    frames_dropped: int = 0
    restless: int = 0


Progress = Callable[[Counters], object]  # of a run, told while it runs


class Device(Protocol):
    """Engine with weights and stored samples; also a context manager that closes it.

    Weights are dictionaries of arrays as `golden.initial.initial_weights` names them; a float
    array holds real values, an integer array raw ones. A `progress` callable gets the run's
    `Counters` several times a second; an exception that it raises ends the run between two samples.
    """

    design: Design

    def write_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Load all weights."""
        ...

    def read_weights(self) -> dict[str, np.ndarray]:
        """All weights: raw int64 arrays, or float64 from a device that computes in real numbers."""
        ...

    def write_generators(self, states: np.ndarray) -> None:
        """Load the generators: int64 array of the lanes', then the noise's; empty if none."""
        ...

    def read_generators(self) -> np.ndarray:
        """States of the generators, likewise."""
        ...

    def write_samples(self, inputs: ArrayLike, targets: ArrayLike | None, first: int = 0) -> None:
        """Store samples: raw inputs (n, n_0) in design.sample; targets, or None to infer alone.

        See `boards.device.samples.check_samples`.
        """
        ...

    def train(self, run: Run, progress: Progress | None = None) -> Counters:
        """Learn from stored samples."""
        ...

    def counters(self) -> Counters:
        """Counters of the run that is under way, or that ended last, however it did."""
        ...

    def predict(self, first: int, count: int, progress: Progress | None = None) -> np.ndarray:
        """Classes, int64 array (count,), of stored samples."""
        ...

    def outputs(self, first: int, count: int, layer: int | None = None,
                progress: Progress | None = None) -> np.ndarray:
        """Rates that inferences of stored samples leave in a layer.

        Parameters
        ----------
        first, count : int
            Place of the first sample, and how many there are.
        layer : int or None
            1 .. L; None is L.

        Returns
        -------
        array (count, n_layer)
            int64, raw in design.rate, of spiking neurons how often each has spiked; float64 from a
            device that computes in real numbers. Where the design has no `results`, a board's are
            computed from its weights by the integer model, which is its equal.
        """
        ...

    def stream(self, *, size: int | None = None, first: int = 0, update_shift: int | None = None,
               second_update_shift: int | None = None, layer: int = 0) -> Results:
        """Learn from samples as they come, by a rule that is always on.

        A context manager with ``send(inputs, targets, progress)`` and ``wait(progress)``: see
        `boards.device.stream.Results`.
        """
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...

    def __enter__(self) -> Self:
        """The device."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None, /) -> None:
        """Close it."""
        ...
