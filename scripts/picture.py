"""The demo's picture: learning curves, the rule's own, receptive fields, confusion matrix."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cortigate.scripts.insights.drawing import COLOURS, legend, save_figure

__all__ = ["confusion_counts", "draw", "draw_sheet"]

MAPS = 64  # receptive fields shown at most


def draw(path, title, courses, panel, first_layer, labels):
    """Write the picture to `path`.

    Parameters
    ----------
    path : path
        Its ending says the format.
    title : str
    courses : list of Course
        The first one is what the demo is about; its insights were measured.
    panel : callable
        ``panel(axes, insights)`` draws them.
    first_layer : float64 array (n_1, 64 or 65)
        W1, perhaps with biases.
    labels : int array
        Of the test set.
    """
    figure = Figure(figsize=(11, 8.5), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(2, 2)
    curves(axes[0, 0], courses)
    panel(axes[0, 1], courses[0].insights)
    fields(axes[1, 0], first_layer)
    confusion(axes[1, 1], courses[0], labels)
    save_figure(figure, path)


def draw_sheet(path, title, sheet):
    """Write what else a rule has to show to `path`; ``sheet(figure)`` draws it."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    figure.suptitle(title)
    sheet(figure)
    save_figure(figure, path)


def curves(axes, courses):
    """Test accuracy over epochs; what the board had right while learning, too."""
    # Equal curves lie on top of each other: later ones are thinner and dashed.
    styles = ("-", "--", ":", "-.")
    for number, course in enumerate(courses):
        axes.plot(range(1, len(course.test) + 1), 100 * np.array(course.test),
                  f"o{styles[number % len(styles)]}", color=COLOURS[number], markersize=3,
                  linewidth=max(1.2, 3 - 0.6 * number), label=f"{course.name}, held-out digits")
    first = courses[0]
    axes.plot(range(1, len(first.online) + 1), 100 * np.array(first.online), "o-",
              color="grey", markersize=3, linewidth=1, label=f"{first.name}, "
              + ("right before learned" if first.before_label else "right while taught"))
    axes.set(title="Learning curves", xlabel="epoch", ylabel="right, in %")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    legend(axes)


def fields(axes, weights):
    """Weights of the first layer's neurons as 8 x 8 maps."""
    maps = weights[:MAPS, :64].reshape(-1, 8, 8)
    columns = int(np.ceil(np.sqrt(2 * len(maps))))
    rows = -(-len(maps) // columns)
    sheet = np.full((9 * rows - 1, 9 * columns - 1), np.nan)
    for number, one in enumerate(maps):
        row, column = divmod(number, columns)
        sheet[9 * row:9 * row + 8, 9 * column:9 * column + 8] = one
    limit = np.abs(maps).max()
    image = axes.imshow(sheet, cmap="RdBu_r", vmin=-limit, vmax=limit)
    axes.set(title="Receptive fields of the first layer", xticks=[], yticks=[])
    axes.figure.colorbar(image, ax=axes, shrink=0.7, label="weight")


def confusion(axes, course, labels):
    """Predicted class against true class on the test set."""
    classes = int(max(labels.max(), course.predictions.max())) + 1
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, course.predictions), 1)
    confusion_counts(axes, counts, f"Confusion on the test set, {course.name}", range(classes))


def confusion_counts(axes, counts, title, names):
    """Samples by true class (rows) and predicted class, int (n, n); `names` of classes, or None."""
    # Coloured by the square root, so that single mistakes show beside dozens of hits.
    axes.imshow(np.sqrt(counts), cmap="Blues")
    places = range(len(counts) if names is not None else 0)
    for (row, column), count in np.ndenumerate(counts):
        if count and names is not None:
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8,
                      color="white" if counts.max() < 2 * count else "black")
    axes.set(title=title, xlabel="predicted", ylabel="true", xticks=places, yticks=places)
    if names is not None:
        texts = [str(name).replace("$", r"\$") for name in names]  # which begins no formula
        axes.set_xticklabels(texts, rotation=90 if max(map(len, texts)) > 3 else 0)
        axes.set_yticklabels(texts)
