"""The order in which a rule uses the synapse array: a short program of passes over matrices.

The sequencer runs it, the timeline predicts it. One pass is

* FORWARD  u = W x over the column events of x; each exact drive goes to the neuron pipeline;
* BACKWARD z = W^T e over the dense columns of e = r - q; each sum is a neuron's feedback drive;
* UPDATE   W += 2**-k post (x) pre over the column events of pre.

What the neuron pipeline does with a drive d is its mode (rho: activation, n: nudging current):

* FREE     v <- d, s <- v, r = rho(s): the feedforward pass. The last layer of a sweep is nudged at
           once: s <- v + n, n = beta (t - rho(v)), and leaves its post-synaptic value r - rho(v).
* GHOST    q <- rho(d): rate of the plastic ghosts that stand for this layer.
* FEEDBACK s <- v + d, post <- rho(s) - rho(v): the sweep arrives at a hidden layer.
* LIVE     v <- d and post from the rate of the state as it stands; the last layer then takes
           its own small step.
* STEP     s <- s + dt (v + d - s): a small step of a hidden layer.
"""

from dataclasses import dataclass
from enum import Enum

from .design import Design
from .memory_map import Matrix, MemoryMap

__all__ = ["Mode", "Operation", "Program", "Step"]


class Operation(Enum):
    """What the array does in a pass."""

    FORWARD = 0
    BACKWARD = 1
    UPDATE = 2


class Mode(Enum):
    """What the neuron pipeline does with the drives of a pass."""

    FREE = 0
    GHOST = 1
    FEEDBACK = 2
    LIVE = 3
    STEP = 4


@dataclass(frozen=True)
class Step:
    """One pass.

    Parameters
    ----------
    operation : Operation
    matrix : Matrix
    mode : Mode or None
        None for an update.
    wait : bool
        Start only when every value of earlier passes has been written.
    held : bool
        Update: take presynaptic rates from the free phase's event lists.
    integrate : bool
        LIVE pass of the last layer: take the small step (not in the final read-out).
    """

    operation: Operation
    matrix: Matrix
    mode: Mode | None = None
    wait: bool = False
    held: bool = False
    integrate: bool = False

    @property
    def target(self):
        """Layer whose neurons receive the drives (post-synaptic layer of an update)."""
        return self.matrix.layer - (self.operation is Operation.BACKWARD)

    @property
    def source(self):
        """Layer whose rates are the column events (None for a backward pass)."""
        return None if self.operation is Operation.BACKWARD else self.matrix.layer - 1


@dataclass(frozen=True)
class Program:
    """Passes of one learning sample.

    Parameters
    ----------
    steps : tuple of Step
    free_phase : int
        An inference runs only the FREE passes among the first `free_phase` steps.
    loop : tuple of (int, int, int) or None
        First step, step after the last, and number of turns of the relaxation loop.
    """

    steps: tuple[Step, ...]
    free_phase: int
    loop: tuple[int, int, int] | None = None

    @classmethod
    def of(cls, design: Design):
        """Program of a design."""
        depth, rule, maps = design.network.depth, design.rule, MemoryMap(design)
        matrix = maps.matrix

        def forward(layer, mode, wait, ghost=False, integrate=False):
            return Step(Operation.FORWARD, matrix(layer, ghost), mode, wait, integrate=integrate)

        # The plastic ghosts of the last layer must have spoken before the last layer is nudged.
        steps = []
        for layer in range(1, depth + 1):
            free, ghost = [forward(layer, Mode.FREE, True)], []
            if rule.plastic_ghosts and not rule.relaxes and layer > 1:
                ghost = [forward(layer, Mode.GHOST, layer == depth, ghost=True)]
            steps += ghost + free if layer == depth else free + ghost
        free_phase = len(steps)
        loop = None
        if not rule.relaxes:
            steps += [Step(Operation.BACKWARD, matrix(layer), Mode.FEEDBACK, True)
                      for layer in range(depth, 1, -1)]
        else:
            def live(integrate):
                upper = range(2, depth + 1)
                ghosts = [forward(layer, Mode.GHOST, layer == 2, ghost=True)
                          for layer in upper if rule.plastic_ghosts]
                return ghosts + [forward(layer, Mode.LIVE, layer == 2,
                                         integrate=integrate and layer == depth)
                                 for layer in upper]

            steps += live(integrate=True)
            steps += [Step(Operation.BACKWARD, matrix(layer), Mode.STEP, layer == 2)
                      for layer in range(2, depth + 1)]
            loop = (free_phase, len(steps), rule.steps)
            steps += live(integrate=False)
        # The last layer's update does not depend on the pass before it (a feedback pass into a
        # lower layer) and hides its drain; the next one does.
        last_is_feedback = not rule.relaxes
        for number, layer in enumerate(range(depth, 0, -1)):
            wait = number == 1 if last_is_feedback else number == 0
            for ghost in (False, True)[: 1 + (rule.plastic_ghosts and layer > 1)]:
                steps.append(Step(Operation.UPDATE, matrix(layer, ghost), None, wait and not ghost,
                                  held=rule.held_presynaptic and layer > 1))
        return cls(tuple(steps), free_phase, loop)

    def order(self, train=True):
        """Yield the number of every step of a sample in the order in which it runs."""
        if not train:
            yield from (i for i in range(self.free_phase) if self.steps[i].mode is Mode.FREE)
            return
        start, stop, turns = self.loop or (len(self.steps), len(self.steps), 0)
        yield from range(start)
        for _ in range(turns):
            yield from range(start, stop)
        yield from range(stop, len(self.steps))
