"""Progress of long commands: a line for each step, and what it is at and since when."""

import time

from rich.console import Console
from rich.status import Status

__all__ = ["Progress"]

QUIET = 30.0  # seconds without a line after which one is printed where nothing can be redrawn


class Progress:
    """A `log` for `boards.build`: lines with the time since the start; a context manager.

    On a terminal the last line shows what the step is at, redrawn as it goes. Elsewhere a line is
    printed at least every `QUIET` seconds while anything comes.

    Parameters
    ----------
    console : rich.console.Console or None
    """

    def __init__(self, console=None):
        self.console = Console() if console is None else console
        self._start = self._said = time.monotonic()
        self._status = None

    def __call__(self, text):
        """Print a line."""
        self._print(text)

    def status(self, text):
        """Show what the step is at."""
        if self._status is not None:
            room = max(20, self.console.width - 12)
            self._status.update(f"{self._elapsed()} {text[:room]}".replace("[", r"\["))
        elif time.monotonic() - self._said > QUIET:
            self._print(text)

    def __enter__(self):
        if self.console.is_terminal:
            self._status = Status("", console=self.console)
            self._status.start()
        return self

    def __exit__(self, *exception):
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _print(self, text):
        self._said = time.monotonic()
        self.console.print(f"{self._elapsed()} {text}", highlight=False, markup=False,
                           soft_wrap=True)

    def _elapsed(self):
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        return f"{minutes:3d}:{seconds:02d}"
