"""What the demo's drawings share."""

from matplotlib.ticker import MaxNLocator

__all__ = ["COLOURS", "raw_weights", "real_weights", "whole_epochs"]

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
