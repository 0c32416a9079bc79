"""Valid requests, and what damage makes of them."""

from ...golden.spec import Design
from ...golden.spec.link import (
    SPARSE_LITERALS,
    SPARSE_ZEROS,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    space_words,
    spaces,
    sparse_samples,
    word_bytes,
)
from ..link_model import encoded

__all__ = ["STILL", "Requests"]

# What a run that infers in shuffled order leaves alone, beside CONTROL.
STILL = (Register.FIRST, Register.SET_SIZE, Register.POSITION)


class Requests:
    """Draws valid requests that do not start the engine."""

    def __init__(self, design: Design, rng):
        self._design, self._rng, self._sequence = design, rng, 0
        self.running = False

    def _header(self, operation, space, address, count):
        self._sequence = (self._sequence + 1) % 256
        return (bytes([self._sequence, operation, space]) + address.to_bytes(4, "little")
                + bytes([count]))

    def read(self, space, address, count):
        """READ of neighbouring words."""
        return self._header(Operation.READ, space, address, count) + b"\1\0"

    def draw(self):
        """A READ or a WRITE of any space, or a WRITE_SPARSE, mostly without a fault."""
        rng = self._rng
        if sparse_samples(self._design) and rng.random() < 0.3:
            return self.sparse()
        space = rng.choice([Space.WEIGHTS] * 3 + [Space.SAMPLES] * 2 + list(spaces(self._design)))
        if space == Space.REGISTERS and self.running:
            return self._still()
        size = word_bytes(self._design, space)
        # Without FRAMES_DROPPED, the last register, of which nobody knows what a flood makes.
        words = max(1, space_words(self._design, space) - (space == Space.REGISTERS))
        count = min(words, rng.choice([1, 2, rng.randrange(1, WRITE_BYTES // size + 1)]))
        address = rng.randrange(words - count + 1)
        if space != Space.REGISTERS and rng.random() < 0.05:
            address += 1  # perhaps one too far
        if rng.random() < 0.3:
            return self.read(space, address, count)
        if space == Space.REGISTERS:  # one of its own, or CONTROL without START
            address, count = rng.choice([Register.CONTROL, Register.POSITION,
                                         Register.STATE_SATURATIONS]), 1
        data = rng.randbytes(count * size)
        if (space, address) == (Space.REGISTERS, Register.CONTROL):
            data = bytes([data[0] & ~Control.START]) + data[1:]
        return self._header(Operation.WRITE, space, address, count) + data

    def _still(self):
        """A READ or WRITE of a register that a run leaves alone; CONTROL without START and STOP."""
        register = self._rng.choice([Register.CONTROL, *STILL])
        if self._rng.random() < 0.5:
            return self.read(Space.REGISTERS, register, 1)
        data = self._rng.randbytes(4)
        if register == Register.CONTROL:
            data = bytes([data[0] & ~(Control.START | Control.STOP)]) + data[1:]
        return self._header(Operation.WRITE, Space.REGISTERS, register, 1) + data

    def write(self, space, address, *words):
        """WRITE of neighbouring words."""
        size = word_bytes(self._design, space)
        return self._header(Operation.WRITE, space, address, len(words)) + b"".join(
            word.to_bytes(size, "little") for word in words)

    def sparse(self):
        """A WRITE_SPARSE, mostly of as many elements as it says, mostly within the space."""
        rng, words = self._rng, space_words(self._design, Space.SAMPLES)
        address, elements, count = rng.randrange(words + 1), b"", 0
        for _ in range(rng.choice([1, 2, 10, 240])):
            literals = rng.randrange(SPARSE_LITERALS + 1)
            element = bytes([rng.choice([0, 1, SPARSE_ZEROS]) | literals << 5])
            element += rng.randbytes(2 * literals)
            if len(elements + element) <= WRITE_BYTES:
                elements, count = elements + element, count + 1
        if rng.random() < 0.1:
            count += rng.choice([-1, 1])
        return self._header(Operation.WRITE_SPARSE, Space.SAMPLES, address, count) + elements

    # ---- damage: each makes the bytes of one case -----------------------------------------

    def kinds(self):
        """Ways to make the bytes of a case, as often as they are to be drawn."""
        return [self.intact] + 3 * [self.flipped, self.cut, self.inserted, self.spliced] + [
            self.repeated, self.repeated, self.noise, self.flood]

    def intact(self):
        """One request as it should be."""
        return encoded(self.draw())

    def flipped(self):
        """Some bits are wrong."""
        data = bytearray(self.intact())
        for _ in range(self._rng.choice([1, 1, 2, 3, 8])):
            data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)
        return bytes(data)

    def cut(self):
        """Some bytes are missing."""
        data = self.intact()
        start = self._rng.randrange(len(data))
        return data[:start] + data[start + self._rng.choice([1, 1, 2, 5, 300]):]

    def inserted(self):
        """Some bytes are too many."""
        data = self.intact()
        start = self._rng.randrange(len(data) + 1)
        return data[:start] + self._rng.randbytes(self._rng.choice([1, 1, 2, 20])) + data[start:]

    def repeated(self):
        """A frame several times, perhaps with damaged ones between."""
        return self._rng.choice([b"", b"\0", self.flipped()]).join(
            [self.intact()] * self._rng.choice([2, 2, 3]))

    def spliced(self):
        """The beginning of one frame, the end of another."""
        first, second = self.intact(), self.intact()
        return first[:self._rng.randrange(len(first))] + second[self._rng.randrange(len(second)):]

    def noise(self):
        """Anything."""
        return self._rng.randbytes(self._rng.choice([1, 10, 100, 1000]))

    def flood(self):
        """Many frames, intact or not, without waiting for an answer."""
        kinds = [self.intact, self.intact, self.flipped, self.cut, self.noise]
        return b"".join(self._rng.choice(kinds)() for _ in range(self._rng.choice([2, 5, 15])))
