"""Sets of samples in a board's flash memory: the chip, how a set lies there, and its coding.

A set begins with a header, a page of `PAGE_BYTES`: the second page that may be written. The first
one stays empty, since to write its first word erases its block (`golden.spec.link`): so the header
can be written last. The index follows: four bytes for each block of samples, little endian, of
which 24 bits are the address of the block's first byte in the flash memory and 8 its samples less
one. Then come the blocks.

A block is the words of its samples, each sample its inputs, target values and label as in
`golden.spec.MemoryMap`, coded by elements as of `golden.spec.link`'s WRITE_SPARSE: number of zeros
0 .. 31 | number of literals 0 .. 7 << 5, and the literals. Elements go on from sample to sample and
end with the block. CRC-16/IBM-3740 of these bytes follows, little endian.

The order of an epoch is one of blocks. It is drawn as that of stored samples is
(`golden.spec.generator`), by a register of `block_bits`: within a block samples keep their order.
"""

import binascii
import struct
from dataclasses import dataclass

from .design import Design
from .generator import GALOIS_TAPS
from .plain import Plain
from .qformat import QFormat, check_integer
from .targets import Target

__all__ = ["BLOCK_SAMPLES", "ERASE_BYTES", "INDEX_BYTES", "MOST_BLOCKS", "MOST_BYTES",
           "MOST_SAMPLES", "PAGE_BYTES", "FlashChip", "Header", "block_bits", "block_taps"]

PAGE_BYTES = 256  # that are programmed at a time
ERASE_BYTES = 1 << 16  # that are erased at a time
INDEX_BYTES = 4  # of a block in the index
MOST_BYTES = 1 << 24  # that 24 bits address
MOST_SAMPLES = 256  # of a block
MOST_BLOCKS = (1 << 16) - 1
BLOCK_SAMPLES = 16  # of a block, if nothing else is said
LINES = (1, 2, 4)
MAGIC, VERSION = b"CGds", 1
TARGETS = tuple(Target)
# Magic, version, inputs, outputs, target, three formats' bits, samples, blocks, block length,
# address, bytes, CRC-32 of all that follows the header, name; the header's own CRC-32 is its end.
LAYOUT = struct.Struct("<4sHHHB4s4sIIHIII32s")


@dataclass(frozen=True)
class FlashChip(Plain):
    """A board's flash memory, as the hardware is built for it.

    Parameters
    ----------
    first : int
        Address of the first byte that may be written, a multiple of `ERASE_BYTES`: whatever lies
        before it belongs to the bitstream.
    size : int
        Bytes, likewise, at most `MOST_BYTES`: what lies beyond is not used.
    lines : int
        That bring data: 1, 2 or 4.
    """

    first: int
    size: int = MOST_BYTES
    lines: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer("first", self.first, 0, MOST_BYTES - ERASE_BYTES)
        check_integer("size", self.size, ERASE_BYTES, MOST_BYTES)
        for name in ("first", "size"):
            if getattr(self, name) % ERASE_BYTES:
                raise ValueError(f"{name} must be a multiple of {ERASE_BYTES}, "
                                 f"not {getattr(self, name)}")
        if self.first >= self.size:
            raise ValueError(f"first must lie below the size, {self.size}, not be {self.first}")
        if self.lines not in LINES:
            raise ValueError(f"lines must be 1, 2 or 4, not {self.lines}")


def block_bits(blocks: int) -> int:
    """Bits of the register that draws an order of `blocks` blocks, 1 .. `MOST_BLOCKS`."""
    return max(2, (check_integer("blocks", blocks, 1, MOST_BLOCKS) - 1).bit_length())


def block_taps(blocks: int) -> int:
    """Feedback mask of that register."""
    return GALOIS_TAPS[block_bits(blocks)]


def _packed(fmt: QFormat | None) -> bytes:
    """A format as four bytes; zeros for None."""
    if fmt is None:
        return bytes(4)
    return struct.pack("<bBBB", fmt.integer, fmt.fraction, fmt.signed, 1)


@dataclass(frozen=True)
class Header(Plain):
    """The header of a set.

    Parameters
    ----------
    inputs, outputs : int
    target : Target
    sample, values : bytes
        Formats of inputs and of stored target values, as four bytes each.
    samples, blocks, block_samples : int
        Of all blocks but the last, `block_samples` each.
    address, length : int
        First byte of the header, and the set's bytes with it.
    crc : int
        CRC-32 of all bytes after the header's page.
    name : str
        At most 32 bytes in UTF-8.
    """

    inputs: int
    outputs: int
    target: Target
    sample: bytes
    values: bytes
    samples: int
    blocks: int
    block_samples: int
    address: int
    length: int
    crc: int
    name: str = ""

    @classmethod
    def of(cls, design: Design, *, samples: int, block_samples: int, address: int, length: int,
           crc: int, name: str = "") -> "Header":
        """Header of a set for a design; parameters as of the class."""
        sizes = design.network.sizes
        values = design.target_values if design.target is Target.VECTOR else None
        return cls(sizes[0], sizes[-1], design.target, _packed(design.sample), _packed(values),
                   samples, -(-samples // block_samples), block_samples, address, length, crc,
                   name)

    def check(self, design: Design) -> None:
        """Raise ValueError unless a design can learn from this set."""
        sizes = design.network.sizes
        if (self.inputs, self.outputs) != (sizes[0], sizes[-1]):
            raise ValueError(f"the stored set is of {self.inputs} inputs and {self.outputs} "
                             f"outputs, but the design is {design.network}: write a set for it")
        wanted = Header.of(design, samples=1, block_samples=1, address=0, length=0, crc=0)
        if (self.target, self.sample, self.values) != (wanted.target, wanted.sample,
                                                       wanted.values):
            raise ValueError("the stored set has another kind of target, or other number formats, "
                             f"than the design, whose inputs are {design.sample}: write it again")

    def pack(self) -> bytes:
        """The page."""
        body = LAYOUT.pack(
            MAGIC, VERSION, self.inputs, self.outputs, TARGETS.index(self.target), self.sample,
            self.values, self.samples, self.blocks, self.block_samples, self.address, self.length,
            self.crc, self.name.encode()[:32])
        body = body.ljust(PAGE_BYTES - 4, b"\0")
        return body + binascii.crc32(body).to_bytes(4, "little")

    @classmethod
    def unpack(cls, page: bytes) -> "Header":
        """Header from a page; raises ValueError if it is none."""
        if len(page) != PAGE_BYTES or page[:4] != MAGIC:
            raise ValueError("no set is stored there")
        if binascii.crc32(page[:-4]) != int.from_bytes(page[-4:], "little"):
            raise ValueError("the header of the stored set is damaged: write the set again")
        (_, version, inputs, outputs, target, sample, values, samples, blocks, block_samples,
         address, length, crc, name) = LAYOUT.unpack(page[:LAYOUT.size])
        if version != VERSION:
            raise ValueError(f"the stored set is of version {version} of the coding, not of "
                             f"{VERSION}: write the set again")
        return cls(inputs, outputs, TARGETS[target], sample, values, samples, blocks,
                   block_samples, address, length, crc,
                   name.rstrip(b"\0").decode(errors="replace"))
