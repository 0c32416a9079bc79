"""Loading a bitstream: the exact command, shown first; every way in which it fails."""

import dataclasses
import hashlib
import json
import stat

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.loader import LoadError, command, load


@pytest.fixture
def built(tmp_path):
    """A folder with a bitstream of the ULX3S-25F, and the record of its proof."""
    (tmp_path / "ulx3s_25f.bit").touch()
    recorded(tmp_path, {"stage": "bitstream"})
    return tmp_path


def recorded(folder, proof):
    digest = hashlib.sha256((folder / "ulx3s_25f.bit").read_bytes()).hexdigest()
    (folder / "report.json").write_text(json.dumps({"proof": proof, "sha256": digest}))


def fake_loader(folder, monkeypatch, code):
    """No hardware is at hand: a program that keeps its arguments and exits with `code`."""
    program = folder / "openFPGALoader"
    program.write_text(f'#!/bin/sh\necho "$@" > {folder}/arguments\nexit {code}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


@pytest.mark.parametrize("name, target, words", [
    ("ulx3s-12f", None, ["openFPGALoader", "-b", "ulx3s", "-m", "x"]),
    ("ulx3s-85f", "flash", ["openFPGALoader", "-b", "ulx3s", "-f", "x"]),
    ("icebreaker", None, ["openFPGALoader", "-b", "ice40_generic", "-f", "x"]),
    ("colorlight-i9", "sram", ["openFPGALoader", "-b", "colorlight-i9", "-m", "x"]),
    ("tang-nano-20k", "sram", ["openFPGALoader", "-b", "tangnano20k", "-m", "x"]),
    ("orangecrab-25f", None, ["openFPGALoader", "-b", "orangeCrab", "x"]),
    ("icesugar", "flash", ["icesprog", "x"]),
])
def test_command(name, target, words):
    assert command(board(name), "x", target) == words


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_can_be_loaded(name):
    assert command(board(name), "x")[-1] == "x"


def test_what_a_loader_can_not_do():
    with pytest.raises(LoadError, match="openFPGALoader can not load the sram of icebreaker: try "
                                        "--flash"):
        command(board("icebreaker"), "x", "sram")
    without = dataclasses.replace(board("icebreaker"), loader=None)
    with pytest.raises(LoadError, match="icebreaker has no loader"):
        command(without, "x")


def test_the_command_is_shown_and_run(built, monkeypatch):
    fake_loader(built, monkeypatch, 0)
    lines = []
    load(board("ulx3s-25f"), built, "flash", log=lines.append)
    assert lines == [f"openFPGALoader -b ulx3s -f {built}/ulx3s_25f.bit"]
    assert (built / "arguments").read_text() == f"-b ulx3s -f {built}/ulx3s_25f.bit\n"


def test_failures_say_what_to_do(built, monkeypatch, tmp_path):
    with pytest.raises(LoadError, match="no bitstream in .*: build it first, cortigate build ecp"):
        load(board("ecpix5-45f"), built)
    fake_loader(built, monkeypatch, 3)
    with pytest.raises(LoadError, match="openFPGALoader failed with exit code 3: is the board"):
        load(board("ulx3s-25f"), built, log=lambda line: None)
    monkeypatch.setenv("PATH", "/nowhere")
    lines = []
    with pytest.raises(LoadError, match="openFPGALoader is not installed: see https://"):
        load(board("ulx3s-25f"), built, log=lines.append)
    assert len(lines) == 1  # the command was shown all the same


def test_what_has_not_been_proven_is_loaded_with_a_warning(built, monkeypatch):
    fake_loader(built, monkeypatch, 0)

    def warned():
        lines = []
        load(board("ulx3s-25f"), built, "flash", log=lines.append)
        assert lines[-1].startswith("openFPGALoader")
        return lines[:-1]

    assert warned() == []
    recorded(built, None)
    (said,) = warned()
    assert said == ("WARNING: ulx3s_25f.bit has not been proven: it was built with --no-proof, and "
                    "may compute anything")
    recorded(built, {"stage": "bitstream"})
    (built / "ulx3s_25f.bit").write_bytes(b"another")
    assert warned() == ["WARNING: ulx3s_25f.bit has changed since it was built: build it again"]
    (built / "report.json").write_text("{}")
    assert "no record of a proof" in warned()[0]
