"""Messages between host and board, and the register map.

A frame is ``COBS(sequence, operation, payload…, CRC low, CRC high)`` followed by a zero byte; all
numbers are little endian; the CRC is CRC-16/IBM-3740 (polynomial 0x1021, start 0xFFFF) over
everything before it. A decoded frame has at most `FRAME_BYTES` bytes.

Requests (host to board)

============  ====  ==================================================================
READ          0x01  space u8, address u32, count u8 (words), stride u16 (words)
WRITE         0x02  space u8, address u32, count u8 (words), words…
WRITE_SPARSE  0x03  space u8, address u32, count u8 (elements), elements…
============  ====  ==================================================================

Response: sequence of the request, operation | 0x80, status u8, words… (READ with status OK).
Every well-formed request is answered. A WRITE or WRITE_SPARSE that repeats sequence *and* CRC of
the last request is answered again and not executed again. A frame with a wrong CRC, wrong COBS, or
wrong length is dropped and counted, and is never answered; the parser starts afresh at every zero
byte.

Rate
----
A board takes whatever rate the host speaks, unless it was built for a fixed one. After a pause, for
which the line must be high for `pause_cycles` clock cycles, and after reset, the first low pulse is
taken as the nine low bits of a zero byte: its length is that of nine bits. That byte counts as a
delimiter. Hence a host begins every request with a zero byte, and changes its rate only after it
has been silent for `PAUSE_SECONDS`. Supported are 115,200 baud to an eighth of the clock.

Session
-------
The high half of CONTROL belongs to the host: it is kept as the last write of CONTROL left it, and
is 0 once a bitstream is loaded. A host that writes a number of its own there, and finds it again
beside the counters, knows that the board has neither been reset nor taken over since.

Writes to WEIGHTS, GENERATORS and SAMPLES and reads of them are refused with BUSY while the engine
runs; IDENTITY and REGISTERS always answer, SAMPLES also while it streams.

Sparse samples
--------------
WRITE_SPARSE writes SAMPLES in which most words are zero. An element is a byte, number of zeros
0 .. 31 | number of literals 0 .. 7 << 5, and the literals: first that many words of zero
are written, then the literals, from where the element before ended. A sample of MNIST, 393 words of
which 83 are not zero, takes 198 bytes instead of 786. Only boards whose samples have
`SPARSE_INPUTS` inputs or more (`sparse_samples`) know this request, since few samples of that size
fit on a chip; others refuse it with BAD_OPERATION. As a WRITE it is executed wholly or not at all.

Results
-------
A design with `Design.results` keeps the rates of one layer of an inference, or of the first time
step of a streamed sample: CONTROL's bits from `RESULT_SHIFT` on say which, 1 .. L, or 0 for none,
with START. They follow the label's word in the sample's place, there once SAMPLES counts the sample
or, streaming, the one after it.

Streaming
---------
Rules that are always on (`Engine.always_on`) may stream: the samples FIRST … FIRST + SET_SIZE - 1
are a ring, POSITION is the place of the next one to take, and COUNT says how many samples the host
has put into it since START, modulo 2**16; it may be raised at any time. Each sample is learned from
once, during the rule's time steps, with its target unless its label is `NO_TARGET`. Until another
one has come the board keeps presenting it: turn after turn of the same number of time steps follow
without a target, in which noise and plasticity go on. The engine never waits for the host.

A ring has 2 .. 65535 places, and COUNT is 0 at START. Afterwards a sample's place holds what it
came to: the high byte of the label's word is the prediction, there once SAMPLES counts the sample;
the first word, in place of inputs, is how many turns the sample stood, at most `STOOD_LONG`, there
once the sample after it is counted or the run has ended. With these numbers the whole run can be
repeated bit for bit. STOP ends the run after the turn in work.

Flash memory
------------
Where the design has `Design.flash` a board reads and writes its flash memory by words of FLASH, and
its samples may come from there (`golden.spec.flash`). To write the first word of an erase block
erases the whole block first. A word that is written may turn ones to zeros only; words that follow
each other in one WRITE are programmed together. What lies before FlashFact.FIRST, or beyond SIZE,
is refused with BAD_ADDRESS. An access waits until the memory has done what was asked before, up to
seconds for an erased block.

With FLASH beside START the run's samples are those of the set whose header is at FIRST * 256.
SET_SIZE is its number of blocks; POSITION, or SHUFFLE_STATE and SHUFFLE_MASK, count blocks in place
of samples, and so does COUNT, modulo 2**16. The high half of SHUFFLE_MASK is the feedback mask of
the register that draws the order (`golden.spec.flash.block_taps`). SAMPLES and CORRECT count
samples as ever; an inference stores no predictions. STOP ends the run after the block in work, and
so does a block that is damaged (FlashStatus).
"""

