"""A board's memory and registers behind a real pseudo-terminal, with a line that can be damaged.

Only for what the link does with errors: nothing here computes.
"""

import binascii
import os
import select
import struct
import threading
import tty

from cobs import cobs

from cortigate.boards.learn.training import initial_generators
from cortigate.golden.spec.link import (
    Control,
    Operation,
    Register,
    Space,
    Status,
    identity,
    space_words,
    spaces,
    sparse_samples,
    word_bytes,
)

__all__ = ["Emulator"]


class Emulator:
    """A context manager; `port` is the serial port to open.

    Parameters
    ----------
    design : Design
        What it says that it runs.
    """

    def __init__(self, design):
        self.design = design
        self.executed = []  # (operation, space, address) of every request that was carried out
        self.memory = {space: bytearray(space_words(design, space) * word_bytes(design, space))
                       for space in spaces(design)}
        self.memory[Space.IDENTITY][:] = identity(design, 12_000_000).pack()
        states = initial_generators(design).astype("<u4").tobytes()
        self.memory[Space.GENERATORS][:] = states or bytes(len(self.memory[Space.GENERATORS]))
        self.status = Status.OK
        self.damage_request = lambda frame: frame  # bytes between two zeros, on their way here
        self.damage_answer = lambda frame: frame  # an answer with its zero, on its way back
        self.corrupt_write = lambda data: data  # what the memory makes of written bytes
        self._last = None

    def __enter__(self):
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        self.port = os.ttyname(self._far)
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self.unplug()

    def unplug(self):
        """Pull the plug; may be called again."""
        if self._thread is None:
            return
        os.close(self._stopped)
        self._thread.join()
        self._thread = None
        for handle in (self._near, self._far, self._stop):
            os.close(handle)

    def register(self, register):
        """What a register holds."""
        return struct.unpack_from("<I", self.memory[Space.REGISTERS], 4 * register)[0]

    def set_register(self, register, value):
        """Let a register hold something."""
        struct.pack_into("<I", self.memory[Space.REGISTERS], 4 * register, value)

    # For an emulator that does compute; this one only says that it has.

    def control(self, word):
        """The low half of CONTROL was written."""
        if word & Control.START:
            self.set_register(Register.SAMPLES, self.register(Register.COUNT))
        if word & Control.STOP:
            self.set_register(Register.STATUS, 0)

    def busy(self, space):
        """Whether a space is refused."""
        return False

    def touched(self, operation, space, addresses):
        """Words were read or written."""

    def _serve(self):
        received = b""
        while True:
            ready, _, _ = select.select([self._near, self._stop], [], [])
            if self._stop in ready:
                return
            received += os.read(self._near, 4096)
            *frames, received = received.split(b"\0")
            for frame in frames:
                answer = self._answer(self.damage_request(frame)) if frame else None
                if answer is not None:
                    os.write(self._near, self.damage_answer(answer))

    def _answer(self, frame):
        try:
            data = cobs.decode(frame)
        except cobs.DecodeError:
            return None
        body, crc = data[:-2], data[-2:]
        if len(body) < 2 or binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "little") != crc:
            return None
        status, words = self.status, b""
        space, address, count = struct.unpack_from("<BIB", body, 2)
        size = word_bytes(self.design, space)
        payload = body[8:]
        if body[1] == Operation.WRITE_SPARSE and not sparse_samples(self.design):
            status = Status.BAD_OPERATION
        elif body[1] == Operation.WRITE_SPARSE:
            payload = dense(count, payload)
            count = len(payload) // size
        if status == Status.OK and self.busy(space):
            status = Status.BUSY
        writes = body[1] != Operation.READ
        if status == Status.OK and (writes and address + count > space_words(self.design, space)
                                    or address >= space_words(self.design, space)):
            status = Status.BAD_ADDRESS
        if status == Status.OK and (body[0], crc) != self._last:
            self.executed.append((Operation(body[1]), Space(space), address))
        if status == Status.OK and body[1] == Operation.READ:
            (stride,) = struct.unpack_from("<H", body, 8)
            addresses = [address + i * stride for i in range(count)]
            for place in addresses:
                words += self.memory[space][place * size:(place + 1) * size]
            self.touched(Operation.READ, space, addresses)
        elif status == Status.OK and (body[0], crc) != self._last:
            self.memory[space][address * size:(address + count) * size] = self.corrupt_write(
                payload)
            self.touched(Operation.WRITE, space, range(address, address + count))
            if (space, address) == (Space.REGISTERS, Register.CONTROL):
                word = int.from_bytes(self.memory[space][4:8], "little")
                self.memory[space][4:6] = bytes(2)  # the high half is the session
                self.control(word & 0xFFFF)
        self._last = body[0], crc
        answer = bytes([body[0], body[1] | 0x80, status]) + words
        crc = binascii.crc_hqx(answer, 0xFFFF).to_bytes(2, "little")
        return cobs.encode(answer + crc) + b"\0"


def dense(count, elements):
    """Bytes of the words of so many elements of a WRITE_SPARSE, which must be all there are."""
    words = b""
    for _ in range(count):
        zeros, literals = elements[0] % 32, elements[0] // 32
        words += bytes(2 * zeros) + elements[1:1 + 2 * literals]
        elements = elements[1 + 2 * literals:]
    assert not elements
    return words
