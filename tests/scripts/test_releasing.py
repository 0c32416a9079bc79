"""A release put together: what is kept, what fails, what is said. Nothing is packed or built."""

import json
import subprocess
import zipfile

import pytest
import typer

from cortigate.boards.board import BOARDS, board
from cortigate.boards.release import checksums, released
from cortigate.boards.tools import BuildError
from cortigate.golden.spec import preset
from cortigate.scripts import releasing
from cortigate.scripts.releasing import packed, release, source_of

RESOURCES = [{"name": "LUT", "used": 2300, "available": None}]


class Pretended:
    """What a release asks for; `failing` are boards that cannot be built."""

    def __init__(self):
        self.built, self.packed, self.failing, self.samples = [], 0, {"ulx3s-12f"}, 24

    def archives(self, folder):
        self.packed += 1
        folder.mkdir(parents=True, exist_ok=True)
        wheel, sdist = (folder / f"cortigate-0.1.0{end}" for end in
                        ("-py3-none-any.whl", ".tar.gz"))
        write_wheel(wheel, hdl="a")
        sdist.write_bytes(b"source")
        return wheel, sdist

    def build(self, name, *, preset_name, output):
        self.built.append(name)
        if name in self.failing:
            raise BuildError("no room\nfor anything")
        output.mkdir(parents=True)
        file = output / f"{name.replace('-', '_')}.bin"
        file.write_bytes(name.encode())
        design = preset(preset_name)
        (output / "report.json").write_text(json.dumps({
            "board": name, "design": design.to_dict(), "digest": design.digest,
            "clock_hz": 39_000_000, "bitstream": file.name,
            "sha256": releasing.hashlib.sha256(name.encode()).hexdigest(),
            "report": {"fmax": {"clk": [45.5, 39.0]}, "seed": 1, "resources": RESOURCES},
            "proof": {"stage": "bitstream", "samples": self.samples}}))


def write_wheel(path, **modules):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("cortigate-0.1.0.dist-info/RECORD", "".join(
            f"cortigate/{name}/x.py,sha256={digest},1\n" for name, digest in modules.items()))


@pytest.fixture
def pretended(monkeypatch, tmp_path):
    found = Pretended()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(releasing, "packed", found.archives)
    monkeypatch.setattr(releasing, "build", found.build)
    return found


def released_with(*names, lab=False, code=0):
    with pytest.raises(typer.Exit) as ended:
        release(boards=list(names), preset="tiny", lab=lab)
    assert ended.value.exit_code == code


def test_a_release_has_what_succeeds_and_names_what_fails(pretended, tmp_path, capsys):
    released_with("icebreaker", "ulx3s-12f", "icebreaker", code=1)
    assert pretended.built == ["icebreaker", "ulx3s-12f"]
    assert "not in it: ulx3s-12f, tiny: no room\n" in capsys.readouterr().err
    folder = tmp_path / "dist" / "cortigate-0.1.0"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "RELEASE.md", "bitstreams/icebreaker-tiny/icebreaker.bin",
        "bitstreams/icebreaker-tiny/report.json", "cortigate-0.1.0-py3-none-any.whl",
        "cortigate-0.1.0.tar.gz"]
    text = (folder / "RELEASE.md").read_text()
    assert ("| icebreaker | ghost, 5-4-3-2 | 2 | 39 MHz | 45.5 MHz | 1 | 2300 |" in text
            and "| bitstream, 24 samples |" in text and "- ulx3s-12f, tiny: no room\n" in text
            and f"| tiny | `{preset('tiny').digest}` |" in text and "lab" not in text)
    assert set(checksums(folder)) == {str(path.relative_to(folder)) for path in folder.rglob("*.*")}
    assert released("icebreaker", folder).bitstream.read_bytes() == b"icebreaker"
    # A second run goes on, and the release is anew what was asked for.
    pretended.failing = ()
    released_with("ulx3s-12f", "icebreaker")
    assert pretended.built == ["icebreaker", "ulx3s-12f", "ulx3s-12f"] and pretended.packed == 2
    assert released("ulx3s-12f", folder) and "Not in" not in (folder / "RELEASE.md").read_text()
    assert [path.name for path in (tmp_path / "dist").iterdir()] == ["cortigate-0.1.0"]


def test_a_short_proof_is_none(pretended, capsys):
    pretended.samples = 23
    released_with("icebreaker", code=1)
    assert "has not been proven: delete it" in capsys.readouterr().err


def test_the_lab_comes_along(pretended, monkeypatch, tmp_path):
    monkeypatch.setattr(releasing.Site, "write", lambda site, folder: folder.mkdir())
    released_with("icebreaker", lab=True)
    folder = tmp_path / "dist" / "cortigate-0.1.0"
    assert (folder / "lab").is_dir() and "- `lab`: " in (folder / "RELEASE.md").read_text()


def test_unknown_names_are_refused_before_anything_is_made(pretended):
    with pytest.raises(ValueError, match="board must be one of icebreaker"):
        release(boards=["nonsense"])
    with pytest.raises(ValueError, match="nonsense"):
        release(boards=["icebreaker"], preset="nonsense")
    assert pretended.packed == 0


def test_the_default_is_every_board_with_its_own_design(pretended, monkeypatch):
    asked = []

    def refused(target, name, design, folder):
        asked.append((name, design))
        raise BuildError("not now")

    monkeypatch.setattr(releasing, "bitstream", refused)
    with pytest.raises(typer.Exit):
        release(lab=False)
    assert asked == [(name, board(name).preset) for name in BOARDS]


def test_a_build_is_kept_for_the_source_that_it_was_made_of(tmp_path):
    def source(**modules):
        write_wheel(tmp_path / "a.whl", **modules)
        return source_of(tmp_path / "a.whl")

    first = source(hdl="a", scripts="b")
    assert source(scripts="c", hdl="a") == first
    assert len({first, source(hdl="b"), source(golden="a"), source(boards="a"),
                source(sim="a")}) == 5


def test_what_an_index_would_refuse_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda words, **options: subprocess.CompletedProcess(
        words, 1, stdout="no README"))
    with pytest.raises(RuntimeError, match="build failed:\nno README"):
        packed(tmp_path / "archives")
