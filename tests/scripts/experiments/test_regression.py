"""The experiment of regressions, in its quick form."""

import json

from cortigate.scripts.experiments.regression import REGRESSION, regression


def test_quick_form_trains_and_writes_both_files(tmp_path, capsys):
    for row, low, high in (("ghost", 0.1, 0.6), ("MLP", -2.0, 0.1)):  # one epoch is none for Adam
        regression(only=["diabetes"], row=row, seeds=1, workers=1, output=tmp_path, quick=True)
        [table] = json.loads((tmp_path / "regression.json").read_text())["sections"]
        [score] = table["rows"][0]["score"]
        assert low < score < high
        assert table["rows"][0]["network"] == "diabetes 10-16-1"
    assert "| diabetes 10-16-1 | MLPRegressor | " in (tmp_path / "regression.md").read_text()
    assert "wrote" in capsys.readouterr().out


def test_every_rule_that_has_such_targets_has_a_row():
    for name, network in (("diabetes", "diabetes 10-16-1"), ("linnerud", "linnerud 3-4-3")):
        rows = REGRESSION.sections[name]().rows
        assert [row.label for row in rows] == ["MLPRegressor", "ghost", "equilibrium", "inversion",
                                               "pal"]
        assert {row.network for row in rows} == {network}
