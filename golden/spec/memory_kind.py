"""Kinds of memory."""

from enum import Enum

__all__ = ["MemoryKind"]


class MemoryKind(Enum):
    """Where a memory is placed."""

    AUTO = "auto"
    BLOCK = "block"
    DISTRIBUTED = "distributed"
    SINGLE = "single"  # one port that reads or writes: iCE40's SPRAM
