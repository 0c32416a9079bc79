"""A release's bitstream, taken only as it was released."""

import hashlib
import json
import sys

import pytest

from cortigate.boards.board import board
from cortigate.boards.release import SUMS, released, usual_release, write_checksums
from cortigate.golden.spec import preset
from cortigate.scripts.cli import main
from cortigate.scripts.commands.flash import place

NAME = "ulx3s-25f"


def add(folder, name=NAME, of=NAME, design="tiny"):
    """A bitstream and its record."""
    place = folder / "bitstreams" / name
    place.mkdir(parents=True)
    (place / "ulx3s_25f.bit").write_bytes(name.encode())
    (place / "report.json").write_text(json.dumps({
        "board": of, "design": preset(design).to_dict(), "digest": preset(design).digest,
        "proof": {"stage": "bitstream", "samples": 24}, "bitstream": "ulx3s_25f.bit",
        "sha256": hashlib.sha256(name.encode()).hexdigest()}))
    write_checksums(folder)
    return place


def test_a_boards_own_design_comes_first(tmp_path):
    with pytest.raises(ValueError, match=f"{tmp_path} is no release: it has no folder bitstreams"):
        released(NAME, tmp_path)
    add(tmp_path, "ulx3s-25f-tiny")
    assert released(NAME, tmp_path).path.parent.name == "ulx3s-25f-tiny"
    add(tmp_path, "ulx3s-25f-pal", design="pal")
    with pytest.raises(ValueError, match="has several bitstreams of ulx3s-25f, name the folder of "
                                         "one with --build: .*-pal, .*-tiny$"):
        released(NAME, tmp_path)
    add(tmp_path)
    assert released(NAME, tmp_path).path.parent.name == NAME
    with pytest.raises(ValueError, match="has no bitstream of ulx3s: build one"):
        released("ulx3s", tmp_path)


def test_checksums_are_those_of_sha256sum(tmp_path):
    place = add(tmp_path)
    assert (tmp_path / SUMS).read_text() == "".join(
        f"{hashlib.sha256((place / name).read_bytes()).hexdigest()}  bitstreams/{NAME}/{name}\n"
        for name in ("report.json", "ulx3s_25f.bit"))


def spoil(path, data):
    def spoiled(place):
        (place / path).write_bytes(data)
    return spoiled


def forget(name):
    """Take a file's line out of the checksums."""
    def forgotten(place):
        path = place.parents[1] / SUMS
        path.write_text("".join(line for line in path.read_text().splitlines(True)
                                if name not in line))
    return forgotten


@pytest.mark.parametrize("damage, said", [
    (spoil("ulx3s_25f.bit", b"else"), r"ulx3s_25f.bit is not what was released, says SHA256SUMS"),
    (spoil("report.json", b"{}"), r"report.json is not what was released"),
    (lambda place: (place / "report.json").unlink(), r"report.json is missing: take the release"),
    (lambda place: (place / "ulx3s_25f.bit").unlink(), r"ulx3s_25f.bit is missing: take the"),
    (forget("report.json"), r"SHA256SUMS has no checksum of .*report.json"),
    (forget(".bit"), r"SHA256SUMS has no checksum of .*ulx3s_25f.bit"),
    (lambda place: (place.parents[1] / SUMS).unlink(), "SHA256SUMS cannot be read: No such file"),
    (spoil(f"../../{SUMS}", b"some\n"), "SHA256SUMS is damaged: line 1 is no checksum and name"),
    (spoil(f"../../{SUMS}", b"\xff"), "SHA256SUMS is damaged: "),
])
def test_damage_is_one_sentence(tmp_path, damage, said):
    damage(add(tmp_path))
    with pytest.raises(ValueError, match=said) as caught:
        released(NAME, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_of_another_board(tmp_path):
    add(tmp_path, of="ulx3s-85f")
    with pytest.raises(ValueError, match="report.json is of the board ulx3s-85f, not of ulx3s-25f"):
        released(NAME, tmp_path)


def test_where_it_is_taken_from(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    target = board(NAME)
    assert str(place(target)) == f"build/{NAME}"  # where a build would be
    usual = add(usual_release())
    assert place(target) == usual / "ulx3s_25f.bit"
    said = capsys.readouterr().out
    assert said == f"{usual}/ulx3s_25f.bit and its record are as released: 5-4-3-2 by ghost\n"
    named = add(tmp_path / "other")
    assert place(target, release=tmp_path / "other") == named / "ulx3s_25f.bit"
    build = tmp_path / "build" / NAME
    build.mkdir(parents=True)
    (build / "ulx3s_25f.bit").touch()
    assert str(place(target)) == f"build/{NAME}"
    assert place(target, build=tmp_path / "mine") == tmp_path / "mine"
    assert place(target, release=tmp_path / "other") == named / "ulx3s_25f.bit"


def flashed(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["cortigate", "flash", NAME, *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_the_command_checks_before_it_touches_a_board(tmp_path, monkeypatch, capfd):
    program = tmp_path / "openFPGALoader"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    folder = tmp_path / "release"
    bitstream = add(folder) / "ulx3s_25f.bit"
    bitstream.with_suffix(".bin").touch()  # something that nobody released
    assert flashed(monkeypatch, "--release", folder) == 0
    assert (tmp_path / "arguments").read_text() == f"-b ulx3s -m {bitstream}\n"
    assert f"{bitstream} and its record are as released" in capfd.readouterr().out
    (tmp_path / "arguments").unlink()
    bitstream.write_bytes(b"else")
    assert flashed(monkeypatch, "--release", folder) == 2
    assert flashed(monkeypatch, "--release", folder, "--build", folder) == 2
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2 and "not what was released" in said[0] and "not both" in said[1]
    assert not (tmp_path / "arguments").exists()
