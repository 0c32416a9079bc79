"""The runner of tables: which rows it trains, what it prints and writes."""

import json
from dataclasses import dataclass

import pytest

from cortigate.scripts.tables import Experiment, Section, markdown_table, spread


@dataclass(frozen=True)
class Row:
    label: str
    network: str
    length: int


def train(row, seeds):
    return {"reached": [row.length + seed for seed in seeds]}


def section(about, *rows, quick=1):
    return lambda: Section(about, rows, train, quick)


def figures(record):
    return [{"best": f"{max(record['reached'])}"}, {"worst": f"{min(record['reached'])}"}]


LONG, SHORT = Row("long", "3-2-2", 50), Row("short", "3-4-2", 7)
EXAMPLE = Experiment(
    "example", "Example", "What it means.",
    {"first": section("One.", LONG, SHORT), "second": section("Two.", LONG, quick=10)},
    lambda row: {"twice": 2 * row.length}, figures)


def test_rows_are_trained_and_written_in_order(tmp_path, capsys):
    EXAMPLE.run(seeds=2, workers=1, output=tmp_path / "new")
    record = json.loads((tmp_path / "new" / "example.json").read_text())
    first, second = record["sections"]
    assert (first["name"], first["about"], second["name"]) == ("first", "One.", "second")
    long, short = first["rows"]
    assert short.pop("seconds") >= 0.0
    assert short == {"network": "3-4-2", "model": "short", "seeds": [0, 1], "length": 7,
                     "twice": 14, "reached": [7, 8]}
    assert long["reached"] == [50, 51]
    assert (tmp_path / "new" / "example.md").read_text(encoding="utf-8") == EXAMPLE.markdown(record)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "first   3-2-2  long   best 51" and said[3] == "first   3-4-2  short  worst 7"
    assert len(said) == 7 and said[-1].startswith("wrote ")


def test_the_document_has_a_line_for_each_of_a_rows_figures():
    row = {"network": "3-2-2", "model": "long", "seeds": [0, 1], "reached": [7, 8]}
    lines = EXAMPLE.markdown(EXAMPLE.record([("first", "One.", [row])])).splitlines()
    assert lines[0] == "# Example" and lines[4] == "What it means." and lines[6] == "## first"
    assert lines[8:] == ["One.", "", "| network | model | best | worst | seeds |",
                         "|---|---|---|---|---|", "| 3-2-2 | long | 8 |  | 2 |",
                         "| 3-2-2 | long |  | 7 | 2 |"]


@pytest.mark.parametrize("options, lengths", [
    ({}, {"first": [50, 7], "second": [50]}),
    ({"quick": True}, {"first": [1, 1], "second": [10]}),
    ({"only": ["second"]}, {"second": [50]}),
    ({"row": "3-4"}, {"first": [7]}),
    ({"row": "long", "only": ["first"]}, {"first": [50]}),
])
def test_sections_and_rows_are_chosen(options, lengths):
    found = EXAMPLE.chosen(**options)
    assert {name: [row.length for row in one.rows] for name, one in found.items()} == lengths


@pytest.mark.parametrize("options, message", [
    ({"only": ["third"]}, "--only must be one of first, second, not 'third'"),
    ({"row": "XYZ"}, "no row of first, second holds 'XYZ'"),
    ({"row": "short", "only": ["second"]}, "no row of second holds 'short'"),
])
def test_unknown_names_are_errors(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        EXAMPLE.run(**options, seeds=1, workers=1, output=tmp_path, quick=True)


def test_spread_and_tables():
    assert (spread([1.0, 3.0]), spread([1.0], 1)) == ("2.00 ± 1.41", "1.0")
    assert markdown_table([{"a": "1", "seeds": "2"}, {"b": "3"}]) == [
        "| a | b | seeds |", "|---|---|---|", "| 1 |  | 2 |", "|  | 3 |  |"]
