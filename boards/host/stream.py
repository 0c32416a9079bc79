"""Samples that come while the engine learns, with or without a target (`golden.spec.link`).

On a board they go through a ring in its sample memory.
"""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ...golden.spec import MemoryMap
from ...golden.spec.link import Register, Space
from ...golden.spec.shifts import check_shifts
from ..device.samples import check_streamed
from ..device.stream import COUNT_MODULUS, Results, check_ring, require_streaming
from .link import LinkError
from .packing import sample_image
from .results import results_of
from .session import Watch
from .words import classes_of, read_words, write_words

if TYPE_CHECKING:  # it knows `Stream`
    from .driver import Board

__all__ = ["Stream", "StreamEnded"]

SAMPLES_MODULUS = 1 << 32  # of Register.SAMPLES
POLL_SECONDS = 0.002


class StreamEnded(LinkError):
    """The board's run is no longer the one that this stream began."""


class Stream(Results):
    """A board that learns from samples as they come: a context manager, from `Board.stream`.

    Entering starts the run. Leaving waits until everything that was sent is learned from, and stops
    it; an exception stops it at once, and samples that were not yet taken are lost: those that
    were are the first ``len(predictions)``. The results stay.

    Parameters
    ----------
    board : Board
    size : int or None
        Samples in the ring, 2 or more (the last one's place is not free before it has a follower);
        None takes 64, or as many as the memory holds.
    first : int
        Place of the ring in sample memory.
    update_shift, second_update_shift : int or None
        k of the learning rates; None takes the rule's.
    layer : int
        Of which `outputs` shall be, 1 .. L, or 0 for none; only designs with `results`.

    Raises
    ------
    ValueError
        The rule is not always on, or a value is out of range.
    Busy, NotWritten
        From `Board.start`, when it is entered.
    """

    def __init__(self, board: "Board", *, size: int | None = None, first: int = 0,
                 update_shift: int | None = None, second_update_shift: int | None = None,
                 layer: int = 0):
        design = board.design
        super().__init__(design, layer)
        require_streaming(design)
        self.size, self._first = check_ring(design, size, first)
        rates = {"update_shift": update_shift, "second_update_shift": second_update_shift}
        rates = {name: shift for name, shift in rates.items() if shift is not None}
        self._board, self._rates = board, check_shifts(design, **rates)
        self._words, self._label = MemoryMap(design).sample_words, MemoryMap(design).label_word

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None, /) -> None:
        if error is None:
            self.close()
        elif self._running:
            self._give_up(error)

    def send(self, inputs: ArrayLike,
             targets: Sequence[int | ArrayLike | None] | np.ndarray | None = None,
             progress: Callable[[Results], object] | None = None) -> None:
        """Send samples, waiting for free places in the ring. All are checked before any is sent.

        Parameters
        ----------
        inputs : int array (n, n_0)
            Raw in design.sample.
        targets : None, or sequence (n,)
            See `boards.device.samples.check_streamed`.
        progress : callable or None
            Called with the stream whenever it has asked the board for results.

        Raises
        ------
        ValueError
            A shape, kind or range is wrong.
        RuntimeError
            The stream is not open.
        LinkError
            The link failed, or the board's run ended by itself.
        """
        inputs, stored = check_streamed(self._board.design, inputs, targets)
        self._require_running()
        # A part of the ring at once saves requests; the board has the rest to go on with.
        step = max(1, self.size // 4)
        for start in range(0, len(inputs), step):
            part = slice(start, start + step)
            count = len(stored[part])
            self._await(lambda count=count: self._free >= count, progress)
            self._put(inputs[part], stored[part])

    def wait(self, progress: Callable[[Results], object] | None = None) -> None:
        """Wait until every sample that was sent is learned from, and its prediction known."""
        if self._running:
            self._await(lambda: len(self._predictions) == self.sent, progress)

    def close(self) -> None:
        """Wait likewise, then stop the run and take the last results; may be called again."""
        if not self._running:
            return
        try:
            self.wait()
        except BaseException as error:
            self._give_up(error)
            raise
        self._end()

    # ---- the run ---------------------------------------------------------------------------

    def _start(self):
        self._board.start(0, train=True, stream=True, first=self._first, size=self.size,
                          layer=self._layer, **self._rates)

    def _await(self, enough, progress):
        """Take results until `enough()`; `Stuck` if the board stands still meanwhile."""
        self._board.session.claim()  # by this very thread
        watch = Watch(self._board.link.port)
        while True:
            news = self._poll(watch)
            if progress is not None:
                progress(self)
            if enough():
                return
            if not news:
                time.sleep(POLL_SECONDS)

    def _poll(self, watch):
        """Take what results there are; True if there were new ones."""
        counters = self._board.counters()
        if not counters.running:
            self._lose()
        news = self._take(counters.samples)
        if len(self._predictions) < self.sent:
            watch(counters)
        return news

    def _end(self):
        self._running = False
        self._take(self._board.stop().samples, ended=True)

    def _give_up(self, error):
        """Stop the board because of an exception that is on its way."""
        self._running = False
        done = self._board.session.stop_because_of(error)
        if done is None:
            return
        try:
            self._take(done.samples, ended=True)
        except LinkError as late:
            error.add_note(f"The last results of the stream could not be taken ({late})")

    def _lose(self):
        self._running = False
        raise StreamEnded(f"the board on {self._board.link.port} is no longer in the run of this "
                          "stream: another program or a reset ended it; write the weights again, "
                          "then begin a new stream")

    # ---- the ring --------------------------------------------------------------------------

    @property
    def _free(self):
        """Places whose results, turns and all, have been taken."""
        return self.size - (self.sent - len(self._stood))

    def _pieces(self, sample, count):
        """(place in sample memory, number) of samples of the stream, cut where the ring ends."""
        place = sample % self.size
        ahead = min(count, self.size - place)
        return [(self._first + place, ahead)] + [(self._first, count - ahead)] * (count > ahead)

    def _put(self, inputs, targets):
        """Write samples into free places, then tell the board."""
        done = 0
        for place, count in self._pieces(self.sent, len(targets)):
            part = slice(done, done + count)
            image = sample_image(self._board.design, inputs[part], targets[part])
            write_words(self._board.link, self._board.design, Space.SAMPLES, place * self._words,
                        np.frombuffer(image, "<u2"))
            done += count
        # First the number, then the message: when Ctrl-C comes between them, the board may not
        # have counted more than was sent.
        self.sent += done
        self._board.session.write(Register.COUNT, [self.sent % COUNT_MODULUS])

    def _take(self, samples, ended=False):
        """Results up to SAMPLES, and of the last sample too if the run has ended; True if new."""
        counted, known = len(self._predictions), len(self._stood)
        fresh = (samples - counted) % SAMPLES_MODULUS
        if fresh > self.sent - counted:
            self._lose()
        counted += fresh
        if not (fresh or ended) or counted == known:
            return False
        news = classes_of(self._board.link, self._board.design,
                          self._read(len(self._predictions), counted, self._label))
        # The last one stands still.
        stood = self._read(known, counted - (not ended), 0)
        outputs = self._outputs_of(known, counted - (not ended))
        self._board.counters()  # or these are not the results of this stream
        self._add_outputs(outputs)
        self._predictions += news.astype(np.uint8).tobytes()
        self._stood.extend(stood.tolist())
        return True

    def _outputs_of(self, begin, end):
        """Results of samples `begin` .. `end` - 1, there once the sample after them is counted."""
        if not self._layer:
            return []
        return [results_of(self._board, place, count, self._layer)
                for place, count in self._pieces(begin, end - begin) if count]

    def _read(self, begin, end, word):
        """Word `word` of the places of samples `begin` .. `end` - 1 of the stream."""
        return np.concatenate([np.zeros(0, np.int64), *(
            read_words(self._board.link, self._board.design, Space.SAMPLES,
                       place * self._words + word, count, self._words)
            for place, count in self._pieces(begin, end - begin) if count)])
