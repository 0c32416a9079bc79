"""Equilibrium network: the steps of the clamped phase, and of learning from it.

The output is held at its target, c_L = t, and the hidden layers relax to c_1 … c_{L-1}: one sweep
downwards from the output, in which every layer hears the whole of the layer above, then sweeps
that carry changes alone. The input does not change, so the first layer's basal drive is that of
the free phase. With one hidden layer nothing is left to relax after the first sweep.

The update is exact in two passes, since c c^T - h h^T = (c - h) c^T + h (c - h)^T.
"""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Forward, Repeat, Step
from .modes import ClampedStart, Mode
from .sending import down, for_below

__all__ = ["begins_anew", "clamped", "repeats"]


def begins_anew(design: Design) -> bool:
    """True if the hidden layers do not begin where the free phase has left them."""
    rule: Any = design.rule
    return design.network.depth > 2 and rule.clamped_start is not ClampedStart.FREE


def repeats(design: Design) -> bool:
    """True if there are sweeps after the first."""
    rule: Any = design.rule
    return design.network.depth > 2 and rule.clamped_steps > 1


def clamped(design: Design, first: int) -> list[Step]:
    """Steps of the phase, of which the first has the number `first` in the program."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    rule: Any = design.rule
    steps: list[Step] = []
    if begins_anew(design):
        for layer in range(1, depth):
            steps.append(Forward(
                matrix(layer), Mode.BEGIN, "clamped" if layer > 1 else "", wait=True,
                learning=True, lists=("clamped",) if layer < depth - 1 else ()))
    learns = rule.feedback.learns
    lists, words = for_below(design, depth, "clamped")
    steps.append(Forward(matrix(depth), Mode.CLAMP, wait=True, learning=True,
                         lists=(*lists, *("difference",) * learns),
                         words=(*words, "difference")))
    for layer in range(depth - 1, 0, -1):
        lists, words = _left(design, layer)
        if "clamped" not in words:
            words = (*for_below(design, layer, "clamped")[1], *words)
        steps.append(down(design, layer, Mode.PULL, "clamped", learning=True, lists=lists,
                          words=words))
    if repeats(design):
        again = first + len(steps)
        for layer in range(depth - 1, 0, -1):
            steps += _sweep(design, layer)
        steps.append(Repeat(rule.clamped_steps - 1, again, wait=True, learning=True))
    return steps


def _left(design, layer):
    """Lists and words that a hidden layer leaves in every sweep."""
    lists, words = ("clamped", "difference"), ("difference",)
    if design.rule.feedback.learns:
        words = ("clamped", *words)
    if not repeats(design):
        return lists, words
    below = for_below(design, layer, "change")
    hears = ("change",) * (layer + 1 < design.network.depth)
    return (*lists, *hears, *below[0]), (*words, *below[1])


def _sweep(design, layer):
    """Both branches of a layer, as far as they change; the last one takes the neurons along."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    common: dict[str, Any] = {"learning": True, "changes": True, "consumes": True}
    below, above = layer > 1, layer + 1 < depth
    lists, words = _left(design, layer)
    taken: dict[str, Any] = common | {"lists": lists, "words": words}
    if not above:
        return [Forward(matrix(layer), Mode.SETTLE, "change", wait=True, **taken)]
    steps: list[Step] = []
    if below:
        steps.append(Forward(matrix(layer), Mode.BASAL, "change", wait=True, silent=True, **common))
        taken["due"] = (Mode.BASAL,)
    steps.append(down(design, layer, Mode.SETTLE, "change", **taken))
    return steps
