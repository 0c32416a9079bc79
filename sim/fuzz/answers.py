"""The malformed-answers campaign: whatever a board answers, the host is right or says no.

The host's driver works on a model of a board, whose answers are damaged on their way or are none
that a board gives: cut, longer, of another status, an identity of no design, registers that make no
sense, each with a right CRC. Every call must come to the right result or end in a `LinkError`.
Where contents of registers or of the identity were changed, which nobody can see, the result may be
wrong, but nothing else may happen.
"""

import random
import time
from collections import Counter

import numpy as np
from cobs import cobs

from ...boards.device import Run
from ...boards.device.samples import Targets
from ...boards.host.driver import Board
from ...boards.host.identify import check_identity, read_identity
from ...boards.host.link import Link, LinkError
from ...boards.host.packing import sample_image
from ...boards.host.quality import line_quality
from ...boards.learn.designs import known
from ...golden.spec import Design, MemoryMap
from ...golden.spec.image import weight_image
from ...golden.spec.link import Control, Operation, Register, Space, identity, space_words
from ..link_model import LinkModel, encoded
from .line import LineFault

__all__ = ["damage_answers"]

CLOCK_HZ = 12_000_000
PATIENCE = 0.002, 3  # seconds for an answer, attempts
LONGEST = 60.0  # seconds of one call
UNDAMAGED = 0.2  # share of the calls
REGISTERS = (0, 1, 2, 0x7F, 0xFF, 0xFFFF, 1 << 16, 1 << 31, (1 << 32) - 1)
CONTENT = "identity", "registers"  # which nobody can tell from right ones


class ModelWire:
    """A model of a board, in place of pyserial's port."""

    def __init__(self, design: Design, rng):
        self._model, self._rng, self._waiting = LinkModel(design, CLOCK_HZ), rng, b""
        self.timeout = self.write_timeout = self.baudrate = None
        self.share, self.answers, self.done = 0.0, 0, Counter()

    @property
    def memory(self):
        """Words of every space."""
        return self._model.memory

    @property
    def in_waiting(self):
        """Bytes that have come."""
        return len(self._waiting)

    def read(self, count):
        """The next bytes."""
        data, self._waiting = self._waiting[:count], self._waiting[count:]
        return data

    def write(self, data):
        """Take requests and answer them."""
        for frame in filter(None, data.split(b"\0")):
            body = cobs.decode(frame)[:-2]
            answer = self._model.receive(frame)
            if body[1] == Operation.WRITE and body[2] == Space.REGISTERS:
                self._run(int.from_bytes(body[3:7], "little"), body[8:])
            self.answers += 1
            self._waiting += (self._damaged(body, answer) if self._rng.random() < self.share
                              else encoded(answer))

    def reset_input_buffer(self):
        """Forget what has come."""
        self._waiting = b""

    def reset_output_buffer(self):
        """Nothing ever waits."""

    def close(self):
        """Nothing is open."""

    def rest(self):
        """Let no run be under way."""
        self.memory[Space.REGISTERS][Register.STATUS] = 0
        self._waiting = b""

    def _run(self, address, data):
        """What the engine does when a register is written: it is done at once."""
        registers, word = self.memory[Space.REGISTERS], int.from_bytes(data[:2], "little")
        streaming = registers[Register.STATUS]
        if address == Register.CONTROL and word & Control.START:
            registers[Register.STATUS] = int(bool(word & Control.STREAM))
            registers[Register.SAMPLES] = registers[Register.COUNT]
            registers[Register.CYCLES] = 7 * registers[Register.COUNT]
        elif address == Register.CONTROL and word & Control.STOP:
            registers[Register.STATUS] = 0
        elif address == Register.COUNT and streaming:
            registers[Register.SAMPLES] = registers[Register.COUNT]

    def _damaged(self, request, answer):
        """Bytes on the line in place of an answer."""
        rng, kinds = self._rng, [*DAMAGE]
        if request[1] == Operation.READ and answer[2] == 0 and request[2] <= Space.REGISTERS:
            kinds += [CONTENT[request[2]]] * 3
        kind = rng.choice(kinds)
        self.done[kind] += 1
        if kind in CONTENT:
            return encoded(answer[:3] + changed(rng, answer[3:], kind))
        return DAMAGE[kind](rng, answer)