from dataclasses import dataclass
from enum import IntEnum

from .design import Design, Network
from .flash import MOST_BYTES
from .memory_map import MemoryMap
from .plain import Plain
from .qformat import check_integer

__all__ = ["FEWEST_CYCLES", "FRAME_BYTES", "NO_TARGET", "PAUSE_SECONDS", "PROTOCOL_VERSION",
           "READ_BYTES", "RESETS", "RESTLESS_SHIFT", "RESULT_BITS", "RESULT_SHIFT", "SESSION_SHIFT",
           "SLOWEST_BAUD", "SPARSE_INPUTS", "SPARSE_LITERALS", "SPARSE_ZEROS", "STOOD_LONG",
           "WORD_BYTES", "WRITE_BYTES", "Control", "FlashFact", "FlashStatus",
           "Operation", "Register", "Space", "Status", "identity", "pause_cycles",
           "reset_value", "space_words", "spaces", "sparse_samples", "word_bytes"]

PROTOCOL_VERSION = 3
FRAME_BYTES = 250  # one COBS group: the code byte never overflows
WRITE_BYTES = FRAME_BYTES - 2 - 6 - 2  # payload words of a WRITE, in bytes: 240
READ_BYTES = FRAME_BYTES - 3 - 2  # payload words of a response, in bytes: 245
SPARSE_INPUTS = 256  # inputs of a design from which on it knows WRITE_SPARSE
SPARSE_ZEROS, SPARSE_LITERALS = 31, 7  # words of an element, at most: 5 and 3 bits of a byte
NO_TARGET = 0xFF  # label of a streamed sample without a target; no class of such a rule
RESTLESS_SHIFT = 16  # of the count in STATUS, which only an engine with a guard has
SLOWEST_BAUD = 115_200
FEWEST_CYCLES = 8  # clock cycles in a bit of a real line, whose edges come at any moment
PAUSE_SECONDS = 0.05  # of silence, after which a board is sure to find the rate anew
SESSION_SHIFT = 16  # of the host's half of CONTROL
RESULT_SHIFT, RESULT_BITS = 8, 3  # of the layer whose rates are kept, in CONTROL
STOOD_LONG = 0xFFFF  # turns that a sample stood: these or more; 2 s of 64-64-32-10 at 80 MHz


class Operation(IntEnum):
    """Operation byte of a request; a response sets bit 7."""

    READ = 0x01  # words address, address + stride, …
    WRITE = 0x02  # several words, one after the other
    WRITE_SPARSE = 0x03  # only where `sparse_samples`


class Space(IntEnum):
    """Address spaces; which of them a board has: `spaces`."""

    IDENTITY = 0  # read only, bytes
    REGISTERS = 1  # 32-bit words
    WEIGHTS = 2  # one weight per word, address = memory word << lane bits | lane
    SAMPLES = 3  # 16-bit words
    GENERATORS = 4  # 32-bit words (31 used): of lane `address`, which rounds; then the noise's
    FLASH = 5  # only where `Design.flash`: 32-bit words of the flash memory
    FLASH_FACTS = 6  # only there, read only: 32-bit words, see `FlashFact`


