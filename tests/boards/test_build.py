"""Boards: a build plan for each, PLL settings, one real build of something small."""

import json
import re

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cortigate.boards import build as flow
from cortigate.boards import icebreaker, ulx3s
from cortigate.boards.board import BOARDS, board
from cortigate.boards.report import Report, netlist_cells
from cortigate.golden.spec import preset
from cortigate.hdl.top import Top


class Echo(wiring.Component):
    """Sends back what it receives; a counter gives it a clock to be timed."""

    rx: In(1, init=1)
    tx: Out(1, init=1)
    busy: Out(1)

    def elaborate(self, platform):
        m = Module()
        count = Signal(20)
        m.d.sync += [self.tx.eq(self.rx), count.eq(count + 1)]
        m.d.comb += self.busy.eq(count[-1])
        return m


@pytest.mark.parametrize("name", BOARDS)
def test_plan_of_the_whole_design(name):
    target = board(name)
    assert target.name == name
    core = Top(preset("tiny"), target.clock_hz, target.baud)
    files = flow.plan(target, core, "design").files
    constraints = files.get("design.pcf") or files["design.lpf"]
    # Line in, line out, LED and the oscillator, and the PLL's output as a clock.
    assert len(re.findall(r"set_io|LOCATE COMP", constraints)) == 4
    megahertz = target.clock_hz / 1e6
    assert f"{megahertz:g}" in constraints or f"{target.clock_hz}" in constraints
    assert "COLLISION_X_MASK" in files["design.ys"]
    assert len(json.loads(files["build_design.json"])["commands"]) == 3


def test_a_design_for_every_rule():
    ulx = board("ulx3s-85f")
    assert ulx.preset == "digits-deep" and ulx.design()[1] == preset("digits-deep")
    assert ulx.design("equilibrium") == ("equilibrium-deep", preset("equilibrium-deep"))
    assert ulx.design("inversion", "inversion") == ("inversion", preset("inversion"))
    for target in map(board, BOARDS):
        for rule, name in target.presets.items():
            assert preset(name).rule.name == rule
    with pytest.raises(ValueError, match="preset digits is of the rule ghost, not inversion"):
        ulx.design("inversion", "digits")
    with pytest.raises(ValueError, match="for the rules ghost, microcircuit, not for 'inversion'"):
        board("icebreaker").design("inversion")


def test_unknown_board():
    with pytest.raises(ValueError, match="board must be one of icebreaker, ulx3s-85f, not 'de10'"):
        board("de10")


@pytest.mark.parametrize("clock_hz, setting", [(36_000_000, (47, 4)), (48_000_000, (63, 4)),
                                               (24_000_000, (63, 5)), (12_000_000, (63, 6))])
def test_ice40_pll(clock_hz, setting):
    divf, divq = setting
    assert icebreaker.divisors(clock_hz) == setting
    assert 12_000_000 * (divf + 1) >> divq == clock_hz
    assert 533e6 <= 12e6 * (divf + 1) <= 1066e6


@pytest.mark.parametrize("clock_hz", [10_000_000, 25_000_000, 80_000_000, 87_500_000,
                                      100_000_000, 325_000_000, 400_000_000])
def test_ecp5_pll(clock_hz):
    reference, feedback, output = ulx3s.divisors(clock_hz)
    assert 25_000_000 * feedback == clock_hz * reference
    assert 400e6 <= clock_hz * output <= 800e6
    assert 25e6 / reference >= 3.125e6


@pytest.mark.parametrize("divisors, clock_hz", [(icebreaker.divisors, 35_000_001),
                                                (icebreaker.divisors, 1_000_000),
                                                (ulx3s.divisors, 80_000_001),
                                                (ulx3s.divisors, 500_000_000)])
def test_pll_checks(divisors, clock_hz):
    with pytest.raises(ValueError, match=f"clock_hz must be .*, not {clock_hz}"):
        divisors(clock_hz)


def test_a_real_bitstream(tmp_path):
    lines = []
    target, output = board("icebreaker"), tmp_path / "echo"
    result = flow.build(target, preset("tiny"), output, core=Echo(), seeds=(1, 2),
                        log=lines.append)
    # An iCE40 bitstream: comment, then the synchronisation word.
    assert b"\x7e\xaa\x99\x7e" in result.bitstream.read_bytes()[:64]
    record = json.loads((output / "report.json").read_text())
    assert record["digest"] == preset("tiny").digest
    assert record["report"]["seed"] == result.report.seed
    used = {row.name: row.used for row in result.report.resources}
    assert 20 <= used["FF"] <= 60
    assert (used["DSP"], used["block RAM"]) == (0, 0)
    assert result.report.slack > 1
    assert result.report.achieved > 36
    assert result.report.critical
    assert result.report.seed == 1
    assert not any("seed 2" in line for line in lines)  # the first one was fast enough
    assert [path.name for path in tmp_path.iterdir()] == ["echo"]  # nothing temporary is left


def test_too_slow_fails_and_keeps_the_last_good_build(tmp_path, monkeypatch):
    output = tmp_path / "echo"
    output.mkdir()
    (output / "good").touch()
    monkeypatch.setattr(Report, "slack", 0.5)
    with pytest.raises(flow.BuildError, match="runs at 36 MHz, but the best of seeds 7, 8"):
        flow.build(board("icebreaker"), preset("tiny"), output, core=Echo(), seeds=(7, 8),
                   log=lambda line: None)
    assert (output / "good").exists()
    assert (tmp_path / "echo.failed" / "seed8.tim").exists()


def test_missing_tool_is_named(monkeypatch):
    monkeypatch.setenv("YOSYS", "no-such-yosys")
    with pytest.raises(flow.BuildError, match="no-such-yosys is not installed: pip install 'cort"):
        flow.tool("yosys")


def test_failing_tool_is_quoted(tmp_path, monkeypatch):
    script = tmp_path / "yosys"
    script.write_text("#!/bin/sh\necho 'ERROR: out of luck'\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(script))
    with pytest.raises(flow.BuildError, match="synthesis: yosys failed: ERROR: out of luck"):
        flow.build(board("icebreaker"), preset("tiny"), tmp_path / "out", core=Echo(),
                   log=lambda line: None)


def test_netlist_cells_counts_the_top():
    netlist = {"modules": {
        "cell": {"attributes": {"blackbox": "1"}, "cells": {}},
        "design": {"attributes": {"top": "00000000000000000000000000000001"},
                   "cells": {"a": {"type": "LUT"}, "b": {"type": "LUT"}, "c": {"type": "FF"}}},
    }}
    assert netlist_cells(netlist) == {"LUT": 2, "FF": 1}
