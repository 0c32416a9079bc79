"""Phaseless alignment learning: what the neurons do with a drive d.

* FREE   u <- d + xi (hidden neurons, while learning), r = phi(u). The last layer: e = y - u.
* ERROR  e <- phi'(u) d.

Lists: rate r; hat, the clipped change of r since the time step before, zeros included: what
decays must be passed over; error e.
Words: noise, the sign of xi; error e.
"""

from ..memory_map import MemoryMap
from ..schedule import Mode, Operation, Step

__all__ = ["program"]


def program(design):
    """Steps and free phase."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    steps = []
    for layer in range(1, depth + 1):
        hidden = layer < depth
        lists = (("rate",) if hidden else ()) + (("hat",) if layer > 1 else ())
        steps.append(Step(
            Operation.FORWARD, matrix(layer), Mode.FREE, True, events="rate",
            lists=lists + (() if hidden else ("error",)),
            words=("noise",) if hidden else ("error",)))
    free_phase = len(steps)
    for layer in range(depth - 1, 0, -1):
        steps.append(Step(Operation.FORWARD, matrix(layer, "B"), Mode.ERROR, True, events="error",
                          lists=("error",) if layer > 1 else (), words=("error",), learning=True))
    for layer in range(depth, 0, -1):
        steps.append(Step(Operation.UPDATE, matrix(layer), lanes="error", events="rate",
                          learning=True, wait=layer == depth - 1))
    for layer in range(depth - 1, 0, -1):
        steps.append(Step(Operation.UPDATE, matrix(layer, "B"), lanes="noise", events="hat",
                          learning=True, second_rate=True, decays=True))
    steps.append(Step(Operation.REPEAT, learning=True, turns=design.rule.steps))
    return tuple(steps), free_phase
