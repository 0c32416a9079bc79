"""Common parts of spiking engines: traces, and fixed feedback that takes no memory."""

from dataclasses import dataclass

from .generator import lane_seed
from .plain import Plain
from .qformat import check_integer

__all__ = ["TRACE_FRACTION", "Magnitudes", "feedback_masks"]

TRACE_FRACTION = 4  # bits of a trace: a spike is 16
MASK_BITS = 16  # a weight memory of up to 65536 words


@dataclass(frozen=True)
class Magnitudes(Plain):
    """Feedback weights M of every synapse.

    Parameters
    ----------
    bits : int
        They are 0 .. 2**bits - 1, fixed and different for every synapse, 2 .. 4 bits; with 1 bit
        every one is 1.
    concordant : bool
        Their sign is that of the weight; else it is fixed and random.
    seed : int
        Of magnitudes and random signs, 1 .. 2**31 - 1.
    """

    bits: int
    concordant: bool
    seed: int

    def __post_init__(self):
        super().__post_init__()
        check_integer("bits", self.bits, 1, 4)
        check_integer("seed", self.seed, 1, 2**31 - 1)


def feedback_masks(seed: int, lane: int) -> tuple[tuple[int, int], ...]:
    """Masks of the feedback of one lane: five of (mask, flip), for four bits of M and a sign.

    Bit b of a synapse whose weight lies in memory word `address` of the lane is the parity of
    ``address & mask`` xor flip: no memory, and another number for every lane and word.
    """
    values = [lane_seed(seed, 5 * lane + b) for b in range(5)]
    return tuple((value & (1 << MASK_BITS) - 1, value >> 30 & 1) for value in values)
