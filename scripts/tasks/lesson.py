"""One run of a task other than the digits: its design, the device's course, the integer model's.

Rules that are always on get the samples as a stream, the others in epochs.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from cortigate.boards.device.digests import samples_digest
from cortigate.boards.learn.opening import device_names, open_device
from cortigate.boards.learn.resumable import begin
from cortigate.boards.learn.streamed import (
    Streamed,
    repeat,
    stream_in_parts,
    stream_order,
    unrepeatable,
)
from cortigate.boards.learn.trainer import Trainer, outputs_of_all
from cortigate.boards.learn.training import design_by_name, rule_name
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.baselines import BackpropModel
from cortigate.golden.reference.feedforward import ReferenceRule
from cortigate.golden.spec import Design, Target, preset
from cortigate.golden.spec.plain import Plain
from cortigate.scripts.choosing import chosen
from cortigate.scripts.console import new_console, talk
from cortigate.scripts.course import milestones, require_rates
from cortigate.scripts.document import design_keys
from cortigate.scripts.insights import Practice, practice_of
from cortigate.scripts.insights.drawing import Drawing
from cortigate.scripts.opening import require_ends, resolved
from cortigate.scripts.progress import Bars, preparing
from cortigate.scripts.tasks.shared import (
    DIVERGED,
    MODELS,
    finite,
    name_of,
    same_outputs,
    same_weights,
)

__all__ = ["TaskCourse", "Lesson", "LessonSession", "backprop_shift", "design_of"]

LANES = 16
MOST_STEP = 4.0  # learning rate times fan-in of backprop


@dataclass(frozen=True)
class Lesson(Plain):
    """Teaching of a task: samples, and how what was learned is judged.

    Parameters
    ----------
    task : str
    text : str
        What is learned, after the title of a rule.
    noun : str
        What the samples are, a plural.
    target : Target
        INPUT or VECTOR.
    layers : tuple of int
        Of the network, if no other is asked for.
    x : float64 array (n, n_0)
        Inputs to learn from, in 0 .. 1.
    y : float64 array (n, n_L) or None
        Their targets, in 0 .. 1, where these are a vector.
    held : float64 array (m, n_0)
        Inputs of which the outputs are judged.
    judge : callable
        Figure for outputs, float64 (m, n_L), of `held`.
    backprop : Practice
        How backprop learns it.
    """

    task: str
    text: str
    noun: str
    target: Target
    layers: tuple[int, ...]
    x: np.ndarray
    y: np.ndarray | None
    held: np.ndarray
    judge: Callable[[np.ndarray], float]
    backprop: Practice

    @property
    def ends(self):
        """(Inputs, outputs) of its network."""
        return self.layers[0], self.layers[-1]


@dataclass
class TaskCourse:
    """Course of a device, or of a model, in a lesson.

    Attributes
    ----------
    name : str
    epochs : int
    figures : list of float
        The lesson's, after each epoch; the last alone where no other is known.
    outputs : float64 array (m, n_L)
        For `Lesson.held`, at the end.
    weights : dict of str to array
    cycles : float or None
        Clock cycles for each sample; None where there is no clock, or a stream has its own time.
    """

    name: str
    epochs: int
    figures: list = field(default_factory=list)
    outputs: np.ndarray | None = None
    weights: dict = field(default_factory=dict)
    cycles: float | None = None


def design_of(wish, lesson: Lesson) -> Design:
    """The design for a lesson that the options ask for.

    A preset keeps its rule, formats, lanes and hidden layers; a file is taken as it is.
    """
    def own(wish):
        practice = practice_of(rule_name(wish.rule), lesson.task)
        design = design_by_name(
            wish.sizes or lesson.layers, rule=wish.rule, hidden=practice.hidden, lanes=LANES,
            learning_rate_shift=practice.learning_rate_shift, target=lesson.target, results=True,
            **wish.words)
        return lesson.task, design

    if wish.preset is not None:
        first, last = lesson.ends
        sizes = wish.sizes or (first, *preset(wish.preset).network.sizes[1:-1], last)
        wish = replace(wish, sizes=sizes, target=lesson.target)
    return chosen(wish, own).design


def backprop_shift(practice: Practice, sizes: tuple[int, ...]) -> int:
    """k of backprop's rate 2**-k in a network of any layers: the practice's, or lower.

    A step changes a neuron's error by the rate times the sum of the squares of its inputs. Beyond
    twice the error it grows without bounds. Of hidden neurons that sum is about a quarter of their
    number, while of an image's pixels it is less (`golden.spec.fan_in`). So the rate times the
    largest fan-in is at most `MOST_STEP`, with which a step is about as large as the error.
    """
    return max(practice.learning_rate_shift or 0, math.ceil(math.log2(max(sizes[:-1]) / MOST_STEP)))


class LessonSession:
    """A call of the demo that learns a lesson.

    Parameters
    ----------
    call : Call
    lesson : Lesson

    Attributes
    ----------
    device : str
    design : Design
    epochs : int
    console : rich.console.Console
    title : str
        What learns what.

    Raises
    ------
    ValueError
        An option is wrong, or the design is not for the lesson; nothing has begun.
    """

    def __init__(self, call, lesson):
        self.call, self.lesson = call, lesson
        self.device, design = resolved(call.device, call.report, call.wish.choices, "demo",
                                       baud=call.baud)
        self.design = design = design_of(call.wish, lesson) if design is None else design
        require_ends(design, lesson.ends, self.device, lesson.noun, lesson.target)
        self.epochs = (practice_of(design.rule.name, lesson.task).epochs if call.epochs is None
                       else call.epochs)
        if not design.engine.always_on:  # a stream keeps its rate
            require_rates(design, self.epochs)
        self.console, self._began = new_console(), time.monotonic()
        self.title = (f"{design.rule.title} {lesson.text}: {design.network}, "
                      f"{design.rule.describe()}")
        self._inputs = design.sample.from_float(lesson.x)
        self._targets = (self._inputs if lesson.y is None
                         else design.target_values.from_float(lesson.y))
        self._held = design.sample.from_float(lesson.held)
        self._start = initial_weights(design, call.seed)
        self._streamed, self._raw, self._picture = Streamed(), {}, None

    def learn(self):
        """Let the device learn, then the integer model: list of one or two `TaskCourse`."""
        design, lesson = self.design, self.lesson
        sentences = talk(self.console)
        sentences.print(f"{self.title}, {design.lanes} lanes, configuration {design.digest}")
        sentences.print(f"{len(lesson.x)} {lesson.noun} to learn from, "
                        f"{'as a stream' if design.engine.always_on else 'in epochs'}; "
                        f"{len(lesson.held)} to judge by, samples {self._digest()[:16]}",
                        highlight=False)
        with preparing(self.console, name_of(self.device)):
            opened = open_device(self.device, design, baud=self.call.baud,
                                 take_over=self.call.take_over)
        with opened:
            courses = [self._course(self.device, opened)]
        if self.device == "integer" or unrepeatable(self._streamed):
            return courses
        if not design.engine.always_on:
            with open_device("integer", design) as model:
                return [*courses, self._course("integer", model)]
        return [*courses, self._repeated()]

    def same(self, courses):
        """Say whether device and integer model are the same; False if they should be and are not.
        """
        if self.device in MODELS:
            return True
        if len(courses) == 1:
            self.console.print(unrepeatable(self._streamed), highlight=False)
            return True
        same = same_weights(self.device, courses[0].weights, courses[1].weights, self.console)
        return same_outputs(self.device, self._raw[self.device], self._raw["integer"],
                            self.console) and same

    def backprop(self):
        """`TaskCourse` of exact backprop in float64: the same layers, its own units and rate."""
        lesson, practice, seed = self.lesson, self.lesson.backprop, self.call.seed
        shift = backprop_shift(practice, self.design.network.sizes)
        rule = ReferenceRule(self.design.network.sizes, eta=2.0**-shift)
        course = TaskCourse("float backprop", practice.epochs)
        model = BackpropModel(rule, seed=seed)
        random, falls = np.random.default_rng([seed, 6]), milestones(self.design, practice.epochs)
        for epoch in range(practice.epochs):
            halvings = sum(epoch >= fall for fall in falls)
            model.learn_all(lesson.x, lesson.x if lesson.y is None else lesson.y,
                            random.permutation(len(lesson.x)), shift + halvings)
            course.outputs = model.outputs(lesson.held)
            course.figures.append(self._judged(course.outputs))
        course.weights = model.weights
        return course

    def finish(self, courses, draw):
        """Draw the picture, say where it is and how long it took.

        Parameters
        ----------
        courses : list of TaskCourse
            The device's first, without which there is no picture.
        draw : callable
            ``draw(path, title)``
        """
        picture, first = "", courses[0]
        if finite(first.outputs):
            with Drawing() as drawing:
                draw(self.call.output, self.title)
            picture = "" if drawing.failed else f"Picture: {self.call.output}. "
        else:
            self.console.print(f"No picture: the {first.name} has {DIVERGED}, take a lower "
                               "learning rate.", highlight=False)
        self._picture = self.call.output if picture else None
        talk(self.console).print(f"{picture}Took {time.monotonic() - self._began:.0f} s.")

    def document(self, rows, same):
        """The demo's document, when all is done, of entries about devices."""
        return {"task": self.lesson.task, **design_keys(self.design), "devices": rows,
                "identical": same, "picture": self._picture,
                "seconds": time.monotonic() - self._began}

    # ---- courses ---------------------------------------------------------------------------

    def _digest(self):
        taught = np.zeros(0, np.int64) if self.lesson.y is None else self._targets
        return samples_digest(self._inputs, taught)

    def _course(self, which, device):
        """`TaskCourse` of an open device."""
        course = TaskCourse(name_of(which), self.epochs)
        begin(device, self._start)
        like = which if which in device_names() and which != "virtual" else "integer"
        way = self._stream if self.design.engine.always_on else self._train
        with self._bars() as bars, open_device(like, self.design) as mirror:
            task = bars.add_task(course.name, total=self.epochs * len(self._inputs), said="")
            began = time.monotonic()

            def tell(done):
                rate, last = done / max(0.1, time.monotonic() - began), course.figures[-1:]
                figures = "".join(f", {f'{one:.3f}' if finite(one) else DIVERGED}" for one in last)
                bars.update(task, completed=done, said=f"{rate:,.0f}/s{figures}")

            for cycles in way(device, tell):
                course.cycles = cycles
                # What a device gives out is its weights' doing: a model's are as good, and at once.
                course.weights = device.read_weights()
                mirror.write_weights(course.weights)
                course.figures.append(self._judged(self._out(which, mirror)))
                tell(len(course.figures) * len(self._inputs))
        course.outputs = self._out(which, device)
        return course

    def _judged(self, outputs):
        """The lesson's figure of outputs; NaN of those that have diverged."""
        return self.lesson.judge(outputs) if finite(outputs) else np.nan

    def _out(self, which, device):
        """Real outputs for what is held out; the raw ones are kept, too."""
        raw = self._raw[which] = outputs_of_all(device, self._held)
        return raw if raw.dtype.kind == "f" else self.design.rate.to_float(raw)

    def _train(self, device, tell):
        """Yield cycles per sample after each epoch."""
        trainer = Trainer(device, self._inputs, self._targets, seed=self.call.seed,
                          milestones=milestones(self.design, self.epochs))
        count = cycles = 0
        for epoch in range(self.epochs):
            done = trainer.epoch(epoch, progress=lambda counters, before=count: tell(
                before + counters.samples))
            count, cycles = count + done.samples, cycles + done.cycles
            yield cycles / count if cycles else None

    def _stream(self, device, tell):
        """Yield None after each epoch of a stream."""
        inputs, targets = self._sent()
        for end in range(len(self._inputs), len(inputs) + 1, len(self._inputs)):
            self._streamed = stream_in_parts(device, inputs[:end], targets[:end],
                                             past=self._streamed,
                                             progress=lambda run: tell(len(run.predictions)))
            yield None

    def _repeated(self):
        """`TaskCourse` of the integer model that repeats the device's stream."""
        course, model = TaskCourse(name_of("integer"), self.epochs), integer_model(self.design)
        model.set_weights(self._start)
        with self._bars() as bars:
            task = bars.add_task(course.name, total=self.epochs * len(self._inputs), said="")
            repeat(model, *self._sent(), self._streamed,
                   lambda done: bars.update(task, completed=done))
        course.weights, raw = model.weights, model.outputs(self._held)
        self._raw["integer"], course.outputs = raw, self.design.rate.to_float(raw)
        course.figures = [self._judged(course.outputs)]
        return course

    def _sent(self):
        """(inputs, targets) in the order in which they are streamed."""
        order = stream_order(len(self._inputs), self.epochs, self.call.seed)
        return self._inputs[order], self._targets[order]

    def _bars(self):
        return Bars(TextColumn("{task.description:15}", markup=False), BarColumn(bar_width=16),
                    MofNCompleteColumn(), TextColumn("{task.fields[said]}"), console=self.console)
