import json

import numpy as np

from cortigate.scripts.experiments.pal import PAL, pal


def test_quick_form_trains_and_writes_both_files(tmp_path, capsys):
    pal(only=["microcircuit", "layered"], row="PAL", seeds=2, workers=1,
        output=tmp_path, quick=True)
    circuit, layered = json.loads((tmp_path / "pal.json").read_text())["sections"]
    [row] = circuit["rows"]
    assert np.shape(row["angles"]) == (9, 2, 3) and row["steps"][-1] == 10_000
    ends = {row["model"]: np.array(row["angles"][-1]) for row in layered["rows"]}
    still = ends["PAL, no noise"]
    np.testing.assert_array_equal(still, layered["rows"][-1]["angles"][0])
    assert (ends["PAL"] < still - 10.0).all()
    text = (tmp_path / "pal.md").read_text(encoding="utf-8")
    assert text.count("\n| 64-") == len(layered["rows"]) and "\n| 5-20-10-20-5 | PAL | " in text
    assert "wrote" in capsys.readouterr().out


def test_digits_are_learnt_beside_the_baselines(tmp_path):
    pal(only=["digits"], row="64-32-10", seeds=1, workers=1, output=tmp_path, quick=True)
    [section] = json.loads((tmp_path / "pal.json").read_text())["sections"]
    rows = {row["model"]: row for row in section["rows"]}
    assert {"PAL", "FA, noise", "BP, noise", "FA", "BP"} <= set(rows)
    assert min(row["accuracies"][-1][0] for row in rows.values()) > 75.0
    assert rows["BP"]["angles"][-1] == [[0.0]]
    assert rows["PAL"]["angles"][-1][0][0] < rows["FA, noise"]["angles"][-1][0][0] - 10.0


def test_every_row_has_a_name_and_a_rule_of_its_own():
    for section in (make() for make in PAL.sections.values()):
        assert section.about.endswith(".")
        assert len({(row.network, row.label) for row in section.rows}) == len(section.rows)
        assert len({row.rule for row in section.rows}) == len(section.rows)


def test_the_record_states_mean_spread_and_the_widest_angle():
    row = {"network": "3-2-2", "model": "PAL", "seeds": [0, 1], "length": 2, "rate": 2.0**-6,
           "T": 8, "steps": [0, 5, 10], "accuracies": [[50.0, 60.0], [96.0, 98.0]],
           "angles": [[[90.0], [80.0]], [[50.0], [40.0]], [[20.0], [30.0]]]}
    lines = PAL.markdown(PAL.record([("digits", "About.", [row])])).split("\n")
    assert lines[-2] == ("| 3-2-2 | PAL | 97.00 ± 1.41 | 96.00 | 2^-6 | 8 | 2 | 85.0 | 25.0 | "
                         "30.0 | 10 | 2 |")
