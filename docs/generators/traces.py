"""Bytes on the line: the host's own link speaks, and the model of a board answers."""

import struct

import numpy as np

from cortigate.boards.device.samples import Targets
from cortigate.boards.host.link import Link
from cortigate.boards.host.packing import sample_image
from cortigate.boards.host.words import write_words
from cortigate.golden.spec import MemoryMap, preset
from cortigate.golden.spec.contents import raw_weights
from cortigate.golden.spec.image import weight_image
from cortigate.golden.spec.link import SESSION_SHIFT, Control, Register, Space
from cortigate.sim.link_model import LinkModel, encoded

__all__ = ["DESIGN", "conversation", "traces"]

DESIGN = preset("tiny")
CLOCK_HZ = 8_000_000
SESSION = 0x1234


class Port:
    """What pyserial would be, with a `LinkModel` behind it; remembers what is said."""

    def __init__(self, model):
        self._model, self._answer, self.said = model, b"", []
        self.timeout = self.write_timeout = None

    @property
    def in_waiting(self):
        return len(self._answer)

    def reset_input_buffer(self):
        """Forget what has come."""
        self._answer = b""

    reset_output_buffer = reset_input_buffer

    def close(self):
        """Nothing to close."""

    def write(self, data):
        """Take a request, and have its answer ready."""
        [frame] = [piece for piece in data.split(b"\0") if piece]
        self._answer = encoded(self._model.receive(frame))
        self.said.append((data, self._answer))

    def read(self, count):
        """The next bytes of the answer."""
        data, self._answer = self._answer[:count], self._answer[count:]
        return data


class Recorded(Link):
    """A link to a model of a board, whose sequence numbers begin at 1."""

    def __init__(self, design):
        self.model = LinkModel(design, CLOCK_HZ)
        super().__init__("model")
        self._sequence = 0

    def _opened(self, port, baud):
        return Port(self.model)

    def _pause(self):
        """A model needs no time to notice a pause."""

    @property
    def said(self):
        """Pairs (request, answer) so far, as bytes of the line."""
        return self._serial.said


def weights():
    """Weights of the example: row i, column j of every matrix is (i - j) / 8."""
    shapes = MemoryMap(DESIGN).shapes
    return raw_weights(DESIGN, {name: np.subtract.outer(np.arange(rows), np.arange(columns)) / 8
                                for name, (rows, columns) in shapes.items()})


def conversation():
    """Yield (what happens, [(request, answer), …]) from the first byte to the start of a run."""
    link = Recorded(DESIGN)

    def said():
        pairs, link.said[:] = list(link.said), []
        return pairs

    head = link.read(Space.IDENTITY, 0, 16)
    link.read(Space.IDENTITY, 16, 2 * head[14] + 4)
    yield "Identify: 16 bytes, then the layers' sizes and the clock", said()
    link.write(Space.REGISTERS, Register.CONTROL, 1, struct.pack("<I", SESSION << SESSION_SHIFT))
    yield f"Claim the board with session `0x{SESSION:04X}`, in the high half of `CONTROL`", said()
    write_words(link, DESIGN, Space.WEIGHTS, 0, weight_image(DESIGN, weights()))
    yield "Write every weight, W[i, j] = (i - j) / 8", said()
    inputs = np.array([[0, 32, 64, 96, 128]], np.uint8)
    write_words(link, DESIGN, Space.SAMPLES, 0,
                np.frombuffer(sample_image(DESIGN, inputs, Targets(np.array([1]))), "<u2"))
    yield "Store one sample: inputs 0, 1/4, 1/2, 3/4, 1 and the label 1", said()
    shifts = DESIGN.rule.update_shift, DESIGN.rule.second_update_shift
    settings = struct.pack("<6I2i", 1, 0, 1, 0, 0, 0, *shifts)
    link.write(Space.REGISTERS, Register.COUNT, len(settings) // 4, settings)
    yield "Set `COUNT` to `SECOND_UPDATE_SHIFT`: one sample, the rule's learning rates", said()
    link.write(Space.REGISTERS, Register.CONTROL, 1, struct.pack(
        "<I", SESSION << SESSION_SHIFT | Control.START | Control.TRAIN))
    yield "Learn from it: `START` and `TRAIN`", said()
    link.read(Space.REGISTERS, Register.STATUS, 2)
    yield "Ask for `STATUS` and `CONTROL` until bit 0 of the first is 0", said()
    link.read(Space.SAMPLES, MemoryMap(DESIGN).sample_words - 1, 1)
    yield "Read the label's word, whose high byte is the prediction", said()


def traces():
    """The conversation as Markdown."""
    out = [f"Preset `tiny`: {DESIGN.network}, {DESIGN.lanes} lanes, weights {DESIGN.weight}."]
    for text, pairs in conversation():
        lines = []
        for request, answer in pairs:
            lines += [*hexadecimal("host ", request), *hexadecimal("board", answer)]
        out += [f"{text}:", "```text\n" + "\n".join(lines) + "\n```"]
    return "\n\n".join(out)


def hexadecimal(who, data, width=24):
    """Lines of bytes, `width` in each."""
    return [f"{who if not start else '     '}  {data[start:start + width].hex(' ')}"
            for start in range(0, len(data), width)]
