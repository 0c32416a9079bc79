"""Commands that save, are ended by a signal, and go on."""

import os
import re
import signal
import sys
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest

from cortigate.boards.host.driver import Board
from cortigate.boards.host.link import BAUD
from cortigate.boards.learn import models
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.keeper import Keeper, Stopped
from cortigate.boards.learn.models import IntegerDevice
from cortigate.golden.datasets.idx import IDX_FILES
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import preset
from cortigate.scripts.cli import main
from cortigate.scripts.commands import stream as stream_module
from cortigate.scripts.tasks import digits as demo_module

from ..boards.emulator import Emulator

COMMANDS = {
    "demo": ("--samples", 50, "--epochs", 2, "--every", 15, "--layers", "64-8-10"),
    "mnist": ("--samples", 30, "--test", 5, "--every", 7, "--capacity", 11, "--lanes", 64,
              "--shuffle"),
    "stream": ("--preset", "pal-narrow", "--layers", "64-4-4-10", "--epochs", 1, "--every", 17),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory: four small idx files."""
    rng = np.random.default_rng(1)
    for name, count in zip(IDX_FILES, (30, 30, 5, 5), strict=True):
        images = "images" in name
        shape = (count, 28, 28) if images else (count,)
        values = rng.integers(0, 256, shape) * (rng.random(shape) < 0.1) if images else (
            np.arange(count) % 10)
        head = bytes((0, 0, 8, len(shape))) + b"".join(n.to_bytes(4, "big") for n in shape)
        (tmp_path / name).write_bytes(head + values.astype(np.uint8).tobytes())
    monkeypatch.chdir(tmp_path)
    digits = demo_module.load_digits_split(0)
    few = replace(digits, x_train=digits.x_train[:60], y_train=digits.y_train[:60],
                  x_test=digits.x_test[:20], y_test=digits.y_test[:20])
    for module in (demo_module, stream_module):
        monkeypatch.setattr(module, "load_digits_split", lambda seed: few)
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys):
    """``run(command, *options)``: (exit code, standard output, standard error)."""
    def run(command, *options):
        options = [*options, "--data", "."] if command == "mnist" else options
        monkeypatch.setattr(sys, "argv", ["cortigate", command, *map(str, options)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()
    return run


def ended_at(monkeypatch, number, count):
    """Let a signal come while the checkpoint of this number is about to be saved."""
    right, seen = Keeper.keep, []

    def keep(self, *arguments, **position):
        seen.append(self)
        if len(seen) == count:
            os.kill(os.getpid(), number)
        right(self, *arguments, **position)

    monkeypatch.setattr(Keeper, "keep", keep)


@pytest.mark.parametrize("command, number, count", [
    ("demo", signal.SIGINT, 2), ("demo", signal.SIGTERM, 4), ("mnist", signal.SIGTERM, 3),
    ("stream", signal.SIGINT, 1), ("stream", signal.SIGTERM, 4)])
def test_a_run_that_a_signal_ends_goes_on(folder, run, monkeypatch, command, number, count):
    own = ("--device", "integer", *COMMANDS[command])
    before = signal.getsignal(number)
    assert run(command, *own, "--save", "whole")[0] == 0
    with monkeypatch.context() as patch:
        ended_at(patch, number, count)
        code, _, errors = run(command, *own, "--save", "part")
    assert code == 128 + number
    words = " --data ." * (command == "mnist") + " --device integer --resume part\n"
    assert errors.endswith(f"cortigate: Saved in part: continue with cortigate {command}{words}")
    assert run("compare", "part", "whole")[0] == 1
    assert signal.getsignal(number) == before
    code, said, errors = run(command, "--device", "integer", "--resume", "part")
    assert (code, errors) == (0, "")
    code, said, _ = run("compare", "part", "whole")
    assert code == 0 and re.search(r"\nequal: \d+ weights and \d+ generators, and where", said)


def test_a_signal_in_the_middle_of_a_part_is_heard_soon(folder, run, monkeypatch):
    """Not only at the next checkpoint: the run is stopped, and what it has done is saved."""
    right, seen = IntegerDevice._learn_all, []

    def learn(self, inputs, *arguments):
        seen.append(len(inputs))
        if len(seen) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return right(self, inputs, *arguments)

    own = ("--device", "integer", "--epochs", 1, "--layers", "64-8-10", "--samples", 80)
    with monkeypatch.context() as patch:
        patch.setattr(models, "PROGRESS_SECONDS", 0.0)
        patch.setattr(IntegerDevice, "_learn_all", learn)
        assert run("demo", *own, "--save", "part")[0] == 130
    saved = Checkpoint.load("part").position["course"]
    assert saved["epoch"]["samples"] == sum(seen) == 48 < 64
    assert run("demo", "--device", "integer", "--resume", "part")[0] == 0
    assert run("demo", *own, "--save", "whole")[0] == 0
    assert run("compare", "part", "whole")[0] == 0


def test_a_second_signal_does_not_wait(tmp_path):
    keeper = Keeper(tmp_path / "file")
    with pytest.raises(KeyboardInterrupt), keeper.waiting():
        os.kill(os.getpid(), signal.SIGINT)
        assert keeper.asked
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("still here")


def test_a_signal_after_the_last_checkpoint_is_not_lost(tmp_path):
    keeper = Keeper(tmp_path / "file")
    with pytest.raises(Stopped, match="Saved in") as caught, keeper.waiting():
        keeper.keep(IntegerDevice(preset("tiny")))
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.exit_code == 143


def test_the_file_of_another_run_is_not_replaced(tmp_path):
    ours, theirs = (Keeper(tmp_path / "file", new=True) for _ in range(2))
    ours.keep_by(lambda path: path.write_text("ours"))
    with pytest.raises(FileExistsError, match="another run has saved its checkpoint"):
        theirs.keep_by(lambda path: path.write_text("theirs"))
    assert ours.path.read_text() == "ours"
    ours.keep_by(lambda path: path.write_text("later"))
    assert ours.path.read_text() == "later"


def test_a_first_checkpoint_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(OSError, match="full"):
        Keeper(tmp_path / "file", new=True).keep_by(Mock(side_effect=OSError("full")))
    assert not any(tmp_path.iterdir())


def test_an_error_says_where_the_run_was_saved(tmp_path):
    keeper = Keeper(tmp_path / "file")
    with pytest.raises(ValueError, match="lost") as caught, keeper.waiting():
        keeper.keep(IntegerDevice(preset("tiny")))
        raise ValueError("lost")
    assert caught.value.__notes__ == [
        f"Saved in {keeper.path}: continue with --resume {keeper.path}"]


def test_a_picture_does_not_replace_the_checkpoint(folder, run):
    code, _, errors = run("demo", "--device", "integer", *COMMANDS["demo"], "--save", "one.png",
                          "--output", folder / "one.png")
    assert code == 2 and "one.png is also the file of the checkpoint" in errors
    assert not (folder / "one.png").exists()


def test_options_that_a_run_does_not_take_are_named_as_they_are_written(folder, run):
    Checkpoint.of(IntegerDevice(preset("tiny")), command="mnist").save("made")
    code, _, errors = run("mnist", "--resume", "made", "--test", 5, "--preset", "mnist",
                          "--shuffle")
    assert code == 2
    assert "settings of its run: leave out --test, --preset, --shuffle\n" in errors


@pytest.mark.parametrize("options, message", [
    (("--every", 5), "--every can only be given with --save FILE"),
    (("--save", "made"), "made exists: continue a checkpoint with --resume made, or delete the"),
    (("--save", "nowhere/file"), "there is no folder nowhere"),
    (("--resume", "none"), "none cannot be read: No such file"),
    (("--resume", "."), ". cannot be read: Is a directory"),
    (("--resume", "made", "--seed", 0, "--layers", "64-10-10"),
     "made already holds the settings of its run: leave out --layers, --seed"),
    (("--resume", "made"), "stream: continue it with cortigate demo --resume made\n"),
    (("--resume", "other"), "other is not a checkpoint of cortigate stream\n"),
    (("--resume", "older"), "older was written by another version of cortigate stream"),
])
def test_wrong_options_give_one_clear_line(folder, run, options, message):
    for name, position in (("made", {"command": "demo"}), ("other", {}),
                           ("older", {"command": "stream", "settings": {"epochs": 1}})):
        Checkpoint.of(IntegerDevice(preset("tiny")), **position).save(name)
    code, said, errors = run("stream", *options)
    assert (code, said, errors.count("\n")) == (2, "", 1) and message in errors


def test_other_data_and_other_numbers_are_refused(folder, run):
    own = ("--device", "integer", *COMMANDS["mnist"])
    assert run("mnist", *own, "--save", "file")[0] == 0
    assert "computes in real numbers: take a device" in run(
        "mnist", "--device", "reference", "--resume", "file")[2]
    path = folder / IDX_FILES[0]
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    assert "the samples must be those that the run of the checkpoint learns from" in run(
        "mnist", "--device", "integer", "--resume", "file")[2]


# ---- compare ------------------------------------------------------------------------------------

def test_differences_are_named(folder, run):
    device = IntegerDevice(preset("tiny-pal"))
    device.write_weights(initial_weights(device.design, 1))
    Checkpoint.of(device, {"a": np.arange(3)}, epoch=2, list=[1]).save("one")
    assert run("compare", "one", "one")[0] == 0
    device.model.weights["W2"][1, 2] += 1
    states = device.read_generators()
    states[0] += 1
    device.write_generators(states)
    Checkpoint.of(device, {"b": np.arange(3)}, epoch=3, list=[1]).save("other")
    code, said, _ = run("compare", "one", "other")
    assert code == 1
    for text in ("W2: 1 of 15 differ, first at [1, 2]: ", "generators: 1 of ",
                 "position, epoch: 2, and 3\n", "extra a: only in the first\n"):
        assert f"different: {text}" in said
    assert "list" not in said and "W1" not in said
    Checkpoint.of(IntegerDevice(preset("tiny"))).save("third")
    code, said, _ = run("compare", "one", "third")
    assert code == 1 and "configuration, name: 'pal', and 'ghost'" in said
    assert "B1: only in the first" in said


def test_a_board_is_compared_and_keeps_its_weights(folder, run):
    design = preset("tiny")
    with Emulator(design) as emulator:
        with Board.open(emulator.port, design, baud=BAUD) as board:
            board.write_weights(initial_weights(design, 1))
            Checkpoint.of(board).save("file")
            before = bytes(emulator.memory[0]) if hasattr(emulator, "memory") else None
        code, said, _ = run("compare", "file", emulator.port, "--baud", BAUD)
        assert code == 0 and "equal: 47 weights and 0 generators\n" in said
        device = IntegerDevice(design)
        Checkpoint.of(device).save("zeros")
        code, said, _ = run("compare", "zeros", emulator.port, "--baud", BAUD)
        assert code == 1 and "different: W1: " in said
        assert before is None or bytes(emulator.memory[0]) == before
    code, _, errors = run("compare", "file", "nowhere")
    assert code == 2 and "nowhere cannot be read" in errors
    code, _, errors = run("compare", "file", "file", "--baud", 9600)
    assert code == 2 and "--baud and --take-over can only be given with a board" in errors
