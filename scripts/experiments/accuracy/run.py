"""One training run: a model, a design, a seed; samples in; accuracies out."""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from threadpoolctl import threadpool_limits

from cortigate.boards.learn.training import halved_shifts
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import Shuffler, epoch_mask, integer_model
from cortigate.golden.reference.baselines import BackpropModel, FeedbackAlignmentModel
from cortigate.golden.reference.designs import baseline_model, reference_model
from cortigate.golden.reference.ghost import (
    ReferenceModel,
    ReferenceRule,
    alignment,
    residual_feedback,
)
from cortigate.golden.reference.pal import weight_angles
from cortigate.golden.spec import Design, Feedback, MemoryMap
from cortigate.golden.spec.plain import Plain, shown

from .data import data_of

__all__ = ["KINDS", "Result", "Run", "execute", "order_of", "raw_samples", "shifts_of"]

# Float models of a ReferenceRule; models of a design, whatever its rule.
RULED = {"reference": ReferenceModel, "backprop": BackpropModel,
         "feedback alignment": FeedbackAlignmentModel}
DESIGNED = {
    "integer": lambda design, seed: integer_model(design),
    "design reference": lambda design, seed: reference_model(design),
    "design backprop": lambda design, seed: baseline_model(design),
    "design alignment": lambda design, seed: baseline_model(design, Feedback.RANDOM, seed),
}
KINDS = RULED | DESIGNED
MEASURED = 256  # samples over which alignment and residual feedback are measured


@dataclass(frozen=True)
class Run(Plain):
    """One network, and how it is trained.

    Parameters
    ----------
    network, label : str
        Names of the table's row and column.
    kind : str
        Key of KINDS.
    design : Design
        Its sample memory gives the order of the samples; all of it for the models of a design.
    rule : ReferenceRule or None
        Of the other float models; None takes the design's.
    epochs, batch : int
        Samples that do not fill a last batch are left out of an epoch.
    halvings : tuple of int
        Epochs (from 0) at whose start every learning rate is halved.
    ghost_epochs : int
        Free-phase epochs before, in which only plastic ghosts learn.
    validation : bool
        Train on 80 % of the training samples (MNIST: all but the last 10,000) and report the
        others: for choosing.
    last : int
        Epochs at the end whose mean accuracy counts.
    data : str or None
        Folder of MNIST's files; None: the digits.
    """

    network: str
    label: str
    kind: str
    design: Design
    rule: ReferenceRule | None = None
    epochs: int = 20
    batch: int = 1
    halvings: tuple[int, ...] = ()
    ghost_epochs: int = 0
    validation: bool = False
    last: int = 1
    data: str | None = None

    def __post_init__(self):
        super().__post_init__()
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {shown(self.kind)}")
        if self.kind in DESIGNED and (self.batch != 1 or self.ghost_epochs or self.rule):
            raise ValueError("batch must be 1, ghost_epochs 0 and rule empty for the model of a "
                             f"design, not {self.batch}, {self.ghost_epochs} and "
                             f"{shown(self.rule)}")
        if self.epochs < 1 or self.batch < 1 or self.ghost_epochs < 0 or self.last < 1:
            raise ValueError("epochs and batch must be 1 or more, ghost_epochs 0 or more, last 1 "
                             f"or more, not {self.epochs}, {self.batch}, {self.ghost_epochs} and "
                             f"{self.last}")

    @property
    def float_rule(self):
        """Rule of the float models."""
        return self.rule or ReferenceRule.from_design(self.design)

    @property
    def digest(self):
        """16 hexadecimal digits of the whole configuration: the design's where it is all of it."""
        if self.kind in DESIGNED:
            return self.design.digest
        record = {"kind": self.kind} | dataclasses.asdict(self.float_rule)
        text = json.dumps(record, sort_keys=True, separators=(",", ":"),
                          default=lambda value: value.value if isinstance(value, Enum) else value)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Result:
    """The result of a run with one seed.

    Attributes
    ----------
    accuracies : list of float
        Held-out accuracy in % after each epoch; the last one counts, or the mean of the run's
        `last`: there is no early stopping.
    cosines : list of list of float
        Alignment with exact backprop per layer, before and after training (ghosts in float).
    residual : list of float
        Relative residual feedback per hidden layer after training (ghosts in float).
    angles : list of float
        Degrees between feedback and transposed forward weights per hidden layer after training
        (where there are feedback weights).
    """

    seed: int
    accuracies: list
    cosines: list = dataclasses.field(default_factory=list)
    residual: list = dataclasses.field(default_factory=list)
    angles: list = dataclasses.field(default_factory=list)


