"""What the estimator and the demo train on: a board, real or virtual, or a golden model.

Devices are found by name in the entry-point group ``cortigate.devices``: each is a callable that
takes a design and returns a `Device`. Any other name is a serial port, or `AUTO`.
"""

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

import numpy as np

from ...golden.spec import Design, MemoryMap
from ...golden.spec.plain import Plain, shown
from .discovery import only_board
from .driver import Board
from .session import Counters
from .stream import Results, check_shifts

__all__ = ["AUTO", "Device", "Run", "device_names", "is_port", "open_device"]

AUTO = "auto"  # the only board behind this machine's serial ports


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
        k of the learning rates 2**-k: of the rule's weight updates, and of plastic ghosts (ghost
        units), branch errors (equilibrium network) or feedback weights (phaseless alignment).
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

    def check(self, design: Design):
        """Raise ValueError if the design can not do this."""
        limit, bits = design.sample_capacity, MemoryMap(design).shuffle_bits
        if self.size < 1 or self.first < 0 or self.first + self.size > limit:
            raise ValueError(f"a set must lie in samples 0 .. {limit - 1}, not {self.first} .. "
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
    def samples(self):
        """Samples to learn from."""
        return self.size if self.count is None else self.count


class Device(Protocol):
    """Engine with weights and stored samples; also a context manager that closes it.

    Weights are dictionaries of arrays as `golden.initial.initial_weights` names them; a float
    array holds real values, an integer array raw ones. A `progress` callable gets the run's
    `Counters` several times a second; an exception that it raises ends the run between two samples.
    """

    design: Design

    def write_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Load all weights."""

    def read_weights(self) -> dict[str, np.ndarray]:
        """All weights: raw int64 arrays, or float64 from a device that computes in real numbers."""

    def write_generators(self, states: np.ndarray) -> None:
        """Load the generators: int64 array of the lanes', then the noise's; empty if none."""

    def read_generators(self) -> np.ndarray:
        """States of the generators, likewise."""

    def write_samples(self, inputs: np.ndarray, labels: np.ndarray, first: int = 0) -> None:
        """Store samples: raw inputs (n, n_0) in design.sample, classes (n,)."""

    def train(self, run: Run, progress=None) -> Counters:
        """Learn from stored samples."""

    def counters(self) -> Counters:
        """Counters of the run that is under way, or that ended last, however it did."""

    def predict(self, first: int, count: int, progress=None) -> np.ndarray:
        """Classes, int64 array (count,), of stored samples."""

    def stream(self, *, size: int | None = None, first: int = 0, update_shift: int | None = None,
               second_update_shift: int | None = None) -> Results:
        """Learn from samples as they come, by a rule that is always on.

        A context manager with ``send(inputs, labels, progress)`` and ``wait(progress)``: see
        `boards.host.stream.Stream`.
        """

    def close(self) -> None:
        """Let go of the device."""

    def __enter__(self) -> "Device":
        """The device."""

    def __exit__(self, *exception) -> None:
        """Close it."""


def device_names():
    """Names of the installed devices."""
    return sorted(point.name for point in entry_points(group="cortigate.devices"))


def is_port(device):
    """True if a device has a board of its own behind it: a serial port, or `AUTO`."""
    return (isinstance(device, str) and device not in device_names()
            and (device == AUTO or "/" in device or device.upper().startswith("COM")))


def open_device(device, design: Design, *, baud=None, take_over=False):
    """Open a device.

    Parameters
    ----------
    device : str or callable
        Name of an installed device, a serial port (a path, COM3, or a URL of pyserial), `AUTO`, or
        a callable that takes the design and returns a `Device`.
    design : Design
    baud : int or None
        Rate of the serial port; None finds one that works: see `boards.host.rates.open_link`.
    take_over : bool
        End a run that is under way on the board: see `Board`.

    Raises
    ------
    ValueError
        No such name, and no serial port either; or `baud` or `take_over` without a serial port.
    LinkError
        From the board, or because `AUTO` did not find exactly one.

    Examples
    --------
    >>> from cortigate import open_device, preset
    >>> from cortigate.golden.initial import initial_weights
    >>> design = preset("tiny")
    >>> with open_device("integer", design) as device:
    ...     device.write_weights(initial_weights(design, 0))
    ...     device.write_samples([[0, 32, 64, 96, 128]], [1])
    ...     device.predict(0, 1).shape
    (1,)
    """
    if is_port(device):
        return Board.open(only_board() if device == AUTO else device, design, baud=baud,
                          take_over=take_over)
    if baud is not None or take_over:
        raise ValueError("baud (--baud) and take_over (--take-over) belong to a serial port, "
                         f"not to the device {shown(device)}")
    if callable(device):
        return device(design)
    if not isinstance(device, str):
        raise TypeError("device must be a name, a serial port or a callable, "
                        f"not {shown(device)}")
    for point in entry_points(group="cortigate.devices", name=device):
        return point.load()(design)
    raise ValueError(f"device must be one of {', '.join(device_names())}, or a serial port such "
                     f"as /dev/ttyUSB1 or COM3, or {AUTO}, not {shown(device)}")
