"""MNIST's command, on files of the same form with a few random images."""

import re
import sys

import numpy as np
import pytest

from cortigate.golden.datasets.idx import IDX_FILES
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import Operation
from cortigate.scripts.cli import main

from ...boards.emulator import Emulator
from ...boards.learning import LearningEmulator


@pytest.fixture
def folder(tmp_path):
    """Four idx files: 40 training and 10 test images, a tenth of whose pixels is not black."""
    rng = np.random.default_rng(1)
    for name, count in zip(IDX_FILES, (40, 40, 10, 10), strict=True):
        images = "images" in name
        shape = (count, 28, 28) if images else (count,)
        values = rng.integers(0, 256, shape) * (rng.random(shape) < 0.1) if images else (
            np.arange(count) % 10)
        head = bytes((0, 0, 8, len(shape))) + b"".join(n.to_bytes(4, "big") for n in shape)
        (tmp_path / name).write_bytes(head + values.astype(np.uint8).tobytes())
    return tmp_path


def run(monkeypatch, capsys, *arguments):
    """(exit code, standard output, standard error) of the command."""
    monkeypatch.setattr(sys, "argv", ["cortigate", "mnist", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, *capsys.readouterr()


def test_portions_are_told_and_compared(monkeypatch, capsys, folder):
    code, said, _ = run(monkeypatch, capsys, "--data", folder, "--device", "integer", "--samples",
                        25, "--capacity", 10, "--lanes", 64, "--test", 12, "--shuffle")
    assert code == 0
    assert "784-128-10, 64 lanes" in said
    assert "25 training samples in 3 portions of at most 10" in said
    assert re.findall(r"^(\d+) samples, ", said, re.MULTILINE)[-1] == "25"
    for name in ("weights", "generators", "right while learning", "predictions", "saturations"):
        assert f"\n{name}: identical\n" in said
    sent, stored = re.search(r"wire: ([\d.]+), (\d+) in memory; at 1000000 baud at most \d+ samp",
                             said).groups()
    assert 150 < float(sent) < 300 and stored == "786"
    assert re.search(r"test: [\d.]+ % of 10$", said, re.MULTILINE)


def test_a_board_that_does_not_learn_is_told(monkeypatch, capsys, folder):
    with Emulator(preset("mnist")) as emulator:
        code, said, _ = run(monkeypatch, capsys, "--data", folder, "--device", emulator.port,
                            "--baud", 1000000, "--samples", 5, "--test", 0)
    assert code == 1
    assert "\nweights: DIFFERENT, which is a fault\n" in said
    assert "test:" not in said


@pytest.mark.parametrize("name", ["mnist", "mnist-small"])
def test_a_board_opens_by_itself(monkeypatch, capsys, folder, name):
    with LearningEmulator(preset(name).replace(sample_capacity=4)) as emulator:
        code, said, errors = run(monkeypatch, capsys, "--data", folder, "--device", emulator.port,
                                 "--samples", 9, "--test", 5, "--capacity", 4, "--preset", name)
    assert (code, errors) == (0, "")
    assert f"{emulator.design.digest}: 9 training samples in 3 portions of at most 4" in said
    assert "\nweights: identical\n" in said and "\npredictions: identical\n" in said


@pytest.mark.parametrize("design, options, message", [
    (preset("digits"), (), "these images: the digits fit it: cortigate demo --device PORT"),
    (preset("mnist"), ("--preset", "mnist-small"), "--preset mnist-small contradicts the b"),
    (preset("mnist"), ("--capacity", 9), "--capacity 9 contradicts the board on PORT, which has"),
    (preset("mnist").replace(sample_capacity=7), (), "cortigate mnist --device PORT --report FOLD"),
])
def test_a_board_that_cannot_do_it_says_what_fits(monkeypatch, capsys, folder, design, options,
                                                  message):
    monkeypatch.chdir(folder)
    with Emulator(design) as emulator:
        code, said, errors = run(monkeypatch, capsys, "--data", folder, "--device", emulator.port,
                                 *options)
        assert {operation for operation, *_ in emulator.executed} == {Operation.READ}
    assert (code, said, errors.count("\n")) == (2, "", 1)
    assert message.replace("PORT", emulator.port) in errors


@pytest.mark.parametrize("option, value, message", [
    ("--preset", "digits", "layers must begin with 784 and end with 10 for these images, not"),
    ("--preset", "huge", "preset must be one of"),
    ("--capacity", 0, "sample_capacity must lie in 1 .. 65536"),
    ("--data", "/nowhere", "/nowhere is not a folder"),
])
def test_wrong_options_give_one_clear_line(monkeypatch, capsys, folder, option, value, message):
    code, _, said = run(monkeypatch, capsys, "--data", folder, option, value)
    assert code == 2 and said.startswith("cortigate: ") and message in said
    assert said.count("\n") == 1
