import json

import numpy as np

from cortigate.golden.reference.equilibrium.rule import Start
from cortigate.scripts.experiments.equilibrium import EQUILIBRIUM, equilibrium
from cortigate.scripts.experiments.equilibrium.rows import Row


def test_quick_form_compares_every_initialiser_and_writes_both_files(tmp_path, capsys):
    equilibrium(only=["distance", "online"], row="64-64-10", seeds=1, workers=1, output=tmp_path,
                quick=True)
    record = json.loads((tmp_path / "equilibrium.json").read_text())
    tables = {section["name"]: section["rows"] for section in record["sections"]}
    assert set(tables) == {"distance", "online"} and tables["online"][0]["seeds"] == [0]
    rows = {row["model"]: row.get("starts") for row in tables["distance"]}
    untrained, trained = rows["untrained"], rows["lambda 0.01, alpha 0.5"]
    assert set(trained) == {start.value for start in Start}
    for figures in (*untrained.values(), *trained.values()):
        assert figures["leaky to 2^-5"] <= figures["leaky to 2^-10"]
        assert figures["sweeps to 2^-10"] < figures["leaky to 2^-10"]
    assert untrained["zero"]["distance"] == [1.0]
    for name in ("ffg", "ffF"):  # before they learn they are the naive pass
        assert untrained[name] == untrained["ff1"] and trained[name] != trained["ff1"]
    assert trained["ffa"]["distance"] < untrained["ffa"]["distance"]
    assert min(row["accuracy"][0] for row in tables["online"]) > 88.0
    text = (tmp_path / "equilibrium.md").read_text(encoding="utf-8")
    assert "| 64-64-10 | untrained | zero | 1.000 |" in text and "wrote" in capsys.readouterr().out
    assert f"| 64-64-10 | backprop |{'  |' * 8} " in text  # has no initialisers


def test_every_row_has_a_name_of_its_own_and_a_backprop_beside_it():
    for section in (make() for make in EQUILIBRIUM.sections.values()):
        names = [(row.network, row.label) for row in section.rows]
        assert len(set(names)) == len(names) and section.about.endswith(".")
        assert {row.network for row in section.rows} == {
            row.network for row in section.rows if row.rule is None} == {"64-64-10", "64-64-32-10"}


def test_the_record_states_mean_and_sample_spread():
    row = {"network": "3-2-2", "model": "row", "seeds": [0, 1], "accuracy": [96.0, 98.0],
           "at rest": [95.0, 95.0]}
    text = EQUILIBRIUM.markdown(EQUILIBRIUM.record([("few-steps", "About.", [row])]))
    assert "| 3-2-2 | row | 97.00 ± 1.41 | 95.00 ± 0.00 | 2 |" in text


def test_rates_fall():
    row = Row("row", None, (3, 2, 2), decay=0.5, halvings=(1, 2))
    np.testing.assert_allclose([row.scale(epoch) for epoch in range(3)], [1.0, 0.25, 1 / 16])
