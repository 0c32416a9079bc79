# amaranth: UnusedElaboratable=no
"""PLL settings: exact, and within the limits of the chips' data sheets.

The clocks are made, which checks their settings; `test_build` is where they are elaborated.
"""

from dataclasses import replace

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.clocks import ecp5, ecp5_usb, gowin, ice40
from cortigate.boards.clocks.pll import PllClock

GOWIN = ("GW1NR-9C", "C6/I5"), ("GW2A-18C", "C8/I7"), ("GW2AR-18C", "C8/I7")


@pytest.mark.parametrize("clock_hz, reference_hz, divr, divf, divq, width", [
    (36_000_000, 12_000_000, 0, 47, 4, 1), (45_000_000, 12_000_000, 0, 59, 4, 1),
    (48_000_000, 12_000_000, 0, 63, 4, 1), (24_000_000, 12_000_000, 0, 63, 5, 1),
    (31_250_000, 25_000_000, 0, 39, 5, 2), (60_000_000, 100_000_000, 4, 47, 4, 2),
    (250_000_000, 100_000_000, 0, 9, 2, 5), (199_500_000, 133_000_000, 0, 5, 2, 6),
])
def test_ice40(clock_hz, reference_hz, divr, divf, divq, width):
    found = ice40.setting(clock_hz, reference_hz)
    assert found.parameters == {"DIVR": divr, "DIVF": divf, "DIVQ": divq, "FILTER_RANGE": width}
    assert reference_hz * (divf + 1) == clock_hz * (divr + 1) << divq
    detector = reference_hz / (divr + 1)
    assert 10e6 <= detector <= 133e6 and 533e6 <= detector * (divf + 1) <= 1066e6


@pytest.mark.parametrize("clock_hz, reference_hz, reference, feedback, output", [
    (100_000_000, 25_000_000, 1, 4, 6), (87_500_000, 25_000_000, 2, 7, 7),
    (112_500_000, 25_000_000, 2, 9, 5), (25_000_000, 25_000_000, 1, 1, 24),
    (400_000_000, 25_000_000, 1, 16, 2), (108_000_000, 48_000_000, 4, 9, 6),
    (96_000_000, 48_000_000, 1, 2, 6), (100_000_000, 100_000_000, 1, 1, 6),
    (12_500_000, 25_000_000, 2, 1, 48)])
def test_ecp5(clock_hz, reference_hz, reference, feedback, output):
    found = ecp5.setting(clock_hz, reference_hz)
    assert found.parameters == {"CLKI_DIV": reference, "CLKFB_DIV": feedback, "CLKOP_DIV": output,
                                "CLKOP_CPHASE": output - 1, "CLKOP_FPHASE": 0}
    assert reference_hz * feedback == clock_hz * reference
    assert 10e6 <= reference_hz / reference and 400e6 <= clock_hz * output <= 800e6


@pytest.mark.parametrize("reference_hz, io_hz, oscillator_hz", [
    (25_000_000, 48_076_923.08, 625e6), (48_000_000, 48e6, 576e6), (100_000_000, 48e6, 480e6)])
def test_usb(reference_hz, io_hz, oscillator_hz):
    found, made = ecp5_usb.usb_setting(reference_hz)
    assert made == pytest.approx(io_hz) and abs(made / 48e6 - 1) < 2.0e-3
    assert found.oscillator_hz == pytest.approx(oscillator_hz)
    assert not ecp5.LIMITS.broken(found)
    values = found.parameters
    assert values["CLKOS2_DIV"] == 4 * values["CLKOS_DIV"]  # in step
    assert all(values[f"{name}_CPHASE"] == values[f"{name}_DIV"] - 1
               for name in ("CLKOP", "CLKOS", "CLKOS2"))
    back = reference_hz / values["CLKI_DIV"] * values["CLKFB_DIV"]
    assert back * values["CLKOP_DIV"] / values["CLKOS_DIV"] == pytest.approx(made)


def test_no_setting_is_near_enough_to_usb():
    with pytest.raises(ValueError, match="can make 48 MHz of to 0.2 %, within .*, not 19000000"):
        ecp5_usb.usb_setting(19_000_000)


@pytest.mark.parametrize("chip, grade", GOWIN)
@pytest.mark.parametrize("clock_hz", [27_000_000, 36_000_000, 45_000_000, 48_000_000, 54_000_000,
                                      63_000_000, 72_000_000, 108_000_000, 4_500_000])
