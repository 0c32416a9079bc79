"""Digits of a class that was never shown, found by how badly a network gives them back."""

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec import Target
from cortigate.scripts.insights import Practice
from cortigate.scripts.insights.drawing import COLOURS, legend, save_figure
from cortigate.scripts.tasks.digits import fewer
from cortigate.scripts.tasks.lesson import Lesson, LessonSession
from cortigate.scripts.tasks.novelty import (
    area,
    areas_over_epochs,
    found_by,
    histograms,
    rows_of,
    scores_of,
    table_of,
    told,
)

__all__ = ["lesson_of", "run"]

LAYERS = (64, 32, 8, 32, 64)
BACKPROP = Practice(20, 6)
SHOWN = 8  # digits of each kind in the picture


def run(call, unseen):
    """Learn all digits but one class; the demo's document.

    Parameters
    ----------
    call : Call
    unseen : int
        The class, 0 .. 9.
    """
    data = load_digits_split(call.seed)
    if call.samples is not None:
        data = fewer(data, call.samples)
    session = LessonSession(call, lesson_of(data, unseen))
    courses, new = session.learn(), data.y_test == unseen
    found = found_by(session, courses)
    rows = rows_of(found, lambda one: {
        "area": area(new, one.scores), "score_seen": np.median(one.scores[~new]),
        "score_unseen": np.median(one.scores[new])})
    session.console.print(table_of(
        f"Held-out digits: {new.sum()} times the {unseen}, never seen, among {len(new)}", rows, {
            "area under\nthe curve": lambda row: f"{row['area']:.3f}",
            "score,\nseen": lambda row: f"{row['score_seen']:.3f}",
            "score,\nunseen": lambda row: f"{row['score_unseen']:.3f}",
            "epochs": lambda row: f"{row['epochs'] or ''}"}))
    same = session.same(courses)
    session.finish(courses, lambda path, title: draw(path, title, data, new,
                                                     [*filter(told, found)]))
    return session.document(rows, same)


def lesson_of(data, unseen):
    """The lesson of a split of the digits without a class."""
    new = data.y_test == unseen
    if not new.any() or new.all():
        raise ValueError(f"the held-out digits must hold some of the class {unseen} and others: "
                         "take more --samples")
    return Lesson("anomaly", f"the digits without the {unseen}", "digits", Target.INPUT, LAYERS,
                  data.x_train[data.y_train != unseen], None, data.x_test,
                  lambda outputs: area(new, scores_of(outputs, data.x_test)), BACKPROP)


def draw(path, title, data, new, found):
    """Write the picture: scores, curves, areas, digits and what became of them."""
    figure = Figure(figsize=(11, 8.5), layout="constrained")
    figure.suptitle(title)
    axes, first = figure.subplots(2, 2), found[0]
    histograms(axes[0, 0], {"seen": first.scores[~new], "unseen": first.scores[new]})
    for number, one in enumerate(found):
        wrong, right, _ = roc_curve(new, one.scores)
        axes[0, 1].plot(wrong, right, color=COLOURS[number], linewidth=3 - 0.6 * number,
                        label=f"{one.name}: {area(new, one.scores):.3f}")
    axes[0, 1].plot((0, 1), (0, 1), color="grey", linewidth=1)
    axes[0, 1].set(title="Unseen digits found, at a share of false alarms",
                   xlabel="seen digits that are taken for new", ylabel="unseen digits found")
    legend(axes[0, 1])
    areas_over_epochs(axes[1, 0], found, lambda one: area(new, one.scores))
    digits(axes[1, 1], data.x_test, first.course.outputs, new)
    save_figure(figure, path)


def digits(axes, x, outputs, new):
    """The first digits of each kind, seen ones above, and below each what is given back."""
    sheet = np.full((35, 9 * SHOWN - 1), np.nan)
    for first, kind in ((0, ~new), (2, new)):
        for column, place in enumerate(np.flatnonzero(kind)[:SHOWN]):
            for row, image in enumerate((x[place], outputs[place]), first):
                sheet[9 * row:9 * row + 8, 9 * column:9 * column + 8] = image.reshape(8, 8)
    axes.imshow(sheet, cmap="gray_r", vmin=0.0, vmax=1.0)
    axes.set(title="Seen digits, what is given back, and the same of unseen ones", xticks=[],
             yticks=[])
