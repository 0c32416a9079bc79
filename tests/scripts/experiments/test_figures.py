"""Tables of the page of results are rerun and compared with it, figure by figure."""

import re

import pytest
import typer

from cortigate.golden.timeline import Account
from cortigate.scripts.benchmark.engine import Cost
from cortigate.scripts.experiments import figures as module
from cortigate.scripts.experiments.figures import (
    FIGURES,
    PAGE,
    Figures,
    differences,
    figures,
    table_of,
)

TEXT = PAGE.read_text(encoding="utf-8")
# A line below each table of figures: when it was made, and with what.
DATED = re.compile(r"\*20\d\d-\d\d-\d\d[^;]*; \w[^*]*\d\.\d[^*]*\.\*")


def run(capsys, **options):
    """Exit code of the command, and its lines."""
    with pytest.raises(typer.Exit) as ended:
        figures(**{"workers": 1, "page": PAGE} | options)
    return ended.value.exit_code, capsys.readouterr().out.splitlines()


def test_the_quick_tables_are_as_on_the_page(capsys):
    code, lines = run(capsys, quick=True)
    assert (code, lines[-1]) == (0, "changed: none"), lines
    assert lines[0].startswith("utilisation: all 12 figures the same, ")


def test_a_figure_that_differs_is_told(tmp_path, capsys):
    page = tmp_path / "results.md"
    page.write_text(TEXT.replace("| 0.954 | 1.217 |", "| 0.953 | 1.217 |"), encoding="utf-8")
    code, lines = run(capsys, only=["utilisation"], page=page)
    assert code == 1 and lines[-1] == "changed: utilisation"
    assert lines[1] == ("  phaseless alignment, 64-64-32-10, 8: no rate zero: the page has 0.953, "
                        "now 0.954")
    assert len(lines) == 3


def test_a_row_that_one_table_lacks_is_told():
    page = {("a", "x"): "1", ("b", "x"): "2"}
    assert differences(page, {("b", "x"): "2", ("c", "x"): "3"}) == [
        "a: x: the page has 1, now nothing", "c: x: the page has nothing, now 3"]
    assert differences(page, dict(page)) == []


def test_a_row_without_a_name_has_that_of_the_row_above():
    text = ("<!-- figures: t -->\n| n | g | x | y |\n|---|---|---|---|\n"
            "| 1-2 | a | 3 | |\n| | b | 4 | 5 |\n")
    assert table_of(text, "t", 2) == {("1-2, a", "x"): "3", ("1-2, b", "x"): "4",
                                      ("1-2, b", "y"): "5"}


def test_every_table_that_is_rerun_is_on_the_page_and_the_reverse():
    marks = re.findall(r"^<!-- figures: (\S+) -->$", TEXT, re.M)
    assert sorted(marks) == sorted(FIGURES)
    for name, one in FIGURES.items():
        assert isinstance(one, Figures) and len(table_of(TEXT, name, one.keys)) >= 6


def test_accuracies_of_ghost_units_have_the_rows_of_the_page(monkeypatch):
    monkeypatch.setattr(module, "execute", lambda run, seed: run)
    monkeypatch.setattr(module, "summarise", lambda run, results: {
        "mean": len(results), "std": len({result.label for result in results})})
    found = FIGURES["ghost"].rerun(1)
    assert found.keys() == table_of(TEXT, "ghost", FIGURES["ghost"].keys).keys()
    assert set(found.values()) == {"5.00 ± 1.00"}


def test_every_table_of_figures_says_when_and_with_what():
    tables = re.findall(r"(?m)^\|.*\|\n\|[- |]+\|\n(?:\|.*\|\n)+(.*\n.*\n)", TEXT)
    assert len(tables) >= 9
    for number, below in enumerate(tables):
        assert number == 0 or DATED.search(below), below  # the first names commands


def test_cycles_of_all_designs_have_the_rows_of_the_page(monkeypatch):
    causes = dict.fromkeys(Account.causes(), 2.0)
    monkeypatch.setattr(module, "cost_of", lambda name: Cost(
        3, macs=1000.0, passes=1.0, dense=500.0, events=400.0, limit=50.0, waits=causes,
        dense_waits=causes))
    found, page = FIGURES["waiting"].rerun(1), table_of(TEXT, "waiting", FIGURES["waiting"].keys)
    assert {row for row, _ in found} == {row for row, _ in page}
    assert {column for _, column in found} >= {column for _, column in page}
    assert found["digits, ghost, 64-32-10, 8, left out", "waiting"] == "3.0 %"
    assert found["digits, ghost, 64-32-10, 8, none", "products"] == "0.250"


@pytest.mark.parametrize("options, message", [
    ({"only": ["nothing"]}, "--only must be one of waiting, "),
    ({"only": ["ghost"], "quick": True}, "none of ghost is quick"),
])
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        figures(**{"workers": 1, "page": PAGE} | options)


def test_a_page_without_the_table_is_refused(tmp_path):
    page = tmp_path / "results.md"
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        figures(page=page, quick=True)
    page.write_text("# Results\n", encoding="utf-8")
    with pytest.raises(ValueError, match="a table below <!-- figures: utilisation -->"):
        figures(page=page, quick=True)
