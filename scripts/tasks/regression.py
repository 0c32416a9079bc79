"""A robot's arm: from the place of its hand to the angles of its joints, learned as they come."""

import warnings
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich.table import Table
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from cortigate.golden.datasets import arm_kinematics
from cortigate.golden.datasets.arm import REACH, hand_errors, hand_places
from cortigate.golden.spec import Target
from cortigate.scripts.console import talk
from cortigate.scripts.insights import Practice
from cortigate.scripts.insights.drawing import COLOURS, legend, save_figure, whole_epochs
from cortigate.scripts.tasks.lesson import Lesson, LessonSession, TaskCourse
from cortigate.scripts.tasks.shared import DIVERGED, digest_of, finite, sizes_of_parts

__all__ = ["lesson_of", "run", "table_of"]

LAYERS = (2, 32, 16, 2)
BACKPROP = Practice(10, 3)
SAMPLES, MOST = 4000, 50000
PERCEPTRON, PASSES = "MLPRegressor", 100
ARROWS = 150  # places shown


def run(call):
    """Learn the arm's angles; the demo's document."""
    data = arm_kinematics(*sizes_of_parts(SAMPLES if call.samples is None else call.samples,
                                          MOST), call.seed)
    session = LessonSession(call, lesson_of(data))
    courses = session.learn()
    with talk(session.console).status("backprop, MLPRegressor"):
        shown = [*courses, session.backprop(), perceptron(session, data)]
    rows = [{"device": one.name, "epochs": one.epochs, "weights": digest_of(one.weights),
             **figures_of(one.outputs, data.y_test)} for one in shown]
    session.console.print(table_of(rows))
    same = session.same(courses)
    session.finish(courses, lambda path, title: draw(
        path, title, data, [one for one in shown if finite(one.outputs)]))
    return session.document(rows, same)


def lesson_of(data):
    """The lesson of an arm's places and angles."""
    return Lesson("regression", "an arm's inverse kinematics", "places", Target.VECTOR, LAYERS,
                  data.x_train, data.y_train, data.x_test,
                  lambda outputs: float(r2_score(data.y_test, outputs)), BACKPROP)


def perceptron(session, data):
    """`TaskCourse` of scikit-learn's network of the same layers, with its own solver."""
    settings: dict[str, Any] = {"batch_size": 16, "learning_rate_init": 3e-3, "tol": 0.0}
    network = MLPRegressor(hidden_layer_sizes=session.design.network.sizes[1:-1],
                           max_iter=PASSES, random_state=session.call.seed, **settings)
    with threadpool_limits(1), warnings.catch_warnings():  # layers this small: threads only wait
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(data.x_train, data.y_train)
    outputs = np.asarray(network.predict(data.x_test))
    return TaskCourse(PERCEPTRON, network.n_iter_, [float(r2_score(data.y_test, outputs))], outputs,
                  {f"W{layer}": one for layer, one in enumerate(network.coefs_, 1)})


def table_of(rows):
    """One row per model: R² of the angles, distance of the hand from where it should be."""
    table = Table(title=f"Angles of unseen places; the arm reaches {REACH:.0f} mm")
    table.add_column("", no_wrap=True)
    for column in ("R²", "hand wrong by,\nmean", "of\nreach", "95 % within", "epochs", "weights"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        mean = row.get("error_mm")
        cells = (DIVERGED, "", "", "") if mean is None else (
            f"{row['r2']:.4f}", f"{mean:.1f} mm", f"{100 * mean / REACH:.1f} %",
            f"{row['error_95_mm']:.1f} mm")
        table.add_row(row["device"], *cells, f"{row['epochs']}", row["weights"])
    return table


def figures_of(outputs, wanted):
    """R², mean distance of the hand, and that of 95 %, of outputs; empty of what has diverged."""
    if not finite(outputs):
        return {}
    errors = hand_errors(outputs, wanted)
    return {"r2": float(r2_score(wanted, outputs)), "error_mm": errors.mean(),
            "error_95_mm": np.percentile(errors, 95)}


def draw(path, title, data, courses):
    """Write the picture: where the hand goes, errors, R² over epochs, angles."""
    figure = Figure(figsize=(11, 8.5), layout="constrained")
    figure.suptitle(title)
    axes, first = figure.subplots(2, 2), courses[0]
    wanted, reached = hand_places(data.y_test)[:ARROWS], hand_places(first.outputs)[:ARROWS]
    axes[0, 0].plot(*np.stack([wanted, reached]).transpose(2, 0, 1), color="grey", linewidth=1)
    axes[0, 0].plot(*wanted.T, ".", color=COLOURS[0], markersize=4, label="wanted")
    axes[0, 0].plot(*reached.T, ".", color=COLOURS[1], markersize=4, label=first.name)
    axes[0, 0].set(title="Places of the hand", xlabel="x / mm", ylabel="y / mm", aspect="equal")
    legend(axes[0, 0])
    for number, course in enumerate(courses):
        errors = np.sort(hand_errors(course.outputs, data.y_test))
        axes[0, 1].plot(errors, np.arange(1, len(errors) + 1) / len(errors),
                        color=COLOURS[number], linewidth=3 - 0.6 * number, label=course.name)
        if course.figures:
            axes[1, 0].plot(range(1, len(course.figures) + 1), course.figures, "o-", markersize=3,
                            color=COLOURS[number], label=course.name)
    axes[0, 1].set(title="Distance of the hand from its place", xlabel="at most / mm",
                   ylabel="share of the places")
    legend(axes[0, 1])
    axes[1, 0].set(title="R² of unseen places while learning", ylabel="R²")
    whole_epochs(axes[1, 0])
    legend(axes[1, 0])
    for joint, name in enumerate(("shoulder", "elbow")):
        axes[1, 1].plot(data.y_test[:, joint], first.outputs[:, joint], ".", markersize=3,
                        color=COLOURS[joint], label=name)
    axes[1, 1].plot((0, 1), (0, 1), color="grey", linewidth=1)
    axes[1, 1].set(title=f"Angles, {first.name}", xlabel="right, share of the range",
                   ylabel="learned")
    legend(axes[1, 1])
    save_figure(figure, path)