class _Designed:
    """A model of a design, one sample at a time, behind the interface for batches."""

    def __init__(self, run, seed):
        design = run.design
        self.model = DESIGNED[run.kind](design, seed)
        start = initial_weights(design, seed)
        self.model.set_weights({n: w for n, w in start.items() if n in self.model.weights})

    def learn(self, x, label, *shifts):
        self.model.learn(x[0], int(label[0]), *shifts)

    def learn_all(self, x, labels, order, *shifts):
        self.model.learn_all(x, labels, order, *shifts)

    def predict(self, x):
        return self.model.predict(x)


def raw_samples(design, data):
    """Data set with the inputs as the hardware stores them, uint8."""
    def raw(x):  # by and by: the steps from 60,000 x 784 floats would take gigabytes
        return np.concatenate([design.sample.from_float(part).astype(np.uint8)
                               for part in np.array_split(x, len(x) // 1000 + 1)])

    return dataclasses.replace(data, x_train=raw(data.x_train), x_test=raw(data.x_test))


def order_of(design, samples, seed, epoch):
    """Order of the samples in one epoch of a run, as the chip would take them.

    Where they do not fit its memory, as a host would send them that has a longer register.
    """
    bits = max(MemoryMap(design).shuffle_bits, (samples - 1).bit_length())
    shuffler = Shuffler(bits, epoch_mask(seed, epoch, bits))
    return np.array([shuffler.next(samples) for _ in range(samples)])


def shifts_of(run, epoch):
    """(update shift, second update shift) of an epoch: k of the rates 2**-k."""
    halved = sum(epoch >= start for start in run.halvings)
    if not halved:
        return None, None
    if run.kind in DESIGNED:
        return halved_shifts(run.design.rule, halved)
    rule = run.float_rule
    rate = rule.eta / rule.beta
    ghosts = rate if rule.ghost_rate is None else rule.ghost_rate
    return halved - math.log2(rate), halved - math.log2(ghosts)


def execute(run, seed, progress=None):
    """Train and test: split, initial weights and order of the samples depend on the seed alone.

    `progress` is called with the number of each epoch that is done.
    """
    data = data_of(run, seed)
    if run.kind == "integer":
        data = raw_samples(run.design, data)
    samples = len(data.x_train)
    ghosts = run.kind == "reference"

    def measure(model):
        if not ghosts:
            return []
        return alignment(model, data.x_train[:MEASURED], data.y_train[:MEASURED]).tolist()

    def order(epoch):
        return order_of(run.design, samples, seed, epoch)

    def batches(order):
        return [order[start:start + run.batch]
                for start in range(0, samples - run.batch + 1, run.batch)]

    # One thread per run: the matrices are small, and two runs may share the machine. Diverging
    # weights are a result here (ablations do diverge), not an accident to warn of.
    with threadpool_limits(1), np.errstate(over="ignore", invalid="ignore"):
        model = (_Designed(run, seed) if run.kind in DESIGNED
                 else RULED[run.kind](run.float_rule, seed=seed))
        # Compiled: the same bits in less time.
        whole = run.kind == "integer" or (run.kind == "backprop" and run.batch == 1
                                          and "sigmoid" not in (run.float_rule.hidden,
                                                                run.float_rule.output))
        cosines = [measure(model)]
        for epoch in range(run.ghost_epochs):
            if not isinstance(model, ReferenceModel):
                raise TypeError(f"only the reference model of ghost units has epochs for ghosts "
                                f"alone, not {type(model).__name__}")
            for chosen in batches(order(run.epochs + epoch)):
                model.learn_ghosts(data.x_train[chosen])
        accuracies = []
        for epoch in range(run.epochs):
            shifts = shifts_of(run, epoch)
            if whole and isinstance(model, _Designed | BackpropModel):
                model.learn_all(data.x_train, data.y_train, order(epoch), *shifts)
            else:
                for chosen in batches(order(epoch)):
                    model.learn(data.x_train[chosen], data.y_train[chosen], *shifts)
            accuracies.append(100.0 * float((model.predict(data.x_test) == data.y_test).mean()))
            if progress is not None:
                progress(epoch + 1)
        cosines.append(measure(model))
        residual = residual_feedback(model, data.x_train)[1].tolist() if ghosts else []
    angles = []
    if isinstance(model, _Designed) and run.design.engine.feedback_weights and (
            {*MemoryMap(run.design).shapes} <= {*model.model.weights}):
        # Not of baselines without feedback weights of their own.
        angles = weight_angles(model.model.weights)
    return Result(seed, accuracies, cosines if ghosts else [], residual, angles)
