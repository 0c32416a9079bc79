"""`--show`: the desktop's viewer, or where the file is; never an error, never in a document."""

import inspect
import json
import os
import subprocess
import sys

import pytest

from cortigate.scripts import showing
from cortigate.scripts.cli import Commands
from cortigate.scripts.showing import ShowOption, show
from cortigate.scripts.speaking import speaking

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="xdg-open")
VIEWER = """#!/bin/sh
echo "viewer of $1"
echo "$1" > "$(dirname "$0")/seen"
"""
# As its own process, since nobody waits for a viewer.
SCRIPT = """
import sys
from pathlib import Path
from cortigate.scripts.showing import show
from cortigate.scripts.speaking import emit, speaking
with speaking(as_json=True):
    show(Path("my.png"), None)
    emit({"picture": "my.png"})
"""


@linux
def test_a_viewer_gets_the_file_and_the_document_stays_alone(tmp_path):
    (tmp_path / "xdg-open").write_text(VIEWER)
    (tmp_path / "xdg-open").chmod(0o755)
    done = subprocess.run([sys.executable, "-c", SCRIPT], text=True, capture_output=True,
                          cwd=tmp_path, check=True, env=os.environ | {
                              "DISPLAY": ":9", "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert json.loads(done.stdout) == {"picture": "my.png"}
    assert "my.png was given to the desktop's viewer" in done.stderr
    assert f"viewer of {tmp_path / 'my.png'}\n" in done.stderr  # the pipe's end: it has ended
    assert (tmp_path / "seen").read_text() == f"{tmp_path / 'my.png'}\n"


@linux
@pytest.mark.parametrize("display, reason", [
    ("", "there is no display"), (":9", "there is no xdg-open that could find a viewer")])
def test_without_a_desktop_it_says_where_the_file_is(tmp_path, monkeypatch, capsys, display,
                                                     reason):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("PATH", str(tmp_path))
    show(tmp_path / "my.png")
    assert capsys.readouterr().out == f"{reason}: open {tmp_path / 'my.png'} yourself\n"
    with speaking(quiet=True):
        show(tmp_path / "my.png")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("failure", [1, OSError("no")])
def test_a_viewer_that_fails_is_said(tmp_path, monkeypatch, capsys, failure):
    def launch(path):
        if isinstance(failure, int):
            return failure
        raise failure

    monkeypatch.setattr(showing, "_missing", lambda: None)
    monkeypatch.setattr(showing.typer, "launch", launch)
    show(tmp_path / "my.png")
    assert capsys.readouterr().out == (
        f"no viewer could be started: open {tmp_path / 'my.png'} yourself\n")


def test_every_command_that_draws_has_the_option():
    """And no other one; `train` writes its pictures into a page."""
    drawn = {("demo",), ("sweep",), ("train",), ("experiment", "latents"), ("experiment", "noise")}
    assert {words for words, function in Commands.functions()
            if any(one.annotation == ShowOption
                   for one in inspect.signature(function).parameters.values())} == drawn
