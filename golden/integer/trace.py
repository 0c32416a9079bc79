"""Results of a sample's passes, in the order of the schedule."""

from dataclasses import dataclass, field

import numpy as np

from ..spec.steps import NeuronMode, Operation

__all__ = ["Pass", "Trace"]


def _nothing() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass
class Pass:
    """Results of one step; vectors hold one int64 for each neuron concerned.

    Attributes
    ----------
    operation : Operation
    matrix : str
        W1 … GL; "" for REPEAT and QUIT.
    first : int
        Row of the matrix with which what is walked begins: not 0 of a tail.
    mode : NeuronMode or None
        None for an update.
    walked : array or None
        Forward and update: presynaptic rates or their changes (for a whole drive, or an update
        of the bias too, its rate 1 last). Backward: the post-synaptic values sent down.
    lanes : array
        Post-synaptic values of an update; empty for all else, as what follows where there is none.
    drive : array
        Exact sums that the pass brings.
    rate, state : array
        What the neurons made of all their drives.
    streams : dict
        Name -> further rates that the neurons show.
    lists, words : dict
        Name -> values that the neurons leave.
    weights : array
        Matrix after an update.
    saturated : array
        Where a drive, a state or (rows x columns) a weight saturated.
    changed : bool
        See golden.spec.steps.
    moved : bool
        Neurons changed by themselves, whatever the pass brought.
    again : bool
        REPEAT: another turn; QUIT: go on.
    """

    operation: Operation
    matrix: str = ""
    mode: NeuronMode | None = None
    walked: np.ndarray | None = None
    lanes: np.ndarray = field(default_factory=_nothing)
    drive: np.ndarray = field(default_factory=_nothing)
    rate: np.ndarray = field(default_factory=_nothing)
    state: np.ndarray = field(default_factory=_nothing)
    streams: dict[str, np.ndarray] = field(default_factory=dict)
    lists: dict[str, np.ndarray] = field(default_factory=dict)
    words: dict[str, np.ndarray] = field(default_factory=dict)
    weights: np.ndarray = field(default_factory=_nothing)
    saturated: np.ndarray = field(default_factory=_nothing)
    changed: bool = False
    moved: bool = False
    again: bool = False
    first: int = 0


@dataclass
class Trace:
    """One sample: its passes in the schedule's order, and what came out.

    `standing`: the sample before, once more, for want of another one; nothing came out.
    """

    passes: list[Pass] = field(default_factory=list)
    prediction: int = 0
    standing: bool = False
    state_saturations: int = 0
    weight_saturations: int = 0
    restless: int = 0