def test_gowin(clock_hz, chip, grade):
    found = gowin.setting(clock_hz, 27_000_000, chip, grade).parameters
    reference, feedback, output = (found[f"{name}_SEL"] for name in ("IDIV", "FBDIV", "ODIV"))
    assert 27_000_000 * (feedback + 1) == clock_hz * (reference + 1)
    low, high = (400e6, 1200e6) if chip == "GW1NR-9C" else (500e6, 1250e6)
    assert low <= clock_hz * output <= high and output in gowin.OUTPUTS
    assert 27e6 / (reference + 1) >= 3e6


@pytest.mark.parametrize("find, clock_hz, nearest", [
    (lambda hz: ice40.setting(hz, 12_000_000), 35_000_001, "34.5 MHz or 35.25 MHz"),
    (lambda hz: ice40.setting(hz, 12_000_000), 12_000_000, "16.125 MHz"),
    (lambda hz: ecp5.setting(hz, 25_000_000), 95_000_000, "87.5 MHz or 100 MHz"),
    (lambda hz: ecp5.setting(hz, 25_000_000), 105_000_000, "100 MHz or 112.5 MHz"),
    (lambda hz: ecp5.setting(hz, 25_000_000), 500_000_000, "400 MHz"),
    (lambda hz: gowin.setting(hz, 27_000_000, *GOWIN[0]), 50_000_001, "49.5 MHz or 50.625 MHz"),
    (lambda hz: gowin.setting(hz, 27_000_000, *GOWIN[0]), 3_000_000, "3.375 MHz"),
])
def test_no_setting_keeps_the_limits(find, clock_hz, nearest):
    with pytest.raises(ValueError, match=rf"clock_hz must be .* of \d+ MHz within its limits \(.*"
                                         rf"\), such as {nearest}, not {clock_hz}$"):
        find(clock_hz)


def test_references_beyond_the_limits():
    for find, reference_hz in ((ice40.setting, 8_000_000), (ecp5.setting, 7_000_000)):
        with pytest.raises(ValueError, match=r"reference_hz must be .* MHz \(Lattice FPGA-DS-.*\)"):
            find(48_000_000, reference_hz)
    with pytest.raises(ValueError, match=r"reference_hz must be .* \(Gowin DS117, .*\), not 2"):
        gowin.setting(48_000_000, 2_000_000, *GOWIN[0])
    with pytest.raises(ValueError, match="chip must be one of GW1NR-9C C6/I5, .*, not GW1NR-9C C5"):
        gowin.setting(48_000_000, 27_000_000, "GW1NR-9C", "C5/I4")


def test_a_clock_is_not_made_beyond_the_limits():
    good = ecp5.setting(100_000_000, 25_000_000)
    for name, hz, said in (("detector_hz", 5e6, "its detector must run at 10 .. 400 MHz"),
                           ("oscillator_hz", 900e6, "its oscillator must run at 400 .. 800 MHz"),
                           ("clock_hz", 2_000_000, "its clock must run at 3.125 .. 400 MHz")):
        with pytest.raises(ValueError, match=rf"{said} \(Lattice FPGA-DS-02012"):
            PllClock(replace(good, **{name: hz}), ecp5.LIMITS, resource="clk25")


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_has_its_clock(name):
    target = board(name)
    clock = target.clock(target.clock_hz)
    made = getattr(clock, "setting", clock)
    assert made.reference_hz == target.platform().default_clk_frequency
    if made is clock:  # no PLL
        assert target.clock_hz == made.reference_hz
    else:
        assert made.clock_hz == target.clock_hz and not clock.limits.broken(made)
    with pytest.raises(ValueError, match="clock_hz must be"):
        target.clock(target.clock_hz + 1)


@pytest.mark.parametrize(("megahertz", "expected"), [
    (10.0, 1), (16.9, 1), (17.0, 2), (25.9, 2), (26.0, 3), (43.9, 3), (44.0, 4), (65.9, 4),
    (66.0, 5), (100.9, 5), (101.0, 6)])
def test_the_filter_of_an_ice40s_pll_follows_the_phase_detector(megahertz, expected):
    assert ice40.filter_range(megahertz * 1e6) == expected
