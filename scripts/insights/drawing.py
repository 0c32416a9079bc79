"""The common part of the commands' drawings."""

import sys
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import MaxNLocator

from cortigate.boards.storage.files import write_whole

__all__ = ["COLOURS", "FORMATS", "Drawing", "check_picture", "legend", "raw_weights",
           "real_weights", "save_figure", "whole_epochs"]

FORMATS = (".pdf", ".png", ".svg")

# Colours that the usual forms of colour blindness tell apart (Okabe and Ito).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def real_weights(design, weights):
    """Weights as real numbers, whatever device they come from."""
    return {name: values if values.dtype.kind == "f" else design.weight.to_float(values)
            for name, values in weights.items()}


def raw_weights(design, weights):
    """Weights as raw integers, likewise."""
    return {name: design.weight.from_float(values) if values.dtype.kind == "f" else values
            for name, values in weights.items()}


def whole_epochs(axes):
    """Label the x axis as epochs learned, and draw a grid."""
    axes.set_xlabel("epochs learned")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)


def legend(axes, columns=2):
    """A legend below the axes, where it covers nothing."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=columns, fontsize=8,
                frameon=False)


def check_picture(path):
    """Raise ValueError, before anything starts, for a path that no picture can have."""
    path = Path(path)
    if path.suffix not in FORMATS or not path.parent.is_dir():
        raise ValueError(f"output must be a file with the ending {' or '.join(FORMATS)} in a "
                         f"folder that exists, not {path}")


def save_figure(figure, path):
    """Write a matplotlib figure to a file, whole or not at all; the ending says the format."""
    FigureCanvasAgg(figure)
    drawn = BytesIO()
    figure.savefig(drawn, format=Path(path).suffix[1:], dpi=120)
    write_whole(path, drawn.getvalue(), "the picture")


class Drawing(AbstractContextManager):
    """A context in which a picture is drawn: one that fails is a warning on standard error.

    Whatever goes wrong (LaTeX that a matplotlibrc switches on and that is not installed, a folder
    that takes no file), the results have been printed, and the command goes on.

    Attributes
    ----------
    failed : bool
    """

    def __init__(self):
        self.failed = False

    def __exit__(self, kind, error, traceback):
        if kind is not None and issubclass(kind, Exception):
            self.failed = True
            reason = next(iter(str(error).splitlines()), "")
            print(f"WARNING: the picture failed ({kind.__name__}: {reason}); the results are "
                  "printed above", file=sys.stderr)
        return self.failed
