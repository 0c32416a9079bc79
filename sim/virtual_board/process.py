"""A process that simulates a board and offers its serial port, as `terminal.h` describes."""

import os
import selectors
import subprocess
import time
from pathlib import Path

from ...boards.storage.folders import CACHE

__all__ = ["BoardProcess", "terms"]

START_SECONDS = 120.0  # until it says its port; a large circuit is read in some seconds
END_SECONDS = 20.0  # until it has ended once it was told to


def terms(**numbers):
    """Words of the command line for the numbers of `terminal::Terms`."""
    return [f"{name}={number}" for name, number in numbers.items()]


class NotStarted(RuntimeError):
    """The program itself does not run."""


class BoardProcess:
    """A simulated board as a process; a context manager that yields its serial port.

    It sleeps while the engine is idle and nothing is on the line, and ends with its parent, even
    where children that the parent has forked live on.

    Attributes
    ----------
    port : str or None
        Path of the pseudo-terminal while it runs.
    cycles, seconds : int, float
        Clock cycles simulated and processor time used, known after it has ended.
    ended : str or None
        Why it ended by itself, known after `close`; None if it did not.
    """

    def __init__(self):
        self.port: str | None = None
        self.cycles, self.seconds = 0, 0.0
        self.ended: str | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def _command(self) -> list:
        """Words of the command, compiled if need be."""
        raise NotImplementedError(f"{type(self).__name__} must say what runs")

    def start(self) -> str:
        """Start the process (compile it first if need be); returns the port.

        A compiled model that does not run is compiled once more: it may be damaged, or of another
        machine that shares the folder.

        Raises
        ------
        RuntimeError
            It runs already, or it could not start, or not in time.
        """
        if self._process is not None:
            raise RuntimeError("this virtual board is already running")
        command = list(map(str, self._command()))
        try:
            return self._begin(command)
        except NotStarted:
            if not Path(command[0]).is_relative_to(CACHE.path):
                raise
        Path(command[0]).unlink(missing_ok=True)
        try:
            return self._begin(list(map(str, self._command())))
        except NotStarted as error:
            raise RuntimeError(f"{error}; it has just been compiled again. If programs may not run "
                               f"there, set {CACHE.variable} to a folder where they may") from error

    def _begin(self, command: list[str]) -> str:
        """Start the process of a command; returns the port."""
        try:
            # A session of its own: Ctrl-C is for the program, which then ends the board.
            process = self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                start_new_session=True, env=os.environ | {"CORTIGATE_PARENT": str(os.getpid())})
        except OSError as error:
            raise NotStarted(f"the virtual board did not start: {command[0]} does not run "
                             f"({error.strerror})") from error
        try:
            word, _, rest = self._first_line(process).partition(" ")
        except BaseException:
            self._kill()
            raise
        if word != "port":
            code = self._end(process)
            # A board that says why does run.
            if word != "error" and (word or code not in (0, 1)):
                raise NotStarted(f"the virtual board did not start: {command[0]} does not run "
                                 f"(it ended with {code})")
            raise RuntimeError("the virtual board did not start: "
                               + (rest if word == "error" else "it could open no pseudo-terminal"))
        self.port = rest
        return rest

    def close(self) -> None:
        """End the process and take its statistics; may be called again.

        Raises
        ------
        RuntimeError
            It did not end in time and was killed.
        """
        if self._process is None:
            return
        try:
            # The end of its standard input ends it; communicate closes that.
            said, _ = self._process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.ended = f"it did not end within {END_SECONDS:g} s and was killed"
            raise RuntimeError(f"the virtual board on {self.port} had to be killed: "
                               f"{self.ended}") from None
        finally:
            self._kill()
        for line in said.decode(errors="replace").splitlines():
            word, _, rest = line.partition(" ")
            if word == "cycles":
                self.cycles, self.seconds = int(rest.split()[0]), float(rest.split()[2])
            elif word in ("ended", "error"):
                self.ended = rest

    def _first_line(self, process: subprocess.Popen[bytes]) -> str:
        """What the process says first, without the line's end; RuntimeError if it is late.

        Bytes that are not UTF-8 are replaced: no board's first line has any.
        """
        said, deadline = b"", time.monotonic() + START_SECONDS
        assert process.stdout is not None  # a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not said.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left < 0 or not selector.select(left):
                    raise RuntimeError("the virtual board did not start: it named no port within "
                                       f"{START_SECONDS:g} s and was killed")
                # One byte at a time: whatever follows the line is for `close`.
                byte = os.read(process.stdout.fileno(), 1)
                if not byte:
                    break
                said += byte
        return said.decode(errors="replace").strip()

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        """Exit code of a process that names no port, killed if it does not end by itself."""
        try:
            return process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            self._kill()

    def _kill(self):
        """Forget the process, and kill it if it still runs."""
        process, self._process, self.port = self._process, None, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def wait(self) -> int | None:
        """Wait until the process ends by itself; its exit code, None if there is none."""
        return None if self._process is None else self._process.wait()

    @property
    def pid(self) -> int | None:
        """Number of the process, None if there is none."""
        return None if self._process is None else self._process.pid

    @property
    def cycles_per_second(self):
        """Clock cycles per second of processor time, known after it has ended."""
        return self.cycles / self.seconds if self.seconds else 0.0

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, traceback):
        try:
            self.close()
        except RuntimeError as late:
            if error is None:
                raise
            error.add_note(f"{late}")
