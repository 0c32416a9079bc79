"""Builds that are remembered in the user's data folder, and the folder itself."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cortigate.boards.record import BuildRecord, recalled, remember
from cortigate.boards.storage.folders import CACHE, DATA
from cortigate.golden.spec import preset

DESIGN = preset("digits").replace(sample_capacity=123, lanes=4, generator_seed=7)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Where the build of DESIGN is remembered."""
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "builds" / f"{DESIGN.digest}.json"


def test_a_build_is_remembered(file):
    assert recalled(DESIGN.digest) is None
    remember(DESIGN, "mine", "build/mine")
    found = recalled(DESIGN.digest)
    assert (found.design, found.board) == (DESIGN, "mine")
    assert found.folder == str(Path("build/mine").absolute())
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    remember(DESIGN, "other", "build/other")
    assert recalled(DESIGN.digest).board == "other"


DAMAGE = {
    "empty": "", "cut off": '{"board": "mi', "no object": "[]", "a number": "3",
    "no design": '{"board": "mine", "digest": ""}', "deep": "[" * 100_000,
    "no rule": '{"board": "mine", "digest": "", "design": {"name": []}}',
    "not text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE)
def test_damaged_and_foreign_files_are_one_clear_error(file, text):
    file.parent.mkdir(parents=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=f"{file} is damaged, or is not a record of") as caught:
        recalled(DESIGN.digest)
    assert "\n" not in str(caught.value)
    remember(DESIGN, "mine", "build/mine")  # mends it
    assert recalled(DESIGN.digest).design == DESIGN


@pytest.mark.parametrize("key", list(DESIGN.to_dict()))
def test_a_design_that_lacks_or_changes_anything_is_damaged(file, key):
    remember(DESIGN, "mine", "build/mine")
    whole = json.loads(file.read_text())
    for design in ({name: value for name, value in whole["design"].items() if name != key},
                   whole["design"] | {key: None}, whole["design"] | {key: [[]]}):
        file.write_text(json.dumps(whole | {"design": design}))
        with pytest.raises(ValueError, match="is damaged"):
            recalled(DESIGN.digest)


def test_a_design_under_the_name_of_another(file):
    remember(DESIGN, "mine", "build/mine")
    file.rename(file.with_name(f"{preset('pal').digest}.json"))
    with pytest.raises(ValueError, match="holds another design than its name says: delete it"):
        recalled(preset("pal").digest)


def test_a_folder_in_place_of_the_file(file):
    file.mkdir(parents=True)
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        recalled(DESIGN.digest)
    with pytest.raises(OSError, match="it is a folder"):
        remember(DESIGN, "mine", "build/mine")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_report_is_named_by_its_folder_too(tmp_path, file):
    remember(DESIGN, "mine", "build/mine")
    (tmp_path / "report.json").write_bytes(file.read_bytes())
    assert BuildRecord.read(tmp_path) == BuildRecord.read(tmp_path / "report.json")
    with pytest.raises(ValueError, match="nothing/report.json cannot be read: No such file"):
        BuildRecord.read(tmp_path / "nothing" / "report.json")


@pytest.mark.parametrize("folder, variable", [(DATA, "CORTIGATE_DATA"), (CACHE, "CORTIGATE_CACHE")])
def test_a_folder_that_cannot_be_written_names_the_variable(folder, variable, monkeypatch,
                                                            tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "folder"))
    message = rf"cannot be kept in .*file/folder \(Not a directory\): set {variable} to a folder"
    with pytest.raises(OSError, match=message):
        folder.made()
    monkeypatch.setenv(variable, str(tmp_path / "new" / "folder"))
    assert folder.made() == tmp_path / "new" / "folder" and folder.path.is_dir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(OSError, match=rf"\(it is not writable\): set {variable} to"):
        folder.made()


def test_nothing_is_recalled_from_a_folder_that_is_a_file(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path / "file"))
    assert recalled(DESIGN.digest) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the system's folders are those of Linux")
def test_without_a_home_a_command_is_one_line_that_names_the_variable(tmp_path):
    (tmp_path / "file").touch()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("XDG_", "CORTIGATE_"))}
    done = subprocess.run(
        [sys.executable, "-c", "from cortigate.scripts.cli import main; main()", "virtual"],
        env=environment | {"HOME": str(tmp_path / "file")}, text=True, capture_output=True,
        check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("cortigate: ") and "set CORTIGATE_CACHE to a f" in done.stderr


# ---- finished builds -----------------------------------------------------------------------

REPORT = {"board": "icebreaker", "clock_hz": 24_000_000, "baud": 1_000_000,
          "design": preset("tiny").to_dict(), "digest": preset("tiny").digest,
          "bitstream": "icebreaker.bin",
          "sha256": hashlib.sha256(b"bits").hexdigest(), "tools": {"synthesis": "Yosys 0.70"}}


def folder_of(folder, report=REPORT, bits=b"bits"):
    (folder / "report.json").write_text(report if isinstance(report, str) else json.dumps(report))
    (folder / "icebreaker.bin").write_bytes(bits)
    return folder


def test_a_build_is_read(tmp_path):
    built = BuildRecord.finished(folder_of(tmp_path))
    assert (built.board, built["clock_hz"], built["baud"]) == ("icebreaker", 24_000_000, 1_000_000)
    assert (built.design, built.bitstream) == (preset("tiny"), tmp_path / "icebreaker.bin")
    assert built["tools"] == {"synthesis": "Yosys 0.70"}
    older = {name: value for name, value in REPORT.items() if name != "tools"}
    with pytest.raises(ValueError, match="it has no 'tools'"):
        BuildRecord.finished(folder_of(tmp_path, older))["tools"]


@pytest.mark.parametrize(("report", "bits", "message"), [
    (REPORT, b"bitz", "icebreaker.bin has changed since it was built"),
    ("{", b"bits", "report.json is damaged, or is not a record of a build: "),
    ("[]", b"bits", "report.json is damaged, or is not a record of a build: it holds no object"),
    ({"board": "icebreaker"}, b"bits", "it has no 'design'"),
    (REPORT | {"design": {"name": "hebb"}}, b"bits", "rule must be one of ghost"),
    (REPORT | {"bitstream": "other.bin"}, b"bits", "other.bin is missing: build it again"),
])
def test_builds_that_cannot_be_used(report, bits, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        BuildRecord.finished(folder_of(tmp_path, report, bits))


def test_no_build(tmp_path):
    with pytest.raises(ValueError, match="there is no finished build in "):
        BuildRecord.finished(tmp_path)
