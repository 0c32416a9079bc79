"""Whether a placement is fast enough: the clock's own constraint, the margin, a second opinion."""

import dataclasses

import pytest

from cortigate.boards import timing
from cortigate.boards.board import board
from cortigate.boards.report import Report
from cortigate.boards.timing import MARGINS, judged
from cortigate.boards.tools import BuildError


@pytest.fixture
def opinion(monkeypatch):
    """What icetime says: set ``opinion.says``; None, as here, if it is not installed."""
    class Opinion:
        says = None

    monkeypatch.setattr(timing, "_icetime", lambda *args: Opinion.says)
    return Opinion


def at(name, clock, achieved, required=None):
    target = dataclasses.replace(board(name), clock_hz=round(clock * 1e6))
    asked = clock * (1 + MARGINS[target.chip.family.name])
    fmax = {"clk": (achieved, asked if required is None else required)}
    return judged(target, Report(1, fmax, (), ()), "folder", "x.pcf")


@pytest.mark.parametrize(("name", "clock", "achieved", "met"), [
    ("icebreaker", 40.0, 44.1, True), ("icebreaker", 40.0, 43.9, False),
    ("colorlight-i5", 100.0, 110.5, True), ("colorlight-i5", 100.0, 109.5, False),
    ("tang-nano-9k", 36.0, 47.0, True), ("tang-nano-9k", 36.0, 46.0, False)])
def test_a_margin_is_asked_for(name, clock, achieved, met, opinion):
    found = at(name, clock, achieved)
    assert found.met is met and found.margin in (0.10, 0.30) and found.icetime is None
    assert f"{achieved:.2f} MHz, margin {100 * found.margin:.0f} %" == str(found)


@pytest.mark.parametrize(("achieved", "second", "met"), [
    (40.5, 40.1, True), (44.5, 39.9, False), (39.9, 41.0, False)])
def test_no_margin_where_icetime_agrees(achieved, second, met, opinion):
    opinion.says = second
    found = at("icebreaker", 40.0, achieved)
    assert (found.met, found.margin, found.icetime) == (met, 0.0, second)
    assert str(found) == f"{achieved:.2f} MHz, by icetime {second:.2f} MHz"


def test_the_constraint_must_be_the_clock_in_use(opinion):
    assert at("icebreaker", 40.0, 50.0, 44.003).met  # periods of whole picoseconds
    for wrong in (12.0, 40.0):
        with pytest.raises(BuildError, match=f"clock of 44 MHz, not for clk at {wrong:g} MHz: "):
            at("icebreaker", 40.0, 50.0, wrong)
    target = board("icebreaker")
    with pytest.raises(BuildError, match="not for no clock"):
        judged(target, Report(1, {}, (), ()), "folder", "x.pcf")
    asked = 1.1 * target.clock_hz / 1e6
    both = {"clk": (50.0, asked), "rx": (90.0, asked)}
    with pytest.raises(BuildError, match="not for clk at .* MHz, rx at .* MHz"):
        judged(target, Report(1, both, (), ()), "folder", "x.pcf")


USB = {"clk": (100.0, 96.25), "io": (60.0, 52.8846), "bus": (15.0, 13.2212)}


@pytest.mark.parametrize("changed, crossing, met", [
    ({}, 18.0, True), ({"io": (52.0, 52.8846)}, 1.0, False), ({"bus": (13.0, 13.2212)}, 1.0, False),
    ({"clk": (95.0, 96.25)}, 1.0, False), ({}, 20.0, False)])
def test_with_usb_every_clock_has_its_margin_and_the_two_of_usb_are_in_step(changed, crossing, met):
    report = Report(1, USB | changed, (), (), (("io", "bus", crossing), ("clk", "bus", 50.0)))
    found = judged(board("ulx3s-25f-usb"), report, "folder", "x.lpf")
    assert found.met is met and found.achieved == report.fmax["clk"][0]
    assert set(found.others) == {"usb_io", "usb"}
    assert str(found).endswith(f"usb {report.fmax['bus'][0]:.2f} of 12.02 MHz, margin 10 %")


def test_with_usb_every_clock_must_have_been_placed_for():
    for fmax in ({"clk": (100.0, 87.5)}, USB | {"rx": (99.0, 25.0)}, USB | {"io": (60.0, 48.0769)}):
        with pytest.raises(BuildError, match="placement must be for clocks of 96.25 MHz and 52.88"):
            judged(board("ulx3s-25f-usb"), Report(1, fmax, (), ()), "folder", "x.lpf")
