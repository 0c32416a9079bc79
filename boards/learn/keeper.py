"""Who keeps a run's checkpoints: how often one is saved, and what becomes of Ctrl-C meanwhile."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any

import numpy as np

from ...golden.spec.qformat import check_integer
from ..device import Device
from .checkpoint import Checkpoint

__all__ = ["Keeper", "Stopped"]


class Stopped(KeyboardInterrupt):
    """Ctrl-C or SIGTERM ended a run; the message says what was saved.

    Parameters
    ----------
    text : str
    number : int
        Of the signal.
    """

    def __init__(self, text: str, number: int):
        super().__init__(text)
        self.exit_code = 128 + number


class Keeper:
    """Saves checkpoints of a run to a file.

    Parameters
    ----------
    path : path or None
        Where; None keeps nothing.
    every : int or None
        Samples between two of them; None saves where the run has a pause by itself.
    command : str or None
        That goes on with the file, for the message; None names the option alone.
    new : bool
        The file is not there when the first checkpoint is saved, or another run has written it.
    """

    def __init__(self, path: str | PathLike | None = None, every: int | None = None,
                 command: str | None = None, new: bool = False):
        self.path, self.command, self._new = path, command, new
        self.every = None if every is None else check_integer("every", every, 1, 2**31)
        self.saved = 0  # checkpoints
        self._asked, self._waits = None, False

    @property
    def asked(self) -> bool:
        """True once Ctrl-C or SIGTERM asked to stop, which a run does with a checkpoint."""
        return self._asked is not None

    def part(self, done: int, left: int) -> int:
        """Samples to learn until the next checkpoint, of `left` after `done`."""
        return left if self.every is None or self.path is None else (
            min(left, self.every - done % self.every))

    def due(self, done: int) -> bool:
        """True if a checkpoint is to be saved at a pause after `done` samples."""
        return self.every is None or done % self.every == 0 or self.asked

    def keep(self, device: Device, extra: dict[str, np.ndarray] | None = None,
             **position: Any) -> None:
        """Save a device that is not running, with where its run stands; then stop if asked to.

        Raises
        ------
        OSError
            From `Checkpoint.save`; or the file should be new, and is there.
        Stopped
            A signal asked for it.
        """
        self.keep_by(lambda path: Checkpoint.of(device, extra, **position).save(path))

    def keep_by(self, save: Callable[[str | PathLike], object]) -> None:
        """As `keep`, of whoever saves by ``save(path)``."""
        if self.path is not None:
            with self._claimed():
                save(self.path)
            self.saved += 1
        if self._asked is not None:
            raise Stopped(self.where(), self._asked)

    def where(self) -> str:
        """A sentence that says what was saved; empty if nothing was."""
        command = self.command or f"--resume {self.path}"
        return f"Saved in {self.path}: continue with {command}" if self.saved else ""

    @contextmanager
    def _claimed(self) -> Iterator[None]:
        """Inside, a new file is there, empty, so that no second run begins with it."""
        if self.path is None or not self._new or self.saved:
            yield
            return
        try:
            open(self.path, "xb").close()
        except FileExistsError:
            raise FileExistsError(
                f"another run has saved its checkpoint in {self.path} meanwhile, which is "
                "unchanged: name another file with --save") from None
        except OSError:
            yield  # `save` says what is wrong
            return
        try:
            yield
        except BaseException:
            if os.path.getsize(self.path) == 0:
                os.unlink(self.path)
            raise

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, the first Ctrl-C or SIGTERM waits for the next checkpoint; another one does not.

        Without a file, or outside of the main thread, signals do what they always do.
        """
        if self.path is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._ask)
                  for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
            if self._asked is not None:  # too late for another checkpoint
                raise Stopped(self.where(), self._asked)
        except BaseException as error:
            if self.saved and not isinstance(error, Stopped):
                error.add_note(self.where())
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number, frame):
        if self._asked is not None:
            raise Stopped(self.where(), number)
        self._asked = number