def changed(rng, words, kind):
    """Words of the identity or of registers, some of them replaced."""
    data, size = bytearray(words), 1 if kind == "identity" else 4
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(0, len(data), size)
        value = rng.randrange(256) if size == 1 else rng.choice(REGISTERS)
        data[place:place + size] = value.to_bytes(size, "little")
    return bytes(data)


def flipped(rng, data):
    """Bytes with one bit inverted."""
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1:]


# Right CRC: of other lengths, statuses, sequences. Wrong CRC or no frame at all.
DAMAGE = {
    "shorter": lambda rng, a: encoded(a[:rng.randint(3, max(3, len(a) - 1))]),
    "longer": lambda rng, a: encoded(a + rng.randbytes(rng.randint(1, 245 - min(240, len(a))))),
    "status": lambda rng, a: encoded(a[:2] + rng.randbytes(1) + a[3:]),
    "status alone": lambda rng, a: encoded(a[:2] + bytes([rng.randrange(1, 9)])),
    "sequence": lambda rng, a: encoded(rng.randbytes(1) + a[1:]),
    "operation": lambda rng, a: encoded(a[:1] + rng.randbytes(1) + a[2:]),
    "head": lambda rng, a: encoded(a[:rng.randint(0, 2)]),
    "noise in a frame": lambda rng, a: encoded(a[:3] + rng.randbytes(rng.randint(0, 240))),
    "flip": lambda rng, a: flipped(rng, encoded(a)),
    "lost": lambda rng, a: b"",
    "cut": lambda rng, a: encoded(a)[:rng.randrange(len(a))],
    "twice": lambda rng, a: 2 * encoded(a),
    "noise before": lambda rng, a: rng.randbytes(rng.randint(1, 400)) + b"\0" + encoded(a),
    "zeros": lambda rng, a: bytes(rng.randint(1, 9)) + encoded(a),
    "no end": lambda rng, a: encoded(a)[:-1] + b"\1",
    "much": lambda rng, a: b"\x55" * 2000,
}
# A right CRC and a right length, but another content: of this a result may be made of.
UNSEEN = {"noise in a frame"}


class ModelLink(Link):
    """A link to a `ModelWire`."""

    def __init__(self, wire):
        self._wire = wire
        super().__init__("the model", timeout=PATIENCE[0], attempts=PATIENCE[1])

    def _opened(self, port, baud):
        return self._wire


