"""One host's hold on a board: registers and runs, and whether the board is still the same one.

A host writes a number of its own, the session, into the high half of CONTROL before it first uses a
board, and finds it there whenever it looks. A board that was reset, or configured again, has 0
there; another program that took the board over has left its own number.
"""

import os
import secrets
import threading
import time
from collections.abc import Sequence

import numpy as np

from ...golden.spec.link import RESTLESS_SHIFT, SESSION_SHIFT, Control, Register, Space
from ...golden.spec.qformat import check_integer
from ..device import Counters
from ..device.protocol import Progress
from .link import Busy, Link, LinkError, Unplugged, how_to_end

__all__ = ["BoardReset", "RunEnded", "Session", "Stuck", "TakenOver", "Watch",
           "WrongThread"]

POLL_SECONDS = 0.05
STILL_SECONDS = 5.0  # that a run's counters may stand still; they count clock cycles
STOP_SECONDS = 30.0  # until the sample in work is done; on a chip it takes milliseconds
LOOKS = 3  # at counters that stand still: a slow simulation may take long for each


class BoardReset(LinkError):
    """The board was reset, or another one is in its place, since it was first used."""


class TakenOver(LinkError):
    """Another program uses the board now."""


class WrongThread(LinkError):
    """Another thread, or another process, of this program uses the board."""


class RunEnded(LinkError):
    """A run did not do all of its samples."""


class Stuck(LinkError):
    """The board answers, but its run does not go on, or does not end."""


class Watch:
    """Raises `Stuck` when the counters of a run, which it is called with, stand still."""

    def __init__(self, port: str):
        self._port, self._done, self._since, self._looks = port, None, 0.0, 0

    def __call__(self, counters: Counters) -> None:
        done = counters.samples, counters.cycles
        if done != self._done:
            self._done, self._since, self._looks = done, time.monotonic(), 0
        self._looks += 1
        still = time.monotonic() - self._since
        if self._looks >= LOOKS and still > STILL_SECONDS:
            raise Stuck(f"{self._port} says that it is running, but has counted neither a sample "
                        f"nor a clock cycle for {still:.0f} s: switch the board off and on, then "
                        "open it again; what it had learned is lost unless it was saved")


