"""The demo and the virtual board as commands."""

import contextlib
import io
import json
import re
import signal
import subprocess
import sys

import pytest
from matplotlib.figure import Figure
from rich.console import Console
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from cortigate.boards.board import board
from cortigate.boards.host.driver import Board
from cortigate.boards.learn.opening import open_device
from cortigate.golden.datasets import load_digits_split
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import Operation
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.scripts.cli import main
from cortigate.scripts.commands.mnist import when
from cortigate.scripts.picture import curves
from cortigate.scripts.tasks.digits import fewer, learn, rows_of, table_of
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import BAUD, VirtualBoard

from ...boards.learning import LearningEmulator

needs_verilator = pytest.mark.skipif(missing("verilator") is not None,
                                     reason=str(missing("verilator")))
COMMAND = [sys.executable, "-c", "from cortigate.scripts.cli import main; main()"]


def run(*arguments):
    return subprocess.run([*COMMAND, *arguments], text=True, capture_output=True, check=False)


@pytest.mark.parametrize("rule, says, never", [("ghost", "accuracy", "taught"),
                                               ("microcircuit", "as taught", "before")])
def test_what_has_seen_the_label_is_not_called_accuracy(rule, says, never):
    design, console = preset("digits" if rule == "ghost" else rule), Console(
        file=io.StringIO(), width=80, force_terminal=True)
    data = fewer(load_digits_split(0), 100)
    with open_device("integer", design) as device:
        course = learn(device, "integer model", data, 1, 0, console, False)
    console.print(table_of(rows_of([course]), course.before_label))
    shown = console.file.getvalue()
    assert f"{says}  " in shown and never not in shown
    axes = Figure().subplots()
    curves(axes, [course])
    assert {line.get_marker() for line in axes.lines} == {"o"}  # which shows one epoch, too
    drawn = [text.get_text() for text in axes.get_legend().get_texts()]
    assert drawn[1] == "integer model, right " + ("before learned" if says == "accuracy"
                                                  else "while taught")
    assert when(design) == ("before they were learned" if says == "accuracy"
                            else "while their labels taught them")


@needs_verilator
def test_the_demo_ends_with_equal_weights_and_a_picture(tmp_path):
    done = run("demo", "--epochs", "1", "--output", str(tmp_path / "picture.png"))
    assert done.returncode == 0, done.stderr
    assert "of the virtual board and of the integer model: identical" in done.stdout
    accuracy = dict(re.findall(r"(virtual board|integer model|float \w+) +│ +([\d.]+) %",
                               done.stdout))
    assert accuracy["virtual board"] == accuracy["integer model"]
    assert len(accuracy) == 4 and all(float(value) > 90 for value in accuracy.values())
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_the_demo_of_another_rule_without_a_board(tmp_path):
    done = run("demo", "--epochs", "1", "--device", "integer", "--mechanism", "A-sameR",
               "--layers", "64-12-12-10", "--output", str(tmp_path / "picture.svg"))
    assert done.returncode == 0, done.stderr
    assert "64-12-12-10, A-sameR, sweep" in done.stdout
    assert (tmp_path / "picture.svg").exists()


@pytest.mark.parametrize("rule, layers, says", [
    ("eqprop", "64-64-10", r"from the feedforward pass and from zero: [\d.]+ and [\d.]+ leaky"),
    ("pal", "64-32-10", r"1437 [\d,]+/s accuracy [\d.]+ % angles (\d+)° .* \1 at the end"),
    ("inversion", "64-32-10", r"loop ran for [\d.]+ steps on \d+ % of the samples"),
    pytest.param("microcircuit", "64-32-10",
                 r"Spikes per digit.* hidden layers: 1: [\d.]+ % against [\d.]+ %",
                 marks=pytest.mark.campaign),
])
def test_the_demo_of_every_rule_shows_what_is_special(tmp_path, rule, layers, says):
    fewer = rule == "microcircuit"  # it learns on four more networks, to show what is special
    done = run("demo", "--epochs", "1", "--device", "integer", "--rule", rule, "--layers", layers,
               "--samples", "400" if fewer else "1797", "--output", str(tmp_path / "picture.svg"))
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert f"learns the digits: {layers}, " in said and re.search(says, said)
    accuracies = re.findall(r"│ +([\d.]+) % │ ", done.stdout)[::2]
    assert all(float(accuracy) > (30 if fewer else 80) for accuracy in accuracies)
    assert (tmp_path / "picture.svg").exists()
    assert (tmp_path / "picture-more.svg").exists() == (rule == "microcircuit")
    assert ("feedback alignment" in said) == (rule == "pal") and "…" not in said


def test_a_board_that_stores_fewer_samples(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "argv", [
        "cortigate", "demo", "--device", "integer", "--samples", "300", "--epochs", "1",
        "--output", str(tmp_path / "a.png")])
    with contextlib.suppress(SystemExit):
        main()
    said = capsys.readouterr().out
    assert "240/240" in said
    for name in ("integer model", "float reference", "float backprop"):
        assert f"\npreparing: {name}\n" in said


@needs_verilator
def test_a_virtual_board_opens_by_itself(tmp_path, monkeypatch):
    """Also where an option says what it is; whatever contradicts it is refused."""
    monkeypatch.setenv("COLUMNS", "120")
    with VirtualBoard(preset("digits")) as port:
        done = run("demo", "--epochs", "1", "--device", port, "--samples", "300", "--lanes", "8",
                   "--output", str(tmp_path / "picture.png"))
        assert done.returncode == 0, done.stderr
        assert "300 digits, of 1797 that this design stores: 240 to learn from" in done.stdout
        said = " ".join(done.stdout.split())
        assert f"Weights of the board on {port} and of the integer model: identical." in said
        refused = run("demo", "--device", port, "--lanes", "4")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith(f"cortigate: --lanes 4 contradicts the board on {port}, "
                                         "which has 8 (64-32-10, 8 lanes, rule ghost, ")
        listed = run("devices", "--port", port)
        for text in (port, "8 MHz", preset("digits").digest, "preset digits", "idle"):
            assert f" {text} " in listed.stdout


