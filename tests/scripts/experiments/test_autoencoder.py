import json

from cortigate.scripts.experiments.autoencoder import AUTOENCODER, autoencoder


def test_quick_form_trains_and_writes_both_files(tmp_path, capsys):
    for row, tables in (("backprop", ["reconstruction", "anomaly"]), ("Forest", ["anomaly"]),
                        ("ghost", ["reconstruction"])):
        autoencoder(only=tables, row=row, seeds=1, workers=1, output=tmp_path / row, quick=True)
    tables = json.loads((tmp_path / "backprop" / "autoencoder.json").read_text())["sections"]
    [[digits], [found]] = (table["rows"] for table in tables)
    assert digits["error"][0] < 0.95 and digits["probe"][0] > 30.0
    assert len(found["areas"][0]) == 10 and 0.5 < sum(found["areas"][0]) / 10 < 1.0
    text = (tmp_path / "Forest" / "autoencoder.md").read_text(encoding="utf-8")
    assert "| 64 features | IsolationForest | 0." in text
    assert "wrote" in capsys.readouterr().out
    ghost = json.loads((tmp_path / "ghost" / "autoencoder.json").read_text())["sections"][0]
    assert ghost["rows"][0]["error"][0] < 0.95


def test_every_rule_that_has_such_targets_has_a_row():
    rows = AUTOENCODER.sections["reconstruction"]().rows
    assert [row.label for row in rows] == ["backprop", "ghost", "equilibrium", "inversion", "pal"]
