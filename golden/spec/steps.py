"""The order in which a rule uses the synapse array: a short program of passes over matrices.

The sequencer runs it, the timeline predicts it. One pass is

* FORWARD  u = W x over the column events of a list x; each exact drive goes to the neurons;
* BACKWARD z = W^T e, column after column, over those blocks of the words e that are not all zero;
* UPDATE   W += 2**-k post (x) pre over the column events of pre, with the words post;

and between passes stand

* REPEAT   go back to the step `first`, at most `turns` turns, unless no neuron has moved since the
           last REPEAT (or the sample's start);
* QUIT     end the sample if no neuron has moved.

What the neurons do with a drive is their mode, of which every rule has its own; its program stands
beside its parameters in golden.spec.rules.

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
from typing import ClassVar

from .design import Design
from .memory_map import Matrix
from .plain import Plain

__all__ = ["Backward", "Forward", "NeuronMode", "Operation", "Program", "Quit", "Repeat",
           "Step", "Update"]


class Operation(Enum):
    """The kind of a step."""

    FORWARD = 0
    BACKWARD = 1
    UPDATE = 2
    REPEAT = 3
    QUIT = 4


class NeuronMode(Enum):
    """Use that the neurons make of a pass's drives: base of an enumeration of each rule."""


class Step(Plain):
    """One step: a `Forward`, `Backward`, `Update`, `Repeat` or `Quit`.

    Whatever a kind of step does not have is here what it would be if nothing happened, so that
    tables over all steps need not ask for the kind.

    Attributes
    ----------
    operation : Operation
    wait : bool
        Start only when every value of earlier passes has been written.
    learning : bool
        An inference leaves the step out.
    """

    operation: ClassVar[Operation]
    matrix: Matrix | None = None
    mode: NeuronMode | None = None
    wait: bool = False
    learning: bool = False
    events: str = ""
    lanes: str = ""
    lists: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    begins: bool = False
    changes: bool = False
    due: tuple[NeuronMode, ...] = ()
    consumes: bool = False
    silent: bool = False
    integrate: bool = False
    second_rate: bool = False
    lowered: int = 0
    bias: bool = True
    sparse: bool = False
    decays: bool = False
    first: int = 0
    turns: int = 0

    @property
    def _matrix(self) -> Matrix:
        """The matrix of a pass; ValueError of a step that is none."""
        if self.matrix is None:
            raise ValueError(f"{self.operation.name} walks no matrix")
        return self.matrix

    @property
    def target(self) -> int:
        """Layer whose neurons receive the drives (post-synaptic layer of an update)."""
        return self._matrix.layer

    @property
    def source(self) -> int:
        """Layer that is walked: column events, or blocks of a backward pass."""
        return self._matrix.source

    @property
    def walked(self) -> str:
        """Name of what is walked."""
        return self.events

    @property
    def full(self) -> bool:
        """True if the bias counts as an event of rate 1: an update of it, or a whole drive."""
        return False


@dataclass(frozen=True)
class Forward(Step):
    """u = W x: every neuron of the matrix's layer gets its drive.

    Parameters
    ----------
    matrix : Matrix
    mode : NeuronMode
        What the neurons do with the drive.
    events : str
        Name of the lists whose column events are walked, "" for none. Layer 0 has one list, the
        sample's rates, by whatever name.
    lists, words : tuple of str
        Names of the lists and words that the neurons leave. They are the rule's own, but for
        golden.edges: there "rate", "held", "nudged" and "minus" are never negative where hidden
        rates are not, nor are "spike" and "trace", and "noise" is never zero.
    wait, learning : bool
        See `Step`.
    begins : bool
        The neurons' remembered drives and states count as zero.
    changes, due
        See above.
    consumes : bool
        What was walked is empty afterwards.
    silent : bool
        The neurons' rates and states do not change, nor is it observed what they would be.
    integrate : bool
        The neurons take a small step of their own, too.
    """

    operation = Operation.FORWARD
    matrix: Matrix
    mode: NeuronMode
    events: str = ""
    lists: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    wait: bool = False
    learning: bool = False
    begins: bool = False
    changes: bool = False
    due: tuple[NeuronMode, ...] = ()
    consumes: bool = False
    silent: bool = False
    integrate: bool = False

    @property
    def full(self) -> bool:
        """True if the drive is whole, so that the bias counts as an event of rate 1."""
        return self.matrix.biased and bool(self.events) and not self.changes


@dataclass(frozen=True)
class Backward(Step):
    """z = W^T e: every neuron of the layer below the matrix's gets its drive.

    Parameters
    ----------
    lanes : str
        Name of the words e.
    matrix, mode, lists, words, wait, learning, begins, changes, due, consumes, silent
        As of `Forward`.
    """

    operation = Operation.BACKWARD
    matrix: Matrix
    mode: NeuronMode
    lanes: str
    lists: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    wait: bool = False
    learning: bool = False
    begins: bool = False
    changes: bool = False
    due: tuple[NeuronMode, ...] = ()
    consumes: bool = False
    silent: bool = False

    @property
    def target(self) -> int:
        """Layer whose neurons receive the drives."""
        return self.matrix.source

    @property
    def source(self) -> int:
        """Layer whose blocks are walked."""
        return self.matrix.layer

    @property
    def walked(self) -> str:
        """Name of what is walked."""
        return self.lanes


