"""`cortigate link-test` and `cortigate stop`, on an emulated board behind a pseudo-terminal."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cortigate.boards.host.identify import read_identity
from cortigate.boards.host.rates import open_link
from cortigate.golden.spec import preset
from cortigate.golden.spec.link import Operation, Register, Space
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import VirtualBoard

from ...boards.emulator import Emulator
from ...boards.line import Adapter

TINY = preset("tiny-pal")
COMMAND = [sys.executable, "-c", "from cortigate.scripts.cli import main; main()"]


@pytest.fixture
def emulator():
    with Emulator(TINY) as emulator:
        emulator.memory[Space.REGISTERS][4 * Register.SAMPLES] = 9
        yield emulator


def run(tmp_path, *arguments):
    done = subprocess.run([*COMMAND, *arguments], text=True, capture_output=True, check=False,
                          env={name: value for name, value in os.environ.items()
                               if name != "COLUMNS"} | {"CORTIGATE_DATA": str(tmp_path)})
    return done.returncode, done.stdout, done.stderr


def test_the_line_is_measured_and_nothing_is_written(emulator, tmp_path):
    emulator.memory[Space.REGISTERS][0] = 1  # it may be running
    memory = {space: bytes(words) for space, words in emulator.memory.items()}
    code, said, errors = run(tmp_path, "link-test", "--device", emulator.port, "--baud", "1000000",
                             "--requests", "50")
    assert (code, errors) == (0, "")
    assert all(operation is Operation.READ for operation, *_ in emulator.executed)
    assert memory == emulator.memory
    rows = dict(re.findall(r"│ (\S.*?) +│ (\S.*?) +│", said))
    assert rows.pop("board") == (f"5-4-3-2 with 2 lanes (rule pal, configuration {TINY.digest}), "
                                 "12 MHz"), "cut off in a pipe"
    assert rows.pop("rate") == "1000000 baud" and rows.pop("requests answered") == "150"
    assert rows.pop("sent again") == rows.pop("damaged on the way to the board") == "0"
    assert list(rows) == ["round trip, median", "round trip, 99 %", "to the board",
                          "from the board", "samples of 5 inputs"]
    to_board, samples = (float(re.sub(r"[^\d.]", "", rows[name]))
                         for name in ("to the board", "samples of 5 inputs"))
    assert to_board > 1000 and samples == pytest.approx(to_board / 8, rel=0.01)


def test_errors_are_counted_and_the_rate_is_found(tmp_path):
    with Adapter(TINY, clock_hz=12_000_000) as adapter:
        code, said, _ = run(tmp_path, "link-test", "--device", adapter.port, "--requests", "20")
        assert code == 0 and "1500000 baud" in said
        adapter.carries = lambda rate: 0.8
        code, said, _ = run(tmp_path, "link-test", "--device", adapter.port, "--requests", "20",
                            "--baud", "1500000")
    assert code == 1 and re.search(r"sent again +│ [1-9]", said)


def test_a_run_is_stopped(emulator, tmp_path):
    emulator.memory[Space.REGISTERS][0] = 1
    code, said, errors = run(tmp_path, "stop", "--device", emulator.port, "--baud", "1000000")
    assert (code, errors) == (0, "") and emulator.register(Register.STATUS) == 0
    assert "5-4-3-2 with 2 lanes" in said and "stopped; its weights stay as they are" in said
    assert "9 samples" in said
    writes = [address for operation, _, address in emulator.executed
              if operation is Operation.WRITE]
    assert writes == [Register.CONTROL]
    emulator.executed.clear()
    code, said, _ = run(tmp_path, "stop", "--device", emulator.port, "--baud", "1000000")
    assert code == 0 and "nothing was running" in said
    assert all(operation is Operation.READ for operation, *_ in emulator.executed)


@pytest.mark.parametrize("command", ["stop", "link-test"])
def test_errors_are_one_line(command, tmp_path):
    code, said, errors = run(tmp_path, command, "--device", "/dev/ttyNOT0")
    assert (code, said) == (2, "")
    assert errors.startswith("cortigate: /dev/ttyNOT0 does not open") and errors.count("\n") == 1


def test_a_busy_board_says_how_to_go_on_and_is_taken_over(tmp_path):
    with Emulator(preset("pal")) as emulator:
        emulator.memory[Space.REGISTERS][0] = 1
        arguments = ["stream", "--device", emulator.port, "--baud", "1000000", "--epochs", "1"]
        code, _, errors = run(tmp_path, *arguments)
        assert code == 2 and errors.count("\n") == 1
        assert f"cortigate stop --device {emulator.port}" in errors and "--take-over" in errors
        _, _, errors = run(tmp_path, *arguments, "--take-over")
    # The emulator does not stream, so it goes no further than the run; but that far.
    assert "is running" not in errors and emulator.register(Register.SET_SIZE) == 64
    code, _, errors = run(tmp_path, "demo", "--device", "integer", "--take-over")
    assert code == 2 and "belong to a serial port, not to the device 'integer'" in errors


def test_a_virtual_board_has_a_clock_that_a_board_can_have():
    for clock_hz in (0, 800_000, 1_000_000_001):
        with pytest.raises(ValueError, match="clock_hz must lie in 921600 .. 1000000000, not "):
            VirtualBoard(TINY, clock_hz=clock_hz)


@pytest.mark.skipif(missing("verilator") is not None, reason=missing("verilator") or "")
def test_a_virtual_board_that_ends_by_itself_says_so(tmp_path):
    monitored = subprocess.Popen(
        [*COMMAND, "virtual", "--layers", "5-4-3-2", "--lanes", "2", "--clock", "25"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (said := monitored.stdout.readline()).startswith("port "):
        assert monitored.poll() is None
    link = open_link(said.split()[1], baud=1_000_000, timeout=20)
    assert read_identity(link).clock_hz == 25_000_000
    link.close()
    [child] = Path(f"/proc/{monitored.pid}/task/{monitored.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    _, said = monitored.communicate(timeout=60)
    assert monitored.returncode == 2
    assert said.splitlines()[-1] == "cortigate: the virtual board ended: exit code -9"
