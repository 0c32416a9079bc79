"""What designs took of a chip. Written by ``cortigate calibrate``, from real builds."""

from typing import NamedTuple

__all__ = ["MEASURED", "Measurement"]


class Measurement(NamedTuple):
    """One synthesis: lanes, places of LUTs, block RAMs but for weights and samples."""

    family: str
    rule: str
    lanes: int
    luts: int
    small_block_rams: int


MEASURED = (
    Measurement("ecp5", "equilibrium", 16, 10919, 9),
    Measurement("ecp5", "ghost", 16, 7371, 3),
    Measurement("ecp5", "inversion", 16, 9039, 6),
    Measurement("ecp5", "microcircuit", 16, 8444, 11),
    Measurement("ecp5", "pal", 16, 9949, 6),
    Measurement("gowin", "microcircuit", 4, 6473, 7),
    Measurement("ice40", "ghost", 8, 4687, 13),
    Measurement("ice40", "microcircuit", 4, 4487, 12),
)
