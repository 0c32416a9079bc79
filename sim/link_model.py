"""The board's side of the link in Python: what every frame must be answered and must do."""

import binascii

from cobs import cobs

from ..golden.edges import Meetings
from ..golden.spec import Design
from ..golden.spec.link import (
    FRAME_BYTES,
    READ_BYTES,
    SESSION_SHIFT,
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

__all__ = ["LinkModel", "encoded", "with_crc"]

READ_ONLY = {(Space.REGISTERS, register) for register in
             (Register.STATUS, Register.SAMPLES, Register.CORRECT, Register.CYCLES)}


def with_crc(body):
    """A frame: the body and its CRC-16/IBM-3740."""
    return body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "little")


def encoded(body):
    """Bytes on the line for a body: COBS of the frame and the delimiter."""
    return cobs.encode(with_crc(body)) + b"\0"


class LinkModel:
    """Memories of a board of which the engine does not run, and what requests make of them.

    Parameters
    ----------
    design : Design
        Lanes must be a power of two: what lanes that do not exist hold is not defined. Without
        `flash`.
    clock_hz : int

    Attributes
    ----------
    memory : dict of Space to list of int
        Words of every space as a READ returns them.
    running : bool
        Answer as if the engine ran.
    edges : golden.edges.Meetings or None
        Is told of every number that is compared, and of every request and its status.
    """

    def __init__(self, design: Design, clock_hz):
        if design.lanes & (design.lanes - 1):
            raise ValueError(f"lanes must be a power of two, not {design.lanes}")
        if design.flash:
            raise ValueError("flash must be False: this model has no flash memory")
        self.design, self.running = design, False
        self.operations = set(Operation)
        if not sparse_samples(design):
            self.operations.discard(Operation.WRITE_SPARSE)
        self.memory = {space: [0] * space_words(design, space) for space in spaces(design)}
        self.memory[Space.IDENTITY] = list(identity(design, clock_hz).pack())
        registers = self.memory[Space.REGISTERS]
        registers[Register.UPDATE_SHIFT] = design.rule.update_shift & 0xFFFFFFFF
        registers[Register.SECOND_UPDATE_SHIFT] = design.rule.second_update_shift & 0xFFFFFFFF
        self._last, self._answer = None, None
        self.edges: Meetings | None = None

    def _meets(self, kind, name, *values):
        """Tell `edges`, if there are any, what comes to the edge `name`."""
        if self.edges is not None:
            getattr(self.edges, kind)(name, *values)

    def receive(self, frame):
        """Body of the response to one frame of the line (without delimiter), None if dropped."""
        if not frame:
            return None  # two delimiters: no frame at all
        try:
            decoded = cobs.decode(frame)
        except cobs.DecodeError:
            decoded = b""
        body, crc = decoded[:-2], decoded[-2:]
        self._meets("clip", "bytes of a frame", len(decoded), 4, FRAME_BYTES)
        if not 4 <= len(decoded) <= FRAME_BYTES or with_crc(body) != decoded:
            dropped = self.memory[Space.REGISTERS]
            dropped[Register.FRAMES_DROPPED] = dropped[Register.FRAMES_DROPPED] + 1 & 0xFFFFFFFF
            self._meets("case", "frame", "dropped")
            return None
        repeated = body[1] in self.operations - {Operation.READ} and self._last == (body[0], crc)
        self._last = body[0], crc
        self._meets("case", "frame", "repeated" if repeated else "answered")
        if not repeated:
            status, words = self._execute(body[1], body[2:])
            self._answer = bytes([body[0], body[1] | 0x80, status]) + words
            name = (Operation(body[1]).name if body[1] in self.operations else "another operation")
            self._meets("case", name, status.name)
        return self._answer

    def _execute(self, operation, payload):
        """(status, words): the first fault in the order of hdl.link.request, or what is read."""
        write, sparse = operation != Operation.READ, operation == Operation.WRITE_SPARSE
        if operation not in self.operations:
            return Status.BAD_OPERATION, b""
        self._meets("compare", "bytes of a write's header" if write else "bytes of a READ",
                    len(payload), 6 if write else 8)
        if len(payload) < 6 if write else len(payload) != 8:
            return Status.BAD_LENGTH, b""
        space, address, count = payload[0], int.from_bytes(payload[1:5], "little"), payload[5]
        stride = 1 if write else int.from_bytes(payload[6:], "little")
        self._meets("compare", "space", space, max(self.memory))
        if space not in self.memory or sparse and space != Space.SAMPLES:
            return Status.BAD_SPACE, b""
        self._meets("compare", "count", count, 0)
        if count == 0:
            return Status.BAD_LENGTH, b""
        if self.running:
            self._meets("compare", "space while it runs", space, Space.WEIGHTS)
        if self.running and space >= Space.WEIGHTS:
            return Status.BUSY, b""
        if sparse:
            return self._execute_sparse(address, count, payload[6:]), b""
        size, memory = word_bytes(self.design, space), self.memory[space]
        addresses = [address + i * stride for i in range(count)]
        self._meets("compare", "bytes of words" if write else "bytes of an answer",
                    count * size, len(payload) - 6 if write else READ_BYTES)
        for number, place in enumerate(addresses):
            self._meets("compare", f"address in {Space(space).name}", place, len(memory))
            if number * size > READ_BYTES:
                return Status.BAD_LENGTH, b""
            if place >= len(memory) or write and (
                    space == Space.IDENTITY or (space, place) in READ_ONLY):
                return Status.BAD_ADDRESS, b""
        if count * size != len(payload) - 6 if write else count * size > READ_BYTES:
            return Status.BAD_LENGTH, b""
        if not write:
            return Status.OK, b"".join(memory[i].to_bytes(size, "little") for i in addresses)
        for number, place in enumerate(addresses):
            word = int.from_bytes(payload[6 + number * size:6 + (number + 1) * size], "little")
            memory[place] = self._kept(space, place, word)
        return Status.OK, b""

    def _execute_sparse(self, address, count, elements):
        """Status of a WRITE_SPARSE of which the header has no fault."""
        memory, words, place = self.memory[Space.SAMPLES], [], 0
        for left in range(count, -1, -1):
            self._meets("compare", "end of an element", place, len(elements))
            if place > len(elements) or left == 0 and place != len(elements):
                return Status.BAD_LENGTH
            self._meets("compare", "end of an element's words", address + len(words), len(memory))
            if address + len(words) > len(memory):
                return Status.BAD_ADDRESS
            if left == 0:
                break
            if place == len(elements):
                return Status.BAD_LENGTH
            zeros, literals = elements[place] & 31, elements[place] >> 5
            data = elements[place + 1:place + 1 + 2 * literals].ljust(2 * literals, b"\0")
            words += [0] * zeros + [self._kept(Space.SAMPLES, None, int.from_bytes(
                data[i:i + 2], "little")) for i in range(0, len(data), 2)]
            place += 1 + 2 * literals
        memory[address:address + len(words)] = words
        return Status.OK

    def _kept(self, space, place, word):
        """What a READ returns after a WRITE of a word."""
        if space == Space.REGISTERS and place == Register.CONTROL:
            return word >> SESSION_SHIFT << SESSION_SHIFT
        if space == Space.GENERATORS:
            return word & 0x7FFFFFFF
        if space == Space.WEIGHTS:  # sign-extended to whole bytes
            sign = 1 << (self.design.weight.width - 1)
            mask = (1 << 8 * word_bytes(self.design, space)) - 1
            return ((word & 2 * sign - 1 ^ sign) - sign) & mask
        return word
