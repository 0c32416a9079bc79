"""Resources that designs took. Written by ``cortigate calibrate``, from real builds."""

from typing import NamedTuple

__all__ = ["MEASURED", "Measurement"]


class Measurement(NamedTuple):
    """One synthesis: code of the rule, lanes, places of LUTs, block RAMs but for weights and
    samples.
    """

    family: str
    rule: int
    lanes: int
    luts: int
    small_block_rams: int


MEASURED = (
    Measurement("ecp5", 1, 16, 7371, 3),
    Measurement("ecp5", 2, 16, 10919, 9),
    Measurement("ecp5", 3, 16, 9039, 6),
    Measurement("ecp5", 4, 16, 9949, 6),
    Measurement("ecp5", 5, 16, 8444, 11),
    Measurement("gowin", 5, 4, 6473, 7),
    Measurement("ice40", 1, 8, 4687, 13),
    Measurement("ice40", 5, 4, 4487, 12),
)
