"""Boards: a build plan for each, one real build of something small for each family."""

import json
import re

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from cortigate.boards import build as flow
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
    (constraints,) = (text for file, text in files.items() if re.search(r"(pcf|lpf|cst)$", file))
    # Line in, line out, LED and the oscillator.
    assert len(re.findall(r"set_io|LOCATE COMP|IO_LOC", constraints)) == 4
    commands = json.loads(files["build_design.json"])["commands"]
    assert len(commands) == 3
    # The clock that the PLL makes must be met.
    megahertz = target.clock_hz / 1e6
    where = constraints + " ".join(commands[1])
    assert f"{megahertz:g}" in where or f"{target.clock_hz}" in where
    assert "COLLISION_X_MASK" in files["design.ys"]
    known = {"yosys", "nextpnr-ice40", "nextpnr-ecp5", "nextpnr-himbaechel-gowin", "icepack",
             "ecppack", "gowin_pack"}
    assert {command[0] for command in commands} < known


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
    with pytest.raises(ValueError, match="board must be one of icebreaker, .*, not 'de10'"):
        board("de10")


# What a bitstream of each family begins with: the synchronisation word, the words before the
# chip's identity, the chip's identity in its command.
BITSTREAMS = {"icebreaker": (b"\x7e\xaa\x99\x7e", 64), "colorlight-i5": (b"\xff\xff\xbd\xb3", 512),
              "tang-nano-9k": (f"{0x06000000:032b}{0x1100481B:032b}".encode(), 1000),
              "tang-nano-20k": (f"{0x06000000:032b}{0x0000081B:032b}".encode(), 1000)}


@pytest.mark.parametrize("name", BITSTREAMS)
def test_every_family_reaches_a_bitstream(name, tmp_path):
    result = flow.build(board(name), preset("tiny"), tmp_path / "echo", core=Echo(),
                        log=lambda line: None)
    words, within = BITSTREAMS[name]
    assert words in result.bitstream.read_bytes()[:within]
    used = {row.name: row.used for row in result.report.resources}
    assert 20 <= used["FF"] <= 80 and used["LUT"] > 10 and used["DSP"] == used["block RAM"] == 0
    assert result.report.slack > 1 and result.report.critical


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
    with pytest.raises(flow.BuildError, match="runs at 45 MHz, but the best of seeds 7, 8"):
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
