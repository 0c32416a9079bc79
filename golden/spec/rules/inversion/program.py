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

from ..memory_map import MemoryMap
from ..schedule import Mode, Operation, Step

__all__ = ["program"]


def program(design):
    """Steps and free phase."""
    rule, depth, matrix = design.rule, design.network.depth, MemoryMap(design).matrix
    steps = [Step(Operation.FORWARD, matrix(layer), Mode.FREE, True, events="rate",
                  lists=("rate",) if layer < depth else (),
                  words=() if layer < depth else ("post",), begins=True)
             for layer in range(1, depth + 1)]
    free_phase = len(steps)
    steps.append(Step(Operation.QUIT, wait=True, learning=True))
    for layer in range(depth, 1, -1):
        control = {"operation": Operation.FORWARD, "matrix": matrix(layer), "mode": Mode.CONTROL,
                   "wait": True, "words": ("change",), "learning": True}
        follow = {"operation": Operation.BACKWARD, "matrix": matrix(layer), "mode": Mode.FOLLOW,
                  "wait": True, "lanes": "change", "lists": ("change",), "words": ("post",),
                  "consumes": True, "learning": True}
        steps += [Step(**control, begins=True), Step(**follow, begins=True)]
        first = len(steps)
        steps += [
            Step(**control, events="change", changes=True, consumes=True, due=(Mode.CONTROL,)),
            Step(**follow, changes=True, due=(Mode.FOLLOW,)),
            Step(Operation.REPEAT, wait=True, learning=True, first=first, turns=rule.steps - 1),
        ]
    steps += [Step(Operation.UPDATE, matrix(layer), lanes="post", events="rate", learning=True,
                   wait=layer == depth) for layer in range(depth, 0, -1)]
    return tuple(steps), free_phase
