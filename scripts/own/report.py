"""The report of a training: one HTML file that holds its pictures and needs nothing else."""

import base64
import html
from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cortigate.boards.device.digests import weights_digest
from cortigate.scripts.insights.drawing import COLOURS, legend, whole_epochs
from cortigate.scripts.own.problem import OwnTask, shown
from cortigate.scripts.own.teaching import Teaching
from cortigate.scripts.picture import confusion_counts

__all__ = ["report_page"]

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .2rem .8rem; text-align: left;
border-bottom: 1px solid #8884 } td.n, th.n { text-align: right }
td.n { white-space: nowrap } table.facts td { text-align: left; white-space: normal }
img { max-width: 100%; box-sizing: border-box; background: #fff; border: 1px solid #8886;
border-radius: .6rem; padding: .4rem }
@media (prefers-color-scheme: dark) { img { filter: brightness(.85) } }
pre { overflow-x: auto; padding: .6rem; background: #8882 }
"""
MOST_NAMED = 30  # classes with a row, and a label at the picture's axes
MOST_DRAWN = 4  # values in the picture of predicted ones
ROWS = 60  # epochs in the table of counters
# Counter of an epoch -> (head of its column, what it counts).
COUNTED = {
    "samples": ("rows", "rows learned"),
    "correct": ("right", ""),
    "cycles": ("clock cycles", "clock cycles of the chip, none of a model"),
    "weight_saturations": ("weights at an end", (
        "updates in which a weight met an end of its number format: if there are many, give "
        "weights more integer bits, or learn more slowly")),
    "state_saturations": ("sums at an end", (
        "sums of neurons that met an end of theirs: if there are many, give `state` more")),
    "restless": ("restless loops", "loops that a rule's guard has found restless")}


def report_page(teaching: Teaching, judge, command: str) -> str:
    """HTML text about a training.

    Parameters
    ----------
    teaching : Teaching
        Done.
    judge : estimator
        With what was learned.
    command : str
        That was typed.
    """
    problem = teaching.problem
    parts = [f"<h1>{text(problem.source)}</h1>", facts(teaching, judge),
             "<h2>Learning</h2>", picture(curves, teaching, judge)]
    if len(problem.x_held):
        parts += ["<h2>What was held out</h2>", *{
            OwnTask.CLASSES: classes, OwnTask.REGRESSION: values,
            OwnTask.ANOMALY: usual}[problem.task](problem, judge)]
    parts += ["<h2>Counters</h2>", counters(teaching, judge), "<h2>Command</h2>",
              f"<pre>{text(command)}</pre>"]
    body = "\n".join(parts)
    return (f"<!doctype html>\n<html lang=en><meta charset=utf-8><title>{text(problem.source)}"
            f"</title><style>{STYLE}</style>\n{body}\n</html>\n")


def text(value) -> str:
    """A value in HTML, whatever characters it has."""
    return html.escape(str(value))


def left_out(most, count, what, more=""):
    """A paragraph that says that only the first of many things are there; "" if all are."""
    return f"<p>Only the first {most} of {count} {what}{more}.</p>" if count > most else ""


def grid(head, rows, kind=""):
    """A table; the first column is text, the others are numbers, if `kind` says nothing else."""
    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}{' class=n' * bool(place)}>{text(cell)}</{tag}>"
                                for place, cell in enumerate(cells)) + "</tr>"

    return "\n".join([f"<table class={kind}>" if kind else "<table>",
                      *([line(head, "th")] if head else []),
                      *(line(row, "td") for row in rows), "</table>"])


def picture(draw, *arguments):
    """An image that `draw(figure, …)` makes, inside of the page."""
    figure, drawn = Figure(figsize=(9, 4), layout="constrained"), BytesIO()
    FigureCanvasAgg(figure)
    draw(figure, *arguments)
    figure.savefig(drawn, format="png", dpi=110)
    return (f'<img alt="{text(draw.__doc__ or "")}" src="data:image/png;base64,'
            f'{base64.b64encode(drawn.getvalue()).decode()}">')


def facts(teaching, judge):
    """Table of what was learned by what, and how well."""
    problem, design = teaching.problem, judge.design_
    rows = [("learned", f"{problem.task}: {', '.join(problem.labels) or 'the inputs'}"),
            ("rows to learn from", len(problem.x)), ("rows held out", len(problem.x_held)),
            ("inputs", problem.x.shape[1]), ("network", design.network),
            ("rule", f"{design.rule.name}: {design.rule.describe()}"),
            ("configuration", design.digest), ("device", teaching.learner.device),
            ("epochs", judge.n_epochs_),
            ("seconds of this run", f"{teaching.seconds:.1f}")]
    if judge.weights_["W1"].dtype.kind == "i":
        rows.append(("checksum of the weights", weights_digest(judge.weights_)))
    if len(problem.x_held):
        rows.append(("held out", shown(problem, problem.score(judge))))
        guess = problem.plain_score()
        if guess is not None:
            rows.append((f"held out, {problem.guess}", shown(problem, guess)))
    return grid((), rows, "facts")


def curves(figure, teaching, judge):
    """Scores over the epochs."""
    axes, problem = figure.subplots(), teaching.problem
    scale = 100.0 if problem.task is OwnTask.CLASSES else 1.0
    epochs = range(1, len(teaching.history) + 1)
    if problem.task is OwnTask.CLASSES:
        right = [one["correct"] / one["samples"] for one in teaching.history]
        axes.plot(epochs, scale * np.array(right), color="grey", linewidth=1,
                  label=f"rows to learn from, {when(judge)}")
    if teaching.scores:
        axes.plot(epochs, scale * np.array(teaching.scores), color=COLOURS[0], linewidth=2,
                  label="held out")
    if judge.validation_scores_:
        axes.plot(range(1, len(judge.validation_scores_) + 1),
                  scale * np.array(judge.validation_scores_), "--", color=COLOURS[1],
                  label="kept apart for early stopping")
    axes.set_ylabel(f"{problem.judged}{' / %' * (scale > 1)}")
    whole_epochs(axes)
    if axes.lines:
        legend(axes)


def when(judge):
    """When rows that are learned from are found right or wrong, in words."""
    return ("each just before it was learned" if judge.design_.rule.predicts_before_label else
            "each while it was learned")


def classes(problem, judge):
    """The confusion matrix, and of each class how many were found."""
    names, found = judge.classes_, judge.predict(problem.x_held)
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (np.searchsorted(names, problem.y_held), np.searchsorted(names, found)), 1)
    rows = [(name, own.sum(), f"{100 * own[place] / max(1, own.sum()):.1f}",
             f"{100 * own[place] / max(1, counts[:, place].sum()):.1f}")
            for place, (name, own) in enumerate(zip(names, counts, strict=True))]
    yield picture(confusion, counts, names)
    yield grid(("class", "rows", "found (recall) / %", "right of those named so (precision) / %"),
               rows[:MOST_NAMED])
    yield left_out(MOST_NAMED, len(rows), "classes", "; the picture has all")


def confusion(figure, counts, names):
    """Predicted class against true class."""
    few = len(names) <= MOST_NAMED
    figure.set_size_inches(6, 5)
    confusion_counts(figure.subplots(), counts, "Confusion, rows held out",
                     [str(name)[:16] for name in names] if few else None)


def values(problem, judge):
    """Predicted against true values, and the errors."""
    true = problem.y_held.reshape(len(problem.x_held), -1)
    found = judge.predict(problem.x_held).reshape(true.shape)
    off = found - true
    yield picture(against, problem.labels, true, found)
    yield left_out(MOST_DRAWN, len(problem.labels), "values", " are drawn; the table has all")
    yield grid(("value", "mean absolute error", "root of the mean squared error",
                "spread of the true values"), [
        (name, *(f"{number:.4g}" for number in (
            np.abs(off[:, place]).mean(), np.sqrt(np.square(off[:, place]).mean()),
            true[:, place].std()))) for place, name in enumerate(problem.labels)])


def against(figure, names, true, found):
    """Points on a diagonal where all is right."""
    shown_names = names[:MOST_DRAWN]
    for place, axes in enumerate(figure.subplots(1, len(shown_names), squeeze=False)[0]):
        ends = [true[:, place].min(), true[:, place].max()]
        axes.plot(ends, ends, color="grey", linewidth=1)
        axes.plot(true[:, place], found[:, place], ".", color=COLOURS[0], markersize=4)
        axes.set(title=plain_text(shown_names[place]), xlabel="true", ylabel="predicted")


def usual(problem, judge):
    """How usual the samples held out are found."""
    scores = judge.score_samples(problem.x_held)
    low = int((scores < judge.offset_).sum())
    yield picture(histogram, scores, judge.offset_)
    yield f"<p>{low} of {len(scores)} rows that were held out count as outliers.</p>"


def histogram(figure, scores, offset):
    """Scores, and where outliers begin."""
    axes = figure.subplots()
    axes.hist(scores, bins=40, color=COLOURS[0])
    axes.axvline(offset, color=COLOURS[1], label="below: outliers")
    axes.set(xlabel="score of rows held out", ylabel="rows")
    legend(axes)


def plain_text(value):
    """Text in a picture in which $ begins no formula."""
    return str(value).replace("$", r"\$")


def counters(teaching, judge):
    """The table of every epoch's counters, of some epochs where there are many.

    A counter that stayed 0 has no column. What is left out, and what is counted, is said.
    """
    history = teaching.history
    step = -(-len(history) // ROWS)
    chosen = [place for place in range(len(history)) if (place + 1) % step == 0
              or place == len(history) - 1]
    known = [name for name in COUNTED
             if name != "correct" or teaching.problem.task is OwnTask.CLASSES]
    names = [name for name in known if any(one[name] for one in history)]
    tested = any(one["held"] is not None for one in history)
    said = [] if step == 1 else [
        f"One row for each {step} of {len(history)} epochs, and the last one; the picture has all"]
    said += [f"{head}: {about or f'of these, found right, {when(judge)}'}"
             for head, about in (COUNTED[name] for name in names) if head != "rows"]
    zero = [COUNTED[name][0] for name in known if name not in names]
    said += [f"0 in every epoch, and left out: {', '.join(zero)}"] if zero else []
    table = grid(("epoch", *(COUNTED[name][0] for name in names), *["held out"] * tested), [
        (place + 1, *(history[place][name] for name in names),
         *["" if history[place]["held"] is None else
           shown(teaching.problem, history[place]["held"])] * tested) for place in chosen])
    return "\n".join([*(f"<p>{text(one)}.</p>" for one in said), table])
