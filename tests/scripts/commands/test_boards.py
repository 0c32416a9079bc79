# amaranth: UnusedElaboratable=no
"""The commands about boards: what fits, the table of builds, loading."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.programmer import LoadError
from cortigate.golden.datasets import Dataset
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.scripts.commands.boards import (
    boards,
    fitting,
    largest,
    presets_that_fit,
)
from cortigate.scripts.commands.flash import flash
from cortigate.scripts.commands.table import cycles, table


@pytest.mark.parametrize("columns", ["80", "140", None])
def test_every_board_has_a_line_of_its_own(columns, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    boards(rule=None, inputs=64)
    said = capsys.readouterr().out
    assert "…" not in said
    for name in BOARDS:
        [line] = [line for line in said.splitlines() if f" {name} " in line]
        assert board(name).chip.name in line and len(line) <= 80
    assert re.search(r" icebreaker .* 37.5 +│ 48 +│ 8 +│ 4 of 20 ", said)


@pytest.mark.parametrize("name", BOARDS)
def test_one_board_alone(name, capsys):
    target = board(name)
    boards(name)
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: {target.title}\n")
    line = "any rate from 115200 to " if target.usb is None else "1209:0005, a test number"
    setting = getattr(target.clock(target.clock_hz), "setting", None)
    clock = ["MHz, the oscillator's, at ", "without a PLL"] if setting is None else [
        "MHz from ", *(f"{key} {value}" for key, value in setting.parameters.items()),
        f"phase detector {setting.detector_hz / 1e6:g} ("]
    for text in (f"{target.chip.luts} LUT", f"{target.clock_hz / 1e6:g} ", *clock,
                 line,
                 target.programmer.program[0], *target.presets.values(), *target.notes):
        assert text in said


def test_a_preset_that_does_not_fit_is_not_offered(capsys, monkeypatch):
    """As that of a rule from outside, whose author had another chip in mind."""
    small = board("icebreaker")
    wrong = replace(small, presets={"inversion": "inversion-deep"} | small.presets)
    assert wrong.offered == small.presets and wrong.preset == small.preset
    monkeypatch.setattr("cortigate.scripts.commands.boards.board", lambda name: wrong)
    boards("icebreaker")
    said = capsys.readouterr().out
    assert "inversion" not in said and "digits, of ghost" in said
    assert largest(wrong, "inversion", 64)["reason"] == "no preset for inversion"
    with pytest.raises(ValueError, match=r"for the rules ghost, microcircuit, not for 'inversion' "
                                         r"\(inversion-deep takes 74 block RAM of"):
        wrong.design("inversion")
    assert wrong.design(None, "inversion-deep")[0] == "inversion-deep"  # if it is named
    assert replace(wrong, presets={"inversion": "inversion-deep"}).preset == "inversion-deep"


def test_one_board_says_which_pins_are_held_and_where_the_uart_is(capsys):
    boards("ulx3s-85f")
    said = " ".join(capsys.readouterr().out.split())
    assert "UART in M1, out L4" in said and "held L2 (wifi_gpio0) at 1" in said
    assert "clock 75 MHz from 25 MHz at G2" in said and "(10 .. 400)" in said
    boards("upduino")
    said = " ".join(capsys.readouterr().out.split())
    assert "UART in 15, out 14" in said and "held 16 (flash_select) at 1" in said
    for name, fact in (("ecpix5-85f", "ecpix5_r03"), ("tang-primer-20k", "DIP switches"),
                       ("colorlight-i9", "in doubt"), ("colorlight-i5", "compressed"),
                       ("orangecrab-25f", "adapter of 3.3 V")):
        boards(name)
        assert fact in capsys.readouterr().out


def test_a_board_of_ones_own_may_have_any_clock_and_no_loader(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text("from dataclasses import replace\n"
                    "from cortigate.boards.icebreaker import BOARD as OTHER\n"
                    "BOARD = replace(OTHER, name='mine', clock=lambda hz: None, programmer=None)\n")
    boards(str(path))
    said = capsys.readouterr().out
    assert f"{board('icebreaker').clock_hz / 1e6:g} MHz\n" in said
    assert "none: the board's own tool" in said and "PLL" not in said


def test_what_fits_on_a_board():
    small, large = board("icebreaker"), board("ulx3s-85f")
    names = presets_that_fit(fitting(small))
    assert "digits" in names and "deep" not in names
    assert presets_that_fit(fitting(large)).startswith("all ")
    assert largest(small, "inversion", 64)["reason"] == "no preset for inversion"
    assert largest(large, "ghost", 784)["hidden"] > 0


def test_fewer_lanes_or_what_is_short_where_the_preset_s_do_not_fit(monkeypatch):
    small = board("icebreaker")
    wide = small.design("ghost")[1].replace(lanes=16)
    monkeypatch.setattr(type(small), "design", lambda self, rule: ("wide", wide))
    monkeypatch.setattr(type(small), "offered", {"ghost": "wide"})
    found = largest(small, "ghost", 64)
    assert found["hidden"] > 0 and (found["lanes"], found["most_lanes"]) == (8, 8)
    none = largest(replace(small, chip=replace(small.chip, luts=1000)), "ghost", 64)
    assert none["hidden"] is None and none["reason"].startswith("none: ")
    assert none["reason"].endswith(" LUT of 950")


def test_flash_finds_the_build(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LoadError, match="no bitstream of ulx3s-25f in build/ulx3s-25f: build"):
        flash("ulx3s-25f", target=None, build=None)


def built(folder, name, design):
    """A folder as a build for the iCEBreaker leaves it."""
    (folder / name).mkdir()
    (folder / name / "report.json").write_text(json.dumps({
        "board": "icebreaker", "clock_hz": 36_000_000, "design": preset(design).to_dict(),
        "digest": preset(design).digest,
        "report": {"seed": 1, "fmax": {"clock": [36.6, 36.0]}, "resources": []}}))


def test_table_of_what_is_built(tmp_path, capsys):
    built(tmp_path, "icebreaker", "digits")
    built(tmp_path, "icebreaker-of-my-own", "tiny")
    table(["icebreaker", "ulx3s-12f"], every_rule=False, build=False, seeds=1, data=None,
          folder=tmp_path)
    said = capsys.readouterr().out
    assert "| icebreaker | ghost, 5-4-3-2 | 2 | 36 MHz | 36.6 MHz | 1 |" in said
    count = cycles(preset("digits"))
    assert 200 < count < 2000
    assert f"| {count:.0f} | {36_000_000 / count:.0f} |" in said
    assert "not in the table: ulx3s-12f, digits-deep: there is no finished build" in said
    assert cycles(preset("tiny")) is None


def test_cycles_of_other_data():
    rng = np.random.default_rng(0)
    design = design_for(Network((9, 6, 3)), lanes=2, sample_capacity=4)
    split = Dataset(rng.random((4, 9)), rng.integers(0, 3, 4), rng.random((2, 9)), np.array([0, 2]))
    assert 50 < cycles(design, split) < 1000
    assert cycles(preset("tiny"), split) is None
