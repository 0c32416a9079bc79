"""The commands about boards: what fits, the table of builds, loading."""

import json

import numpy as np
import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.loader import LoadError
from cortigate.golden.datasets import Dataset
from cortigate.golden.spec import Network, design_for, preset
from cortigate.scripts.commands.boards import boards, largest, presets_that_fit
from cortigate.scripts.commands.flash import flash
from cortigate.scripts.commands.table import cycles, table


def test_boards_lists_every_board(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    boards(rule=None, inputs=64)
    said = capsys.readouterr().out
    for name in BOARDS:
        assert name in said
    assert "largest 64-h-10" in said and "h = " in said


def test_what_fits_on_a_board():
    small, large = board("icebreaker"), board("ulx3s-85f")
    assert "digits" in presets_that_fit(small) and "deep" not in presets_that_fit(small)
    assert presets_that_fit(large).startswith("all ")
    assert largest(small, "inversion", 64) == "no preset for inversion"
    assert largest(large, "ghost", 784).startswith("h = ")


def test_flash_finds_the_build(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LoadError, match="no bitstream in build/ulx3s-25f: build it first"):
        flash("ulx3s-25f", target=None, build=None)


def built(folder, name, design):
    """A folder as a build for the iCEBreaker leaves it."""
    (folder / name).mkdir()
    (folder / name / "report.json").write_text(json.dumps({
        "board": "icebreaker", "clock_hz": 36_000_000, "design": preset(design).to_dict(),
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
