import json
from dataclasses import replace

import numpy as np
import pytest

from cortigate.scripts.experiments.microcircuit import (
    LEARNT,
    MICROCIRCUIT,
    NETWORKS,
    OPTIMISERS,
    RULES,
    TUNED,
    microcircuit,
)


def test_quick_form_trains_every_rule_and_writes_both_files(tmp_path, capsys):
    microcircuit(only=["shallow"], row=None, seeds=2, workers=1, output=tmp_path, quick=True)
    [section] = json.loads((tmp_path / "microcircuit.json").read_text())["sections"]
    rows = {row["model"]: row for row in section["rows"]}
    assert list(rows) == list(RULES)
    for label, row in rows.items():
        assert np.shape(row["accuracies"]) == (1, 2) and row["batch"] == 16
        assert ("cosines" in row) == (label not in OPTIMISERS)
    concordant = rows["sign-concordant, random M"]
    assert np.mean(concordant["accuracies"]) > np.mean(rows["no feedback"]["accuracies"]) + 10.0
    assert concordant["looks"] == [0, 1] and len(concordant["cosines"][0]) == 2
    assert concordant["cosines"][0][0] > 0.4 > abs(rows["random"]["cosines"][0][0]) + 0.2
    assert rows["no feedback"]["cosines"][0][0] is None
    assert rows["no feedback"]["errors"][0] == 0.0 < concordant["errors"][0]
    text = (tmp_path / "microcircuit.md").read_text(encoding="utf-8")
    assert text.count("\n| 64-32-10 | ") == len(RULES) and "abstract" in text
    assert "wrote" in capsys.readouterr().out


def test_one_at_a_time_the_rate_is_halved_and_the_gate_matters():
    section = MICROCIRCUIT.sections["online"]()
    rows = {row.label: row for row in section.rows if row.network == "64-32-10"}
    row = replace(rows["sign-concordant, random M"], length=1)
    kept, halved, twice = (section.train(replace(row, halvings=halvings), [0])["accuracies"]
                           for halvings in ((1,), (0,), (0, 0)))
    assert kept[0][0] > 80.0 and len({kept[0][0], halved[0][0], twice[0][0]}) == 3
    open_gate = section.train(replace(rows["no gate"], length=1), [0])["accuracies"]
    assert open_gate[0][0] < 70.0


def test_cosines_at_the_same_weights(tmp_path):
    microcircuit(only=["same-weights"], row="64-32-10", seeds=2, workers=1,
                 output=tmp_path, quick=True)
    [section] = json.loads((tmp_path / "microcircuit.json").read_text())["sections"]
    rows = {(row["network"], row["model"]): row["cosines"][-1] for row in section["rows"]}
    for network in ("64-32-10", "64-64-32-10"):
        graded, random = rows[network, "transposed, graded"], rows[network, "random"]
        assert graded[0] > 0.6 and graded[0] > rows[network, "sign-concordant, graded"][0]
        assert random[0] < rows[network, LEARNT][0] - 0.2
        # The last layer's errors do not depend on the feedback.
        assert rows[network, "transposed"][-1] == pytest.approx(random[-1])
    section = MICROCIRCUIT.sections["shallow"]()
    [learner] = [row for row in section.rows if row.label == LEARNT]
    trained = section.train(replace(learner, length=1), [0, 1])
    assert rows["64-32-10", LEARNT] == pytest.approx(trained["cosines"][-1])
    assert "accuracy" not in (tmp_path / "microcircuit.md").read_text().split("##")[1]


def test_every_row_has_a_name_and_parameters_of_its_own():
    for section in (make() for make in MICROCIRCUIT.sections.values()):
        assert section.about.endswith(".")
        assert len({(row.network, row.label) for row in section.rows}) == len(section.rows)
        assert len({(row.parameters, row.optimiser) for row in section.rows}) == len(section.rows)
    assert set(TUNED) == set(NETWORKS) and all(set(one) == set(RULES) for one in TUNED.values())


def test_the_record_states_the_mean_of_the_last_epochs():
    row = {"network": "3-2-2", "model": "Dale", "seeds": [0, 1], "rate": 2.0**-6.5,
           "accuracies": [[0.0, 0.0]] * 4 + [[50.0, 60.0]] + [
               [95.0, 96.0], [96.0, 98.0], [97.0, 97.0]],
           "looks": [0, 8], "cosines": [[0.5, None], [0.25, 0.125]], "spikes": [4.0, 3.0, 2.0],
           "errors": [12.0, 1.5], "operations": [30.4, 3.0, 40.0]}
    assert MICROCIRCUIT.figures(row)[0]["after 5"] == "55.0"
    lines = MICROCIRCUIT.markdown(MICROCIRCUIT.record([("deep", "About.", [row])])).split("\n")
    assert lines[-2] == ("| 3-2-2 | Dale | 96.50 ± 0.71 | 96.00 | 55.0 | 2^-6.5 | 0.50 – | "
                         "0.25 0.12 | 12.00 1.50 | 30 + 3 + 40 | 2 |")
