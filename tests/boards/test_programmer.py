"""Loading a bitstream: the exact command, shown first; every way in which it fails."""

import dataclasses
import hashlib
import json
import os
import stat
import subprocess
import sys

import pytest

from cortigate.boards.board import BOARDS, board
from cortigate.boards.programmer import PLACES, LoadError, command, load
from cortigate.golden.spec import preset
from cortigate.scripts.cli import main


@pytest.fixture
def built(tmp_path):
    """A folder with a bitstream of the ULX3S-25F, and the record of its proof."""
    (tmp_path / "ulx3s_25f.bit").touch()
    recorded(tmp_path, {"stage": "bitstream", "samples": 24})
    return tmp_path


def recorded(folder, proof):
    digest = hashlib.sha256((folder / "ulx3s_25f.bit").read_bytes()).hexdigest()
    (folder / "report.json").write_text(json.dumps({
        "board": "ulx3s-25f", "design": preset("tiny").to_dict(), "digest": preset("tiny").digest,
        "proof": proof, "sha256": digest}))


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


def test_what_a_loader_cannot_do():
    with pytest.raises(LoadError, match="openFPGALoader cannot load the sram of icebreaker: try "
                                        "--flash"):
        command(board("icebreaker"), "x", "sram")
    without = dataclasses.replace(board("icebreaker"), programmer=None)
    with pytest.raises(LoadError, match="icebreaker has no programmer"):
        command(without, "x")


def test_what_is_written_and_the_command_are_shown_before_it_runs(built, monkeypatch):
    fake_loader(built, monkeypatch, 0)
    lines = []
    for target in ("flash", None):
        load(board("ulx3s-25f"), built, target, log=lines.append)
    assert lines == [
        f"ulx3s_25f.bit is for {PLACES['flash']}",
        f"openFPGALoader -b ulx3s -f {built}/ulx3s_25f.bit",
        f"ulx3s_25f.bit is for {PLACES['sram']}",
        f"openFPGALoader -b ulx3s -m {built}/ulx3s_25f.bit"]
    assert "flash memory" in PLACES["flash"] and "SRAM" in PLACES["sram"]
    assert (built / "arguments").read_text() == f"-b ulx3s -m {built}/ulx3s_25f.bit\n"


def test_options_go_to_the_loader(built, monkeypatch):
    fake_loader(built, monkeypatch, 0)
    load(board("ulx3s-25f"), built, options=("--cable", "a b"), log=lambda line: None)
    assert ((built / "arguments").read_text()
            == f"-b ulx3s -m --cable a b {built}/ulx3s_25f.bit\n")
    assert command(board("icesugar"), "x", options=("-c", "1")) == ["icesprog", "-c", "1", "x"]


def test_the_flash_memory_is_written_only_where_somebody_asked_for_it(tmp_path, monkeypatch):
    (tmp_path / "icebreaker.bin").touch()
    fake_loader(tmp_path, monkeypatch, 0)
    lines, questions = [], []

    def loaded(target=None, confirm=None):
        load(board("icebreaker"), tmp_path, target, confirm=confirm, log=lines.append)

    with pytest.raises(LoadError, match="load icebreaker only through its flash .*: give --flash"):
        loaded()
    with pytest.raises(LoadError, match="nothing was written to icebreaker"):
        loaded(confirm=lambda question: questions.append(question))
    assert questions == ["Write the flash memory of icebreaker?"]
    assert lines[0].startswith("icebreaker.bin is for the flash memory")
    assert not (tmp_path / "arguments").exists()
    loaded(confirm=lambda question: True)
    (tmp_path / "arguments").unlink()
    loaded("flash", confirm=questions.append)
    assert (tmp_path / "arguments").exists() and len(questions) == 1


@pytest.mark.parametrize("answer, code", [("y", 0), ("n", 2)])
def test_on_a_terminal_the_command_asks(tmp_path, monkeypatch, answer, code):
    (tmp_path / "icebreaker.bin").touch()
    fake_loader(tmp_path, monkeypatch, 0)
    near, far = os.openpty()
    with subprocess.Popen([sys.executable, "-c", "from cortigate.scripts.cli import main; main()",
                           "flash", "icebreaker", "--build", str(tmp_path)],
                          stdin=far, stdout=far, stderr=subprocess.PIPE) as process:
        os.close(far)
        os.write(near, f"{answer}\n".encode())
        assert process.wait(60) == code
    os.close(near)
    assert (tmp_path / "arguments").exists() == (code == 0)


def test_the_command_off_a_terminal(built, monkeypatch, capfd):
    fake_loader(built, monkeypatch, 0)

    def flashed(*arguments):
        monkeypatch.setattr(sys, "argv", ["cortigate", "flash", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capfd.readouterr()

    code, said, _ = flashed("ulx3s-25f", "--build", str(built), "--", "--cable", "ft4232")
    assert code == 0 and "\nopenFPGALoader -b ulx3s -m --cable ft4232 " in said
    code, said, errors = flashed("ulx3s-25f", str(built))
    assert (code, said, errors.count("\n")) == (2, "", 1)
    assert "must follow -- and begin with an option, not" in errors
    (built / "icebreaker.bin").touch()
    (built / "arguments").unlink()
    code, said, errors = flashed("icebreaker", "--build", str(built))
    assert code == 2 and errors.count("\n") == 1 and errors.endswith("give --flash\n")
    assert not (built / "arguments").exists()


def test_failures_say_what_to_do(built, monkeypatch, tmp_path):
    with pytest.raises(LoadError, match="no bitstream of ecpix5-45f in .*: build it .* --build"):
        load(board("ecpix5-45f"), built)
    fake_loader(built, monkeypatch, 3)
    with pytest.raises(LoadError, match="openFPGALoader failed with exit code 3: is the board"):
        load(board("ulx3s-25f"), built, log=lambda line: None)
    monkeypatch.setenv("PATH", "/nowhere")
    lines = []
    with pytest.raises(LoadError, match="openFPGALoader is not installed: see https://"):
        load(board("ulx3s-25f"), built, log=lines.append)
    assert lines[-1].startswith("openFPGALoader -b")  # shown all the same


def test_what_has_not_been_proven_is_loaded_with_a_warning(built, monkeypatch):
    fake_loader(built, monkeypatch, 0)

    def warned():
        lines = []
        load(board("ulx3s-25f"), built, "flash", log=lines.append)
        assert lines[-1].startswith("openFPGALoader")
        return lines[1:-1]

    assert warned() == []
    recorded(built, None)
    (said,) = warned()
    assert said == ("WARNING: ulx3s_25f.bit has not been proven: it was built with --no-proof, and "
                    "may compute anything")
    recorded(built, {})
    assert "holds no proof that can be read" in warned()[0]
    recorded(built, {"stage": "bitstream", "samples": 1})
    (said,) = warned()
    assert said == ("WARNING: ulx3s_25f.bit was proven with 1 learning samples, which are few: "
                    "build it with --samples 24 or more")
    recorded(built, {"stage": "placed", "samples": 24})
    assert "has not been proven: files for its chip cannot be read back" in warned()[0]
    recorded(built, {"stage": "bitstream", "samples": 24})
    (built / "ulx3s_25f.bit").write_bytes(b"another")
    assert warned() == ["WARNING: ulx3s_25f.bit has changed since it was built: build it again"]
    (built / "report.json").write_text("{}")
    assert "no record of a proof" in warned()[0]
