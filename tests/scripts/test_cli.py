"""The command line: lazy commands, one line for what a user can mend."""

import os
import re
import signal
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from cortigate.boards.extras import how_to_install
from cortigate.scripts import cli, commands
from cortigate.scripts.commands import calibrate
from cortigate.scripts.commands.data import Stored
from cortigate.scripts.commands.experiment import Experiments
from cortigate.scripts.console import new_console


def cortigate(*arguments, **options):
    code = "from cortigate.scripts.cli import main; main()"
    return subprocess.run([sys.executable, *options.pop("python", ()), "-c", code, *arguments],
                          text=True, capture_output=True, check=False, **options)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Adds a command with a given body and runs the command line."""
    def add(body):
        (tmp_path / "example.py").write_text(f'def example():\n    """Do it."""\n    {body}\n')
        monkeypatch.setattr(commands, "__path__", [str(tmp_path)])
        monkeypatch.delitem(sys.modules, f"{commands.__name__}.example", raising=False)
        monkeypatch.setattr(sys, "argv", ["cortigate", "example"])

    return add


def test_every_command_has_a_function_and_a_summary():
    for group in (cli.Commands, Experiments):
        assert group.names()
        for name in group.names():
            assert callable(group.function(name)), name
            assert group.summary(name).endswith("."), name


def test_every_command_is_in_one_part_of_the_help():
    names = [name for part in cli.Commands.panels.values() for name in part]
    assert sorted(names) == cli.Commands.names()


@pytest.mark.parametrize("words", [words for words, _ in cli.Commands.functions()], ids=" ".join)
def test_the_example_of_every_command_is_understood(words):
    said = " ".join(cortigate_here(*words, "-h").split())
    [example] = re.findall(r"Example: cortigate (.*?)(?= Options:| Arguments:)", said)
    given = example.split()
    assert tuple(given[:len(words)]) == words
    command = typer.main.get_command(cli.app)
    for name in words:
        command = command.get_command(None, name)
    command.make_context(words[-1], given[len(words):])  # raises what the command line would say


def cortigate_here(*arguments):
    """What a command line prints, without a process of its own."""
    return CliRunner().invoke(cli.app, arguments).output


def test_help_imports_no_command():
    for words, group in (((), cli.Commands), (("experiment",), Experiments)):
        done = cortigate(*words, "--help", python=("-X", "importtime"))
        assert done.returncode == 0
        for name in group.names():
            assert f"\n  {name} " in done.stdout
        assert "amaranth" not in done.stderr and "sklearn" not in done.stderr


def test_functions_are_those_of_commands_and_of_groups():
    found = dict(cli.Commands.functions())
    assert found["virtual",] is cli.Commands.function("virtual")
    assert found["experiment", "noise"] is Experiments.function("noise")
    groups = len(Experiments.names()) + len(Stored.names())
    assert len(found) == len(cli.Commands.names()) - 2 + groups


def test_the_help_of_an_experiment_names_its_tables():
    said = " ".join(cortigate("experiment", "inversion", "--help").stdout.split())
    assert "dynamic inversion in float64" in said
    assert "Tables: linear, nonlinear, digits, guard." in said


def test_names_of_experiments_are_no_commands():
    for name in Experiments.names():
        done = cortigate(name)
        assert done.returncode == 2 and f"No such command '{name}'" in done.stderr


@pytest.mark.parametrize("words", [
    ("build", "icebreaker", "--clock"), ("virtual", "--clock"),
    ("verify", "--stage", "placed", "--board", "icebreaker", "--clock")],
    ids=lambda words: words[0])
@pytest.mark.parametrize("clock", ["1e308", "-1", "0"])
def test_a_clock_that_no_chip_has_is_refused(words, clock, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cortigate", *words, clock])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    assert "clock must be more than 0 and at most 10000 MHz, not " in capsys.readouterr().err


def test_a_closed_standard_output_is_no_failure(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    new_console().print("nobody reads this")


def test_version():
    assert cortigate("--version").stdout == "cortigate 0.1.0\n"


def test_unknown_command():
    done = cortigate("nonsense")
    assert done.returncode == 2
    assert "No such command 'nonsense'" in done.stderr


def test_unknown_board_is_one_line():
    done = cortigate("build", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("cortigate: board must be one of icebreaker, icebreaker-bitsy, ")
    assert done.stderr.endswith(", not 'nonsense'\n") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("words, said", [
    ("link-test", "--device is missing: serial port of the board, or auto: the only board"),
    ("flash", ("BOARD is missing: see `cortigate boards`; or a Python file that defines BOARD, "
               "which is executed"))])
def test_what_is_missing_is_one_line(monkeypatch, words, said):
    monkeypatch.setenv("CORTIGATE_RUN", "./scripts/run")
    done = cortigate(words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"cortigate: {said}. ./scripts/run {words} --help says more\n"


@pytest.mark.parametrize("error", ["ValueError('lanes')", "TypeError('lanes')",
                                   "RuntimeError('lanes')", "OSError('lanes')"])
def test_errors_that_a_user_can_mend(command, capsys, error, monkeypatch):
    command(f"raise {error}")
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert capsys.readouterr().err == "cortigate: lanes\n"
    monkeypatch.setenv("CORTIGATE_TRACEBACK", "1")
    with pytest.raises((ValueError, TypeError, RuntimeError, OSError), match="lanes"):
        cli.main()


def test_other_errors_keep_their_traceback(command):
    command("raise ZeroDivisionError('slip')")
    with pytest.raises(ZeroDivisionError, match="slip"):
        cli.main()


@pytest.mark.parametrize("module, extra", [("apycula", "build"), ("cocotb", "sim"),
                                           ("distributed", "cluster"), ("luna", "usb"),
                                           ("optuna", "study")])
def test_missing_extra_is_named(command, capsys, monkeypatch, module, extra):
    command(f"import {module}.parts")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert how_to_install(extra) in capsys.readouterr().err


def test_a_system_without_a_module_of_posix(command, capsys, monkeypatch):
    command("import fcntl")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert capsys.readouterr().err == (
        "cortigate: Python has no fcntl on this system, which this command needs: use Linux or "
        "macOS, or WSL on Windows\n")


def test_a_missing_module_of_ours_is_not_an_extra(command):
    command("import cortigate.nonsense")
    with pytest.raises(ModuleNotFoundError, match="cortigate.nonsense"):
        cli.main()


def test_more_memory_than_there_is_is_one_line(command, capsys):
    command("raise MemoryError")
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert capsys.readouterr().err == ("cortigate: this computer does not have enough memory for "
                                       "that: ask for less\n")


def test_calibrate_keeps_off_an_installed_package(tmp_path, monkeypatch):
    package = tmp_path / "cortigate"
    (package / "boards").mkdir(parents=True)
    monkeypatch.setattr(calibrate.measured, "__file__", str(package / "boards" / "measured.py"))
    with pytest.raises(ValueError, match="is installed in .*name another file, such as --output"):
        calibrate.writable(None)
    with pytest.raises(ValueError, match="output must be outside of the installed package"):
        calibrate.writable(package / "boards" / "measured.py")
    assert calibrate.writable(tmp_path / "measured.py") == tmp_path / "measured.py"
    (package / "pyproject.toml").touch()  # a working copy
    assert calibrate.writable(None) == package / "boards" / "measured.py"


@pytest.mark.parametrize("name", ["build", "boards", "flash"])
def test_the_help_says_that_a_board_file_is_executed(name):
    assert "which is executed" in " ".join(cortigate(name, "--help").stdout.split())


def test_a_name_with_a_line_end_does_not_break_the_line(command, capsys):
    command("raise ValueError('no file a' + chr(10) + 'b')")
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert capsys.readouterr().err == "cortigate: no file a b\n"


def test_a_board_file_that_fails_later_is_named(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("from dataclasses import replace\n"
                    "from cortigate.boards.board import board\n"
                    "base = board('icebreaker')\n"
                    "class Platform(base.platform):\n"
                    "    def __init__(self):\n"
                    "        {}['pins']\n"
                    "BOARD = replace(base, name='mine', platform=Platform)\n", encoding="utf-8")
    done = cortigate("build", str(path), "--output", str(tmp_path / "build"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"cortigate: {path} failed in line 6: KeyError: 'pins'"
    assert "Traceback" not in done.stderr


def test_sigterm_is_a_sentence_and_leaves_the_handler_as_it_was(capsys):
    before = signal.getsignal(signal.SIGTERM)

    def ended():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            done.append("closed")

    done = []
    with pytest.raises(SystemExit) as found:
        cli.main(ended)
    assert found.value.code == 143 and done == ["closed"]
    assert capsys.readouterr().err == "cortigate: ended by SIGTERM\n"
    assert signal.getsignal(signal.SIGTERM) is before
