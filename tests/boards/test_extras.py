"""Hints that say how to install what is missing, in the words of whoever reads them."""

import json
import shlex
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest

from cortigate.boards import extras
from cortigate.boards.extras import how_to_install, pip_install
from cortigate.boards.host.link import how_to_end
from cortigate.boards.learn.designs import fitting
from cortigate.golden.spec import preset
from cortigate.scripts import opening

from ..tree import ROOT


@pytest.fixture
def pip(monkeypatch):
    """The pip of this environment is on the path."""
    monkeypatch.setattr(extras.shutil, "which", lambda name: extras.sysconfig.get_path("scripts")
                        + "/pip")


def test_the_pip_of_another_environment_is_not_named(pip, monkeypatch):
    assert pip_install("ziglang") == "pip install ziglang"
    for other in (None, "/usr/bin/pip"):
        monkeypatch.setattr(extras.shutil, "which", lambda name, other=other: other)
        assert pip_install("a b") == f"{shlex.quote(sys.executable)} -m pip install 'a b'"


def test_hints_name_the_command_as_it_was_called(monkeypatch):
    monkeypatch.delenv(extras.RUN, raising=False)
    assert extras.command_name() == "cortigate"
    monkeypatch.setenv(extras.RUN, "./my clone/scripts/run")
    assert extras.command_name() == "'./my clone/scripts/run'"


def test_hints_of_what_to_call_next_do_so_too(monkeypatch):
    monkeypatch.setenv(extras.RUN, "./scripts/run")
    monkeypatch.setattr(opening, "design_on", lambda *given, unknown, **more: unknown)
    assert opening.resolved("/dev/x", None, {}, "train")[1] == (
        "name the report of its build, ./scripts/run train --device /dev/x --report "
        "FOLDER/report.json, or run the command in the folder that contains build")
    assert "`./scripts/run stop --device /dev/x`" in how_to_end("/dev/x")
    assert fitting(preset("digits"), "/dev/x").endswith(": ./scripts/run demo --device /dev/x")


def test_a_clone_installs_itself(pip, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    assert how_to_install("build") == ("./scripts/run in place of cortigate installs it, or "
                                       "pip install -e '.[build]'")
    monkeypatch.chdir(tmp_path)
    assert how_to_install("sim") == (f"{shlex.quote(str(ROOT / 'scripts' / 'run'))} in place of "
                                     "cortigate installs it, or pip install -e "
                                     f"{shlex.quote(f'{ROOT}[sim]')}")


@pytest.mark.parametrize("said, words", [
    (None, "cortigate[build]"),
    ("{", "cortigate[build]"),
    ("[]", "cortigate[build]"),
    ({"url": "file:///a/cortigate.whl", "archive_info": {}},
     "cortigate[build] @ file:///a/cortigate.whl"),
    ({"url": "https://host/x", "vcs_info": {"vcs": "git"}}, "cortigate[build] @ git+https://host/x"),
])
def test_a_package_comes_from_where_it_came_from(pip, monkeypatch, tmp_path, said, words):
    monkeypatch.setattr(extras, "ROOT", tmp_path)
    text = json.dumps(said) if isinstance(said, dict) else said
    monkeypatch.setattr(metadata, "distribution",
                        lambda name: SimpleNamespace(read_text=lambda file: text))
    assert how_to_install("build") == f"pip install {shlex.quote(words)}"
