"""A machine's vibration: learned while it is sound, watched until a bearing breaks."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cortigate.golden.datasets import machine_vibration
from cortigate.golden.spec import Target
from cortigate.scripts.insights import Practice
from cortigate.scripts.insights.drawing import COLOURS, legend, save_figure
from cortigate.scripts.tasks.lesson import Lesson, LessonSession
from cortigate.scripts.tasks.novelty import (
    area,
    areas_over_epochs,
    found_by,
    rows_of,
    scores_of,
    table_of,
    told,
)
from cortigate.scripts.tasks.shared import sizes_of_parts

__all__ = ["alarm_at", "areas_of", "lesson_of", "run"]

LAYERS = (32, 16, 4, 16, 32)
BACKPROP = Practice(10, 6)
SAMPLES, MOST = 1500, 20000
CONTAMINATION = 0.02  # share of the measurements learned from that lie above the threshold
STANDING = 5  # measurements in a row above the threshold: an alarm that stands
BOUNDS = (0.0, 0.1, 0.25, 0.5, 1.0)  # of the severities that are told apart


def run(call):
    """Learn what is normal, then watch; the demo's document."""
    data = machine_vibration(*sizes_of_parts(SAMPLES if call.samples is None else call.samples,
                                             MOST), call.seed)
    session, severity = LessonSession(call, lesson_of(data)), data.y_test[:, 0]
    courses = session.learn()
    found = found_by(session, courses)
    rows = rows_of(found, partial(figures_of, severity))
    columns: dict[str, Any] = {f"to\n{high:g}": partial(area_in_words, part)
                               for part, high in enumerate(BOUNDS[1:])}
    columns["alarm\nat"] = alarm_in_words
    session.console.print(table_of("Area under the curve by severity of the fault, 0 .. 1",
                                   rows, columns))
    if told(found[0]):
        session.console.print(false_alarms(found[0], severity), highlight=False)
    same = session.same(courses)
    session.finish(courses, lambda path, title: draw(path, title, data, [*filter(told, found)]))
    return session.document(rows, same)


def lesson_of(data):
    """The lesson of a machine: what is judged are the record, then the samples learned from."""
    severity = data.y_test[:, 0]
    held = np.concatenate([data.x_test, data.x_train])
    return Lesson("vibration", "a machine's vibration", "measurements", Target.INPUT, LAYERS,
                  data.x_train, None, held,
                  lambda outputs: area(severity > 0, scores_of(outputs, held)[:len(severity)]),
                  BACKPROP)


def false_alarms(one, severity):
    """Where a model's threshold lies, and how often it is passed while all is sound."""
    above = watched(one, severity) > threshold_of(one, severity)
    return (f"The threshold lies above {100 * (1 - CONTAMINATION):g} % of the normal scores "
            f"learned from; {100 * above[severity == 0].mean():.1f} % of the watched ones lie "
            f"above it while the bearing is sound. The alarm stands after {STANDING} in a row.")


def watched(one, severity):
    """Scores of the record."""
    return one.scores[:len(severity)]


def threshold_of(one, severity):
    """Score above which a measurement is unlike those learned from."""
    return float(np.percentile(one.scores[len(severity):], 100.0 * (1.0 - CONTAMINATION)))


def areas_of(severity, scores):
    """Areas under the curve, list, of sound measurements against each part of the severities.

    NaN where a part has no measurements.
    """
    areas = []
    for low, high in zip(BOUNDS, BOUNDS[1:], strict=False):
        part = (severity > low) & (severity <= high)
        both = part | (severity == 0)
        areas.append(area(severity[both] > 0, scores[both]) if part.any() else np.nan)
    return areas


def alarm_at(scores, threshold):
    """Place of the measurement with which an alarm first stands; None if none does."""
    run = 0
    for place, above in enumerate(scores > threshold):
        run = run + 1 if above else 0
        if run == STANDING:
            return place
    return None


def figures_of(severity, one):
    """Figures of a model: areas by severity, and the severity at which the alarm stands.

    0: it is false; None: it never stands.
    """
    place = alarm_at(watched(one, severity), threshold_of(one, severity))
    return {"areas": areas_of(severity, watched(one, severity)),
            "alarm_severity": None if place is None else float(severity[place])}


def area_in_words(part, row):
    """Area under the curve of a part of the severities; none has no measurements."""
    found = row["areas"][part]
    return "none" if np.isnan(found) else f"{found:.3f}"


def alarm_in_words(row):
    """Severity at which the alarm stands, or that it does not, or that it is false."""
    found = row["alarm_severity"]
    return "never" if found is None else f"{found:.2f}" if found > 0 else "false"


def draw(path, title, data, found):
    """Write the picture: the record, areas by severity, spectra, areas over epochs."""
    severity, first = data.y_test[:, 0], found[0]
    figure = Figure(figsize=(11, 8.5), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(2, 2)
    record(axes[0, 0], severity, first)
    for number, one in enumerate(found):
        axes[0, 1].plot(BOUNDS[1:], areas_of(severity, watched(one, severity)), "o-",
                        color=COLOURS[number], linewidth=3 - 0.6 * number, label=one.name)
    axes[0, 1].set(title="Area under the curve by severity", xlabel="severity up to",
                   ylabel="area")
    legend(axes[0, 1])
    spectra(axes[1, 0], data.x_test, first.course.outputs, severity)
    areas_over_epochs(axes[1, 1], found, lambda one: area(severity > 0, watched(one, severity)))
    save_figure(figure, path)


def record(axes, severity, one):
    """Scores of the record in order, the threshold, and where the alarm stands."""
    scores, threshold = watched(one, severity), threshold_of(one, severity)
    axes.semilogy(scores, ".", color=COLOURS[0], markersize=3, label=one.name)
    axes.axhline(threshold, color="grey", linewidth=1, label="threshold")
    axes.axvline(int((severity == 0).sum()), color=COLOURS[2], linestyle=":",
                 label="the fault begins")
    place = alarm_at(scores, threshold)
    if place is not None:
        axes.axvline(place, color=COLOURS[1], label="the alarm stands")
    axes.set(title="Score, measurement by measurement", xlabel="measurement", ylabel="score")
    legend(axes)


def spectra(axes, x, outputs, severity):
    """Mean levels while the bearing is sound and at the end, and what is given back of the latter.
    """
    end = severity > BOUNDS[-2]
    axes.plot(x[severity == 0].mean(axis=0), color=COLOURS[0], label="sound")
    axes.plot(x[end].mean(axis=0), color=COLOURS[1], label=f"severity above {BOUNDS[-2]:g}")
    axes.plot(outputs[:len(x)][end].mean(axis=0), "--", color=COLOURS[1],
              label="given back of these")
    axes.set(title="Levels, 60 dB for 1", xlabel="band of 100 Hz", ylabel="level")
    legend(axes)
