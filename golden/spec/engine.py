"""A rule's needs of the engine, in the engine's words: all that anything but the rule asks."""

from dataclasses import dataclass

from .plain import Plain
from .qformat import check_integer
from .spikes import Magnitudes

__all__ = ["Engine"]


@dataclass(frozen=True)
class Engine(Plain):
    """Traits of the engine of one rule, as its parameters have it.

    Hardware, memory map, timeline and host ask these, and never which rule it is.

    Parameters
    ----------
    biases : bool
        Neurons have a bias: the last column of a matrix.
    second_weights : bool
        Layers 2 … L own another weight matrix each, G2 … GL, of the shapes of W2 … WL; where the
        neurons remember exact drives, those of G are beside those of W.
    feedback_weights : bool
        Every hidden layer owns feedback weights B1 … from the layer above. A `Forward` over B_l
        walks a list of layer l+1; an update may teach them, or they stay as they were drawn.
    decay_shift : int or None
        Some update lets weights lose 2**-decay_shift of themselves, 1 .. 20 and at most
        `Design.update_discard`; None: none does.
    noise : bool
        Every neuron lane has a generator of its own, for noise.
    output_lists : bool
        The last layer leaves event lists, too: what walks feedback weights B from it.
    relaxes : bool
        Passes carry changes, and neurons remember their exact drives.
    signed_events : bool
        Column events may be negative: rates of tanh-like neurons, changes of rates, or errors that
        walk feedback weights. Without it a negative entry of a list is none of its values.
    doubled_words : bool
        Words hold changes of differences of rates, which are up to twice as large as these.
    may_transpose : bool
        The last layer's weights may be stored transposed.
    lowered : int
        Some update's learning rate is this many octaves below the others', 0 .. 7.
    spiking : bool
        Rates are spikes and their traces, and an input is a code of spikes; lanes only add.
    magnitudes : Magnitudes or None
        Of fixed feedback weights, which only spiking engines have.
    always_on : bool
        The dynamics have no phases: a sample may stand for as long as there is no other one, and
        samples may come without a target (see golden.spec.link, streaming).
    guarded : bool
        Neurons tell whether they are restless: see golden.spec.steps.
    streams : tuple of str
        Names of further rates that every neuron shows at the observed port.
    """

    biases: bool = True
    second_weights: bool = False
    feedback_weights: bool = False
    decay_shift: int | None = None
    noise: bool = False
    output_lists: bool = False
    relaxes: bool = False
    signed_events: bool = False
    doubled_words: bool = False
    may_transpose: bool = False
    lowered: int = 0
    spiking: bool = False
    magnitudes: Magnitudes | None = None
    always_on: bool = False
    guarded: bool = False
    streams: tuple[str, ...] = ()

    def __post_init__(self):
        super().__post_init__()
        check_integer("lowered", self.lowered, 0, 7)
        if self.decay_shift is not None:
            check_integer("decay_shift", self.decay_shift, 1, 20)
        if self.spiking != (self.magnitudes is not None):
            raise ValueError("magnitudes must be given for a spiking engine and be None for any "
                             f"other, not {self.magnitudes} with spiking {self.spiking}")

    @property
    def decays(self) -> bool:
        """True if some update lets weights decay."""
        return self.decay_shift is not None