# Bytes of one word; those of WEIGHTS are the design's own (`word_bytes`).
WORD_BYTES = {Space.IDENTITY: 1, Space.REGISTERS: 4, Space.SAMPLES: 2, Space.GENERATORS: 4,
              Space.FLASH: 4, Space.FLASH_FACTS: 4}


class Status(IntEnum):
    """Status byte of a response."""

    OK = 0
    BUSY = 1  # the engine runs: stop it or wait
    BAD_OPERATION = 2  # this board knows no such request
    BAD_SPACE = 3  # there is no such space, or not for this request
    BAD_ADDRESS = 4  # some address of the request lies outside the space, or is read only
    BAD_LENGTH = 5  # count of 0, or more words than a frame carries, or not as many as were sent


class Register(IntEnum):
    """32-bit registers by word address. R: read only, W: read and write."""

    STATUS = 0  # R  bit 0: running; high half: loops found restless since START, modulo 2**16
    CONTROL = 1  # W  low half: see Control; reads as 0. High half: session; reads as written
    COUNT = 2  # W  samples to run; streaming: samples put into the ring so far, modulo 2**16
    FIRST = 3  # W  first sample of the set in sample memory
    SET_SIZE = 4  # W  samples in the set, for the shuffled order
    POSITION = 5  # W  sequential order: next sample, relative to FIRST
    SHUFFLE_STATE = 6  # W  shuffled order: generator state; 0 stands for "start of an epoch"
    SHUFFLE_MASK = 7  # W  shuffled order: mask of this epoch
    UPDATE_SHIFT = 8  # W  k of the weight updates' rate 2**-k, two's complement
    SECOND_UPDATE_SHIFT = 9  # W  the same of what a rule learns besides; unused if that is nothing
    SAMPLES = 10  # R  samples finished since START
    CORRECT = 11  # R  of these, predicted right; learning: see Rule.predicts_before_label
    CYCLES = 12  # R  clock cycles since START in which the engine was running
    WEIGHT_SATURATIONS = 13  # W  update words in which a weight saturated
    STATE_SATURATIONS = 14  # W  neuron updates in which a drive or a state saturated
    FRAMES_DROPPED = 15  # W  damaged frames


# Registers that are not 0 at first -> the rule's attribute that they hold.
RESETS = {Register.UPDATE_SHIFT: "update_shift",
          Register.SECOND_UPDATE_SHIFT: "second_update_shift"}


class Control(IntEnum):
    """Bits of the low half of the CONTROL register; START while running is ignored."""

    START = 1  # run COUNT samples
    TRAIN = 2  # learn (else infer and store predictions)
    SHUFFLED = 4  # shuffled order (else sequential)
    STOP = 8  # end after the sample in work
    RESET_GENERATORS = 16  # lanes' generators back to their seeds
    STREAM = 32  # with START and TRAIN: stream, in sequential order, round and round
    FLASH = 64  # with START, only where `Design.flash`: samples come from the flash memory


class FlashFact(IntEnum):
    """Words of FLASH_FACTS by address."""

    STATUS = 0  # see FlashStatus
    CHIP = 1  # JEDEC's: manufacturer, then type, then log2 of the bytes, from the lowest byte on
    FIRST = 2  # address of the first byte that may be written
    SIZE = 3  # bytes that are used
    LINES = 4  # that bring data


class FlashStatus(IntEnum):
    """Bits of FlashFact.STATUS."""

    READY = 1  # the flash memory has been set up
    FAILED = 2  # it was busy for seconds; stays until a reset
    DAMAGED = 4  # a block of the last run from it was not what its CRC says: the run ended there


