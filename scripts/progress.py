"""Progress of long commands: steps with what they are at and since when, or bars."""

import time
from contextlib import contextmanager

from rich import progress
from rich.status import Status
from rich.text import Text

from cortigate.scripts.console import talk

__all__ = ["Bars", "Progress", "preparing"]

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
        self.console = talk(console)
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


@contextmanager
def preparing(console, name):
    """Say what is prepared as long as it is: a moving line, off a terminal a plain one."""
    console, text = talk(console), Text(f"preparing: {name}")
    if console.is_terminal:
        with console.status(text):
            yield
    else:
        console.print(text, soft_wrap=True)
        yield


class Bars(progress.Progress):
    """Progress bars; off a terminal plain lines, for every tenth of a task and at the end.

    Parameters
    ----------
    *columns : rich.progress.ProgressColumn
        None: rich's own.
    console : rich.console.Console
    """

    def __init__(self, *columns, console):
        console = talk(console)
        super().__init__(*columns, console=console, disable=not console.is_terminal)
        self._tenths = {}

    def update(self, task_id, **changes):
        """Change what is shown of a task, as rich's own."""
        super().update(task_id, **changes)
        task = self._tasks[task_id]
        tenths = int(10 * task.completed / task.total) if task.total else 0
        if self.disable and self._tenths.get(task_id, 0) < tenths < 10:
            self._tenths[task_id] = tenths
            self._print(task)

    def stop(self):
        """Leave the bars as they are at the end, as rich's own."""
        super().stop()
        for task in self.tasks if self.disable else ():
            self._print(task)

    def _print(self, task):
        """The columns' texts in a line."""
        shown = (column(task) for column in self.columns if not isinstance(column, str))
        self.console.print(*(text.plain.strip() for text in shown if isinstance(text, Text)),
                           highlight=False, soft_wrap=True)
