"""Dynamic inversion: what the neurons do with a drive d.

Every neuron remembers two exact drives, W_l d_{l-1} as a loop's upper end and W_{l+1}^T u_{l+1}
as its lower one; each is rounded once before it is used.

* FREE     a <- d, h = g(a). The last layer: delta = t - h.
* CONTROL  the upper drive grows by d; u <- u + ku (delta - upper drive - alpha u).
* FOLLOW   the lower drive grows by d; d <- d + kd (lower drive - d), delta = g'(a) d.

A pass that begins takes upper or lower drive and u or d as zero before. Neurons move when u or d
changes; in the last layer's FREE pass, when delta is not zero: else there is nothing to learn.

Lists: rate h; change, of d since it was last walked.
Words: post, delta; change, of u since it was last sent down.
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
    rule, depth, matrix = design.rule, design.network.depth, MemoryMap(design).matrix
    steps: list[Step] = [
        Forward(matrix(layer), Mode.FREE, "rate", wait=True, begins=True,
                lists=("rate",) if layer < depth else (),
                words=() if layer < depth else ("post",))
        for layer in range(1, depth + 1)]
    free_phase = len(steps)
    steps.append(Quit())
    for layer in range(depth, 1, -1):
        control: dict[str, Any] = {"matrix": matrix(layer), "mode": Mode.CONTROL, "wait": True,
                                   "words": ("change",), "learning": True}
        follow: dict[str, Any] = {
            "matrix": matrix(layer), "mode": Mode.FOLLOW, "lanes": "change", "wait": True,
            "lists": ("change",), "words": ("post",), "consumes": True, "learning": True}
        steps += [Forward(**control, begins=True), Backward(**follow, begins=True)]
        first = len(steps)
        steps += [
            Forward(**control, events="change", changes=True, consumes=True, due=(Mode.CONTROL,)),
            Backward(**follow, changes=True, due=(Mode.FOLLOW,)),
            Repeat(rule.steps - 1, first, wait=True, learning=True),
        ]
    steps += [Update(matrix(layer), "post", "rate", wait=layer == depth)
              for layer in range(depth, 0, -1)]
    return tuple(steps), free_phase
