"""Picture of noises: distribution, spectrum, correlations of pairs, and what B learns from each."""

import numpy as np
from matplotlib.figure import Figure

from cortigate.scripts.insights.drawing import COLOURS, legend, save_figure

__all__ = ["draw"]

STYLES = ("-", "--", "-.", ":", "-")


def draw(path, title, measured, courses):
    """Write the picture to `path`; the first noise is what it is about.

    Parameters
    ----------
    path : path
        Its ending says the format.
    title : str
    measured : dict of str to Measures
        By name of the noise.
    courses : dict of str to dict
        What `alignment` gives, by name; empty leaves the angles out.
    """
    figure = Figure(figsize=(11, 8.5) if courses else (15, 4.5), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(*(2, 2) if courses else (1, 3)).flat
    distribution(axes[0], measured)
    spectrum(axes[1], measured)
    pairs(axes[2], measured)
    if courses:
        angles(axes[3], courses)
    for one in axes:
        one.grid(alpha=0.3)
    save_figure(figure, path)


def looks(names):
    """Name, and how its curve is drawn: equal curves lie on top of each other."""
    for number, name in enumerate(names):
        yield name, {"color": COLOURS[number], "linestyle": STYLES[number],
                     "linewidth": 3 - 0.5 * number, "label": name}


def distribution(axes, measured):
    """Share of the steps in which a neuron's noise has a value, mean over the neurons."""
    edges = np.arange(-4.0, 4.01, 0.25) + 0.125
    for name, look in looks(measured):
        counts = np.histogram(measured[name].noise, edges)[0]
        axes.step(edges[:-1] + 0.125, counts / measured[name].noise.size, where="mid", **look)
    axes.set(title="Distribution over all neurons", xlabel="noise / A", ylabel="share, bins of A/4",
             yscale="log", ylim=(1e-4, 1.5))
    legend(axes)


def spectrum(axes, measured):
    """Mean over the neurons, and all neurons of the first noise."""
    first = next(iter(measured.values()))
    axes.plot(first.frequencies, first.spectrum, color="grey", linewidth=0.3, alpha=0.4)
    for name, look in looks(measured):
        axes.plot(measured[name].frequencies, measured[name].spectrum.mean(axis=1), **look)
    axes.set(title=f"Power spectrum (grey: each neuron, {next(iter(measured))})",
             xlabel="frequency / cycles per time step", ylabel="power / A$^2$", ylim=(0, None))
    legend(axes)


def pairs(axes, measured):
    """Correlations of all pairs and lags in units of what chance makes of white noise."""
    edges = np.arange(-10.25, 10.5, 0.5)
    centres = (edges[:-1] + edges[1:]) / 2
    for name, look in looks(measured):
        one = measured[name]
        # What is beyond the ends is drawn at the ends.
        scaled = np.clip(one.pairs * np.sqrt(len(one.noise)), centres[0], centres[-1])
        counts = np.histogram(scaled, edges)[0]
        axes.step(centres, np.where(counts, counts / len(scaled), np.nan), where="mid", **look)
    chance = 0.5 * np.exp(-centres**2 / 2) / np.sqrt(2 * np.pi)
    axes.plot(centres, chance, color="grey", linewidth=1, label="independent")
    axes.set(title="Pairs of neurons, 0 to 32 steps apart", ylabel="share, bins of 1/2",
             xlabel=r"correlation $\times\,\sqrt{\mathrm{steps}}$ (ends: and beyond)",
             yscale="log", ylim=(0.3 / max(len(one.pairs) for one in measured.values()), 1))
    legend(axes)


def angles(axes, courses):
    """Mean over hidden layers and seeds; shaded from the least seed to the largest."""
    for name, look in looks(courses):
        found = np.mean(courses[name]["angles"], axis=2)
        axes.plot(courses[name]["steps"], found.mean(axis=1), **look)
        axes.fill_between(courses[name]["steps"], found.min(axis=1), found.max(axis=1),
                          color=look["color"], alpha=0.1)
    axes.set(title="Angle between B and W$^T$, W fixed (shaded: all seeds)",
             xlabel="time steps", ylabel="angle / degrees, mean of the layers", ylim=(0, 95))
    legend(axes)
