"""Results of a sample's passes, in the order of the schedule."""

from dataclasses import dataclass, field

import numpy as np

from ..spec.steps import NeuronMode, Operation

__all__ = ["Pass", "Trace"]


@dataclass
class Pass:
    """Results of one step; vectors hold one int64 for each neuron concerned.

    Attributes
    ----------
    operation : Operation
    matrix : str
        W1 … GL; "" for REPEAT and QUIT.
    mode : NeuronMode or None
        None for an update.
    walked : array or None
        Forward and update: presynaptic rates or their changes (for a whole drive, or an update
        of the bias too, its rate 1 last). Backward: the post-synaptic values sent down.
    lanes : array or None
        Post-synaptic values of an update.
    drive : array or None
        Exact sums that the pass brings.
    rate, state : array or None
        What the neurons made of all their drives.
    streams : dict
        Name -> further rates that the neurons show.
    lists, words : dict
        Name -> values that the neurons leave.
    weights : array or None
        Matrix after an update.
    saturated : array or None
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
    lanes: np.ndarray | None = None
    drive: np.ndarray | None = None
    rate: np.ndarray | None = None
    state: np.ndarray | None = None
    streams: dict = field(default_factory=dict)
    lists: dict = field(default_factory=dict)
    words: dict = field(default_factory=dict)
    weights: np.ndarray | None = None
    saturated: np.ndarray | None = None
    changed: bool = False
    moved: bool = False
    again: bool = False


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
