"""What designs took of a chip. Written by ``cortigate calibrate``, from real builds."""

from typing import NamedTuple

__all__ = ["MEASURED", "Point"]


class Point(NamedTuple):
    """One synthesis: lanes, places of LUTs, block RAMs but for weights and samples."""

    family: str
    rule: str
    lanes: int
    luts: int
    small_block_rams: int


MEASURED = ()
