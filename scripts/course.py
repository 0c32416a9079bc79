"""A course of learning on one device, with what the demo shows of it."""

from dataclasses import dataclass, field

import numpy as np

from cortigate.boards.host.training import epoch_run, initial_generators
from cortigate.golden.initial import initial_weights
from cortigate.scripts.insights import INSIGHTS

__all__ = ["Course", "milestones", "take"]


@dataclass
class Course:
    """What a device did, epoch by epoch.

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
    shares = ((1, 4), (1, 2), (3, 4)) if design.rule.spiking else ((2, 3), (5, 6))
    return tuple(m for m in (part * epochs // whole for part, whole in shares) if m > 0)


def take(device, name, data, *, epochs, seed, insight=False, progress=None):
    """Train a device from its random start.

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
    """
    design, size = device.design, len(data.x_train)
    course = Course(name, before_label=design.rule.predicts_before_label)
    start = initial_weights(design, seed)
    device.write_weights(start)
    if device.read_generators().size:  # a float model may have none
        device.write_generators(initial_generators(design))
    device.write_samples(design.sample.from_float(data.x_train), data.y_train)
    device.write_samples(design.sample.from_float(data.x_test), data.y_test, first=size)

    def measure(weights):
        if insight:
            course.insights.append(INSIGHTS[design.rule.name].measure(design, weights, data))

    measure(start)
    for epoch in range(epochs):
        run = epoch_run(design, seed, epoch, size, milestones=milestones(design, epochs))

        def tell(counters, before=course.samples):
            if progress is not None:
                progress(before + counters.samples, counters, course.insights)

        done = device.train(run, tell)
        course.samples += done.samples
        course.cycles += done.cycles
        course.online.append(done.correct / done.samples)
        course.predictions = device.predict(size, len(data.x_test))
        course.test.append(float((course.predictions == data.y_test).mean()))
        course.weights = device.read_weights()
        measure(course.weights)
        if progress is not None:
            progress(course.samples, done, course.insights)
    return course
