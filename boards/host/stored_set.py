"""A set of samples as bytes for a flash memory: see `golden.spec.flash`."""

import binascii

import numpy as np

from ...golden.spec import Design, MemoryMap
from ...golden.spec.flash import (
    BLOCK_SAMPLES,
    INDEX_BYTES,
    MOST_BLOCKS,
    MOST_SAMPLES,
    PAGE_BYTES,
    Header,
)
from ...golden.spec.qformat import check_integer
from ..device.samples import Targets
from .link import crc
from .packing import sample_image, sparse_elements

__all__ = ["coded", "stored_set"]

AT_ONCE = 4096  # samples that are packed at a time


def coded(words: np.ndarray) -> bytes:
    """A block: words, uint16 array, by elements, and the CRC-16 of these."""
    data, zero, place = b"", words == 0, 0
    while place < len(words):
        elements, _, place = sparse_elements(words, zero, place)
        data += elements
    return data + crc(data)


def stored_set(design: Design, inputs: np.ndarray, targets: Targets, *, address: int,
               block_samples: int = BLOCK_SAMPLES, name: str = "") -> bytes:
    """A set, of which the header begins at a byte of the flash memory.

    Parameters
    ----------
    design : Design
    inputs, targets
        Checked (`boards.device.samples.check_stored`).
    address : int
        A multiple of `PAGE_BYTES`.
    block_samples : int
        Samples in each block but the last, 1 .. `MOST_SAMPLES`.
    name : str
        For the header.

    Raises
    ------
    ValueError
        There are no samples, or too many for so short blocks.
    """
    check_integer("block_samples", block_samples, 1, MOST_SAMPLES)
    count, stored = len(inputs), MemoryMap(design).label_word + 1
    blocks = -(-count // block_samples)
    if not 1 <= blocks <= MOST_BLOCKS:
        raise ValueError(f"a stored set must have 1 .. {MOST_BLOCKS * block_samples} samples in "
                         f"blocks of {block_samples}, not {count}")
    if address % PAGE_BYTES:
        raise ValueError(f"address must be a multiple of {PAGE_BYTES}, not {address}")
    index, data, first = b"", [], address + PAGE_BYTES + INDEX_BYTES * blocks
    step = max(1, AT_ONCE // block_samples) * block_samples
    for start in range(0, count, step):
        part = slice(start, min(start + step, count))
        image = np.frombuffer(sample_image(design, inputs[part], targets[part]), "<u2")
        rows = image.reshape(part.stop - start, -1)[:, :stored]
        for at in range(0, len(rows), block_samples):
            block = rows[at:at + block_samples]
            data.append(coded(block.ravel()))
            index += (first & 0xFFFFFF | len(block) - 1 << 24).to_bytes(INDEX_BYTES, "little")
            first += len(data[-1])
    body = index + b"".join(data)
    header = Header.of(design, samples=count, block_samples=block_samples, address=address,
                       length=PAGE_BYTES + len(body), crc=binascii.crc32(body), name=name)
    return header.pack() + body
