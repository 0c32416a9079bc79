"""The damaged-link campaign: whatever comes over the line, a board only does what it was asked.

Frames are damaged and sent to a virtual board, in turn with intact ones. A model of the link says
what every intact frame must do and answer. The board does not listen while it answers, so of the
intact frames in a flood it may drop all but the first; its answers tell which ones it took. In
every case

* each answer is, to the last bit, that of an intact frame which was sent, in their order;
* the first intact frame is answered, and so is the next request after the case;
* the board counts as dropped exactly the frames that it did not answer.

From time to time and at the end all memories are compared with the model's.
"""

import os
import random
import select
import time
import tty
from dataclasses import dataclass

from cobs import cobs

from ..golden.spec import Design
from ..golden.spec.link import (
    FRAME_BYTES,
    READ_BYTES,
    SPARSE_LITERALS,
    SPARSE_ZEROS,
    WRITE_BYTES,
    Control,
    Operation,
    Register,
    Space,
    space_words,
    sparse_samples,
    word_bytes,
)
from .link_model import LinkModel, encoded, with_crc
from .virtual_board import CLOCK_HZ, VirtualBoard

__all__ = ["Failure", "Result", "fuzz_link"]

# Seconds: until a missing answer is a failure, a repetition, or the end of what a flood brings.
# The board takes some 0.1 s for the longest flood; another program may take the processor.
PATIENCE, ATTEMPT, QUIET = 20.0, 0.5, 0.05
COMPARE_EVERY = 50  # cases


class Failure(AssertionError):
    """The board did something else than the model; the message has what is needed to repeat it."""


@dataclass
class Result:
    """What a campaign did: cases and their frames, requests in between, answers to both."""

    cases: int = 0
    frames: int = 0
    requests: int = 0
    answers: int = 0

    @property
    def dropped(self):
        """Frames that were damaged, or came too early."""
        return self.frames + self.requests - self.answers


class Line:
    """The host's end of a serial port: bytes out, frames in."""

    def __init__(self, port):
        self._file = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._file)
        self._received = b""

    def send(self, data):
        """Send all of it."""
        while data:
            data = data[os.write(self._file, data):]

    def answer(self, seconds):
        """Body of the next frame; None if there is none within so many seconds of silence."""
        deadline = time.monotonic() + seconds
        while b"\0" not in self._received:
            wait = deadline - time.monotonic()
            if wait <= 0 or not select.select([self._file], [], [], wait)[0]:
                return None
            self._received += os.read(self._file, 4096)
            deadline = time.monotonic() + seconds
        frame, _, self._received = self._received.partition(b"\0")
        decoded = cobs.decode(frame)
        if with_crc(decoded[:-2]) != decoded:
            raise Failure(f"an answer's CRC is wrong: {decoded.hex(' ')}")
        return decoded[:-2]

    def close(self):
        """Close the port."""
        os.close(self._file)


class Requests:
    """Draws valid requests that do not start the engine."""

    def __init__(self, design: Design, rng):
        self._design, self._rng, self._sequence = design, rng, 0

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
        space = rng.choice([Space.WEIGHTS] * 3 + [Space.SAMPLES] * 2 + list(Space))
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


