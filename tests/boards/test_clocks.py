# amaranth: UnusedElaboratable=no
"""PLL settings: exact, and within the limits of the chips.

The clocks are made, which checks their settings; `test_build` is where they are elaborated.
"""

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.clocks import ecp5, gowin, ice40


@pytest.mark.parametrize("clock_hz, setting", [(36_000_000, (47, 4)), (48_000_000, (63, 4)),
                                               (24_000_000, (63, 5)), (12_000_000, (63, 6))])
def test_ice40(clock_hz, setting):
    divf, divq = setting
    assert ice40.divisors(clock_hz, 12_000_000) == setting
    assert 12_000_000 * (divf + 1) >> divq == clock_hz
    assert 533e6 <= 12e6 * (divf + 1) <= 1066e6


@pytest.mark.parametrize("clock_hz, reference_hz", [
    (10_000_000, 25_000_000), (25_000_000, 25_000_000), (80_000_000, 25_000_000),
    (87_500_000, 25_000_000), (325_000_000, 25_000_000), (400_000_000, 25_000_000),
    (80_000_000, 48_000_000), (90_000_000, 48_000_000), (80_000_000, 100_000_000),
    (105_000_000, 100_000_000)])
def test_ecp5(clock_hz, reference_hz):
    reference, feedback, output = ecp5.divisors(clock_hz, reference_hz)
    assert reference_hz * feedback == clock_hz * reference
    assert 400e6 <= clock_hz * output <= 800e6
    assert reference_hz / reference >= 3.125e6


@pytest.mark.parametrize("clock_hz", [27_000_000, 36_000_000, 45_000_000, 48_000_000, 54_000_000,
                                      63_000_000, 72_000_000, 108_000_000])
def test_gowin(clock_hz):
    reference, feedback, output = gowin.divisors(clock_hz, 27_000_000)
    assert 27_000_000 * (feedback + 1) == clock_hz * (reference + 1)
    assert 500e6 <= clock_hz * output <= 1200e6 and output in (2, 4, 8, 16, 32, 48)
    assert 27e6 / (reference + 1) >= 3e6


@pytest.mark.parametrize("family, clock_hz, reference_hz", [
    (ice40, 35_000_001, 12_000_000), (ice40, 1_000_000, 12_000_000),
    (ecp5, 80_000_001, 25_000_000), (ecp5, 500_000_000, 25_000_000),
    (gowin, 50_000_001, 27_000_000), (gowin, 3_000_000, 27_000_000)])
def test_checks(family, clock_hz, reference_hz):
    with pytest.raises(ValueError, match=f"clock_hz must be .*, not {clock_hz}"):
        family.divisors(clock_hz, reference_hz)


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_has_its_clock(name):
    target = board(name)
    target.clock(target.clock_hz)
    with pytest.raises(ValueError, match="clock_hz must be"):
        target.clock(target.clock_hz + 1)
