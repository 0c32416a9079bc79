"""`cortigate sweep`: its table and picture, killed and gone on with, refused with a sentence."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from cortigate.scripts.cli import main
from cortigate.scripts.insights import drawing
from cortigate.scripts.sweep.results import ResultsFile

TEXT = """\
estimator = "classifier"
[data]
source = "kinds.csv"
label = "kind"
[grid]
hidden_layer_sizes = 4
learning_rate_shift = [3, 4]
seed = [0, 1]
epochs = 2
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An own folder with a table and a sweep of it: 2 combinations, 2 seeds."""
    monkeypatch.chdir(tmp_path)
    inputs = np.random.default_rng(1).random((40, 3)).round(3)
    with open("kinds.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["a", "b", "c", "kind"], *(
            [*row, "high" if row[0] > 0.5 else "low"] for row in inputs)])
    (tmp_path / "my.toml").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command: (exit code, standard output, standard error)."""
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cortigate", "sweep", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()
    return run


def rows(path):
    """Rows of a file of results, without what is of this moment, in the order of their keys."""
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines()[1:])
    return sorted(({name: value for name, value in line.items() if name != "seconds"}
                   for line in lines), key=lambda row: row["run"])


def cells(said):
    """Cells of each row of the table that was printed."""
    return [[cell.strip() for cell in line.strip("│").split("│")]
            for line in said.splitlines() if line.startswith("│")]


def test_a_sweep_says_what_each_combination_reaches(here, run):
    (here / "my.toml").write_text("baseline = true\n" + TEXT.replace(
        "[grid]", '[grid]\nrule = ["ghost", "pal"]'), encoding="utf-8")
    code, said, errors = run("my.toml", "--jobs", 1)
    assert (code, errors) == (0, "")
    assert ("kinds.csv: 32 samples to learn from and judge by, 8 of the test set left alone; "
            "4 combinations, 16 runs\n") in said
    found = rows(here / "my.jsonl")
    assert len(found) == 16
    table = cells(said)
    assert [row[:4] for row in table] == [[rule, "3-4-2", shift, "2"] for rule in ("ghost", "pal")
                                         for shift in "34"]
    means = []
    for rule, _, shift, _, reached, baseline in table:
        for text, numbers in ((reached, "integer"), (baseline, "backprop")):
            scores = [100 * row["score"] for row in found if row["rule"] == rule and
                      row["choice"]["learning_rate_shift"] == int(shift)
                      and row["numbers"] == numbers]
            assert text == f"{np.mean(scores):.2f} ± {np.std(scores, ddof=1):.2f}"
        means.append(float(reached.split()[0]))
    best = table[int(np.argmax(means))]
    assert f"best: {best[0]} 3-4-2, learning_rate_shift {best[2]}: accuracy / % {best[4]}\n" in said
    assert said.endswith("wrote my.jsonl and my.png\n")
    assert (here / "my.png").read_bytes().startswith(b"\x89PNG")


def test_a_sweep_that_was_cut_off_goes_on(here, run):
    run("my.toml", "--jobs", 1)
    whole, before = rows(here / "my.jsonl"), (here / "my.jsonl").read_bytes()
    lines = before.splitlines(keepends=True)
    (here / "my.jsonl").write_bytes(b"".join(lines[:3]) + lines[3][:40])
    code, said, _ = run("my.toml", "--jobs", 1)
    assert code == 0 and rows(here / "my.jsonl") == whole
    assert (here / "my.jsonl").read_bytes().startswith(b"".join(lines[:3]))  # not run again
    assert "the last line of my.jsonl was half written: its run is done again\n" in said
    assert "2 of these runs are in my.jsonl already\n" in said


def test_a_larger_grid_goes_on_and_a_smaller_one_leaves_out(here, run):
    (here / "my.toml").write_text(TEXT.replace("[3, 4]", "3"), encoding="utf-8")
    assert ", 2 runs\n" in run("my.toml", "--jobs", 1)[1]
    (here / "my.toml").write_text(TEXT, encoding="utf-8")
    said = run("my.toml", "--jobs", 1)[1]
    assert "2 of these runs are in my.jsonl already\n" in said and len(rows(here / "my.jsonl")) == 4
    (here / "my.toml").write_text(TEXT.replace("[0, 1]", "1"), encoding="utf-8")
    said = run("my.toml", "--jobs", 1)[1]
    assert "2 runs of another grid, or of a device that computes other numbers" in said
    assert [row[3] for row in cells(said)] == ["1"] * 2 and "±" not in said


