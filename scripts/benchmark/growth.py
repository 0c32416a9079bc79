"""How the cycles of a learning sample grow with width, depth and sparsity, from the timeline."""

from dataclasses import dataclass, replace

import numpy as np

from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import Design
from cortigate.golden.spec.plain import Plain

from .engine import Cost, predicted

__all__ = ["INPUTS", "Point", "grown", "growth", "points"]

INPUTS, CLASSES = 64, 10
WIDTHS = (16, 32, 64, 128, 256)
DEPTHS = (1, 2, 3, 4, 5, 6)
ZEROS = (0.0, 0.5, 0.75, 0.9, 0.95)
HALF = 0.5  # zeros among the inputs where that is not what changes; the digits have 49 %


@dataclass(frozen=True)
class Point(Plain):
    """A network and the share of its inputs that are zero; `what` is changed."""

    what: str
    sizes: tuple[int, ...]
    zeros: float


def points():
    """All of them: one hidden layer of 16 … 256, 1 … 6 of 32, inputs with 0 … 95 % zeros."""
    return [
        *(Point("width", (INPUTS, width, CLASSES), HALF) for width in WIDTHS),
        *(Point("depth", (INPUTS, *[32] * depth, CLASSES), HALF) for depth in DEPTHS),
        *(Point("sparsity", (4 * INPUTS, 64, CLASSES), zeros) for zeros in ZEROS)]


def grown(design: Design, point: Point, samples=20, seed=0) -> Cost:
    """Cost of random samples, the rule, formats and lanes being the design's.

    Each input is zero with the point's probability, else uniform in 0.25 … 1: never rounded to 0.
    """
    network = replace(design.network, sizes=point.sizes)
    design = design.replace(network=network)
    random = np.random.default_rng(seed)
    x = random.uniform(0.25, 1.0, (samples, point.sizes[0]))
    x *= random.random(x.shape) >= point.zeros
    labels = random.integers(0, point.sizes[-1], samples)
    return predicted(design, initial_weights(design, seed), design.sample.from_float(x), labels)[0]


def growth(designs, samples=20, seed=0, log=lambda text: None):
    """[(point, {name: Cost})] of designs by name."""
    rows = []
    for point in points():
        log(f"{point.what}: {'-'.join(map(str, point.sizes))}, {100 * point.zeros:.0f} % zeros")
        rows.append((point, {name: grown(design, point, samples, seed)
                             for name, design in designs.items()}))
    return rows
