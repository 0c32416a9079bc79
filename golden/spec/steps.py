"""The order in which a rule uses the synapse array: a short program of passes over matrices.

The sequencer runs it, the timeline predicts it. One pass is

* FORWARD  u = W x over the column events of a list x; each exact drive goes to the neurons;
* BACKWARD z = W^T e, column after column, over those blocks of the words e that are not all zero;
* UPDATE   W += 2**-k post (x) pre over the column events of pre, with the words post;

and between passes stand

* REPEAT   go back to the step `first`, at most `turns` turns, unless no neuron has moved since the
           last REPEAT (or the sample's start);
* QUIT     end the sample if no neuron has moved.

What the neurons do with a drive is their mode; golden.spec.programs has one file for each rule.

Changes
-------
A pass with `changes` carries the changes of its source since the pass before: the exact drives
that the neurons remember grow by W (x - x'), which is exact in integers, and what has settled
costs nothing. Such a pass is left out if its source has no entry and it is not due. One that names
modes in `due` is due until it has run in this sample, and again after a pass of one of these modes
has changed something in the same layer: a drive was not zero, or a state changed. A pass that runs
without any entry walks one empty event in each block (of each column, backward), so that every
neuron gets a drive of zero.

Weights in a memory with one port
---------------------------------
An update then makes a request every other cycle, and writes in the cycles between its reads. Other
passes read in every cycle, and a second update may read in those in which the first one writes: so
every step that follows an UPDATE waits.
"""

from dataclasses import dataclass, replace
from enum import Enum

from .memory_map import Matrix
from .plain import Plain

__all__ = ["SILENT", "Mode", "Operation", "Program", "Step"]


class Operation(Enum):
    """What a step is."""

    FORWARD = 0
    BACKWARD = 1
    UPDATE = 2
    REPEAT = 3
    QUIT = 4


class Mode(Enum):
    """What the neurons do with the drives of a pass (see golden.spec.programs)."""

    FREE = 0
    # Ghost units
    GHOST = 1
    FEEDBACK = 2
    LIVE = 3
    STEP = 4
    # Equilibrium network
    APICAL = 5
    SWEEP = 6
    BASAL_ERROR = 7
    APICAL_ERROR = 8
    PLUS = 9
    MINUS = 10
    # Dynamic inversion
    CONTROL = 11
    FOLLOW = 12
    # Phaseless alignment learning, microcircuit
    ERROR = 13
    # Sign-concordant microcircuit
    MEMBRANE = 14


# The neurons' rates and states do not change, nor is it observed what they would be.
SILENT = (Mode.GHOST, Mode.APICAL)


@dataclass(frozen=True)
class Step(Plain):
    """One step.

    Parameters
    ----------
    operation : Operation
    matrix : Matrix or None
        None for REPEAT and QUIT.
    mode : Mode or None
        None for an update.
    wait : bool
        Start only when every value of earlier passes has been written.
    events : str
        Name of the lists whose column events a FORWARD or UPDATE pass walks, "" for none.
    lanes : str
        Name of the words that a BACKWARD or UPDATE pass multiplies.
    lists, words : tuple of str
        Names of the lists and words that the neurons leave.
    begins : bool
        The neurons' remembered drives and states count as zero.
    changes, due
        See above.
    consumes : bool
        What was walked is empty afterwards.
    learning : bool
        An inference leaves the step out.
    integrate : bool
        LIVE pass of the last layer: take the small step (not in the final read-out).
    second_rate : bool
        UPDATE: with the second learning rate.
    lowered : int
        UPDATE: the learning rate is this many octaves lower still.
    bias : bool
        UPDATE: the bias, whose presynaptic rate is 1, learns too.
    sparse : bool
        UPDATE: left out if the words are all zero.
    decays : bool
        UPDATE: every weight also loses a fraction of itself, so that no column may be skipped:
        what is walked holds zeros, too.
    first, turns : int
        REPEAT.
    """

    operation: Operation
    matrix: Matrix | None = None
    mode: Mode | None = None
    wait: bool = False
    events: str = ""
    lanes: str = ""
    lists: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    begins: bool = False
    changes: bool = False
    due: tuple[Mode, ...] = ()
    consumes: bool = False
    learning: bool = False
    integrate: bool = False
    second_rate: bool = False
    lowered: int = 0
    bias: bool = True
    sparse: bool = False
    decays: bool = False
    first: int = 0
    turns: int = 0

    @property
    def target(self):
        """Layer whose neurons receive the drives (post-synaptic layer of an update)."""
        return self.matrix.source if self.operation is Operation.BACKWARD else self.matrix.layer

    @property
    def source(self):
        """Layer that is walked: column events, or blocks of a backward pass."""
        return self.matrix.layer if self.operation is Operation.BACKWARD else self.matrix.source

    @property
    def walked(self):
        """Name of what is walked."""
        return self.lanes if self.operation is Operation.BACKWARD else self.events

    @property
    def full(self):
        """True if the bias counts as an event of rate 1: an update of it, or a whole drive."""
        if self.matrix is None or not self.matrix.biased:
            return False
        if self.operation is Operation.UPDATE:
            return self.bias
        return self.operation is Operation.FORWARD and bool(self.events) and not self.changes


@dataclass(frozen=True)
class Program(Plain):
    """Steps of one learning sample.

    Parameters
    ----------
    steps : tuple of Step
    free_phase : int
        An inference runs only steps before this one, and of them only those without `learning`.
    """

    steps: tuple[Step, ...]
    free_phase: int

    @classmethod
    def of(cls, design):
        """Program of a design."""
        from .programs import PROGRAMS  # the programs are made of steps

        steps, free_phase = PROGRAMS[design.rule.name](design)
        if design.single_port:
            steps = _wait_for_updates(steps)
        return cls(steps, free_phase)

    def runs(self, number, train=True):
        """True if a sample fetches the step and does not pass over it."""
        return train or (number < self.free_phase and not self.steps[number].learning)

    @property
    def lists(self):
        """Names of all event lists, in the order of their first use."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.lists))

    @property
    def words(self):
        """Names of all post-synaptic words, likewise."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.words))

    @property
    def dense(self):
        """Names of the lists that hold zeros, too."""
        return tuple(dict.fromkeys(step.events for step in self.steps if step.decays))

    def leaves_words(self, name, train=True):
        """True if neurons write these words: an inference only needs what it sends down itself."""
        return train or any(self.runs(i, False) and step.operation is Operation.BACKWARD
                            and step.lanes == name for i, step in enumerate(self.steps))

    def wakes(self, number):
        """Steps that are due after this one has changed something."""
        step = self.steps[number]
        return tuple(
            i for i, other in enumerate(self.steps)
            if step.mode in other.due and other.matrix is not None
            and other.target == step.target)


def _wait_for_updates(steps):
    """The steps, each waiting if the one before it is an UPDATE."""
    return tuple(
        replace(step, wait=True) if i and steps[i - 1].operation is Operation.UPDATE else step
        for i, step in enumerate(steps))
