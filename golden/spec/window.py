"""The window of a core in one's own chip: where a bus finds registers, weights and generators.

The window is a row of 32-bit words, a part for each space of `golden.spec.link`; all parts are as
long as the longest one needs. A word holds one register, one weight with its sign extended, one
generator, or one byte of the identity. Registers keep the protocol's numbers and meanings; those
that speak of stored samples are missing, since samples come as a stream:

COUNT is the number of samples that a run takes from the stream, 0 for as many as come until STOP.
CONTROL takes START, TRAIN, STOP, RESET_GENERATORS and the layer whose rates follow each result of
an inference. FRAMES_DROPPED counts damaged samples, which are never learned.
"""

from functools import cached_property

from .design import Design
from .link import Register, Space, space_words

__all__ = ["OFFERED", "STREAMED", "WindowMap"]

# What each register is here.
STREAMED = {
    Register.STATUS: "R  bit 0: running; high half: loops found restless since START",
    Register.CONTROL: "W  see the bits of CONTROL; reads as 0",
    Register.COUNT: "W  samples of a run; 0: as many as come until STOP",
    Register.UPDATE_SHIFT: "W  k of the weight updates' rate 2**-k, two's complement",
    Register.SECOND_UPDATE_SHIFT:
        "W  the same of what a rule learns besides; unused if that is nothing",
    Register.SAMPLES: "R  samples finished since START, damaged ones too",
    Register.CORRECT: "R  of these, predicted right",
    Register.CYCLES: "R  clock cycles since START in which a sample or result was on its way",
    Register.WEIGHT_SATURATIONS: "W  update words in which a weight saturated",
    Register.STATE_SATURATIONS: "W  neuron updates in which a drive or a state saturated",
    Register.FRAMES_DROPPED: "W  damaged samples",
}
OFFERED = (Space.IDENTITY, Space.REGISTERS, Space.WEIGHTS, Space.GENERATORS)
WORD = 4  # bytes


class WindowMap:
    """Addresses of one design's window.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self._design = design

    @cached_property
    def words(self) -> dict[Space, int]:
        """Words of each space that the window has."""
        words = {space: space_words(self._design, space) for space in OFFERED}
        return {space: count for space, count in words.items() if count}

    @cached_property
    def part_bits(self) -> int:
        """Bits of a word's number in its space."""
        return max((count - 1).bit_length() for count in self.words.values())

    @property
    def word_bits(self) -> int:
        """Bits of a word's number in the window: the space, in three bits, before the word."""
        return 3 + self.part_bits

    @property
    def byte_bits(self) -> int:
        """Bits of a byte address."""
        return self.word_bits + (WORD - 1).bit_length()

    def word(self, space: Space, word: int = 0) -> int:
        """Number in the window of a space's word."""
        return int(space) << self.part_bits | int(word)

    def byte(self, space: Space, word: int = 0) -> int:
        """Byte address of a space's word."""
        return self.word(space, word) * WORD