def test_a_board_that_stores_fewer_digits_learns_those(monkeypatch, capsys, tmp_path):
    design = board("tang-nano-9k").design("ghost")[1]
    with LearningEmulator(design) as emulator:
        info = ListPortInfo(emulator.port)
        info.vid = 0x0403
        monkeypatch.setattr(list_ports, "comports", lambda: [info])
        monkeypatch.setattr(sys, "argv", ["cortigate", "demo", "--device", "auto", "--epochs", "1",
                                          "--output", str(tmp_path / "a.png")])
        with pytest.raises(SystemExit) as ended:
            main()
    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "400 digits, of 400 that this design stores: 320 to learn from, 80 held out." in said
    assert "320/320" in said
    assert f"Weights of the board on {emulator.port} and of the integer model: identical." in said


OWN = design_for(Network((64, 20, 10)), lanes=4, generator_seed=7)


@pytest.mark.parametrize("design, options, message", [
    (preset("mnist-small"), (),
     "not for the digits: MNIST fits it: cortigate mnist --device PORT --data FOLDER"),
    (preset("tiny-pal"), (),
     "takes data of 5 inputs and 2 classes: CortigateClassifier(device='PORT') of"),
    (OWN, (), "the report of its build, cortigate demo --device PORT --report FOLDER/report.json,"),
    (preset("digits"), ("--rule", "pal"), "--rule pal contradicts the board on PORT, which has gh"),
    (preset("digits"), ("--layers", "64-9-10"), "--layers 64-9-10 contradicts the board on PORT"),
    (preset("digits"), ("--mechanism", "N"), "--mechanism N contradicts the board on PORT"),
    (preset("digits").replace(sample_capacity=400), ("--samples", "401"),
     "--samples 401 contradicts the design "),
    (preset("tiny").replace(network=Network((64, 5, 10))), ("--samples", "32"),
     " stores 32 digits, but the demo needs at least 50: build one that stores more"),
    (preset("digits"), ("--report", "here.json"), "here.json cannot be read: No such file"),
])
def test_a_board_that_cannot_do_it_says_what_fits(design, options, message, monkeypatch, capsys,
                                                  tmp_path):
    monkeypatch.chdir(tmp_path)
    with LearningEmulator(design) as emulator:
        monkeypatch.setattr(sys, "argv", ["cortigate", "demo", "--device", emulator.port, *options])
        with pytest.raises(SystemExit, match="2"):
            main()
        assert {operation for operation, *_ in emulator.executed} <= {Operation.READ}
    said, errors = capsys.readouterr()
    assert said == "" and errors.startswith("cortigate: ") and errors.count("\n") == 1
    assert message.replace("PORT", emulator.port) in errors


def test_a_report_opens_a_board_of_ones_own(monkeypatch, capsys, tmp_path):
    report = tmp_path / "report.json"
    own = OWN.replace(sample_capacity=60)
    report.write_text(json.dumps({"board": "mine", "design": own.to_dict(), "digest": own.digest}))
    with LearningEmulator(own) as emulator:
        def demo(*options):
            monkeypatch.setattr(sys, "argv", [
                "cortigate", "demo", "--device", emulator.port, "--report", str(report), "--epochs",
                "1", "--output", str(tmp_path / "a.png"), *options])
            with pytest.raises(SystemExit) as ended:
                main()
            return ended.value.code, *capsys.readouterr()

        code, said, _ = demo()
        assert code == 0 and "48 to learn from, 12 held out" in said and own.digest in said
        code, _, errors = demo("--lanes", "5")
        assert code == 2
        assert errors.startswith(f"cortigate: --lanes 5 contradicts the build of {report}, which h")


def test_a_mechanism_belongs_to_ghosts(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cortigate", "demo", "--rule", "inversion",
                                      "--mechanism", "C1"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "mechanism belongs to the rule ghost, not to inversion" in capsys.readouterr().err


@pytest.mark.parametrize("option, value, message", [
    ("--layers", "64-10", "sizes must name 3 .. 8 layers"),
    ("--layers", "60-5-10", "layers must begin with 64 and end with 10"),
    ("--mechanism", "B", "mechanism must be one of C1, A-copy, A-sameR, N, not 'B'"),
    ("--rule", "hebb", "rule must be one of ghost, equilibrium, inversion, pal, microcircuit, not"),
    ("--samples", "9", "samples must lie in 50 .. 1797, not 9"),
    ("--epochs", "0", "epochs must be at least 1, not 0"),
    ("--output", "nowhere/a.png", "with the ending .pdf or .png or .svg in a folder that exists"),
    ("--device", "abacus", "device must be one of backprop, integer"),
])
def test_wrong_options_give_one_clear_line(option, value, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cortigate", "demo", option, value])
    with pytest.raises(SystemExit, match="2"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("cortigate: ") and message in said
    assert said.count("\n") == 1


@needs_verilator
def test_a_virtual_board_in_the_foreground():
    # A shell's background job, and what it starts, ignores SIGINT: this process must not.
    process = subprocess.Popen([*COMMAND, "virtual"], text=True, stdout=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        port = next(line.split()[1] for line in process.stdout if line.startswith("port "))
        with Board.open(port, preset("digits"), baud=BAUD) as opened:
            assert not opened.counters().running
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]
    finally:
        process.kill()
        process.wait()
    assert re.search(r"\d+ cycles, \d+ a second", said)
    assert process.returncode == 0
