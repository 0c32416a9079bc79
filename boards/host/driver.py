"""A board as Python sees it: weights, samples, runs and counters over the link."""

import time
from dataclasses import dataclass

import numpy as np

from ...golden.spec import Design, MemoryMap
from ...golden.spec.link import (
    READ_BYTES,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    space_words,
    word_bytes,
)
from .identify import WrongBoard, check_identity
from .link import BAUD, Busy, Link, LinkError
from .packing import (
    check_samples,
    raw_weights,
    sample_frames,
    sample_image,
    weight_image,
    weights_from_image,
)
from .stream import Stream

__all__ = ["Board", "Counters", "NotWritten", "WrongBoard"]

POLL_SECONDS = 0.05


class NotWritten(LinkError):
    """The weights on the board are not the ones that were to be written."""


@dataclass(frozen=True)
class Counters:
    """What a run has done so far.

    Parameters
    ----------
    running : bool
    samples, correct : int
        Samples finished, and of these predicted right (before learning from them).
    cycles : int
        Clock cycles in which the engine was running; 0 if the device has no clock.
    weight_saturations, state_saturations : int
    shuffle_state : int
        State of the shuffling generator, with which the epoch goes on.
    frames_dropped : int
        Damaged frames that the board has seen so far.
    """

    running: bool
    samples: int
    correct: int
    cycles: int
    weight_saturations: int
    state_saturations: int
    shuffle_state: int
    frames_dropped: int = 0