@dataclass(frozen=True)
class Update(Step):
    """W += 2**-k post (x) pre.

    Parameters
    ----------
    matrix : Matrix
    lanes : str
        Name of the words post.
    events : str
        Name of the lists pre.
    wait, learning : bool
        See `Step`.
    second_rate : bool
        With the second learning rate.
    lowered : int
        The learning rate is this many octaves lower still.
    bias : bool
        The bias, whose presynaptic rate is 1, learns too.
    sparse : bool
        Left out if the words are all zero.
    decays : bool
        Every weight also loses a fraction of itself, so that no column may be skipped: what is
        walked holds zeros, too.
    """

    operation = Operation.UPDATE
    matrix: Matrix
    lanes: str
    events: str
    wait: bool = False
    learning: bool = True
    second_rate: bool = False
    lowered: int = 0
    bias: bool = True
    sparse: bool = False
    decays: bool = False

    @property
    def full(self) -> bool:
        """True if the bias learns, as if it were an event of rate 1."""
        return self.matrix.biased and self.bias


@dataclass(frozen=True)
class Repeat(Step):
    """Back to the step `first`, at most `turns` turns, unless no neuron has moved since the last.

    Parameters
    ----------
    turns, first : int
    wait, learning : bool
        See `Step`.
    """

    operation = Operation.REPEAT
    turns: int
    first: int = 0
    wait: bool = False
    learning: bool = False


@dataclass(frozen=True)
class Quit(Step):
    """The sample ends if no neuron has moved.

    Parameters
    ----------
    wait, learning : bool
        See `Step`.
    """

    operation = Operation.QUIT
    wait: bool = True
    learning: bool = True


@dataclass(frozen=True)
class Program(Plain):
    """Steps of one learning sample.

    Parameters
    ----------
    steps : tuple of Step
    free_phase : int
        An inference runs only steps before this one, and of them only those without `learning`.

    Raises
    ------
    ValueError
        A step walks a list, or takes words, that no step leaves in that layer.
    """

    steps: tuple[Step, ...]
    free_phase: int

    def __post_init__(self):
        super().__post_init__()
        left = {(kind, name, step.target) for step in self.steps if step.matrix
                for kind, names in (("list", step.lists), ("words", step.words)) for name in names}
        for number, step in enumerate(self.steps):
            if step.matrix is None:
                continue
            learns = step.operation is Operation.UPDATE
            for kind, name, layer in (("list", step.events, step.source),
                                      ("words", step.lanes, step.target if learns
                                       else step.source)):
                if name and (kind, name, layer) not in left and (kind, layer) != ("list", 0):
                    raise ValueError(f"step {number}, of {step.matrix.name}, must find the {kind} "
                                     f"{name!r} of layer {layer}, which no step leaves")

    @classmethod
    def of(cls, design: Design) -> "Program":
        """Program of a design.

        Raises
        ------
        ValueError
            A step needs a trait that the rule's engine does not have.
        """
        steps, free_phase = design.rule.program(design)
        _check_traits(design, steps)
        if design.single_port:
            steps = _wait_for_updates(steps)
        return cls(steps, free_phase)

    def runs(self, number: int, train: bool = True) -> bool:
        """True if a sample fetches the step and does not pass over it."""
        return train or (number < self.free_phase and not self.steps[number].learning)

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of all event lists, in the order of their first use."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.lists))

    @property
    def words(self) -> tuple[str, ...]:
        """Names of all post-synaptic words, likewise."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.words))

    @property
    def dense(self) -> tuple[str, ...]:
        """Names of the lists that hold zeros, too."""
        return tuple(dict.fromkeys(step.events for step in self.steps if step.decays))

    def leaves_words(self, name: str, train: bool = True) -> bool:
        """True if neurons write these words: an inference only needs what it sends down itself."""
        return train or any(self.runs(i, False) and isinstance(step, Backward)
                            and step.lanes == name for i, step in enumerate(self.steps))

    def wakes(self, number: int) -> tuple[int, ...]:
        """Steps that are due after this one has changed something."""
        step = self.steps[number]
        return tuple(
            i for i, other in enumerate(self.steps)
            if step.mode in other.due and other.matrix is not None
            and other.target == step.target)


def _check_traits(design, steps):
    engine, depth = design.engine, design.network.depth
    for number, step in enumerate(steps):
        needs = {
            "output_lists": not (engine.output_lists or design.transposed) and step.lists
                            and step.target == depth,
            "decay_shift": step.decays and not engine.decays,
            "lowered": step.lowered > engine.lowered,
        }
        for trait, lacks in needs.items():
            if lacks:
                raise ValueError(f"the engine of the rule {design.rule.name} must have {trait}: "
                                 f"step {number}, of {step.matrix.name}, needs it")


def _wait_for_updates(steps):
    """The steps, each waiting if the one before it is an UPDATE."""
    return tuple(
        replace(step, wait=True) if i and isinstance(steps[i - 1], Update) else step
        for i, step in enumerate(steps))
