"""A course of learning on one device, with what the demo shows of it."""

from dataclasses import dataclass, field

import numpy as np

from cortigate.boards.learn.keeper import Keeper
from cortigate.boards.learn.resumable import (
    NOTHING,
    begin,
    counters_from,
    go_on,
    plain_counters,
)
from cortigate.boards.learn.trainer import Trainer
from cortigate.boards.learn.training import reached_shifts
from cortigate.golden.initial import initial_weights
from cortigate.scripts.insights import insight_of

__all__ = ["LearningCourse", "milestones", "require_rates", "take"]


@dataclass
class LearningCourse:
    """A device's results, epoch by epoch.

    Attributes
    ----------
    name : str
    online, test : list of float
        Share of the samples that were right while learning, and afterwards accuracy on the test
        set, per epoch.
    before_label : bool
        While learning they were right before their labels acted: `Rule.predicts_before_label`.
    insights : list
        What `scripts.insights` measures of the rule, before the first epoch and after each (empty
        if it was not asked for).
    samples, cycles : int
        Learned from, and clock cycles that it took (0 without a clock).
    predictions : int64 array
        Of the test set, at the end.
    weights : dict of str to array
        At the end.
    """

    name: str
    online: list = field(default_factory=list)
    test: list = field(default_factory=list)
    before_label: bool = True
    insights: list = field(default_factory=list)
    samples: int = 0
    cycles: int = 0
    predictions: np.ndarray | None = None
    weights: dict = field(default_factory=dict)


def milestones(design, epochs):
    """Epochs at which the demo halves the learning rate: after two and after five sixths.

    A spiking network's errors do not become smaller, only rarer, so that it wants a falling rate:
    halved after every quarter.
    """
    shares = ((1, 4), (1, 2), (3, 4)) if design.engine.spiking else ((2, 3), (5, 6))
    return tuple(m for m in (part * epochs // whole for part, whole in shares) if m > 0)


def require_rates(design, epochs):
    """ValueError unless a design reaches every learning rate of a course, the last one's, too."""
    reached_shifts(design, len(milestones(design, epochs)))


def take(device, name, data, *, epochs, seed, insight=False, progress=None, keeper=None,
         position=None, checkpoint=None):
    """Train a device from its random start, or go on where a checkpoint stands.

    Parameters
    ----------
    device : Device
    name : str
    data : Dataset
    epochs, seed : int
    insight : bool
        Measure what is special about the rule, too.
    progress : callable or None
        Called with the number of samples learned so far in all epochs, the run's counters, and the
        insights so far; after each epoch once more, when its insight is there.
    keeper : Keeper or None
        Gets a checkpoint after each epoch, and within one as it wants.
    position : dict or None
        Further entries of the checkpoints' position.
    checkpoint : Checkpoint or None
        Of such a run.
    """
    course = LearningCourse(name, before_label=device.design.rule.predicts_before_label)
    taken = _Taken(device, course, data, seed, insight, keeper or Keeper(), position or {})
    design = device.design
    done = taken.begin() if checkpoint is None else taken.go_on(checkpoint)
    trainer = Trainer(device, design.sample.from_float(data.x_train), data.y_train, seed=seed,
                      milestones=milestones(design, epochs), keeper=taken.keeper)
    test = design.sample.from_float(data.x_test)
    for epoch in range(len(course.test), epochs):
        def tell(counters, before=course.samples):
            if progress is not None:
                progress(before + counters.samples, counters, course.insights)

        done = trainer.epoch(epoch, done, tell, taken.save)
        taken.end_epoch(done, trainer.predict(test))
        if progress is not None:
            progress(course.samples, done, course.insights)
        done = NOTHING
        taken.save(done)
    return course


class _Taken:
    """A course that is being taken, as it goes into checkpoints and comes out of them."""

    def __init__(self, device, course, data, seed, insight, keeper, position):
        self.device, self.course, self.data, self.seed = device, course, data, seed
        self.insight, self.keeper, self.position = insight, keeper, position
        self.past = {}  # weights after each epoch, from which insights are measured again

    def begin(self):
        """Random start; counters of the epoch in work."""
        start = initial_weights(self.device.design, self.seed)
        begin(self.device, start)
        self.measure(start)
        return NOTHING

    def go_on(self, checkpoint):
        """Restore device and course; counters of the epoch in work."""
        course = self.course
        try:
            found = checkpoint.position["course"]
            done = counters_from(found["epoch"])
            course.online, course.test = list(found["online"]), list(found["test"])
            course.samples, course.cycles = int(found["samples"]), int(found["cycles"])
            course.predictions = checkpoint.extra["predictions"] if course.test else None
            past = [{name: checkpoint.extra[f"{epoch}.{name}"] for name in checkpoint.weights}
                    for epoch in range(len(course.test))]
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"the checkpoint does not say where its course stands: {error}"
                             ) from error
        go_on(self.device, checkpoint)
        self.measure(initial_weights(self.device.design, self.seed))
        for epoch, course.weights in enumerate(past):
            self.remember(epoch)
            self.measure(course.weights)
        return done

    def end_epoch(self, done, predictions):
        """Take account of an epoch that is done, and of what is predicted after it."""
        course = self.course
        course.samples += done.samples
        course.cycles += done.cycles
        course.online.append(done.correct / done.samples)
        course.predictions = predictions
        course.test.append(float((course.predictions == self.data.y_test).mean()))
        course.weights = self.device.read_weights()
        self.remember(len(course.test) - 1)
        self.measure(course.weights)

    def remember(self, epoch):
        """Keep the weights after an epoch for checkpoints."""
        if self.keeper.path is not None:
            self.past |= {f"{epoch}.{name}": one for name, one in self.course.weights.items()}

    def measure(self, weights):
        """Insight into a network with these weights."""
        design = self.device.design
        if self.insight:
            self.course.insights.append(
                insight_of(design.rule.name).measure(design, weights, self.data))

    def save(self, done):
        """Checkpoint, with the counters of the epoch in work."""
        course, extra = self.course, dict(self.past)
        if course.predictions is not None:
            extra["predictions"] = course.predictions
        self.keeper.keep(self.device, extra, **self.position, course={
            "online": course.online, "test": course.test, "samples": course.samples,
            "cycles": course.cycles, "epoch": plain_counters(done)})
