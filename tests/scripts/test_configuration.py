"""The configuration file: what it gives, what wins over it, what is wrong in it."""

import os
import re
import sys
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cortigate.scripts import cli, commands
from cortigate.scripts.configuration import SHARED, ConfigurationFile, options_of, place
from cortigate.scripts.group import as_called

EXAMPLE = '''
from enum import StrEnum
from typing import Annotated
import typer
from cortigate.scripts.console import say

class Kind(StrEnum):
    FIRST = "first"
    SECOND = "second"

def example(
    device: Annotated[str, typer.Option()] = "virtual",
    take_over: Annotated[bool, typer.Option("--take-over")] = False,
    epochs: Annotated[int, typer.Option(min=1)] = 1,
    rate: Annotated[float, typer.Option()] = 0.5,
    own: Annotated[str | None, typer.Option("--board")] = None,
    kind: Annotated[Kind, typer.Option()] = Kind.FIRST,
    labels: Annotated[list[str] | None, typer.Option("--label")] = None,
    fail: Annotated[bool, typer.Option("--fail")] = False,
):
    """Do it."""
    say("a sentence")
    if fail:
        raise ValueError("it is wrong")
    print(device, take_over, epochs, rate, own, kind.value, *labels or ())
'''
USUAL = "virtual False 1 0.5 None first\n"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command line with a file of this text: (exit code, standard output, its error)."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "example.py").write_text(EXAMPLE)
    monkeypatch.setattr(commands, "__path__", [str(tmp_path / "package")])
    monkeypatch.delitem(sys.modules, f"{commands.__name__}.example", raising=False)
    monkeypatch.setenv("CORTIGATE_CONFIG", str(tmp_path / "mine.toml"))

    def run(text, *words):
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["cortigate", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()
    return run


FULL = ('[default]\nquiet = true\n[example]\ndevice = "auto"\ntake-over = true\nepochs = 3\n'
        'rate = 2\nboard = "x"\nkind = "second"\nlabel = ["a", "b"]\n')


def test_an_empty_file_changes_nothing(run):
    assert run("", "example") == (0, f"a sentence\n{USUAL}", "")


def test_the_file_gives_defaults(run):
    assert run(FULL, "example") == (0, "auto True 3 2.0 x second a b\n", "")
    assert run('[example]\nlabel = "a"', "example", "--quiet")[1] == USUAL[:-1] + " a\n"


def test_the_line_wins_over_the_environment_and_that_over_the_file(run, monkeypatch):
    monkeypatch.setenv("CORTIGATE_EXAMPLE_EPOCHS", "7")
    monkeypatch.setenv("CORTIGATE_EXAMPLE_TAKE_OVER", "1")
    text = "[default]\nquiet = true\n[example]\nepochs = 3\nrate = 2\n"
    assert run(text, "example")[1] == "virtual True 7 2.0 None first\n"
    assert run(text, "example", "--epochs", "9", "--rate", "1")[1] == (
        "virtual True 9 1.0 None first\n")
    assert run(text, "example", "--no-quiet")[1].startswith("a sentence\n")
    assert run(text, "--no-quiet", "example")[1].startswith("a sentence\n")
    monkeypatch.setenv("CORTIGATE_QUIET", "0")
    assert run(text, "example")[1].startswith("a sentence\n")


def test_a_command_wins_over_all_commands(run):
    text = '[default]\ndevice = "integer"\nbaud = 9600\n'
    assert run(text, "example", "--quiet")[1].startswith("integer ")
    assert run(f'{text}[example]\ndevice = "auto"', "example", "--quiet")[1].startswith("auto ")


@pytest.mark.parametrize("text, line, said", [
    ("[other]\nepochs = 3", 1, "no command is called 'other': a table must be one of default"),
    ("example = 3", 1, r"example must be a table, \[example\], not 3"),
    ("[default]\n\nepochs = 3", 3, r"\[default\] has no 'epochs', only quiet, device, baud"),
    ("[default]\ndevice = 3", 2, "device must be text, not 3"),
    ("[example]\nepoch = 3", 2, r"\[example\] has no 'epoch', only device, take-over, epochs, "),
    ("[example]\ntake_over = true", 2, r"\[example\] has no 'take_over', only device, take-over"),
    ("[example]\nepochs = 2.0", 2, "epochs must be a whole number, not 2.0"),
    ("[example]\nepochs = true", 2, "epochs must be a whole number, not True"),
    ('[example]\nepochs = "2"', 2, "epochs must be a whole number, not '2'"),
    ("[example]\nepochs = 0", 2, "epochs: .*1"),
    ("[example]\n\nepochs = [1]", 3, r"epochs must be a whole number, not \[1\]"),
    ("[example]\nrate = 1979-05-27", 2, "rate must be a number, not "),
    ("[example]\ntake-over = 1", 2, "take-over must be true or false, not 1"),
    ('[example]\nkind = "third"', 2, "kind: .*'third' is not one of 'first', 'second'"),
    ('[example]\nlabel = ["a", 3]', 2, "label must be text, or a list of such, not 3"),
    ("[example]\nepochs = = 3", 2, "it is not TOML: Invalid value"),
    ("[example.deep]\nx = 1", 1, r"\[example\] has no 'deep', only device"),
])
def test_one_line_says_what_is_wrong_and_where(run, tmp_path, text, line, said):
    code, out, errors = run(text, "example")
    place = f"cortigate: {tmp_path / 'mine.toml'}, line {line}: "
    assert (code, out) == (2, "") and errors.startswith(place) and errors.count("\n") == 1
    assert re.search(said, errors), errors
    assert run(text, "example", "--help")[0] == 0  # what is allowed can be looked up


def test_an_error_names_what_the_file_gave(run, tmp_path):
    code, _, errors = run("[example]\nfail = true\nepochs = 3", "example", "--quiet",
                          "--epochs", "2")
    said = f"cortigate: it is wrong ({tmp_path / 'mine.toml'} gives --fail)\n"
    assert (code, errors) == (2, said)
    assert run("", "example", "--quiet", "--fail")[2] == "cortigate: it is wrong\n"


def test_where_the_file_is(run, tmp_path, monkeypatch):
    usual = tmp_path / "config" / "config.toml"
    monkeypatch.setattr(platformdirs, "user_config_path", lambda name: usual.parent)
    monkeypatch.setenv("CORTIGATE_CONFIG", str(tmp_path / "gone" / "other.toml"))
    code, _, errors = run("", "example")
    assert code == 2 and "other.toml cannot be read: No such file" in errors
    monkeypatch.setenv("CORTIGATE_CONFIG", os.devnull)
    assert place() is None and run("", "example", "--quiet")[1] == USUAL
    monkeypatch.delenv("CORTIGATE_CONFIG")
    assert place() == usual and run("", "example", "--quiet")[1] == USUAL  # there is none
    usual.parent.mkdir()
    usual.write_text("[example]\nepochs = 5")
    assert run("", "example", "--quiet")[1] == "virtual False 5 0.5 None first\n"
    usual.unlink()
    usual.mkdir()
    assert "config.toml cannot be read" in (said := run("", "example")[2]) or "a folder" in said


def test_a_file_that_may_not_be_read_or_is_no_text(run, tmp_path):
    (tmp_path / "mine.toml").write_bytes(b"# \xff\n")
    with pytest.raises(ValueError, match="line 1: a TOML file must be UTF-8"):
        ConfigurationFile.read(["example"])


def test_the_help_says_where_it_is():
    text = " ".join((cli.cortigate.__doc__ or "").split())
    assert "config.toml" in text and "CORTIGATE_CONFIG" in text


def test_what_all_commands_share_is_an_option_of_some():
    for name in SHARED:
        commands = [words for words, function in cli.Commands.functions()
                    if name in options_of(as_called(function))]
        assert len(commands) > 3, name


VALUES = st.one_of(st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False), st.text(),
                   st.lists(st.text(max_size=2), max_size=2))


@given(st.dictionaries(st.sampled_from(["default", "example", "other"]), st.one_of(
    st.dictionaries(st.sampled_from(["device", "quiet", "epochs", "x"]), VALUES), VALUES)))
def test_any_tables_are_taken_or_refused_in_a_line(tables):
    found = ConfigurationFile(Path("mine.toml"), "", tables)
    options = options_of(as_called(cli.Commands.function("stop")))
    try:
        values = found.checked(["example"]).defaults(("example",), options, lambda *_: None)
    except ValueError as error:
        assert f"{error}".startswith("mine.toml: ") and "\n" not in f"{error}"
    else:
        assert values.keys() <= {"device", "quiet", "baud"}
