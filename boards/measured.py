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
    Measurement("gw5a", 1, 4, 3990, 11),
    Measurement("gw5a", 1, 8, 5415, 14),
    Measurement("gw5a", 5, 4, 4587, 15),
    Measurement("ice40", 1, 4, 4046, 10),
    Measurement("ice40", 1, 8, 4932, 12),
    Measurement("ice40", 1, 16, 7655, 6),
    Measurement("ice40", 2, 4, 9410, 41),
    Measurement("ice40", 2, 8, 13596, 59),
    Measurement("ice40", 2, 16, 23132, 95),
    Measurement("ice40", 3, 4, 8899, 24),
    Measurement("ice40", 3, 8, 12931, 30),
    Measurement("ice40", 3, 16, 22015, 42),
    Measurement("ice40", 4, 4, 9180, 19),
    Measurement("ice40", 4, 8, 13927, 27),
    Measurement("ice40", 4, 16, 23976, 43),
    Measurement("ice40", 5, 4, 4463, 15),
    Measurement("ice40", 5, 8, 5524, 17),
    Measurement("ice40", 5, 16, 8139, 12),
)