class Campaign:
    """A virtual board's serial port, the model of its link, and what was sent so far."""

    def __init__(self, design: Design, port, seed):
        self._design, self._rng = design, random.Random(seed)
        self._requests = Requests(design, self._rng)
        self._line, self._model = Line(port), LinkModel(design, CLOCK_HZ)
        self.result = Result()

    def case(self):
        """Send one damaged stream and see that only its intact frames have an effect."""
        requests = self._requests
        kinds = [requests.intact] + 3 * [
            requests.flipped, requests.cut, requests.inserted, requests.spliced,
        ] + [requests.repeated, requests.repeated, requests.noise, requests.flood]
        # The delimiter at the end keeps what is left of this case out of the next one.
        frames = self._send(self._rng.choice(kinds)() + b"\0")
        self.result.frames += len(frames)
        intact = [frame for frame in frames if is_intact(frame)]
        if intact:
            self._match(self._line.answer(PATIENCE), intact[:1])
            del intact[0]
        while intact and (answer := self._line.answer(QUIET)) is not None:
            self._match(answer, intact)
        self._probe(intact)
        self.result.cases += 1

    def compare(self):
        """Compare every memory of the board with the model's."""
        for space in Space:
            # The last register is FRAMES_DROPPED, which the probe compares.
            words = space_words(self._design, space) - (space == Space.REGISTERS)
            step = READ_BYTES // word_bytes(self._design, space)
            for first in range(0, words, step):
                self._ask(self._requests.read(space, first, min(step, words - first)))

    def close(self):
        """Close the line."""
        self._line.close()

    def _send(self, stream):
        """Send a stream; returns its frames."""
        self._line.send(stream)
        return [frame for frame in stream.split(b"\0") if frame]

    def _request(self, body):
        """Send one intact frame and return it."""
        self.result.requests += 1
        (frame,) = self._send(encoded(body))
        return frame

    def _match(self, answer, intact):
        """Find the frame of an answer; those before it were dropped, their answers never come."""
        if answer is None:
            raise Failure(f"no answer to {cobs.decode(intact[0]).hex(' ')}")
        self.result.answers += 1
        asked = [cobs.decode(frame) for frame in intact]
        while intact:
            body, frame = cobs.decode(intact[0]), intact.pop(0)
            if (body[0], body[1] | 0x80) == tuple(answer[:2]):
                wanted = self._model.receive(frame)
                if answer != wanted:
                    raise Failure(f"{body.hex(' ')} was answered {answer.hex(' ')} "
                                  f"instead of {wanted.hex(' ')}")
                return
        raise Failure(f"{answer.hex(' ')} answers none of "
                      f"{', '.join(body.hex(' ') for body in asked) or 'nothing'}")

    def _ask(self, body):
        """Send an intact frame to the idle board and see that it answers as the model."""
        frame = self._request(body)
        self._match(self._line.answer(PATIENCE), [frame])

    def _probe(self, late):
        """The next request is answered, with the number of frames that were dropped.

        late: intact frames of a flood that have not been answered so far. As long as answers to
        them may come, the board may drop the request as well, and it is repeated.
        """
        while late:
            body = self._requests.read(Space.REGISTERS, Register.FRAMES_DROPPED, 1)
            frame = self._request(body)
            while (answer := self._line.answer(ATTEMPT)) is not None:
                if answer[0] == body[0]:
                    late.clear()
                    self.result.answers += 1
                    self._model.receive(frame)
                else:
                    self._match(answer, late)
        dropped = self.result.dropped
        self._model.memory[Space.REGISTERS][Register.FRAMES_DROPPED] = dropped
        self._ask(self._requests.read(Space.REGISTERS, Register.FRAMES_DROPPED, 1))


def is_intact(frame):
    """Whether a frame of the line, without its delimiter, is one that must be answered."""
    try:
        decoded = cobs.decode(frame)
    except cobs.DecodeError:
        return False
    return 4 <= len(decoded) <= FRAME_BYTES and with_crc(decoded[:-2]) == decoded


def fuzz_link(design: Design, frames, seed=0, progress=None):
    """Run a campaign against a virtual board of its own.

    Parameters
    ----------
    design : Design
    frames : int
        Frames to send at least.
    seed : int
    progress : callable or None
        Gets the `Result` so far after every case.

    Returns
    -------
    Result

    Raises
    ------
    Failure
        With the case that failed; the same seed leads there again.
    """
    with VirtualBoard(design) as port:
        campaign = Campaign(design, port, seed)
        result = campaign.result
        try:
            while result.frames < frames:
                campaign.case()
                if result.cases % COMPARE_EVERY == 0:
                    campaign.compare()
                if progress is not None:
                    progress(result)
            campaign.compare()
        except Failure as failure:
            raise Failure(f"seed {seed}, case {result.cases}: {failure}") from failure
        finally:
            campaign.close()
    return result
