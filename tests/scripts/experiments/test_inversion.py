import json

from cortigate.scripts.experiments.inversion import INVERSION, inversion


def test_quick_form_trains_and_writes_both_files(tmp_path, capsys):
    inversion(only=["linear", "guard"], row="B=W^T", seeds=2, workers=1,
              output=tmp_path, quick=True)
    linear, guard = json.loads((tmp_path / "inversion.json").read_text())["sections"]
    [row] = linear["rows"]
    assert max(row["error"]) < 1e-4 and row["error"] == row["early"]
    for plain, guarded in (guard["rows"][:2], guard["rows"][2:]):
        assert not plain["guarded"] and guarded["guarded"]
        assert min(guarded["accuracies"][-1]) > 85.0
    assert min(guard["rows"][0]["accuracies"][-1]) < 30.0
    text = (tmp_path / "inversion.md").read_text(encoding="utf-8")
    assert text.count("\n| 64-") == 4 and text.count("\n| 30-20-10 linear/linear | DI ") == 1
    assert "wrote" in capsys.readouterr().out


def test_every_row_has_a_name_and_a_rule_of_its_own():
    for section in (make() for make in INVERSION.sections.values()):
        assert section.about.endswith(".")
        assert len({(row.network, row.label) for row in section.rows}) == len(section.rows)
        assert len({row.rule for row in section.rows}) == len(section.rows)


def test_a_diverged_row_is_written_as_such():
    row = {"network": "30-20-10", "model": "DI", "seeds": [0, 1], "length": 10, "eta": 2.0**-5,
           "guard": True, "guarded": 3, "largest sigma of W_L": [None, 2.0],
           "error": [None, 1.0], "early": [1e-4, 1e-2]}
    record = INVERSION.record([("linear", "About.", [row])])
    text = "| 30-20-10 | DI | 1.0e-03 | inf | inf | 10 | 2^-5 | 3 | ∞ | 2 |"
    assert text in INVERSION.markdown(record)
