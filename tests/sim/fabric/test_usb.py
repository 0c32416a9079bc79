# amaranth: UnusedElaboratable=no
"""A configured chip with USB: clocks that its PLLs must make, pins, and a bitstream that learns."""

from dataclasses import replace

import pytest

from cortigate.boards.bitstream.circuit import Cell, Circuit
from cortigate.boards.bitstream.ecp5.clock import PLAIN
from cortigate.boards.board import board
from cortigate.boards.build import build, made_hz
from cortigate.golden.spec import preset
from cortigate.sim.fabric.board import open_fabric
from cortigate.sim.fabric.usb import UsbFabric, usb_network_of
from cortigate.sim.proof import prove
from cortigate.sim.usb.host import NotAnswered

TARGET = board("ulx3s-25f-usb")
TINY = preset("tiny")
OFF = {"CLKMUX": "CLK", "LSRMUX": "LSR", "CEMUX": "CE", "LSRMODE": "LSR", "REGSET": "RESET",
       "SRMODE": "LSR_OVER_CE"}


def quiet(text):
    """Nobody listens."""


def pll(setting):
    """A PLL by its dividers, fed back from CLKOP."""
    return Cell("EHXPLLL", PLAIN | setting.parameters | {
        f"{name}_DIV": setting.parameters.get(f"{name}_DIV", 8)
        for name in ("CLKOS", "CLKOS2", "CLKOS3")}, {"CLKI": ("clk", "O"), "CLKFB": None})


def circuit(**changed):
    """Two PLLs, a register on each clock, and the pads; it drives no line and pulls D+ up."""
    clock = TARGET.clock(TARGET.clock_hz)
    cells = {"main": pll(clock.setting), "second": pll(clock.usb_setting)}
    for place, cell in cells.items():
        cell.inputs["CLKFB"] = (place, "CLKOP")
        cell.settings.update(changed.get(place, {}))
    for name, source in (("a", ("main", "CLKOP")), ("b", ("second", "CLKOS")),
                         ("c", ("second", "CLKOS2"))):
        cells[name] = Cell("TRELLIS_FF", OFF, {"CLK": source, "D": 1, "CE": 1, "LSR": 0})
    pads = {"G2": "clk", "D15": "d_p", "E15": "d_n", "B12": "pullup", "B2": "led"}
    for place in pads.values():
        driven = place not in ("clk",)
        cells[place] = Cell("TRELLIS_IO", {"DIRECTION": "OUTPUT" if driven else "INPUT"},
                            {"I": 1 if place == "pullup" else 0, "T": int(place[0] == "d")})
    return Circuit(cells, pads)


def test_both_plls_must_make_the_boards_clocks():
    assert made_hz(TARGET, circuit()) == pytest.approx(87.5e6)
    for changed in ({"second": {"CLKOS2_DIV": 51}}, {"second": {"CLKOS_DIV": 12}},
                    {"second": {"CLKI_DIV": 2}}):
        with pytest.raises(ValueError, match="PLLs must make 87500000, 48076923.0.*, 12019230.*"
                                             "Hz for sync, usb_io, usb, not "):
            made_hz(TARGET, circuit(**changed))
    # Another clock of the design's is for whoever compares it with the board's.
    assert made_hz(TARGET, circuit(main={"CLKI_DIV": 1})) == pytest.approx(175e6)


def test_pins_that_are_not_there():
    whole = circuit()
    pads = {pin: place for pin, place in whole.pads.items() if pin != "B12"}
    with pytest.raises(ValueError, match="pullup of ulx3s-25f-usb is at pin B12, where the circuit "
                                         "has no pad; it has pads at G2, D15"):
        usb_network_of(replace(whole, pads=pads), TARGET)
    with pytest.raises(ValueError, match="twin must be None for ulx3s-25f-usb, whose line is USB"):
        open_fabric(whole, TARGET, TINY, twin=whole)


def test_a_circuit_that_says_nothing_is_given_up():
    with UsbFabric(circuit(), TARGET, announce=quiet) as host:
        host.wire.wait(1200)
        state = host.wire.state()
        assert (state.pullup, state.busy, state.clashes) == (1, 0, 0)
        assert state.cycles == pytest.approx(100e-6 * TARGET.clock_hz, abs=2)
        with pytest.raises(NotAnswered, match="endpoint 0 does not take 8 bytes"):
            host.enumerate()
    with pytest.raises(NotAnswered):
        open_fabric(circuit(), TARGET, TINY, announce=quiet)
    absent = circuit()
    absent.cells["pullup"].inputs["I"] = 0
    with UsbFabric(absent, TARGET, announce=quiet) as host:
        with pytest.raises(NotAnswered, match="no device pulls D\\+ up"):
            host.enumerate()


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["ulx3s-25f-usb", "orangecrab-25f-usb"])
def test_a_bitstream_learns_over_usb(name, tmp_path):
    target = replace(board(name), clock_hz=48_000_000 if "crab" in name else 50_000_000)
    design = target.stored(TINY)
    found = build(target, design, tmp_path / "out", prove=prove, log=quiet)
    assert found.proof.stage == "bitstream" and found.proof.weights > 40
    assert set(found.timing.others) == {"usb_io", "usb"} and found.comparison.differences == ()
