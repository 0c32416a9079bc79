"""Dynamic inversion: what the neurons do with a drive d.

Every neuron remembers two exact drives, W_l d_{l-1} as a loop's upper end and B_l u_{l+1} as its
lower one; each is rounded once before it is used. B_l is W_{l+1}^T, or feedback weights of its own.

* FREE     a <- d, h = g(a). The last layer: delta = t - h.
* CONTROL  the upper drive grows by d; u <- u + ku (delta - upper drive - alpha u).
* FOLLOW   the lower drive grows by d; d <- d + kd (lower drive - d), delta = g'(a) d.

A pass that begins takes upper or lower drive and u or d as zero before. Neurons move when u or d
changes; in the last layer's FREE pass, when delta is not zero: else there is nothing to learn.

Lists: rate h; change, of d since it was last walked, and, where feedback weights are stored, of u.
Words: post, delta; change, of u since it was last sent down.
Feedback that learns walks lists with zeros: held, h; error, delta. And words: rate, h.

The guard
---------
A loop with feedback weights of its own may have no point of rest, and one of W^T may overshoot more
and more. With a guard a loop's efforts, the changes of u and d in its last turn, are compared with
its aim, delta: see `golden.spec.steps`. A u or d that would leave the rate's format stands still at
its end although the loop does not rest: its effort has all bits of a rate. A restless loop begins
again with half the ku, at most `guard` times. If it is restless even then, the sample ends there:
W_l has learned, since delta_l has been known before, and the layers below do not learn.
"""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Backward, Forward, NeuronMode, Quit, Repeat, Step, Update

__all__ = ["Mode", "program"]


class Mode(NeuronMode):
    """See above."""

    FREE = 0
    CONTROL = 1
    FOLLOW = 2


def program(design: Design) -> tuple[tuple[Step, ...], int]:
    """Steps and free phase."""
    rule: Any = design.rule
    depth = design.network.depth
    steps: list[Step] = [_free(design, layer) for layer in range(1, depth + 1)]
    free_phase = len(steps)
    steps.append(Quit())
    for layer in range(depth, 1, -1):
        begin = len(steps)
        steps += _loop(design, layer, begin)
        if rule.guard:
            steps += [Repeat(rule.guard + 1, begin, wait=True, learning=True, restless=True),
                      *_updates(design, layer, wait=False), Quit(restless=True)]
    for layer in (1,) if rule.guard else range(depth, 0, -1):
        steps += _updates(design, layer, wait=rule.guard == 0 and layer == depth)
    return tuple(steps), free_phase


def _free(design, layer):
    learns, depth = design.rule.feedback.learns, design.network.depth
    lists, words = (("error",) if learns else (), ("post",)) if layer == depth else (
        ("rate", *(("held",) if learns else ())), ("rate",) if learns else ())
    return Forward(MemoryMap(design).matrix(layer), Mode.FREE, "rate", wait=True, begins=True,
                   lists=lists, words=words)


def _loop(design, layer, begin):
    """Steps that invert the error of a layer, the first of which is number `begin`."""
    rule, matrix = design.rule, MemoryMap(design).matrix
    stored, learns = rule.feedback.stored, rule.feedback.learns
    control: dict[str, Any] = {
        "matrix": matrix(layer), "mode": Mode.CONTROL, "wait": True, "learning": True,
        "lists": ("change",) if stored else (), "words": () if stored else ("change",)}
    follow: dict[str, Any] = {
        "mode": Mode.FOLLOW, "wait": True, "words": ("post",), "consumes": True, "learning": True,
        "lists": ("change", *(("error",) if learns and layer > 2 else ()))}

    def down(**more: Any) -> Step:
        if stored:
            return Forward(matrix(layer - 1, "B"), events="change", **follow, **more)
        return Backward(matrix(layer), lanes="change", **follow, **more)

    return [
        Forward(**control, begins=True), down(begins=True),
        Forward(**control, events="change", changes=True, consumes=True, due=(Mode.CONTROL,)),
        down(changes=True, due=(Mode.FOLLOW,)),
        Repeat(rule.steps - 1, begin + 2, wait=True, learning=True),
    ]


def _updates(design, layer, wait):
    """What delta of a layer teaches: W_l, and B_{l-1} below it."""
    matrix, learns = MemoryMap(design).matrix, design.rule.feedback.learns and layer > 1
    steps: list[Step] = [Update(matrix(layer), "post", "held" if learns else "rate", wait=wait,
                                decays=learns)]
    if learns:
        steps.append(Update(matrix(layer - 1, "B"), "rate", "error", decays=True))
    return steps
