"""Sign-concordant microcircuit: what the neurons do with a drive d, in every time step.

* MEMBRANE  I <- I/2 + d, u <- 3/4 u + I; spike, gate and trace. The last layer: error cells, too.
* ERROR     v <- v/2 + d; error spikes of neurons whose gate is open.

Lists: spike, 1 where the neuron spikes; trace p.
Words: error z, -1, 0 or 1.

An error pass without a spike above runs only while some error cell still has a potential; an
update without an error spike is left out.
"""

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Backward, Forward, NeuronMode, Repeat, Step, Update

__all__ = ["Mode", "program"]


class Mode(NeuronMode):
    """See above."""

    MEMBRANE = 0
    ERROR = 1


def program(design: Design) -> tuple[tuple[Step, ...], int]:
    """Steps and free phase."""
    depth, matrix = design.network.depth, MemoryMap(design).matrix
    steps: list[Step] = []
    for layer in range(1, depth + 1):
        hidden = layer < depth
        steps.append(Forward(
            matrix(layer), Mode.MEMBRANE, "spike", wait=True,
            lists=("spike", "trace") if hidden else (), words=() if hidden else ("error",)))
    for layer in range(depth - 1, 0, -1):
        steps.append(Backward(
            matrix(layer + 1), Mode.ERROR, "error", words=("error",), wait=True, changes=True,
            due=(Mode.ERROR,), learning=True))
    for layer in range(depth, 0, -1):
        steps.append(Update(matrix(layer), "error", "trace", wait=layer == 1, bias=False,
                            sparse=True))
    steps.append(Repeat(design.rule.steps, wait=True))
    return tuple(steps), len(steps)