class Session:
    """Registers and runs of the board behind a link.

    Parameters
    ----------
    link : Link
    take_over : bool
        End a run that is under way for another host, instead of raising `Busy`.
    """

    def __init__(self, link: Link, take_over: bool = False):
        self._link, self._take_over = link, take_over
        self._number: int | None = None
        self._owner: tuple[int, threading.Thread] | None = None
        # What two threads must not do at the same time: `counters` and `stop` are for all of them.
        self._lock = threading.RLock()
        # SET_SIZE as written last: a board that was reset between a look at its session and the
        # next word to CONTROL, which brings the session too, has lost this one.
        self._size = None

    def claim(self) -> None:
        """Make the board this session's and this thread's, unless it is; else nothing is written.

        Raises
        ------
        Busy
            It is running, and is not to be taken over.
        WrongThread
            Another thread claimed it, and is still alive.
        """
        with self._lock:
            self._require_thread()
            if self._number is None:
                self._claim()
            self._owner = os.getpid(), threading.current_thread()

    def _require_thread(self):
        if self._owner is None:
            return
        process, thread = self._owner
        if process == os.getpid() and (thread is threading.current_thread()
                                       or not thread.is_alive()):
            return
        raise WrongThread(f"the board on {self._link.port} is used by another thread or process of "
                          f"this program ({thread.name}, process {process}), whose work this one "
                          "would spoil: use a board in one thread, and open it there")

    def _claim(self):
        values = self._registers()
        running, old = bool(values[Register.STATUS] & 1), values[Register.CONTROL] >> SESSION_SHIFT
        if running and not self._take_over:
            raise Busy(f"{self._link.port} is running: {how_to_end(self._link.port)}")
        while (number := 1 + secrets.randbelow(0xFFFF)) == old:
            pass
        self._number, self._size = number, values[Register.SET_SIZE]
        try:
            self._control(Control.STOP if running else 0)
            self._end()
        except BaseException:
            self._number = None  # it was not ours yet
            raise

    def counters(self) -> Counters:
        """Counters of the run that is under way or ended last.

        Raises
        ------
        BoardReset, TakenOver
            The board is not this session's any more. What was read before may be wrong.
        """
        with self._lock:
            values = self._registers()
            self._compare(values)
        return Counters(
            running=bool(values[Register.STATUS] & 1),
            restless=int(values[Register.STATUS]) >> RESTLESS_SHIFT,
            **{name: int(values[Register[name.upper()]])
               for name in ("samples", "correct", "cycles", "weight_saturations",
                            "state_saturations", "shuffle_state", "frames_dropped")})

    def start(self, bits: int, settings: Sequence[int]) -> None:
        """Start a run with these bits of CONTROL and the registers from COUNT on.

        Raises
        ------
        Busy
            One is under way.
        TypeError, ValueError
            A setting is no integer, or does not fit its register.
        """
        settings = _fitting(Register.COUNT, settings)
        with self._lock:
            self.claim()
            if self.counters().running:
                raise Busy(f"{self._link.port} is running: {how_to_end(self._link.port)}")
            self.write(Register.WEIGHT_SATURATIONS, [0, 0])
            self._size = settings[Register.SET_SIZE - Register.COUNT]
            self.write(Register.COUNT, settings)
            self.counters()
            self._control(Control.START | bits)

    def wait(self, progress: Progress | None = None) -> Counters:
        """Wait for the end of the run; see `boards.host.driver.Board.wait`."""
        watch = Watch(self._link.port)
        try:
            while (counters := self.counters()).running:
                watch(counters)
                if progress is not None:
                    progress(counters)
                time.sleep(POLL_SECONDS)
        except LinkError:
            raise
        except BaseException as error:
            self.stop_because_of(error)
            raise
        if progress is not None:
            progress(counters)
        return counters

    def stop(self) -> Counters:
        """End the run after the sample in work; returns its counters. Any thread may call it.

        Raises
        ------
        Stuck
            It does not end.
        """
        with self._lock:
            if self._number is None:
                self.claim()
            if not (counters := self.counters()).running:
                # Nothing is written: after a reset just now the session would hide that.
                return counters
            self._control(Control.STOP)
        return self._end()

    def stop_because_of(self, error: BaseException) -> Counters | None:
        """Stop because of an exception that is on its way, and say there if that fails.

        Returns the counters; None if the board does not run for this session any more, or does not
        stop.
        """
        if isinstance(error, (Unplugged, BoardReset, TakenOver)):
            return None
        try:
            return self.stop()
        except LinkError as late:
            error.add_note(f"The board on {self._link.port} could not be stopped and may still be "
                           f"running ({late})")
            return None

    def write(self, register: Register, values: Sequence[int]) -> None:
        """Write registers from one on, integers as two's complement.

        Raises
        ------
        TypeError, ValueError
            A value is no integer, or does not fit; nothing is written then.
        """
        data = np.array(_fitting(register, values), np.int64).astype("<u4")
        self._link.write(Space.REGISTERS, register, len(data), data.tobytes())

    def _end(self):
        """Wait for the end of a run that was told to stop; its counters."""
        watch, began = Watch(self._link.port), time.monotonic()
        while (counters := self.counters()).running:
            watch(counters)
            if time.monotonic() - began > STOP_SECONDS:
                raise Stuck(f"{self._link.port} was told to stop {STOP_SECONDS:.0f} s ago and is "
                            "still running: switch the board off and on, then open it again; what "
                            "it had learned is lost unless it was saved")
            time.sleep(POLL_SECONDS)
        return counters

    def _control(self, bits):
        if self._number is None:
            raise ValueError(f"the board on {self._link.port} must be claimed before it is told "
                             "anything")
        self.write(Register.CONTROL, [self._number << SESSION_SHIFT | bits])

    def _registers(self):
        data = self._link.read(Space.REGISTERS, 0, len(Register))
        return np.frombuffer(data, "<u4").astype(np.int64)

    def _compare(self, values):
        """Raise unless registers are those of a board that is this session's."""
        if self._number is None:
            return
        found, port = values[Register.CONTROL] >> SESSION_SHIFT, self._link.port
        if found not in (0, self._number):
            raise TakenOver(f"another program has taken over the board on {port}: its weights are "
                            "that program's now, and results since then are not yours; end one of "
                            "the two, open the board again and write the weights again")
        if found == 0 or values[Register.SET_SIZE] != self._size:
            raise BoardReset(f"the board on {port} was reset or replaced while it was in use: its "
                             "weights, samples and generators are lost, and results since then are "
                             "invalid; open it again and write them again, from a checkpoint if "
                             "there is one")


def _fitting(first, values):
    """Values of registers from one on as plain ints, if each is an integer of 32 bits."""
    return [check_integer(f"register {Register(first + place).name}", value, -(1 << 31),
                          (1 << 32) - 1) for place, value in enumerate(values)]
