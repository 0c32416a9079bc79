"""Steps of a rule's program: the passes over matrices for which it uses the synapse array.

The sequencer runs them, the timeline predicts them. One pass is

* FORWARD  u = W x over the column events of a list x; each exact drive goes to the neurons;
* BACKWARD z = W^T e, column after column, over those blocks of the words e that are not all zero;
* UPDATE   W += 2**-k post (x) pre over the column events of pre, with the words post;

and between passes stand

* REPEAT   go back to the step `first`, at most `turns` turns, unless no neuron has moved since the
           last REPEAT (or the sample's start); or, if the neurons are restless;
* QUIT     end the sample if no neuron has moved; or, if the neurons are restless; or, if the output
           of the sample's class leads all others by the design's margin.

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

Restless neurons
----------------
In an engine with `Engine.guarded` the neurons tell the sizes of their efforts and of their aims,
which are the rule's own. The size of x is x, or -1 - x where that is negative; what is compared is
the bitwise or of all sizes since the last pass that opened a comparison, at least as large as the
largest one and less than twice that. The neurons are restless if the efforts' is greater than a
quarter of the aims' (cut off) and greater than 3 units of the last place:

    efforts > (aims >> 2 | 3)

Each REPEAT that finds them so is counted, whether it turns back or not, and the turns that it has
taken are known to the neurons as `tries`. Within it another REPEAT may count its own.

A head and its tail
-------------------
Where the last layer's weights lie in two (golden.spec.memory_map), a pass over it is two. Forward,
its neurons' drives come from the head, then from the tail. Backward, the sums of both belong to the
same neurons: a FORWARD pass over the tail `joins` the BACKWARD pass over the head that is the next
step. The two take turns: for each block of the tail its events, then as many columns of the head as
it has neurons. A block's sums leave nothing themselves: the columns' begin with them. The
events of such a pass, and of an update of a tail, are the single values of the tail's words, all
of them, zeros too; and a pass back over a head walks all of its blocks.

Weights in a memory with one port
---------------------------------
An update then makes a request every other cycle, and writes in the cycles between its reads. Other
passes read in every cycle, and a second update may read in those in which the first one writes: so
every step that follows an UPDATE waits.
"""

from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import ClassVar

from .memory_map import Matrix
from .plain import Plain

__all__ = ["Backward", "Forward", "NeuronMode", "Operation", "Quit", "Repeat", "Step", "Update"]


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
    restless: bool = False
    leading: bool = False

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

    @property
    def singly(self) -> bool:
        """True if `events` names words, whose values in the tail are walked one by one."""
        return (self.matrix is not None and self.matrix.tail
                and self.operation in (Operation.FORWARD, Operation.UPDATE))

    @property
    def walks_zeros(self) -> bool:
        """True if a pass forward, or an update, walks every column, also those whose value is 0."""
        return self.decays or self.singly

    @property
    def joins(self) -> bool:
        """True if it is one with the next step, and what it brings goes into the sums of that."""
        return self.singly and self.operation is Operation.FORWARD

    @property
    def drains(self) -> bool:
        """True if each block's sums leave it for the neurons."""
        return self.operation is Operation.FORWARD and not self.joins

    @property
    def joined(self) -> bool:
        """True if it is one with the step before."""
        return (self.matrix is not None and self.matrix.split and not self.matrix.tail
                and self.operation is Operation.BACKWARD)

    @property
    def whole(self) -> bool:
        """True if a backward pass walks every block, zeros too."""
        return self.joined or (self.operation is Operation.BACKWARD and self._matrix.transposed)

    @property
    def continues(self) -> bool:
        """True if its drives go to the neurons behind those that the step before has served."""
        return (self.matrix is not None and self.matrix.tail
                and self.operation is Operation.BACKWARD)


@dataclass(frozen=True)
class _Pass(Step):
    """A pass whose drives go to neurons: what `Forward` and `Backward` share."""

    matrix: Matrix
    mode: NeuronMode
    _: KW_ONLY
    lists: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    wait: bool = False
    learning: bool = False
    begins: bool = False
    changes: bool = False
    due: tuple[NeuronMode, ...] = ()
    consumes: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Forward(_Pass):
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
        golden.edges: there "rate", "held", "nudged", "minus" and "clamped" are never negative where
        hidden rates are not, nor are "spike" and "trace", and "noise" is never zero. Lists of an
        engine without `signed_events` are never negative either.
    wait, learning : bool
        See `Step`.
    begins : bool
        The neurons' remembered drives and states count as zero.
    changes, due
        See golden.spec.steps.
    consumes : bool
        What was walked is empty afterwards.
    silent : bool
        The neurons' rates and states do not change, nor is it observed what they would be.
    integrate : bool
        The neurons take a small step of their own, too.
    """

    operation = Operation.FORWARD
    events: str = ""
    _: KW_ONLY
    integrate: bool = False

    @property
    def full(self) -> bool:
        """True if the drive is whole, so that the bias counts as an event of rate 1."""
        return self.matrix.biased and bool(self.events) and not self.changes


@dataclass(frozen=True)
class Backward(_Pass):
    """z = W^T e: every neuron of the layer below the matrix's gets its drive.

    Parameters
    ----------
    lanes : str
        Name of the words e.
    matrix, mode, lists, words, wait, learning, begins, changes, due, consumes, silent
        As of `Forward`.
    """

    operation = Operation.BACKWARD
    lanes: str

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
        Every weight also loses 2**-`Engine.decay_shift` of itself, so that no column may be
        skipped: the list `events` holds zeros, too. No other step may walk it, and it cannot be
        the sample's.
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
    restless : bool
        Back if the neurons are restless, however much they have moved.
    """

    operation = Operation.REPEAT
    turns: int
    first: int = 0
    wait: bool = False
    learning: bool = False
    restless: bool = False


@dataclass(frozen=True)
class Quit(Step):
    """The sample ends if no neuron has moved.

    Parameters
    ----------
    wait, learning : bool
        See `Step`.
    restless : bool
        It ends if the neurons are restless, however much they have moved.
    leading : bool
        It ends if, by the free phase, the output of the sample's class leads all others by the
        design's margin, `Design.margin_shift`. Whether neurons have moved stays to be asked.
    """

    operation = Operation.QUIT
    wait: bool = True
    learning: bool = True
    restless: bool = False
    leading: bool = False
