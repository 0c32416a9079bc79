"""Streams of samples, as every device has them: what may be streamed, and what a stream tells."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design
from ...golden.spec.link import STOOD_LONG
from ...golden.spec.plain import plain
from ...golden.spec.qformat import check_integer

__all__ = ["COUNT_MODULUS", "Results", "check_ring", "require_streaming"]

COUNT_MODULUS = 1 << 16  # of Register.COUNT while it streams
RING = 64  # samples, if the memory holds as many


def require_streaming(design: Design) -> None:
    """Raise ValueError unless samples may be streamed through a design."""
    if not design.engine.always_on:
        raise ValueError(f"the rule {design.rule.name} cannot stream: it learns in phases; take "
                         "one that is always on, or store the samples and train")


def check_ring(design: Design, size: int | None = None, first: int = 0) -> tuple[int, int]:
    """(size, first) of a ring as plain ints.

    Parameters and errors are those of `boards.host.stream.Stream`.
    """
    first = plain("first", first, int)
    most = min(design.sample_capacity - first, COUNT_MODULUS - 1)
    size = min(RING, most) if size is None else plain("size", size, int)
    if first < 0 or not 2 <= size <= most:
        raise ValueError(f"a ring must have 2 .. {COUNT_MODULUS - 1} samples within 0 .. "
                         f"{design.sample_capacity - 1}, not {first} .. {first + size - 1}")
    return size, first


class Results:
    """Results of a stream's samples so far, in the order in which they were sent.

    Parameters
    ----------
    design : Design
    layer : int
        Of which `outputs` are, 1 .. L, or 0: there are none.

    Attributes
    ----------
    sent : int
        Samples that were sent.
    """

    def __init__(self, design: Design, layer: int = 0):
        self._design, self._layer = design, check_integer("layer", layer, 0, design.network.depth)
        if layer and not design.results:
            raise ValueError("layer must be 0 with a design that has no results: build one with "
                             "results=True")
        self.sent = 0
        self._outputs: list[np.ndarray] = []
        self._predictions, self._stood = bytearray(), array("H")
        self._begun = self._running = False

    def __enter__(self) -> Self:
        if self._begun:
            raise RuntimeError("a stream runs once: begin another one")
        self._start()
        self._begun = self._running = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None, /) -> None:
        raise NotImplementedError

    def send(self, inputs: ArrayLike,
             targets: Sequence[int | ArrayLike | None] | np.ndarray | None = None,
             progress: "Callable[[Results], object] | None" = None) -> None:
        """Send samples: see `boards.host.stream.Stream.send`."""
        raise NotImplementedError

    def wait(self, progress: "Callable[[Results], object] | None" = None) -> None:
        """Wait until every sample that was sent is learned from, and its prediction known."""
        raise NotImplementedError

    def close(self) -> None:
        """Wait likewise, and take the last results; may be called again."""
        raise NotImplementedError

    def _start(self):
        """Whatever makes the device take samples."""

    def _require_running(self):
        if not self._running:
            raise RuntimeError("this stream is not open: send inside of `with device.stream() as "
                               "stream:`")

    @property
    def predictions(self) -> np.ndarray:
        """Class that was predicted for each sample counted, int64: see `predicts_before_label`
        of `golden.spec.Rule`."""
        return np.frombuffer(bytes(self._predictions), np.uint8).astype(np.int64)

    @property
    def outputs(self) -> np.ndarray:
        """Rates of the layer in each sample's first time step, before its target acts.

        int64 array (n, n_layer), raw in design.rate, of as many samples as `stood`.
        """
        width = self._design.network.sizes[self._layer] if self._layer else 0
        return np.concatenate([np.zeros((0, width), np.int64), *self._outputs])

    def _add_outputs(self, found: Iterable[np.ndarray]) -> None:
        self._outputs += found

    @property
    def stood(self) -> np.ndarray:
        """Turns that each sample stood on for want of another one, int64; at most `STOOD_LONG`.

        Known of a sample once the following one is counted, and of the last at the end.
        """
        return np.array(self._stood, np.int64)

    @property
    def stood_long(self) -> np.ndarray:
        """Where `stood` is no number but a bound: `STOOD_LONG` turns or more. Bool array."""
        return self.stood == STOOD_LONG
