"""A sweep's runs as trials of an Optuna study: each once, with what the results say of it."""

import json
import sys
from types import SimpleNamespace

import pytest

from cortigate.scripts.cli import main
from cortigate.scripts.sweep.study import SweepStudy, distributions_of

optuna = pytest.importorskip("optuna")
TABLE = "a,b,kind\n" + "".join(f"{n % 7},{n % 5},{'high' if n % 7 > 3 else 'low'}\n"
                               for n in range(40))
TEXT = """\
data = { source = "kinds.csv", label = "kind" }
estimator = "classifier"
baseline = true
[grid]
rule = ["ghost", "pal"]
hidden_layer_sizes = 4
seed = [0, 1]
epochs = 1
milestones = [[]]
[grid.pal]
learning_rate_shift = [4, 6]
"""
IDENTITY = {"data": "0", "measure": "accuracy"}


@pytest.fixture
def sweep(tmp_path, monkeypatch, capsys):
    """Runs the command with a storage: (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kinds.csv").write_text(TABLE, encoding="utf-8")

    def run(text, storage="sqlite:///s.db"):
        (tmp_path / "my.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["cortigate", "sweep", "my.toml", "--jobs", "1", *(
            ["--storage", storage] if storage else [])])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()
    return run


def trials():
    return optuna.load_study(study_name="my", storage="sqlite:///s.db").trials


def kept(tmp_path):
    """Key -> row of the runs that are no baseline."""
    rows = map(json.loads, (tmp_path / "my.jsonl").read_text(encoding="utf-8").splitlines()[1:])
    return {row["run"]: row for row in rows if row["numbers"] == "integer"}


def test_every_run_is_a_trial_once_however_the_sweep_goes_on(sweep, tmp_path):
    assert sweep(TEXT.replace("[0, 1]", "0"), storage=None)[0] == 0
    code, said, _ = sweep(TEXT)  # of which a half was there before there was a study
    assert code == 0 and said.endswith("wrote my.jsonl and my.png, and the study my\n")
    assert sweep(TEXT)[0] == 0
    study, rows = optuna.load_study(study_name="my", storage="sqlite:///s.db"), kept(tmp_path)
    assert study.direction.name == "MAXIMIZE" and len(study.trials) == len(rows) == 6
    for trial in study.trials:
        row = rows.pop(trial.user_attrs["run"])
        assert trial.value == row["score"] and trial.state.name == "COMPLETE"
        assert trial.params == row["choice"] | {"milestones": ""}
        for name in ("seed", "cycles", "epochs", "weights", "scores"):
            assert trial.user_attrs[name] == row[name]
        assert trial.duration.total_seconds() == row["seconds"]
    assert trial.distributions["rule"].choices == ("ghost", "pal")
    assert study.best_value == max(trial.value for trial in study.trials)


def test_numbers_may_join_a_study_and_words_may_not(sweep):
    assert sweep(TEXT.replace('["ghost", "pal"]', '"pal"').replace("[0, 1]", "0"))[0] == 0
    code, _, errors = sweep(TEXT)
    assert code == 2 and "my: rule" not in errors and len(trials()) == 2
    assert errors.startswith("cortigate: rule has other values in the grid than in the study my")
    assert sweep(TEXT.replace('["ghost", "pal"]', '"pal"').replace("[4, 6]", "[4, 7]").replace(
        "[0, 1]", "0"))[0] == 0
    assert sorted(trial.params["learning_rate_shift"] for trial in trials()) == [4, 6, 7]


@pytest.mark.parametrize("storage, said", [
    ("s.db", "Could not parse SQLAlchemy URL"), ("sqlite:////no/s.db", "unable to open database")])
def test_a_storage_that_cannot_be_opened(sweep, tmp_path, storage, said):
    code, _, errors = sweep(TEXT, storage)
    assert code == 2 and errors.startswith("cortigate: --storage must be the URL of a database, ")
    assert said in errors and errors.count("\n") == 1 and not (tmp_path / "my.jsonl").exists()


def test_without_optuna_the_extra_is_named_and_nothing_has_begun(sweep, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    code, _, errors = sweep(TEXT)
    assert code == 2 and errors.startswith("cortigate: optuna is not installed: ")
    assert "[study]" in errors and not (tmp_path / "my.jsonl").exists()


def trial_of(**said):
    return SimpleNamespace(key="k", plan=SimpleNamespace(choice=SimpleNamespace(said=said)))


def row_of(score, **said):
    return {"run": "k", "score": score, "choice": said, "seconds": 1.0} | dict.fromkeys(
        ("seed", "numbers", "rule", "network", "design", "device", "scores", "epochs", "cycles",
         "weights"), 0)


def test_a_run_that_has_diverged_has_failed_and_less_may_be_better(tmp_path):
    storage, trial = f"sqlite:///{tmp_path}/s.db", trial_of(tol=1, concordant=True)
    SweepStudy(storage, "x", IDENTITY, [trial, trial_of(tol=0.5)], False).record(
        [row_of(None, tol=1, concordant=True), row_of(0.5) | {"run": "of another grid"}])
    study = optuna.load_study(study_name="x", storage=storage)
    assert study.direction.name == "MINIMIZE" and study.trials[0].state.name == "FAIL"
    assert [one.params for one in study.trials] == [{"tol": 1.0, "concordant": True}]
    for identity in (IDENTITY | {"data": "1"}, {}):
        with pytest.raises(ValueError, match="the study x in the storage is that of another sweep"):
            SweepStudy(storage, "x", identity, [trial], False)


def test_a_study_of_somebody_else_stays_as_it_is(tmp_path):
    storage = f"sqlite:///{tmp_path}/s.db"
    optuna.create_study(storage=storage, study_name="x").add_trial(
        optuna.trial.create_trial(value=1.0))
    with pytest.raises(ValueError, match="that of another sweep"):
        SweepStudy(storage, "x", IDENTITY, [trial_of()], False)
    assert optuna.load_study(study_name="x", storage=storage).user_attrs == {}


def test_trials_of_others_in_the_study_are_left_alone(sweep):
    text = TEXT.replace("[0, 1]", "0").replace("[4, 6]", "4")
    assert sweep(text)[0] == 0
    optuna.load_study(study_name="my", storage="sqlite:///s.db").enqueue_trial({"rule": "pal"})
    assert sweep(text)[0] == 0
    assert len(trials()) == 3


def test_a_distribution_holds_every_value():
    found = distributions_of([{"a": 1, "b": 0.5, "c": True, "d": "none", "e": [8, 4]},
                              {"a": 4, "b": 2, "d": 3, "e": "8", "f": float("inf")}])
    kinds = optuna.distributions
    assert found == {"a": kinds.IntDistribution(1, 4), "b": kinds.FloatDistribution(0.5, 2.0),
                     "c": kinds.CategoricalDistribution((False, True)),
                     "d": kinds.CategoricalDistribution((3, "none")),
                     "e": kinds.CategoricalDistribution(("8", "8-4")),
                     "f": kinds.CategoricalDistribution((float("inf"),))}
