import json

import numpy as np
import pytest

from cortigate.golden.reference.equilibrium.rule import EqPropRule, Start
from cortigate.scripts.commands.relaxation import relaxation
from cortigate.scripts.experiments.equilibrium import (
    TABLES,
    Training,
    as_json,
    as_markdown,
    trainings_of,
)


def test_quick_form_compares_every_initialiser_and_writes_both_files(tmp_path, capsys):
    relaxation(table=["distance", "online"], seeds=1, workers=1, output=tmp_path, quick=True)
    record = json.loads((tmp_path / "relaxation.json").read_text())
    assert set(record["tables"]) == {"distance", "online"} and record["seeds"] == [0]
    rows = {row["weights"]: row["figures"] for row in record["tables"]["distance"]["rows"]}
    untrained, trained = rows["untrained"], rows["lambda 0.01, alpha 0.5"]
    assert set(trained) == {start.value for start in Start}
    for figures in (*untrained.values(), *trained.values()):
        assert figures["leaky to 2^-5"] <= figures["leaky to 2^-10"]
        assert figures["sweeps to 2^-10"] < figures["leaky to 2^-10"]
    assert untrained["zero"]["distance"] == [1.0]
    for name in ("ffg", "ffF"):  # before they learn they are the naive pass
        assert untrained[name] == untrained["ff1"] and trained[name] != trained["ff1"]
    assert trained["ffa"]["distance"] < untrained["ffa"]["distance"]
    online = {row["weights"]: row["figures"] for row in record["tables"]["online"]["rows"]}
    assert min(figures["accuracy"][0] for figures in online.values()) > 88.0
    text = (tmp_path / "relaxation.md").read_text(encoding="utf-8")
    assert "| 64-64-10 | untrained | zero | 1.000 |" in text and "wrote" in capsys.readouterr().out


def test_every_row_has_a_name_of_its_own_and_a_backprop_beside_it():
    for table in TABLES:
        trainings = trainings_of([table])
        names = [(t.network, t.label) for t in trainings]
        assert len(set(names)) == len(names)
        assert {t.network for t in trainings} == {
            t.network for t in trainings if t.rule is None} == {"64-64-10", "64-64-32-10"}


def test_the_record_states_mean_and_sample_spread():
    training = Training("few steps", "row", EqPropRule((3, 2, 2)), (3, 2, 2))
    record = as_json([(training, [{"accuracy": 96.0, "at rest": 95.0},
                                  {"accuracy": 98.0, "at rest": 95.0}])], [0, 1], "command")
    assert "| 3-2-2 | row | 97.00 ± 1.41 | 95.00 ± 0.00 |" in as_markdown(record)


def test_rates_fall_and_unknown_tables_are_told():
    training = Training("online", "row", None, (3, 2, 2), decay=0.5, halvings=(1, 2))
    np.testing.assert_allclose([training.scale(e) for e in range(3)], [1.0, 0.25, 1 / 16])
    with pytest.raises(ValueError, match=r"tables must be of distance, .* not \['figures'\]"):
        trainings_of(["figures"])
