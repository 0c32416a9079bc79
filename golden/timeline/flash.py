"""How long samples take to come from a board's flash memory: the serial lines, cycle by cycle."""

from ..spec.flash import INDEX_BYTES

__all__ = ["block_cycles", "fed_per_second"]

HEAD_BYTES = 5  # operation, address, and a byte of silence
BYTE_CYCLES = 16  # of a byte on one line: its clock is half the design's
BEGIN, LAST = 3, 9  # cycles from the wish to read to the first clock; from a byte's end to its use
DESELECTED = 100e-9  # seconds between two reads


def read_cycles(clock_hz: float, lines: int, count: int) -> int:
    """Cycles from the wish to read to the use of the last one of `count` bytes."""
    return BEGIN + HEAD_BYTES * BYTE_CYCLES + count * BYTE_CYCLES // lines + LAST


def block_cycles(clock_hz: float, lines: int, count: int) -> int:
    """Cycles from the choice of a block to that of the next one, where the lines limit it.

    Parameters
    ----------
    clock_hz : float
        Of the design.
    lines : int
        That data comes on.
    count : int
        Bytes of the block, with its CRC.
    """
    return (read_cycles(clock_hz, lines, INDEX_BYTES) + read_cycles(clock_hz, lines, count)
            + 2 * int(clock_hz * DESELECTED))


def fed_per_second(clock_hz: float, lines: int, block_bytes: float, block_samples: int) -> float:
    """Samples a second that come, of blocks of this size on average."""
    return clock_hz * block_samples / block_cycles(clock_hz, lines, round(block_bytes))
