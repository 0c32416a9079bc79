"""The experiment of tables of classes: the training of `cortigate train`, and its quick form."""

import json
import sys

import pytest
from sklearn.datasets import load_wine

from cortigate.golden.spec import RULES
from cortigate.scripts.cli import main
from cortigate.scripts.experiments.classes import CLASSES, EPOCHS, Row, classes, learner, problem


def test_quick_form_trains_and_writes_both_files(tmp_path):
    classes(only=["wine"], row="ghost", seeds=1, workers=1, output=tmp_path, quick=True)
    [table] = json.loads((tmp_path / "classes.json").read_text())["sections"]
    assert table["about"].startswith("178 wines")
    assert 0.6 < table["rows"][0]["score"][0] < 1
    assert "| wine 13-…-3 | ghost | " in (tmp_path / "classes.md").read_text(encoding="utf-8")


def test_every_rule_has_a_row_beside_scikit_learns():
    for data in ("wine", "breast-cancer", "made", "rings"):
        rows = CLASSES.sections[data]().rows
        assert [row.label for row in rows] == ["most frequent class", "MLPClassifier", *RULES]


def test_it_is_what_train_does(tmp_path, monkeypatch, capsys):
    wine = load_wine()
    lines = [",".join([*map(str, range(13)), "kind"]), *(
        ",".join([*map(repr, row), f"class {kind}"])
        for row, kind in zip(wine.data.tolist(), wine.target.tolist(), strict=True))]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wine.csv").write_text("\n".join(lines))
    monkeypatch.setattr(sys, "argv", ["cortigate", "train", "wine.csv", "--label", "kind", "--seed",
                                      "3", "--json"])
    with pytest.raises(SystemExit):
        main()
    said, found = json.loads(capsys.readouterr().out), problem("wine", 3)
    made = learner(Row("ghost", "wine", EPOCHS), found, 3).fit(found.x, found.y)
    assert (said["value"], said["configuration"]) == (found.score(made), made.design_.digest)
    assert said["guess"] == found.plain_score()
