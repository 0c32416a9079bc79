"""`cortigate train`, `predict` and `sweep` on a serial port, opened as the options say."""

import csv
import json
import sys

import numpy as np
import pytest

from cortigate.boards.design_file import text_of
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.golden.spec import preset
from cortigate.scripts.cli import main
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import VirtualBoard


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An own folder with a table, a sweep of it, and a design for both."""
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(2).random((30, 5)).round(2).tolist()
    with open("five.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([(*"abcde", "kind"), *((*row, row[0] > 0.5) for row in rows)])
    (tmp_path / "five.toml").write_text(
        'data = { source = "five.csv", label = "kind" }\nestimator = "classifier"\n'
        "grid = { seed = [0, 1], epochs = 1 }", encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(text_of(preset("tiny")), encoding="utf-8")
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


TRAIN = ("train", "five.csv", "--label", "kind")


@pytest.mark.skipif(missing("verilator") is not None, reason=missing("verilator") or "")
def test_a_serial_port_is_opened_as_it_is_told(here, run):
    """A virtual board's, at a rate and taken over: the bits of the integer model, gone on with."""
    assert run(*TRAIN, "--epochs", 2, "--design", "tiny.toml", "--save", "m")[0] == 0
    assert run("train", "five.csv", "--resume", "m", "--epochs", 3)[0] == 0
    with VirtualBoard(preset("tiny")) as port:
        line = ("--device", port, "--baud", 230_400, "--take-over")
        code, said, errors = run(*TRAIN, "--epochs", 2, *line, "--save", "b")
        assert (code, errors) == (0, "") and "5-4-3-2 by ghost" in said
        assert Checkpoint.load("b").position["estimator"]["parameters"]["device"] == port
        assert run("train", "five.csv", *line, "--resume", "b", "--epochs", 3)[0] == 0
        assert run("predict", "b", "five.csv", *line, "-o", "b.csv")[0] == 0
        assert run("sweep", "five.toml", *line)[0] == 0
    assert run("predict", "m", "five.csv", "-o", "m.csv")[0] == 0
    assert (here / "b.csv").read_text() == (here / "m.csv").read_text()
    rows = list(map(json.loads, (here / "five.jsonl").read_text().splitlines()[1:]))
    assert [row["device"] for row in rows] == [port, port]


@pytest.mark.parametrize("command", [(*TRAIN, "--save", "n"), ("predict", "m", "five.csv"),
                                     ("sweep", "five.toml")])
@pytest.mark.parametrize("option", [("--baud", 230_400), ("--take-over",)])
def test_a_model_has_no_line(here, run, command, option):
    assert run(*TRAIN, "--epochs", 1, "--save", "m")[0] == 0
    code, _, errors = run(*command, *option)
    assert code == 2 and errors == ("cortigate: --baud and --take-over belong to a serial port, "
                                    "not to the device integer\n")
