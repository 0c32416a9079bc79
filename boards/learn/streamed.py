"""A stream in parts, between which a checkpoint is saved; the integer model repeats all of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from ...golden.integer import IntegerModel
from ...golden.spec.link import STOOD_LONG
from ..device import Device
from ..device.stream import Results
from .keeper import Keeper
from .replay import replay

__all__ = ["Streamed", "repeat", "stream_in_parts", "stream_order", "unrepeatable"]


class _Enough(Exception):
    """The stream's progress ends it."""


@dataclass
class Streamed:
    """Results of the samples so far, over all parts.

    Parameters
    ----------
    predictions, stood : int64 arrays (n,)
        As of `boards.device.stream.Results`.
    ends : list of int
        Samples done at the end of each part.
    generators : list of int64 array
        States after each part.
    """

    predictions: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    stood: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    ends: list[int] = field(default_factory=list)
    generators: list[np.ndarray] = field(default_factory=list)

    @property
    def stood_long(self) -> np.ndarray:
        """Where `stood` is no number but a bound. Bool array."""
        return self.stood == STOOD_LONG

    @property
    def unknown(self) -> int:
        """How many samples stood for a time that nobody knows; the last of a part is found out."""
        last = np.isin(np.arange(len(self.stood)), np.array(self.ends, np.int64) - 1)
        return int((self.stood_long & ~last).sum())

    def with_part(self, run: Results) -> "Streamed":
        """These results and those of a part that is under way, or that has ended."""
        return Streamed(np.concatenate([self.predictions, run.predictions]),
                        np.concatenate([self.stood, run.stood]), self.ends, self.generators)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As a checkpoint holds it: dict of str to array."""
        return {"predictions": self.predictions, "stood": self.stood,
                "ends": np.array(self.ends, np.int64),
                "states": np.array(self.generators, np.int64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Inverse of `to_arrays`; ValueError if the arrays do not belong together."""
        try:
            predictions, stood, ends, states = (
                arrays[name] for name in ("predictions", "stood", "ends", "states"))
        except KeyError as error:
            raise ValueError(f"the checkpoint's stream lacks {error}") from None
        if not (predictions.ndim == ends.ndim == 1 and predictions.shape == stood.shape
                and len(states) == len(ends)
                and (np.diff([0, *ends]) > 0).all()
                and len(predictions) == (ends[-1] if len(ends) else 0)):
            raise ValueError("the arrays of the checkpoint's stream do not match each other")
        return cls(predictions, stood, ends.tolist(), list(states))


def stream_in_parts(device: Device, inputs: np.ndarray, targets: np.ndarray,
                    keeper: Keeper | None = None, past: Streamed | None = None,
                    progress: Callable[[Streamed], object] | None = None,
                    save: Callable[[Streamed], object] | None = None) -> Streamed:
    """Stream samples through a device that is always on.

    Parameters
    ----------
    device : Device
        As it was left after `past`.
    inputs, targets : int arrays (n, n_0), (n,)
        All samples, as `boards.host.stream.Stream.send` takes them.
    keeper : Keeper or None
        Says when to pause, and when to stop.
    past : Streamed or None
        What has become of the first samples already.
    progress : callable or None
        Gets a `Streamed` of all results so far.
    save : callable or None
        ``save(streamed)`` after each part, where the device does not run: calls `Keeper.keep`.

    Returns
    -------
    Streamed
        Of all samples.
    """
    keeper, past = keeper or Keeper(), past or Streamed()
    while len(past.predictions) < len(inputs):
        done = len(past.predictions)
        part = slice(done, done + keeper.part(done, len(inputs) - done))

        def tell(run, past=past):
            if progress is not None:
                progress(past.with_part(run))
            if keeper.asked:
                raise _Enough

        try:
            with device.stream() as run:
                run.send(inputs[part], targets[part], tell)
                run.wait(tell)
        except _Enough:  # what was taken is learned from and known, and no more
            pass
        if len(run.predictions):
            past = past.with_part(run)
            past = Streamed(past.predictions, past.stood, [*past.ends, len(past.predictions)],
                            [*past.generators, device.read_generators()])
        if save is not None:
            save(past)
    return past


def stream_order(count: int, epochs: int, seed: int) -> np.ndarray:
    """Samples 0 .. `count` - 1 as they are sent, each epoch in an order of its own: int64 array."""
    return np.concatenate([np.random.default_rng([seed, epoch]).permutation(count)
                           for epoch in range(epochs)])


def unrepeatable(streamed: Streamed) -> str:
    """Why `repeat` cannot repeat a stream, a sentence; empty if it can."""
    long = streamed.unknown
    return "" if not long else (
        f"The integer model cannot repeat this run: {long} of its samples stood for {STOOD_LONG} "
        "turns or more, and the exact number is not known.")


def repeat(model: IntegerModel, inputs: np.ndarray, targets: np.ndarray, streamed: Streamed,
           progress: Callable[[int], object] | None = None) -> np.ndarray:
    """Repeat a stream on the integer model, part after part: its predictions, int64 array (n,).

    Parameters
    ----------
    model : IntegerModel
        With the weights and generators that the board had when the stream began.
    inputs, targets
        As of `stream_in_parts`.
    streamed : Streamed
        Of all samples; `unknown` is 0.
    progress : callable or None
        Gets the number of samples done.
    """
    found = []
    for start, end, states in zip([0, *streamed.ends], streamed.ends, streamed.generators,
                                  strict=False):
        found.append(replay(
            model, inputs[start:end], targets[start:end], streamed.stood[start:end],
            generators=states,
            progress=progress and (lambda done, start=start: progress(start + done))))
    return np.concatenate(found)