class Board:
    """A board that runs `design`; a `Device`, and a context manager that closes it.

    Parameters
    ----------
    link : Link
    design : Design
    owner : object or None
        Something with ``close()`` that ends together with the board.
    """

    def __init__(self, link: Link, design: Design, owner=None):
        self.link, self.design = link, design
        self.owner = owner
        self._half_written = False

    @classmethod
    def open(cls, port, design: Design, *, baud=BAUD, timeout=1.0, attempts=5, owner=None):
        """Open a port and make sure that a board with this very design answers.

        Raises
        ------
        Unplugged, NoAnswer
            From `boards.host.link`.
        WrongBoard
            It speaks another version of the protocol, or runs another configuration.
        """
        link = Link(port, baud=baud, timeout=timeout, attempts=attempts)
        try:
            check_identity(link, design)
        except BaseException:
            link.close()
            raise
        return cls(link, design, owner)

    def close(self):
        """Close the port (and end the owner); may be called again."""
        self.link.close()
        if self.owner is not None:
            self.owner.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    # ---- memories --------------------------------------------------------------------------

    def write_weights(self, weights):
        """Write every weight, then read them back and compare.

        Parameters
        ----------
        weights : dict of str to array
            See `boards.host.packing.raw_weights`; checked before the first byte is sent.

        Raises
        ------
        NotWritten
            What was read back differs. The board then refuses to run until a write succeeds.
        LinkError
            The link failed half-way; the same holds.
        """
        raw = raw_weights(self.design, weights)
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
            raise NotWritten(f"{self.link.port} holds other weights than were written ({where}): "
                             "write them again; if it stays so, the board's memory is at fault")
        self._half_written = False

    def read_weights(self):
        """Every weight: dict of str to raw int64 array, rows x columns."""
        count = space_words(self.design, Space.WEIGHTS)
        words = self.read_words(Space.WEIGHTS, 0, count)
        width = self.design.weight.width
        words &= (1 << width) - 1
        return weights_from_image(self.design, words - (words >> (width - 1) << width))

    def write_generators(self, states):
        """Load the generators, int array: the lanes', then the noise's; empty if there are none."""
        states = np.asarray(states, dtype=np.int64)
        count = space_words(self.design, Space.GENERATORS)
        if states.shape != (count,):
            raise ValueError(f"generators must have shape ({count},), not {states.shape}")
        if ((states <= 0) | (states >= 1 << 31)).any():
            raise ValueError("generators must lie in 1 .. 2**31 - 1")
        self.write_words(Space.GENERATORS, 0, states)

    def read_generators(self):
        """States of the generators, int64 array, likewise."""
        return self.read_words(Space.GENERATORS, 0, space_words(self.design, Space.GENERATORS))

    def write_samples(self, inputs, labels, first=0):
        """Store samples from sample `first` on; see `boards.host.packing.check_samples`."""
        inputs, labels = check_samples(self.design, inputs, labels, first)
        words = np.frombuffer(sample_image(self.design, inputs, labels), "<u2")
        self.write_words(Space.SAMPLES, first * MemoryMap(self.design).sample_words, words)

    # ---- runs ------------------------------------------------------------------------------

    def start(self, count, *, train, first=0, size=None, mask=None, state=0,
              update_shift=None, second_update_shift=None, stream=False):
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

        Raises
        ------
        Busy
            A run is under way.
        NotWritten
            The last write of the weights failed half-way.
        """
        if self._half_written:
            raise NotWritten(f"the weights on {self.link.port} are half written: write them again")
        rule = self.design.rule
        if self.counters().running:
            raise Busy(f"{self.link.port} is running: wait for the end of the run, or stop it")
        self.write_words(Space.REGISTERS, Register.WEIGHT_SATURATIONS, np.zeros(2, np.int64))
        self.write_words(Space.REGISTERS, Register.COUNT, np.array([
            count, first, count if size is None else size, 0, state, mask or 0,
            rule.update_shift if update_shift is None else update_shift,
            rule.second_update_shift if second_update_shift is None else second_update_shift]))
        control = (Control.START | (Control.TRAIN * train) | (Control.STREAM * stream)
                   | (Control.SHUFFLED * (mask is not None)))
        self.write_words(Space.REGISTERS, Register.CONTROL, np.array([control]))

    def counters(self):
        """Counters of the run that is under way or ended last."""
        values = self.read_words(Space.REGISTERS, 0, len(Register))
        return Counters(
            running=bool(values[Register.STATUS] & 1),
            **{name: int(values[Register[name.upper()]])
               for name in ("samples", "correct", "cycles", "weight_saturations",
                            "state_saturations", "shuffle_state", "frames_dropped")})

    def wait(self, progress=None):
        """Wait for the end of the run; returns its counters.

        An exception (Ctrl-C, or one that `progress` raises) stops the run after the sample in work.
        """
        try:
            while (counters := self.counters()).running:
                if progress is not None:
                    progress(counters)
                time.sleep(POLL_SECONDS)
        except LinkError:
            raise
        except BaseException:
            self.stop()
            raise
        if progress is not None:
            progress(counters)
        return counters

    def stop(self):
        """End the run after the sample in work; returns its counters."""
        self.write_words(Space.REGISTERS, Register.CONTROL, np.array([Control.STOP]))
        while (counters := self.counters()).running:
            time.sleep(POLL_SECONDS)
        return counters

    def train(self, run, progress=None):
        """Learn from stored samples (`boards.host.device.Run`); returns the counters."""
        run.check(self.design)
        self.start(run.samples, train=True, first=run.first, size=run.size, mask=run.mask,
                   state=run.state, update_shift=run.update_shift,
                   second_update_shift=run.second_update_shift)
        return self.wait(progress)

    def predict(self, first, count, progress=None):
        """Classes, int64 array (count,), of the stored samples from `first` on."""
        if count < 1 or first < 0 or first + count > self.design.sample_capacity:
            raise ValueError(f"samples must lie in 0 .. {self.design.sample_capacity - 1}, "
                             f"not {first} .. {first + count - 1}")
        self.start(count, train=False, first=first)
        self.wait(progress)
        stride = MemoryMap(self.design).sample_words
        return self.read_words(Space.SAMPLES, (first + 1) * stride - 1, count, stride) >> 8

    def stream(self, *, size=None, first=0, update_shift=None, second_update_shift=None):
        """Learn from samples as they come, by a rule that is always on: a `Stream`, to be entered.

        Parameters
        ----------
        size, first : int or None, int
            Of the ring in sample memory, whose samples are overwritten: see `Stream`.
        update_shift, second_update_shift : int or None
            k of the learning rates; None takes the rule's.

        Raises
        ------
        ValueError
            The rule is not always on, or a value is out of range.
        """
        return Stream(self, size=size, first=first, update_shift=update_shift,
                      second_update_shift=second_update_shift)

    # ---- words -----------------------------------------------------------------------------

    def write_words(self, space, address, words):
        """Write words (integers, as two's complement) from `address` on, in as many frames.

        Runs of zeros in samples are left out where the board knows WRITE_SPARSE.
        """
        if space == Space.SAMPLES:
            for operation, place, count, payload in sample_frames(self.design, address, words):
                send = (self.link.write_sparse if operation is Operation.WRITE_SPARSE
                        else self.link.write)
                send(space, place, count, payload)
            return
        size = word_bytes(self.design, space)
        data = np.asarray(words).astype("<u8").view(np.uint8).reshape(-1, 8)[:, :size].tobytes()
        step = WRITE_BYTES // size * size
        for start in range(0, len(data), step):
            part = data[start:start + step]
            self.link.write(space, address + start // size, len(part) // size, part)

    def read_words(self, space, address, count, stride=1):
        """int64 array (count,) of unsigned words address, address + stride, …"""
        size = word_bytes(self.design, space)
        step = READ_BYTES // size
        data = b"".join(
            self.link.read(space, address + start * stride, min(step, count - start), stride)
            for start in range(0, count, step))
        padded = np.zeros((count, 8), np.uint8)
        padded[:, :size] = np.frombuffer(data, np.uint8).reshape(count, size)
        return padded.view("<i8").ravel()