class Calls:
    """Calls to a board; each method returns whether the result is right."""

    def __init__(self, design: Design, rng):
        self._design, self._rng = design, rng
        self._random = np.random.default_rng(rng.randrange(2**32))
        self.names = ["identity", "weights", "generators", "samples", "train", "predict", "stop",
                      "quality", "design"] + ["stream"] * design.engine.always_on

    def identity(self, board, wire):
        return check_identity(board.link, self._design) == identity(self._design, CLOCK_HZ)

    def design(self, board, wire):
        if self._rng.random() < 0.9:  # it takes long
            return self.identity(board, wire)
        found, _ = known(read_identity(board.link))
        return found is not None and found.design == self._design

    def weights(self, board, wire):
        fmt = self._design.weight
        raw = {name: self._random.integers(fmt.minimum, fmt.maximum + 1, shape)
               for name, shape in MemoryMap(self._design).shapes.items()}
        board.write_weights(raw)
        words = np.array(wire.memory[Space.WEIGHTS])
        image = weight_image(self._design, raw)
        found = board.read_weights()
        return bool(((words - image) % (1 << fmt.width) == 0).all()) and all(
            np.array_equal(found[name], raw[name]) for name in raw)

    def generators(self, board, wire):
        states = self._random.integers(1, 1 << 31, space_words(self._design, Space.GENERATORS))
        board.write_generators(states)
        return (wire.memory[Space.GENERATORS] == states.tolist()
                and np.array_equal(board.read_generators(), states))

    def samples(self, board, wire):
        return self._stored(board, wire) is not None

    def train(self, board, wire):
        count = self._stored(board, wire)
        if count is None:
            return False
        done = board.train(Run(count, None, self._design.rule.update_shift,
                               self._design.rule.second_update_shift))
        return (done.samples, done.cycles) == (count, 7 * count)

    def predict(self, board, wire):
        count = self._stored(board, wire)
        # What the engine left there.
        return count is not None and board.predict(0, count).tolist() == [0] * count

    def stop(self, board, wire):
        return not board.stop().running

    def quality(self, board, wire):
        return line_quality(board.link, 2, lambda: 0).requests == 6

    def stream(self, board, wire):
        inputs, labels = self._drawn(6)
        with board.stream(size=4) as run:
            run.send(inputs, labels)
        return len(run.predictions) == 6

    def _drawn(self, count):
        sizes = self._design.network.sizes
        return (self._random.integers(0, self._design.sample.maximum + 1, (count, sizes[0])),
                self._random.integers(0, sizes[-1], count))

    def _stored(self, board, wire) -> int | None:
        """Write samples; their number, None if the model holds others."""
        count = self._rng.randint(1, min(8, self._design.sample_capacity))
        inputs, labels = self._drawn(count)
        board.write_samples(inputs, labels)
        image = np.frombuffer(sample_image(self._design, inputs, Targets(labels)), "<u2").tolist()
        return count if wire.memory[Space.SAMPLES][:len(image)] == image else None


def damage_answers(design: Design, count, seed=0, progress=None):
    """Use a board whose answers are damaged.

    Parameters
    ----------
    design : Design
        Lanes must be a power of two.
    count : int
        Malformed answers at least.
    seed : int
    progress : callable or None
        Gets the number of malformed answers so far after each call.

    Returns
    -------
    Counter of str
        How often a call ended as "right", "unseen" (with contents changed) or in each `LinkError`;
        and "answers", "damaged".

    Raises
    ------
    LineFault
        A result was wrong, an error is not the link's, or a call took `LONGEST`.
    """
    rng, seen = random.Random(seed), Counter()
    wire = ModelWire(design, rng)
    link, calls, number = ModelLink(wire), Calls(design, rng), 0
    while wire.done.total() < count:
        name, number = rng.choice(calls.names), number + 1
        wire.rest()
        wire.share = 0.0 if rng.random() < UNDAMAGED else rng.choice((0.02, 0.1, 0.3, 1.0))
        before, began = wire.done.copy(), time.monotonic()
        where = f"seed {seed}, call {number}, {name}"
        try:
            outcome = "right" if getattr(calls, name)(Board(link, design), wire) else "wrong"
        except LinkError as error:
            outcome = type(error).__name__
        except Exception as error:
            raise LineFault(f"{where}: {type(error).__name__}: {error}") from error
        done = wire.done - before
        if outcome == "wrong" and any(done[kind] for kind in (*CONTENT, *UNSEEN)):
            outcome = "unseen"
        if outcome == "wrong" or outcome != "right" and not done:
            raise LineFault(f"{where}: {outcome} after {dict(done) or 'no damage'}")
        if time.monotonic() - began > LONGEST:
            raise LineFault(f"{where} took {time.monotonic() - began:.0f} s")
        seen[outcome] += 1
        if progress is not None:
            progress(min(count, wire.done.total()))
    seen["answers"], seen["damaged"] = wire.answers, wire.done.total()
    return seen
