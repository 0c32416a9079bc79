"""A process that simulates a board and offers its serial port, as `terminal.h` describes."""

import subprocess
import sys

__all__ = ["BoardProcess", "say", "terms"]


def say(text):
    """Tell the user, beside whatever goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def terms(**numbers):
    """Words of the command line for the numbers of `terminal::Terms`."""
    return [f"{name}={number}" for name, number in numbers.items()]


class BoardProcess:
    """A simulated board as a process; a context manager that yields its serial port.

    It sleeps while the engine is idle and nothing is on the line, and ends with its parent.

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
        self.port, self.cycles, self.seconds, self.ended = None, 0, 0.0, None
        self._process = None

    def _command(self):
        """Words of the command, compiled if need be."""
        raise NotImplementedError(f"{type(self).__name__} must say what runs")

    def start(self):
        """Start the process (compile it first if need be); returns the port.

        Raises
        ------
        RuntimeError
            It runs already, or it could not start.
        """
        if self._process is not None:
            raise RuntimeError("this virtual board runs already")
        # A session of its own: Ctrl-C is for the program, which then ends the board.
        self._process = subprocess.Popen(
            list(map(str, self._command())), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, start_new_session=True)
        word, _, rest = self._process.stdout.readline().strip().partition(" ")
        if word != "port":
            self.close()
            raise RuntimeError("the virtual board did not start: "
                               + (rest if word == "error" else "it could open no pseudo-terminal"))
        self.port = rest
        return rest

    def close(self):
        """End the process and take its statistics; may be called again."""
        if self._process is None:
            return
        # The end of its standard input ends it; communicate closes that.
        said, _ = self._process.communicate()
        self._process, self.port = None, None
        for line in said.splitlines():
            word, _, rest = line.partition(" ")
            if word == "cycles":
                self.cycles, self.seconds = int(rest.split()[0]), float(rest.split()[2])
            elif word in ("ended", "error"):
                self.ended = rest

    def wait(self):
        """Wait until the process ends by itself."""
        self._process.wait()

    @property
    def pid(self):
        """Number of the process, None if there is none."""
        return None if self._process is None else self._process.pid

    @property
    def cycles_per_second(self):
        """Clock cycles per second of processor time, known after it has ended."""
        return self.cycles / self.seconds if self.seconds else 0.0

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.close()
