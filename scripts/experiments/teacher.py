"""Rerun the nonlinear regression in the chip's integers: dynamic inversion, each kind of feedback.

Integer designs learn values (`Target.VECTOR`) of 16 bits from inputs of 16 bits. Backprop and
feedback alignment learn the same samples in float64, in a network of the same units. Each rate is
the best of 2^-5 … 2^-7 on held-out samples of seeds 100 … 102.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from cortigate.golden.datasets import teacher_regression
from cortigate.golden.initial import initial_weights
from cortigate.golden.integer import integer_model
from cortigate.golden.reference.designs import baseline_model
from cortigate.golden.spec import Activation, Design, Feedback, Network, QFormat, Rounding, Target
from cortigate.golden.spec.plain import Plain
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.scripts.tables import Experiment, Section, about

from .inversion import geometric_mean

__all__ = ["Kind", "Row", "design_of", "error_of", "teacher"]

TEACHER, GAIN = (30, 20, 10, 10), 1.5
SAMPLES, TEST_SAMPLES = 240_000, 2000
STORED_SAMPLES = 12_000  # with feedback in memory, whose loops are not compiled
LEGEND = (
    f"Squared error over the targets' own spread on {TEST_SAMPLES} held-out samples, geometric "
    "mean over the seeds. Restless: loops that the guard stopped."
)


class Kind(Enum):
    """Kind of learner."""

    INTEGERS = "integers"
    BACKPROP = "backprop, float64"
    ALIGNMENT = "feedback alignment, float64"


@dataclass(frozen=True)
class Row(Plain):
    """One configuration; `length` is samples."""

    label: str
    kind: Kind
    design: Design
    length: int

    @property
    def network(self):
        """Layer sizes."""
        return str(self.design.network)


def design_of(feedback: Feedback = Feedback.TRANSPOSE, **changes: Any) -> Design:
    """Design that copies the teacher, with changes of its rule."""
    network = Network(TEACHER, Activation.TANH, Activation.LINEAR)
    rule = InversionRule(learning_rate_shift=6, feedback=feedback,
                         guard=4 if feedback.stored else 0)
    return Design(network, replace(rule, **changes), lanes=10,
                  rate=QFormat(4, 12), state=QFormat(5, 12),
                  weight=QFormat(3, 17, rounding=Rounding.STOCHASTIC), sample=QFormat(4, 12),
                  target=Target.VECTOR)


def copies():
    """Copying a random tanh network of the same shape, 30-20-10-10, gain 1.5, online."""
    rows = [Row(f"dynamic inversion, feedback {feedback.value}", Kind.INTEGERS,
                design_of(feedback), STORED_SAMPLES if feedback.stored else SAMPLES)
            for feedback in Feedback]
    rows.append(replace(rows[0], label="dynamic inversion, fewer samples", length=STORED_SAMPLES))
    rows += [Row(kind.value, kind, design_of(), SAMPLES)
             for kind in (Kind.BACKPROP, Kind.ALIGNMENT)]
    return Section(about(copies), tuple(rows), _train, quick=1000)


def error_of(outputs: np.ndarray, wanted: np.ndarray) -> float:
    """Squared error over the targets' own spread."""
    return float(((outputs - wanted) ** 2).sum() / ((wanted - wanted.mean(axis=0)) ** 2).sum())


def _train(row, seeds):
    """Error of each network at the end, and loops that were restless to the last."""
    errors, restless = [], 0
    for seed in seeds:
        data = teacher_regression(TEACHER, GAIN, row.length, TEST_SAMPLES, seed)
        if row.kind is Kind.INTEGERS:
            outputs, stopped = _integers(row.design, data, seed)
            restless += stopped
        else:
            feedback = Feedback.RANDOM if row.kind is Kind.ALIGNMENT else Feedback.TRANSPOSE
            outputs = _floats(row.design, feedback, data, seed)
        errors.append(error_of(outputs, data.y_test))
    return {"error": errors, "restless": restless}


def _integers(design, data, seed):
    """(Outputs for the held-out samples, restless loops) of the integer model."""
    model, inputs = integer_model(design), design.sample.from_float
    model.set_weights(initial_weights(design, seed))
    model.learn_all(inputs(data.x_train), design.target_values.from_float(data.y_train))
    return design.rate.to_float(model.outputs(inputs(data.x_test))), model.restless


def _floats(design, feedback, data, seed):
    """Outputs for the held-out samples of backprop or feedback alignment."""
    model = baseline_model(design, feedback, seed)
    model.set_weights(model.weights | {name: values for name, values in initial_weights(
        design, seed).items() if name in model.weights})
    for x, y in zip(data.x_train, data.y_train, strict=True):
        model.learn(x, y)
    return model.outputs(data.x_test)


def _settings(row):
    return {"rate": row.design.rule.learning_rate, "digest": row.design.digest}


def _figures(row):
    """Name and text of what a row has reached."""
    return [{"error": f"{geometric_mean(row['error']):.2e}", "worst": f"{max(row['error']):.2e}",
             "restless": f"{row['restless']}", "samples": f"{row['length']}"}]


TEACHERS = Experiment("teacher", "A nonlinear teacher, in the chip's integers", LEGEND,
                      {"copies": copies}, _settings, _figures)
teacher = TEACHERS.run
