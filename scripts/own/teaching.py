"""One training of an estimator on a user's own data: epoch by epoch, told, kept, gone on with."""

import time
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from cortigate.boards.learn.keeper import Keeper
from cortigate.boards.learn.opening import device_names
from cortigate.boards.learn.resumable import plain_counters
from cortigate.scripts.opening import PortLine
from cortigate.scripts.own.problem import OwnTask, Problem, shown
from cortigate.scripts.progress import Bars

__all__ = ["Teaching", "judging"]

DIGITS = 6  # of a score in a record


def judging(device):
    """The device that computes what another one has learned: a board's bits are a model's."""
    return device if device in device_names() and device != "virtual" else "integer"


@dataclass
class Teaching:
    """A training and what it came to.

    Parameters
    ----------
    problem : Problem
    learner : estimator
        Not fitted, or gone on with.
    keeper : Keeper
    notes : dict
        What is kept beside the estimator.
    console : rich.console.Console
    history : list of dict
        For each epoch, its counters and, as "held", the score on what is held out.

    Attributes
    ----------
    seconds : float
        That this call took.
    """

    problem: Problem
    learner: Any
    keeper: Keeper
    notes: dict
    console: Any
    history: list = field(default_factory=list)
    seconds: float = 0.0

    def run(self, goes_on: bool):
        """Learn all epochs, or those that are left; the estimator with what it has learned."""
        problem, learner, began = self.problem, self.learner, time.monotonic()
        with self.keeper.waiting(), self._bars() as bars:
            task = bars.add_task("learning", total=learner.epochs, said="",
                                 completed=len(self.history))

            def told(estimator, counters):
                self._written(estimator, counters)
                bars.update(task, completed=len(self.history), said=self._said())
                self.keeper.keep_by(lambda path: self.save(estimator, path))

            learner.set_params(callback=told)
            try:
                (learner.resume if goes_on else learner.fit)(problem.x, problem.y)
            finally:
                learner.set_params(callback=None)
            bars.update(task, total=len(self.history))
        self.seconds = time.monotonic() - began
        return self.judge()

    def judge(self):
        """The estimator on a device that is at hand at once, for predictions."""
        judge = copy(self.learner)
        judge.device = judging(judge.device)
        return judge

    def save(self, estimator, path):
        """Write the estimator and the notes of this training to a file."""
        if isinstance(estimator.device, PortLine):
            estimator = copy(estimator)
            estimator.device = estimator.device.port
        estimator.save(path, notes=self.notes | {"history": self.history})

    @property
    def scores(self):
        """Score on what is held out after each epoch; empty if nothing is."""
        return [one["held"] for one in self.history if one["held"] is not None]

    def _written(self, estimator, counters):
        """Take account of an epoch."""
        held = None
        if len(self.problem.x_held):
            judge = copy(estimator)
            judge.device = judging(judge.device)
            held = round(self.problem.score(judge), DIGITS)
        self.history.append(plain_counters(counters) | {"held": held})

    def _said(self):
        """How the last epoch went, in words."""
        last, texts = self.history[-1], []
        if self.problem.task is OwnTask.CLASSES:
            texts.append(f"{100 * last['correct'] / last['samples']:.1f} % right while learning")
        if last["held"] is not None:
            texts.append(f"held out: {shown(self.problem, last['held'])}")
        return ", ".join(texts)

    def _bars(self):
        return Bars(TextColumn("{task.description}", markup=False), BarColumn(bar_width=20),
                    MofNCompleteColumn(), TextColumn("{task.fields[said]}", markup=False),
                    console=self.console)
