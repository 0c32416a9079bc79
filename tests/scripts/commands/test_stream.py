"""The digits as a stream, through an emulated board and through models."""

import re
import subprocess
import sys

import pytest

from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import STOOD_LONG, Operation
from cortigate.scripts.cli import main

from ...boards.streaming import StreamingEmulator

BAUD = ["--baud", "1000000"]
COMMAND = [sys.executable, "-c", "from cortigate.scripts.cli import main; main()"]


def run(*arguments):
    done = subprocess.run([*COMMAND, "stream", "--epochs", "1", *arguments], text=True,
                          capture_output=True, check=False)
    return done.returncode, " ".join(done.stdout.split()), done.stderr


def board(**options):
    """A small network, of which a command is told by its layers."""
    network = Network((64, 10, 10), *(getattr(preset("pal").network, name)
                                      for name in ("hidden", "output")))
    return StreamingEmulator(preset("pal").replace(network=network), **options)


def test_a_board_opens_by_itself_and_its_run_can_be_repeated():
    with board(turns=lambda sample: sample % 2) as emulator:
        code, said, errors = run("--device", emulator.port)
        assert (code, errors) == (0, "") and "The digits as a stream: 64-10-10, " in said
        assert emulator.broken == [] and len(emulator.turned) == 1437 + 360
        name = f"board on {emulator.port}"
        assert (f"generators of the {name} and of the integer model that repeats its run: "
                "identical.") in said
        rows = re.findall(r"│ ([\w /]+?) +│ ([\d.]+) % │ ([\d.]+) % │ 6\.0 │ (\w{16}) │", said)
        assert [row[0] for row in rows] == [name, "integer model"]
        assert rows[0][1:] == rows[1][1:]
        assert float(rows[0][1]) > 60 and float(rows[0][2]) > 60
        early, late = map(int, re.search(r"below: (\d+) degrees before learning, (\d+) at the end",
                                         said).groups())
        assert late < 45 < early


def test_a_fault_is_told():
    with board() as emulator:
        emulator.lies = {700: 1}
        code, said, _ = run("--layers", "64-10-10", "--device", emulator.port, *BAUD)
    assert code == 1 and "repeats its run: DIFFERENT, which is a fault." in said


@pytest.mark.parametrize("design, options, message", [
    (preset("digits"), (),
     "by the rule ghost, in phases, so that nothing can be streamed: the digits fit it: "),
    (preset("mnist-small"), (),
     "not for the digits: MNIST fits it: cortigate mnist --device PORT --data FOLDER"),
    (preset("pal"), ("--preset", "pal-narrow"), "--preset pal-narrow contradicts the board"),
    (preset("pal"), ("--lanes", "8"), "--lanes 8 contradicts the board on PORT, which has 16 "),
    (preset("pal").replace(generator_seed=5), (), "cortigate stream --device PORT --report FOLDER"),
])
def test_a_board_that_cannot_do_it_says_what_fits(design, options, message, monkeypatch, capsys,
                                                  tmp_path):
    monkeypatch.chdir(tmp_path)
    with StreamingEmulator(design) as emulator:
        monkeypatch.setattr(sys, "argv", ["cortigate", "stream", "--device", emulator.port,
                                          *options])
        with pytest.raises(SystemExit, match="2"):
            main()
        assert {operation for operation, *_ in emulator.executed} == {Operation.READ}
    said, errors = capsys.readouterr()
    assert (said, errors.count("\n")) == ("", 1)
    assert message.replace("PORT", emulator.port) in errors


def test_a_pause_that_nobody_counted():
    with board() as emulator:
        emulator.lies = {99: STOOD_LONG}
        code, said, _ = run("--layers", "64-10-10", "--device", emulator.port, *BAUD)
    assert code == 0 and "cannot repeat this run" in said
    assert "1 of its samples stood for 65535 turns or more" in said
    assert "≥ 149.9" in said and "identical" not in said


@pytest.mark.parametrize("device, weights", [("integer", r"\w{16}"), ("reference", "real numbers")])
def test_models_alone(device, weights):
    code, said, _ = run("--preset", "pal-narrow", "--layers", "64-12-12-10", "--device", device)
    assert code == 0 and re.search(rf"[\d.]+ % │ [\d.]+ % │ 4\.0 │ {weights} │", said)
    assert "The digits as a stream: 64-12-12-10, 4 time steps a turn" in said
    assert "repeats its run" not in said


@pytest.mark.parametrize("option, value, message", [
    ("--preset", "digits", "the rule ghost cannot stream: it learns in phases"),
    ("--preset", "huge", "preset must be one of"),
    ("--preset", "tiny-pal", "layers must begin with 64 and end with 10"),
    ("--layers", "64-10", "sizes must name 3 .. 8 layers"),
    ("--device", "abacus", "device must be one of backprop, integer"),
])
def test_wrong_options_give_one_clear_line(option, value, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cortigate", "stream", option, value])
    with pytest.raises(SystemExit, match="2"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("cortigate: ") and message in said
    assert said.count("\n") == 1
