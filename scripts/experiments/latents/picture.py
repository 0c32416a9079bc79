"""The picture: held-out codes of two numbers, a colour for each class."""

from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from cortigate.scripts.insights.drawing import save_figure

__all__ = ["draw"]

COLUMNS = 5


def draw(path: Path, record: dict) -> bool:
    """Draw the codes of two numbers of a record; False, and no picture, if it has none.

    Parameters
    ----------
    path : Path
        Its ending says the format.
    record : dict
        Of `Experiment.record`: the codes of the first seed of every row.
    """
    rows = [(section["name"], row) for section in record["sections"] for row in section["rows"]
            if np.shape(row["codes"])[-1] == 2]
    if not rows:
        return False
    columns = min(len(rows), COLUMNS)
    lines = -(-len(rows) // columns)
    figure = Figure(figsize=(2.6 * columns + 0.8, 2.9 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in grid[len(rows):]:
        axes.set_axis_off()
    colours = colormaps["tab10"]
    for axes, (name, row) in zip(grid, rows, strict=False):
        codes, labels = np.array(row["codes"]), np.array(row["labels"])
        for label in range(int(labels.max()) + 1):
            axes.scatter(*codes[labels == label].T, s=5, color=colours(label % 10), label=label)
        axes.set_title(f"{name}, {row['network']}\n{row['model']}: probe {row['probe'][0]:.0f} %",
                       fontsize=8)
        axes.tick_params(labelsize=6)
    handles, names = grid[0].get_legend_handles_labels()
    # Beside the axes, where no point is.
    figure.legend(handles, names, loc="outside right center", markerscale=2.5, fontsize=8)
    save_figure(figure, path)
    return True
