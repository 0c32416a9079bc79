"""Phaseless alignment learning: what the neurons do with a drive d.

* FREE   u <- d + xi (hidden neurons, while learning), r = phi(u). The last layer: e = y - u.
* ERROR  e <- phi'(u) d.

Lists: rate r; hat, the clipped change of r since the time step before, zeros included: what
decays must be passed over; error e.
Words: noise, the sign of xi; error e.
Fixed feedback needs neither hat nor noise.
"""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Forward, NeuronMode, Repeat, Step, Update

__all__ = ["Mode", "program"]


class Mode(NeuronMode):
    """See above."""

    FREE = 0
    ERROR = 1


def program(design: Design) -> tuple[tuple[Step, ...], int]:
    """Steps and free phase."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    rule: Any = design.rule
    learns = rule.feedback.learns
    steps: list[Step] = []
    for layer in range(1, depth + 1):
        hidden = layer < depth
        lists = (("rate",) if hidden else ()) + (("hat",) if learns and layer > 1 else ())
        steps.append(Forward(
            matrix(layer), Mode.FREE, "rate", wait=True,
            lists=lists + (() if hidden else ("error",)),
            words=("error",) if not hidden else ("noise",) if learns else ()))
    free_phase = len(steps)
    for layer in range(depth - 1, 0, -1):
        steps.append(Forward(matrix(layer, "B"), Mode.ERROR, "error", wait=True, learning=True,
                             lists=("error",) if layer > 1 else (), words=("error",)))
    for layer in range(depth, 0, -1):
        steps.append(Update(matrix(layer), "error", "rate", wait=layer == depth - 1))
    for layer in range(depth - 1, 0, -1) if learns else ():
        steps.append(Update(matrix(layer, "B"), "noise", "hat", second_rate=True, decays=True))
    steps.append(Repeat(design.rule.steps, learning=True))
    return tuple(steps), free_phase
