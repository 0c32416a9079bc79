"""A board as Python sees it: weights, samples, runs and counters over the link."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import Design, MemoryMap
from ...golden.spec.contents import check_places, raw_generators, raw_weights
from ...golden.spec.image import weight_image, weights_from_image
from ...golden.spec.link import RESULT_SHIFT, Control, Space, space_words
from ...golden.spec.shifts import own_shifts
from ..device import Counters, Run
from ..device.protocol import Progress
from ..device.samples import check_layer, check_samples, require_classes
from .identify import WrongBoard, check_identity
from .link import Busy, Link, LinkError, WrongAnswer
from .packing import sample_image
from .rates import open_link
from .results import computed_outputs, inputs_of, results_of
from .session import RunEnded, Session
from .stream import Stream
from .words import classes_of, read_words, write_words

__all__ = ["Board", "NotWritten", "WrongBoard", "check_identity"]


class NotWritten(LinkError):
    """The weights on the board are not the ones that were to be written."""


class Owner(Protocol):
    """Something that ends together with a board, such as the process of a simulated one."""

    def close(self) -> None:
        """End it."""
        ...


class Board:
    """A board that runs `design`; a `Device`, and a context manager that closes it.

    Nothing is written to the board before it is used. Then it is this host's until it is closed:
    a call that a reset of the board, or another program, comes into raises `BoardReset` or
    `TakenOver` in place of a result.

    It also belongs to the thread that uses it first, for as long as that one lives. In any other
    thread, and in a forked process, all but `counters`, `stop` and `close` raises `WrongThread`.

    Parameters
    ----------
    link : Link
    design : Design
    owner : Owner or None
        What ends together with the board.
    take_over : bool
        End a run that is under way for another host, perhaps one that has died, before the first
        use; otherwise the board is `Busy` then.
    """

    def __init__(self, link: Link, design: Design, owner: Owner | None = None, *,
                 take_over: bool = False):
        self.link, self.design = link, design
        self.owner = owner
        self.session = Session(link, take_over)
        self._half_written = False

    @classmethod
    def open(cls, port: str, design: Design, *, baud: int | None = None, timeout: float = 1.0,
             attempts: int = 5, take_over: bool = False, owner: Owner | None = None) -> Self:
        """Open a port and make sure that a board with this very design answers.

        Parameters
        ----------
        port, baud, timeout, attempts
            Of `boards.host.rates.open_link`: without `baud` the rate is found by trying.

        Raises
        ------
        Unplugged, NoAnswer
            From `boards.host.link`.
        WrongBoard
            It speaks another version of the protocol, or runs another configuration.
        """
        link = open_link(port, baud=baud, timeout=timeout, attempts=attempts)
        try:
            check_identity(link, design)
        except BaseException:
            link.close()
            raise
        return cls(link, design, owner, take_over=take_over)

    def close(self) -> None:
        """Close the port (and end the owner); may be called again."""
        self.link.close()
        if self.owner is not None:
            self.owner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None, /) -> None:
        try:
            self.close()
        except RuntimeError as late:
            if error is None:
                raise
            error.add_note(f"{late}")

    # ---- memories --------------------------------------------------------------------------

    def write_weights(self, weights: Mapping[str, ArrayLike]) -> None:
        """Write every weight, then read them back and compare.

        Parameters
        ----------
        weights : dict of str to array
            See `golden.spec.contents.raw_weights`; checked before the first byte is sent.

        Raises
        ------
        NotWritten
            What was read back differs. The board then refuses to run until a write succeeds.
        LinkError
            The link failed half-way; the same holds.
        """
        raw = raw_weights(self.design, weights)
        self.session.claim()
        self._half_written = True
        try:
            self.write_words(Space.WEIGHTS, 0, weight_image(self.design, raw))
            found = self.read_weights()
        except LinkError as error:
            error.add_note("The weights on the board are half written: write them again.")
            raise
        wrong = {name: int((found[name] != raw[name]).sum()) for name in raw}
        if any(wrong.values()):
            where = ", ".join(f"{count} in {name}" for name, count in wrong.items() if count)
            raise NotWritten(f"{self.link.port} does not hold the weights that were written "
                             f"({where} differ): write them again; if it stays so, the board's "
                             "memory is at fault")
        self._half_written = False

    def read_weights(self) -> dict[str, np.ndarray]:
        """Every weight: dict of str to raw int64 array, rows x columns."""
        count = space_words(self.design, Space.WEIGHTS)
        words = self.read_words(Space.WEIGHTS, 0, count)
        width = self.design.weight.width
        words &= (1 << width) - 1
        return weights_from_image(self.design, words - (words >> (width - 1) << width))

    def write_generators(self, states: ArrayLike) -> None:
        """Load the generators, int array: the lanes', then the noise's; empty if there are none."""
        states = raw_generators(states, space_words(self.design, Space.GENERATORS))
        self.write_words(Space.GENERATORS, 0, states)

    def read_generators(self) -> np.ndarray:
        """States of the generators, int64 array, likewise; WrongAnswer if one cannot be."""
        states = self.read_words(Space.GENERATORS, 0, space_words(self.design, Space.GENERATORS))
        if ((states <= 0) | (states >= 1 << 31)).any():
            raise WrongAnswer(f"{self.link.port} holds a generator outside 1 .. 2**31 - 1, which "
                              "never leaves its state: write the generators again")
        return states

    def write_samples(self, inputs: ArrayLike, targets: ArrayLike | None, first: int = 0) -> None:
        """Store samples from sample `first` on; see `boards.device.samples.check_samples`."""
        inputs, stored, first = check_samples(self.design, inputs, targets, first)
        words = np.frombuffer(sample_image(self.design, inputs, stored), "<u2")
        self.write_words(Space.SAMPLES, first * MemoryMap(self.design).sample_words, words)

    # ---- runs ------------------------------------------------------------------------------

    def start(self, count: int, *, train: bool, first: int = 0, size: int | None = None,
              mask: int | None = None, state: int = 0, update_shift: int | None = None,
              second_update_shift: int | None = None, stream: bool = False,
              layer: int = 0) -> None:
        """Start a run and return at once.

        Parameters
        ----------
        count : int
            Samples to run.
        train : bool
            Learn, else infer and store the predictions.
        first, size : int
            The set: its first sample and how many it has (None: `count`).
        mask : int or None
            Of the shuffled order; None runs in the stored order.
        state : int
            Of the shuffling generator; 0 starts an epoch.
        update_shift, second_update_shift : int or None
            k of the learning rates; None takes the rule's.
        stream : bool
            Take samples from a ring as they come; `Board.stream` cares for it.
        layer : int
            Of which an inference, or a stream, stores the rates, 1 .. L, or 0: only designs with
            `results`.

        Raises
        ------
        Busy
            A run is under way.
        NotWritten
            The last write of the weights failed half-way.
        """
        shifts = own_shifts(self.design.rule, update_shift, second_update_shift)
        bits = (Control.TRAIN * train | Control.STREAM * stream
                | Control.SHUFFLED * (mask is not None) | layer << RESULT_SHIFT)
        self.start_settings(bits, [
            count, first, count if size is None else size, 0, state, mask or 0, *shifts])

    def start_settings(self, bits: int, settings: Sequence[int]) -> None:
        """Start a run with bits of CONTROL and the registers from COUNT on; raises as `start`."""
        if self._half_written:
            raise NotWritten(f"the weights on {self.link.port} are half written: write them again")
        self.session.start(bits, settings)

    def counters(self) -> Counters:
        """Counters of the run that is under way or ended last.

        Raises
        ------
        BoardReset, TakenOver
            Since its first use the board was reset, or another program has taken it over.
        """
        return self.session.counters()

    def wait(self, progress: Progress | None = None) -> Counters:
        """Wait for the end of the run; returns its counters.

        An exception (Ctrl-C, or one that `progress` raises) stops the run after the sample in work;
        another Ctrl-C leaves at once.

        Raises
        ------
        Stuck
            The run does not go on.
        BoardReset, TakenOver
            As `counters`.
        """
        return self.session.wait(progress)

    def stop(self) -> Counters:
        """End the run after the sample in work; returns its counters.

        Raises
        ------
        Stuck
            It does not end.
        BoardReset, TakenOver
            As `counters`.
        """
        return self.session.stop()

    def train(self, run: Run, progress: Progress | None = None) -> Counters:
        """Learn from stored samples (`boards.device.Run`); returns the counters.

        Raises
        ------
        RunEnded
            Something ended the run before all samples were done.
        LinkError
            As `start` and `wait`.
        """
        Run.check(run, self.design)
        self.start(run.samples, train=True, first=run.first, size=run.size, mask=run.mask,
                   state=run.state, update_shift=run.update_shift,
                   second_update_shift=run.second_update_shift)
        return self._finish(run.samples, progress)

    def predict(self, first: int, count: int, progress: Progress | None = None) -> np.ndarray:
        """Classes, int64 array (count,), of the stored samples from `first` on."""
        require_classes(self.design)
        first, count = check_places(self.design, first, count)
        self.start(count, train=False, first=first)
        self._finish(count, progress)
        stride = MemoryMap(self.design).sample_words
        words = self.read_words(Space.SAMPLES, first * stride + MemoryMap(self.design).label_word,
                                count, stride)
        return classes_of(self.link, self.design, words)

    def outputs(self, first: int, count: int, layer: int | None = None,
                progress: Progress | None = None) -> np.ndarray:
        """Rates that inferences of stored samples leave in a layer: see `boards.device.Device`."""
        first, count = check_places(self.design, first, count)
        layer = check_layer(self.design, layer)
        if not self.design.results:
            return computed_outputs(self, inputs_of(self, first, count), layer)
        self.start(count, train=False, first=first, layer=layer)
        self._finish(count, progress)
        return results_of(self, first, count, layer)

    def _finish(self, count, progress):
        """Wait for a run of `count` samples; its counters."""
        done = self.wait(progress)
        if done.samples != count:
            raise RunEnded(f"the run on {self.link.port} ended after {done.samples} of {count} "
                           "samples, because something stopped it: write the weights again, then "
                           "start a new run")
        return done

    def stream(self, *, size: int | None = None, first: int = 0, update_shift: int | None = None,
               second_update_shift: int | None = None, layer: int = 0) -> Stream:
        """Learn from samples as they come, by a rule that is always on: a `Stream`, to be entered.

        Parameters
        ----------
        size, first : int or None, int
            Of the ring in sample memory, whose samples are overwritten: see `Stream`.
        update_shift, second_update_shift : int or None
            k of the learning rates; None takes the rule's.

        layer : int
            Of which `Results.outputs` shall be, or 0; only designs with `results`.

        Raises
        ------
        ValueError
            The rule is not always on, or a value is out of range.
        """
        return Stream(self, size=size, first=first, update_shift=update_shift,
                      second_update_shift=second_update_shift, layer=layer)

    # ---- words -----------------------------------------------------------------------------

    def write_words(self, space: Space, address: int, words: ArrayLike) -> None:
        """Write words (integers, as two's complement) from `address` on; see `boards.host.words`.

        Like `read_words` it raises `BoardReset` or `TakenOver` if the board was another one
        meanwhile.
        """
        with self._use():
            write_words(self.link, self.design, space, address, words)

    def read_words(self, space: Space, address: int, count: int, stride: int = 1) -> np.ndarray:
        """int64 array (count,) of unsigned words address, address + stride, …"""
        with self._use():
            return read_words(self.link, self.design, space, address, count, stride)

    @contextmanager
    def _use(self):
        """Make the board this host's, and afterwards see that it still is."""
        self.session.claim()
        try:
            yield
        except Busy:
            self.counters()  # if another program has taken it over, this is why
            raise
        self.counters()
