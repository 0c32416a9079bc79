"""`cortigate train` and `predict` on tables made for it, killed and gone on with, too."""

import csv
import json
import os
import re
import signal
import sys

import numpy as np
import pytest
from sklearn.datasets import load_wine

from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.keeper import Keeper
from cortigate.golden.datasets import read_table
from cortigate.scripts.cli import main
from cortigate.scripts.own.teaching import Teaching

RNG = np.random.default_rng(1)
X = RNG.random((60, 3)).round(3)
KINDS = np.array(["low", "high"])[(X[:, 0] > 0.5).astype(int)]
QUICK = ("--epochs", 6, "--hidden", 4, "--learning-rate-shift", 2)


def write(path, head, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An own folder with a table of classes, one of values, and one without either."""
    monkeypatch.chdir(tmp_path)
    write("kinds.csv", ("id", "a", "b", "c", "kind"),
          [(number, *row, kind) for number, (row, kind) in enumerate(zip(X, KINDS, strict=True))])
    write("values.csv", ("a", "b", "c", "u", "v"),
          [(*row, 3 * row[0] - 1, 100 * row[1] * row[2]) for row in X])
    write("new.csv", ("c", "id", "a", "b"), [(c, 0, a, b) for a, b, c in X[:5]])
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a command: (exit code, standard output, standard error)."""
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cortigate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()
    return run


def learn(run, *arguments, table="kinds.csv", label=("--label", "kind", "--ignore", "id")):
    return run("train", table, *label, *QUICK, *arguments)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_classes_are_learned_told_and_predicted(here, run):
    code, said, errors = learn(run, "--save", "m.safetensors", "--report", "r.html")
    assert (code, errors) == (0, "")
    assert "kinds.csv: 48 rows to learn from, 12 held out, 3 inputs" in said
    assert re.search(r"^learning 6/6 .* right while learning, held out: [\d.]+ % ", said, re.M)
    assert re.search(r"^3-4-2 by ghost, .*: 6 epochs$", said, re.M)
    right, guess = map(float, re.search(
        r"^held out: ([\d.]+) % right; the most frequent class for all: ([\d.]+) %", said,
        re.M).groups())
    assert right > 80 > guess
    assert "wrote m.safetensors and r.html" in said
    assert run("predict", "m.safetensors", "new.csv", "-o", "out.csv")[:2] == (
        0, "wrote 5 rows to out.csv\n")
    learner = CortigateClassifier.load("m.safetensors")
    assert read("out.csv") == [["kind"], *([one] for one in learner.predict(X[:5]))]


def test_a_network_that_has_learned_nothing_says_so(here, run):
    write("noise.csv", ("a", "b", "c", "kind"),
          [(*row, kind) for row, kind in zip(X, RNG.permutation(KINDS), strict=True)])
    code, _, errors = learn(run, table="noise.csv", label=("--label", "kind"))
    assert code == 0
    assert errors.startswith("WARNING: this is hardly better than the most frequent class for all")
    assert errors.count("\n") == 1


def test_probabilities_and_labels_that_are_known(here, run):
    learn(run, "--save", "m")
    code, said, errors = run("predict", "m", "kinds.csv", "--probabilities")
    rows = [line.split(",") for line in said.splitlines()]
    learner = CortigateClassifier.load("m")
    assert code == 0 and rows[0] == ["kind", "probability_high", "probability_low"]
    np.testing.assert_allclose([[float(one) for one in row[1:]] for row in rows[1:]],
                               learner.predict_proba(X), atol=1e-6)
    share = 100 * learner.score(X, KINDS)
    assert errors == f"{share:.2f} % of the labels in kinds.csv are as predicted\n"


def test_values_are_predicted_in_their_own_units(here, run):
    code, said, _ = learn(run, "--task", "regression", "--save", "m", "--report", "r.html",
                          table="values.csv", label=("--label", "u", "--label", "v"))
    assert code == 0 and "3-4-2 by ghost" in said and "held out: R² " in said
    assert run("predict", "m", "values.csv", "-o", "out.csv")[0] == 0
    head, *rows = read("out.csv")
    found = np.array(rows, float)
    assert head == ["u", "v"] and np.abs(found[:, 0] - (3 * X[:, 0] - 1)).mean() < 0.5
    assert np.ptp(found[:, 1]) > 10


def test_what_is_usual_is_learned_without_labels(here, run):
    code, said, _ = learn(run, "--task", "anomaly", "--save", "m", "--report", "r.html",
                          label=("--ignore", "id", "--ignore", "kind"))
    assert code == 0 and "held out: mean score -0." in said
    assert run("predict", "m", "new.csv", "-o", "out.csv")[0] == 0
    head, *rows = read("out.csv")
    assert head == ["anomaly", "score"]
    assert len(rows) == 5 and all(row[0] in "01" and float(row[1]) < 0 for row in rows)


def test_an_autoencoders_code_is_narrower_than_its_inputs(here, run):
    _, said, _ = run("train", "kinds.csv", "--task", "anomaly", "--ignore", "id", "--ignore",
                     "kind", "--epochs", 1)
    assert "3-32-1-32-3 by" in said


def test_a_result_for_machines(here, run):
    code, said, errors = learn(run, "--json", "--save", "m")
    record = json.loads(said)
    assert code == 0 and "held out:" in errors
    assert (record["task"], record["network"], record["epochs"], record["held_out"]) == (
        "classes", "3-4-2", 6, 12)
    assert round(record["value"], 6) == position("m")["history"][-1]["held"]


def same(one, other):
    """Whether two files hold the same of everything."""
    one, other = Checkpoint.load(one), Checkpoint.load(other)
    arrays = [{**found.weights, **found.extra, "": found.generators} for found in (one, other)]
    return one.position == other.position and one.design == other.design and (
        arrays[0].keys() == arrays[1].keys()
        and all(np.array_equal(values, arrays[1][name]) for name, values in arrays[0].items()))


def position(path):
    return Checkpoint.load(path).position["notes"]


def test_the_seed_and_the_share_say_what_is_held_out(here, run):
    codes = [learn(run, "--seed", seed, "--held-out", 0.5, "--save", f"m{seed}{again}")[0]
             for seed, again in ((0, 0), (0, 1), (1, 0))]
    assert codes == [0, 0, 0]
    assert same("m00", "m01") and not same("m00", "m10")
    assert learn(run, "--held-out", 0)[1].count("held out") == 1  # 0 of them


def test_balanced_and_early_stopping_are_the_estimators(here, run):
    code, said, _ = learn(run, "--balanced", "--early-stopping", "--epochs", 60, "--save", "m")
    learner = CortigateClassifier.load("m")
    assert code == 0 and learner.class_weight == "balanced" and learner.early_stopping
    assert len(learner.validation_scores_) == learner.n_epochs_ < 60
    assert f": {learner.n_epochs_} epochs\n" in said
    assert run("predict", "m", "new.csv")[2] == ""  # which was not interrupted


# ---- networks ------------------------------------------------------------------------------------

def test_networks_by_options_and_by_a_file(here, run):
    (here / "my.toml").write_text("network = '3-5-2'\nrule = 'pal'\n", encoding="utf-8")
    table = ("train", "kinds.csv", "--label", "kind", "--ignore", "id", "--epochs", 1)
    for options, network in (
            (("--design", "my.toml"), "3-5-2 by pal"), (("--layers", "3-6-2"), "3-6-2 by ghost"),
            (("--design", "my.toml", "--layers", "3-7-2"), "3-7-2 by pal"),
            (("--rule", "inversion", "--hidden", "4-3", "--lanes", 2), "3-4-3-2 by inversion, 2")):
        code, said, _ = run(*table, *options)
        assert code == 0 and network in said


@pytest.mark.parametrize("options, message", [
    (("--layers", "4-5-2"), "--layers must begin with 3 and end with 2 for kinds.csv, not be "),
    (("--layers", "3-5-2", "--hidden", "5"), "--hidden and --layers both name the layers"),
    (("--hidden", "many"), "--hidden must be numbers of neurons such as 32 or 64-32, not 'many'"),
    (("--design", "my.toml", "--hidden", "5"), "--hidden belongs to a new network"),
    (("--design", "other.toml"), "the design 4-5-2 takes 4 features and 2 classes, but the data"),
    (("--rule", "hebb"), "rule must be one of ghost"),
    (("--device", "abacus"), "device must be one of")])
def test_a_network_that_is_not_for_the_data(here, run, options, message):
    (here / "my.toml").write_text("network = '3-5-2'\nrule = 'pal'\n", encoding="utf-8")
    (here / "other.toml").write_text("network = '4-5-2'\nrule = 'pal'\n", encoding="utf-8")
    code, said, errors = run("train", "kinds.csv", "--label", "kind", "--ignore", "id", *options,
                             "--save", "m")
    assert code == 2 and errors.startswith(f"cortigate: {message}"), errors
    assert not (here / "m").exists()


# ---- refusals ------------------------------------------------------------------------------------

@pytest.mark.parametrize("options, message", [
    ((), "name the column of the labels with --label, or learn without labels"),
    (("--label", "sort"), "kinds.csv has no column 'sort'"),
    (("--label", "kind", "--label", "a"), "a class has one column of labels, not 2"),
    (("--label", "a", "--ignore", "kind"), "kinds.csv, line 2: column 'a' holds 0."),
    (("--label", "id", "--ignore", "kind"), "kinds.csv, line 2: only this row has the label 0, "),
    (("--label", "kind", "--task", "regression"), "kinds.csv: column 'kind' must hold numbers for"),
    (("--label", "kind", "--task", "anomaly"), "--task anomaly learns without labels"),
    (("--label", "b"), "kinds.csv, line 2: column 'kind' must hold numbers, not '"),
    (("--label", "kind", "--held-out", "1"), "--held-out must be 0 or more and below 1"),
    (("--label", "kind", "--held-out", "0.01"), "--held-out 0.01 of 60 rows cannot hold out one"),
    (("--label", "kind", "--save", "none/m"), "there is no folder none"),
    (("--label", "kind", "--save", "new.csv"), "new.csv exists: "),
    (("--label", "kind", "--report", "new.csv"), "new.csv exists: delete it, or name another"),
    (("--label", "kind", "--save", "m", "--report", "m"), "--report m is also the file of the"),
    (("--label", "u", "--task", "regression", "--balanced"), "kinds.csv has no column 'u'"),
    (("--label", "a", "--ignore", "kind", "--task", "regression", "--balanced"),
     "--balanced belongs to classes, not to --task regression")])
def test_what_cannot_be_learned(here, run, options, message):
    before = {path: path.read_bytes() for path in here.iterdir()}
    code, said, errors = run("train", "kinds.csv", *options)
    assert (code, said) == (2, "") and errors.startswith(f"cortigate: {message}"), errors
    assert errors.count("\n") == 1
    assert {path: path.read_bytes() for path in here.iterdir()} == before


def test_one_label_alone_is_nothing_to_learn(here, run):
    write("same.csv", ("a", "kind"), [(1, "x"), (2, "x")])
    assert "same.csv: column 'kind' holds 'x' in every row" in learn(
        run, table="same.csv", label=("--label", "kind"))[2]
    write("many.csv", ("a", "kind"), [(1, number // 2) for number in range(600)])
    assert "column 'kind' holds 300 different labels, but at most 256 are told apart" in learn(
        run, table="many.csv", label=("--label", "kind"))[2]


def test_a_folder_that_takes_no_file(here, run, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert "m cannot be written: the folder . is write-protected" in learn(run, "--save", "m")[2]


@pytest.mark.parametrize("options, message", [
    (("other.csv",), "other.csv has no column 'b', which the model has learned from"),
    (("more.csv",), "more.csv has columns that the model has not learned from: leave out --ig"),
    (("gap.csv",), "gap.csv, line 3: column 'b' has no value"),
    (("new.csv", "-o", "kinds.csv"), "kinds.csv exists: delete it, or name another file"),
    (("new.csv", "-o", "none/out.csv"), "there is no folder none"),
    (("none.csv",), "there is no file none.csv: name a table"),
    (("few.npz",), "few.npz has 2 inputs, but m ")])
def test_what_cannot_be_predicted(here, run, options, message):
    learn(run, "--save", "m")
    write("other.csv", ("a", "c"), [(1, 2)])
    write("more.csv", ("a", "b", "c", "more"), [(1, 2, 3, 4)])
    write("gap.csv", ("a", "b", "c"), [(1, 2, 3), (1, "", 3)])
    np.savez("few.npz", X=np.ones((2, 2)))
    code, said, errors = run("predict", "m", *options)
    assert (code, said) == (2, "") and errors.startswith(f"cortigate: {message}"), errors
    assert not (here / "out.csv").exists()


def test_probabilities_of_values_and_files_that_are_no_models(here, run):
    learn(run, "--task", "regression", "--save", "m", table="values.csv",
          label=("--label", "u", "--ignore", "v"))
    assert "--probabilities belongs to classes, but m has learned regression" in run(
        "predict", "m", "values.csv", "--probabilities")[2]
    assert "new.csv is not a checkpoint" in run("predict", "new.csv", "new.csv")[2]


def test_labels_are_compared_as_numbers_or_as_texts(here, run):
    numbers = (KINDS == "high").astype(int)
    write("numbers.csv", ("a", "b", "c", "kind"),
          [(*row, kind) for row, kind in zip(X, numbers, strict=True)])
    write("real.csv", ("a", "b", "c", "kind"),
          [(*row, float(kind)) for row, kind in zip(X, numbers, strict=True)])
    write("empty.csv", ("a", "b", "c", "kind"), [(*row, "") for row in X])
    learn(run, "--save", "m", table="numbers.csv", label=("--label", "kind"))
    first, second, none = (run("predict", "m", f"{name}.csv")[2]
                           for name in ("numbers", "real", "empty"))
    assert first.replace("numbers", "real") == second and not first.startswith("0.00 %")
    assert none == ""


def test_an_estimators_own_file_takes_columns_in_their_order(here, run):
    CortigateClassifier(hidden_layer_sizes=4, epochs=1).fit(X, KINDS).save("own")
    write("plain.csv", ("p", "q", "r"), X[:3])
    code, said, _ = run("predict", "own", "plain.csv")
    learner = CortigateClassifier.load("own")
    assert code == 0 and said.split() == ["label", *learner.predict(X[:3])]


# ---- killed, and gone on with --------------------------------------------------------------------

@pytest.fixture
def at_epoch(monkeypatch):
    """Lets a training do something when it has learned so many epochs, before it saves them."""
    def at(number, what):
        written = Teaching._written

        def then(self, estimator, counters):
            written(self, estimator, counters)
            if len(self.history) == number:
                what()

        monkeypatch.setattr(Teaching, "_written", then)
        return lambda: monkeypatch.setattr(Teaching, "_written", written)
    return at


@pytest.mark.parametrize("options", [
    ("--rule", "pal"), ("--early-stopping", "--balanced"),
    ("--task", "regression", "--label", "a", "--ignore", "kind"),
    ("--task", "anomaly", "--ignore", "kind")])
def test_a_killed_training_ends_in_the_same_bits(here, run, at_epoch, options):
    label = ("--ignore", "id") + (() if "--task" in options else ("--label", "kind"))
    assert learn(run, *options, "--save", "whole", label=label)[0] == 0
    undo = at_epoch(3, lambda: os.kill(os.getpid(), signal.SIGKILL))
    child = os.fork()
    if child == 0:
        learn(run, *options, "--save", "cut", label=label)
        os._exit(1)  # not reached
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    undo()
    assert len(position("cut")["history"]) == 2
    code, said, _ = run("predict", "cut", "new.csv")
    assert (code == 0) == ("anomaly" not in options)  # which has no threshold yet
    assert run("train", "kinds.csv", "--resume", "cut")[0] == 0
    assert same("cut", "whole")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_training_with_a_checkpoint(here, run, at_epoch, number):
    undo = at_epoch(1, lambda: os.kill(os.getpid(), number))
    code, _, errors = learn(run, "--save", "cut", "--report", "r.html")
    undo()
    assert code == 128 + number
    assert errors == (
        "cortigate: Saved in cut: continue with cortigate train kinds.csv --resume cut\n")
    assert not (here / "r.html").exists()
    assert "interrupted after 1 of 6 epochs" in run("predict", "cut", "new.csv")[2]
    code, said, _ = run("train", "kinds.csv", "--resume", "cut")
    assert code == 0 and "wrote cut and r.html\n" in said  # which was asked for at first
    (here / "r.html").unlink()
    learn(run, "--save", "whole", "--report", "r.html")
    assert same("cut", "whole")
    before = (here / "r.html").read_bytes()
    code, said, _ = run("train", "kinds.csv", "--resume", "cut")
    assert code == 0 and "no report is written: r.html exists: name another file with --" in said
    assert (here / "r.html").read_bytes() == before
    assert run("train", "kinds.csv", "--resume", "cut", "--report", "s.html")[0] == 0
    assert (here / "s.html").exists()


def test_more_epochs_and_another_file(here, run):
    learn(run, "--save", "m")
    before = (here / "m").read_bytes()
    assert run("train", "kinds.csv", "--resume", "m")[0] == 0  # nothing is left to do
    assert (here / "m").read_bytes() == before
    code, said, _ = run("train", "kinds.csv", "--resume", "m", "--epochs", 8, "--save", "longer")
    assert code == 0 and ": 8 epochs\n" in said and (here / "m").read_bytes() == before
    assert len(position("longer")["history"]) == 8


@pytest.mark.parametrize("options, message", [
    (("--epochs", 2), "--epochs must be at least 6, as many as are learned already, not 2"),
    (("--rule", "pal"), "m already holds the settings of its run: leave out --rule"),
    (("--label", "kind"), "m already holds the settings of its run: leave out --label")])
def test_what_a_run_goes_on_with_is_its_own(here, run, options, message):
    learn(run, "--save", "m")
    assert message in run("train", "kinds.csv", "--resume", "m", *options)[2]


def test_other_data_is_refused(here, run):
    learn(run, "--save", "m")
    text = (here / "kinds.csv").read_text(encoding="utf-8").splitlines()
    (here / "less.csv").write_text("\n".join(text[:-1]), encoding="utf-8")
    assert "the samples must be those that the run of the checkpoint learns from" in run(
        "train", "less.csv", "--resume", "m")[2]
    CortigateClassifier(hidden_layer_sizes=4, epochs=1).fit(X, KINDS).save("own")
    assert "own is not a checkpoint of cortigate train" in run(
        "train", "kinds.csv", "--resume", "own")[2]


def test_a_keeper_without_a_file_lets_signals_be(here, run, monkeypatch):
    asked = []
    monkeypatch.setattr(Keeper, "_ask", lambda self, *arguments: asked.append(arguments))
    assert learn(run)[0] == 0 and not asked


def test_wine_is_learned_from_a_file(here, run):
    wine = load_wine()
    write("wine.csv", (*wine.feature_names, "kind"),
          [(*row, kind) for row, kind in zip(wine.data, wine.target, strict=True)])
    code, said, _ = run("train", "wine.csv", "--label", "kind", "--epochs", 20)
    assert code == 0 and float(re.search(r"^held out: ([\d.]+)", said, re.M)[1]) > 90
    assert read_table("wine.csv").inputs.shape == (178, 14)