@pytest.mark.parametrize("old, new", [
    ("epochs = 2", "epochs = 2\n[measure]\nvalidation = 0.3"),
    ('label = "kind"', 'label = "kind"\nignore = ["c"]'),
    ('label = "kind"', 'label = "kind"\nseed = 1')])
def test_results_of_another_sweep_are_refused(here, run, old, new):
    run("my.toml", "--jobs", 1)
    before = (here / "my.jsonl").read_bytes()
    (here / "my.toml").write_text(TEXT.replace(old, new), encoding="utf-8")
    code, _, errors = run("my.toml", "--jobs", 1)
    assert code == 2 and errors == (
        "cortigate: my.jsonl holds the results of another sweep, of other data or another measure: "
        "name another file with --output\n")
    assert (here / "my.jsonl").read_bytes() == before


def test_a_picture_that_fails_is_a_warning(here, run, monkeypatch):
    def fail(*_):
        raise RuntimeError("no ink")

    monkeypatch.setattr(drawing, "write_whole", fail)
    code, said, errors = run("my.toml", "--jobs", 1)
    assert code == 0 and "WARNING: the picture failed (RuntimeError: no ink)" in errors
    assert said.endswith("wrote my.jsonl\n") and not (here / "my.png").exists()


@pytest.mark.parametrize("options, said", [
    (("--output", "no/r.jsonl"), "there is no folder"),
    (("--output", "p.png"), "--output and --picture must be two files, not both p.png"),
    (("--picture", "p.doc"), "output must be a file with the ending .pdf or .png or .svg"),
    (("--device", "virtual", "--jobs", 2), "are for a model alone, but a board, also a virtual")])
def test_options_that_are_refused(here, run, options, said):
    code, _, errors = run("my.toml", *options)
    assert code == 2 and errors.startswith("cortigate: ") and said in errors
    assert errors.count("\n") == 1 and not (here / "my.jsonl").exists()


def test_a_mistake_in_the_file_is_one_line(here, run):
    (here / "my.toml").write_text(TEXT.replace("epochs = 2", "epochs = 0"), encoding="utf-8")
    code, said, errors = run("my.toml")
    assert (code, said) == (2, "preparing: the runs of my.toml\n")
    assert errors == "cortigate: my.toml, line 9: epochs must lie in 1 .. 1000000000, not 0\n"


def goes_on(here, run):
    """What is in the results stays, and the rest comes to what an undisturbed sweep comes to."""
    results = here / "my.jsonl"
    count = results.read_bytes().count(b"\n") - 1
    assert f"{count} of these runs are in my.jsonl already\n" in run("my.toml", "--jobs", 1)[1]
    found = rows(results)
    results.unlink()
    run("my.toml", "--jobs", 1)
    assert found == rows(results)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals")
def test_a_killed_sweep_loses_nothing(here, run):
    code, results = "from cortigate.scripts.cli import main; main()", here / "my.jsonl"
    with subprocess.Popen([sys.executable, "-c", code, "sweep", "my.toml", "--jobs", "1"],
                          stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while not results.exists() or results.read_bytes().count(b"\n") < 2:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    goes_on(here, run)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", ["SIGTERM", pytest.param("SIGINT", marks=pytest.mark.campaign)])
def test_a_sweep_that_is_ended_says_one_sentence(here, number):
    """To all of its processes, as a terminal and a system that shuts down do."""
    (here / "my.toml").write_text(TEXT.replace("epochs = 2", "epochs = [2, 100_000_000]"))
    code, results = "from cortigate.scripts.cli import main; main()", here / "my.jsonl"
    with subprocess.Popen([sys.executable, "-c", code, "sweep", "my.toml", "--jobs", "2"],
                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                          start_new_session=True) as process:
        while not results.exists() or results.read_bytes().count(b"\n") < 3:
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, getattr(signal, number))
        errors = process.communicate(timeout=60)[1]
    done = results.read_bytes().count(b"\n") - 1
    assert errors == f"cortigate: {done} of 8 runs are in my.jsonl: the same command goes on.\n"
    assert process.returncode == 128 + getattr(signal, number)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_sweep_says_how_it_goes_on(here, run, monkeypatch, jobs):
    add = ResultsFile.add

    def interrupted(self, row):
        add(self, row)
        if len(self.rows) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ResultsFile, "add", interrupted)
    code, _, errors = run("my.toml", "--jobs", jobs)
    assert code == 130
    assert errors == ("cortigate: 2 of 4 runs are in my.jsonl: the same command goes on.\n")
    monkeypatch.setattr(ResultsFile, "add", add)
    goes_on(here, run)
