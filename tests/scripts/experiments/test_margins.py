"""Samples left alone: shares, cycles and accuracies beside backprop."""

import json

import pytest

from cortigate.golden.spec import preset
from cortigate.scripts.experiments import margins as experiment
from cortigate.scripts.experiments.margins import as_markdown, margins, record_of, rows_of, trained


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Measure a few samples only."""
    monkeypatch.setattr(experiment, "MEASURED", 40)


def test_rows_are_designs_with_and_without_a_margin():
    rows = rows_of(False)
    assert {row.model for row in rows} == {"ghost", "inversion", "equilibrium", "backprop"}
    assert [row.margin for row in rows[:4]] == ["off", "0.125", "0.25", "0.5"]
    assert rows[0].design == preset("digits")
    assert {row.network for row in rows_of(True)} == {"784-128-10"}
    assert [row.epochs for row in rows_of(False, quick=True, text="inversion")] == [1, 1]


def test_what_leads_is_left_alone_and_spares_cycles():
    found = {(row.model, row.margin): trained(row, 0, None, True)
             for row in rows_of(False, quick=True, text="64-32-10") if row.model != "inversion"}
    assert {name for name, one in found.items() if one["left"] > 0} == {
        ("ghost", "0.5"), ("backprop", "0.5")}
    assert 0.9 * found["ghost", "off"]["cycles"] > found["ghost", "0.5"]["cycles"] > 150
    assert found["backprop", "off"]["cycles"] == found["backprop", "0.5"]["cycles"] == 0
    assert min(one["accuracy"] for one in found.values()) > 85


def test_the_command_writes_both_files(tmp_path, capsys):
    margins(row="ghost", seeds=1, workers=1, validation=False, folder=None, output=tmp_path,
            quick=True)
    record = json.loads((tmp_path / "margins.json").read_text())
    rows = record["sections"][0]["rows"]
    assert [row["margin"] for row in rows] == ["off", "0.5"]
    text = (tmp_path / "margins.md").read_text(encoding="utf-8")
    assert text == as_markdown(record) and "| to off |" in text
    assert f"{rows[1]['accuracy'][0] - rows[0]['accuracy'][0]:+.2f}" in text
    assert "margin 0.5" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no row holds 'nobody'"):
        margins(row="nobody", output=tmp_path)


def test_a_record_holds_what_each_seed_has_reached():
    row = rows_of(False)[1]
    found = record_of(row, [{"accuracy": 90.0, "left": 50.0, "cycles": 10.0},
                            {"accuracy": 92.0, "left": 60.0, "cycles": 12.0}], 2)
    assert (found["seeds"], found["accuracy"], found["digest"]) == (
        [0, 1], [90.0, 92.0], row.design.digest)