@dataclass(frozen=True)
class Identity(Plain):
    """A board's identity, as the IDENTITY space says it.

    Bytes: "CG", protocol version u8, rule u8 (`Rule.code`), digest of the design (8 bytes),
    lanes u16, number of layers u8, weight bytes u8, sizes u16 each, clock in Hz u32.
    """

    version: int
    rule: int
    digest: str
    lanes: int
    sizes: tuple[int, ...]
    weight_bytes: int
    clock_hz: int

    def pack(self) -> bytes:
        """The bytes."""
        out = b"CG" + bytes([self.version, self.rule]) + bytes.fromhex(self.digest)
        out += self.lanes.to_bytes(2, "little") + bytes([len(self.sizes), self.weight_bytes])
        out += b"".join(n.to_bytes(2, "little") for n in self.sizes)
        return out + self.clock_hz.to_bytes(4, "little")

    @classmethod
    def unpack(cls, data: bytes) -> "Identity":
        """Identity from bytes; raises ValueError if they are not one, or of no possible design."""
        if len(data) < 20 or data[:2] != b"CG":
            raise ValueError("the device does not identify itself as a cortigate board")
        layers = data[14]
        if len(data) < 20 + 2 * layers:
            raise ValueError("the device's identity is cut short")
        sizes = tuple(int.from_bytes(data[16 + 2 * i: 18 + 2 * i], "little") for i in range(layers))
        clock = int.from_bytes(data[16 + 2 * layers: 20 + 2 * layers], "little")
        lanes = int.from_bytes(data[12:14], "little")
        try:
            Network(sizes)
            check_integer("lanes", lanes, 1, 256)
            check_integer("weight bytes", data[15], 1, 8)
            check_integer("clock_hz", clock, 1, (1 << 32) - 1)
        except ValueError as error:
            raise ValueError(f"the device's identity is of no possible design: {error}") from error
        return cls(data[2], data[3], data[4:12].hex(), lanes, sizes, data[15], clock)


def identity(design: Design, clock_hz: int) -> Identity:
    """Identity of a board that runs `design` at `clock_hz`."""
    return Identity(PROTOCOL_VERSION, design.rule.code, design.digest, design.lanes,
                    design.network.sizes, word_bytes(design, Space.WEIGHTS), clock_hz)


def reset_value(design: Design, register: Register) -> int:
    """The 32 bits that a register holds at first: once a bitstream is loaded, or after a reset."""
    attribute = RESETS.get(register)
    return 0 if attribute is None else int(getattr(design.rule, attribute)) & 0xFFFFFFFF


def pause_cycles(clock_hz: float) -> int:
    """Clock cycles without a low level that make a pause: a power of two, 20 to 40 ms."""
    return 1 << (int(clock_hz) // 50).bit_length()


def sparse_samples(design: Design) -> bool:
    """True if boards of a design know WRITE_SPARSE."""
    return design.network.sizes[0] >= SPARSE_INPUTS


def spaces(design: Design) -> tuple[Space, ...]:
    """Address spaces that boards of a design have."""
    return tuple(Space) if design.flash else tuple(s for s in Space if s < Space.FLASH)


def word_bytes(design: Design, space: int) -> int:
    """Bytes of one word of a space."""
    return -(-design.weight.width // 8) if space == Space.WEIGHTS else WORD_BYTES[Space(space)]


def space_words(design: Design, space: int) -> int:
    """Number of words of a space (weights: with the unused lanes of the last power of two)."""
    maps = MemoryMap(design)
    return {
        Space.IDENTITY: len(identity(design, 0).pack()),
        Space.REGISTERS: len(Register),
        Space.WEIGHTS: maps.weight_depth << maps.lane_address_bits,
        Space.SAMPLES: maps.sample_depth,
        Space.GENERATORS: design.generators,
        Space.FLASH: MOST_BYTES // WORD_BYTES[Space.FLASH],
        Space.FLASH_FACTS: len(FlashFact),
    }[Space(space)]
