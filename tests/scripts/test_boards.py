"""The commands about boards: what fits, the table of builds, loading."""

import json

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.loader import LoadError
from cortigate.golden.spec import preset
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


def test_table_of_what_is_built(tmp_path, capsys):
    folder = tmp_path / "icebreaker"
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({
        "board": "icebreaker", "clock_hz": 36_000_000, "design": preset("digits").to_dict(),
        "report": {"seed": 1, "fmax": {"clock": [36.6, 36.0]}, "resources": []}}))
    table(["icebreaker", "ulx3s-12f"], every_rule=False, build=False, seeds=1, folder=tmp_path)
    said = capsys.readouterr().out
    count = cycles(preset("digits"))
    assert 200 < count < 2000
    assert f"| {count:.0f} | {36_000_000 / count:.0f} |" in said
    assert "not in the table: ulx3s-12f, digits-deep: there is no finished build" in said
    assert cycles(preset("tiny")) is None
