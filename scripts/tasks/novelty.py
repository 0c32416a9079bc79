"""Finding what is not like the samples learned from: scores, alarms, what is compared, drawings."""

from dataclasses import dataclass

import numpy as np
from rich.table import Table
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from cortigate.golden.spec.plain import Plain
from cortigate.scripts.console import talk
from cortigate.scripts.insights.drawing import COLOURS, legend, whole_epochs
from cortigate.scripts.tasks.shared import DIVERGED, digest_of, finite

__all__ = ["FOREST", "Scored", "area", "areas_over_epochs", "found_by", "histograms", "rows_of",
           "scores_of", "table_of", "told"]

FOREST = "IsolationForest"


@dataclass(frozen=True)
class Scored(Plain):
    """A model's scores.

    Parameters
    ----------
    name : str
    scores : float64 array (m,)
        Of all held-out inputs: high is unlike what was learned from.
    course : TaskCourse or None
        None of a model that is no network.
    """

    name: str
    scores: np.ndarray
    course: object


def told(one):
    """True if a `Scored` tells anything: False of a learner that has diverged."""
    return one.course is None or finite(one.course.outputs)


def scores_of(outputs, x):
    """Mean squared error of what is given back, float64 (n,), of outputs and inputs (n, n_0)."""
    with np.errstate(over="ignore"):  # of what has diverged
        return np.square(outputs - x).mean(axis=1)


def area(new, scores):
    """Area under the curve that tells what is `new`, bool (n,), by scores (n,)."""
    return float(roc_auc_score(new, scores))


def found_by(session, courses):
    """`Scored` of the device, the integer model, backprop and scikit-learn's forest."""
    lesson = session.lesson
    with talk(session.console).status("backprop, forest"):
        courses = [*courses, session.backprop()]
        forest = IsolationForest(random_state=session.call.seed).fit(lesson.x)
        alone = Scored(FOREST, -forest.score_samples(lesson.held), None)
    return [*(Scored(one.name, scores_of(one.outputs, lesson.held), one) for one in courses), alone]


def rows_of(found, figures):
    """Entries of the demo's document: `figures` gives those of a `Scored` that tells anything."""
    return [{"device": one.name, "epochs": one.course.epochs if one.course else None,
             "weights": digest_of(one.course.weights) if one.course else "trees",
             **(figures(one) if told(one) else {})} for one in found]


def table_of(title, rows, columns):
    """One line per entry: `columns` maps a heading to the text for one with figures."""
    table = Table(title=title)  # 80 columns at most
    table.add_column("", no_wrap=True)
    for column in (*columns, "weights"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        told_of = row.keys() - {"device", "epochs", "weights"}
        cells = ([text(row) for text in columns.values()] if told_of else
                 [DIVERGED, *[""] * (len(columns) - 1)])
        table.add_row(row["device"], *cells, row["weights"])
    return table


def areas_over_epochs(axes, found, best):
    """Area under the curve after each epoch; of what has no epochs a line."""
    for number, one in enumerate(found):
        figures = one.course.figures if one.course else []
        style = {"color": COLOURS[number], "label": one.name}
        if len(figures) > 1:
            axes.plot(range(1, len(figures) + 1), figures, "o-", markersize=3, **style)
        else:
            axes.axhline(best(one), linestyle="--", linewidth=1, **style)
    axes.set(title="Area under the curve while learning", ylabel="area")
    whole_epochs(axes)
    legend(axes)


def histograms(axes, groups):
    """Scores of groups: name -> array, as densities over common bins."""
    bins = np.linspace(0.0, max(one.max() for one in groups.values()), 40)
    for (name, scores), colour in zip(groups.items(), COLOURS, strict=False):
        axes.hist(scores, bins, density=True, alpha=0.6, color=colour, label=name)
    axes.set(title="Score: mean squared error of what is given back", xlabel="score",
             yticks=[])
    legend(axes)
