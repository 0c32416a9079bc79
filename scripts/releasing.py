"""Makes a release: wheel, sdist, proven bitstreams, the lab, checksums, RELEASE.md; for a clone.

What takes long is kept in ``build/release``, by the source that it was made of, so that a second
run goes on. The release itself is put together anew and appears complete.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.board import BOARDS, board
from cortigate.boards.build import not_read
from cortigate.boards.record import PROOF_SAMPLES, BuildRecord
from cortigate.boards.release import BITSTREAMS, write_checksums
from cortigate.boards.storage.scratch import scratch
from cortigate.boards.table import facts, markdown, row
from cortigate.sim.lab import Site

from .cli import main
from .commands.build import build
from .commands.table import cycles

__all__ = ["Released", "document", "release"]

WORK = Path("build", "release")
LAB = "lab"
PROVEN = (
    "`cortigate flash BOARD --release .` checks one and loads it. Each file was decoded and",
    "compared with the placed netlist; then the decoded circuit, simulated, learned as many",
    "samples as the last column says, equal to the integer model. Frequencies are nextpnr's.")
MAKES = tuple(f"cortigate/{folder}/" for folder in ("golden", "hdl", "boards", "sim"))


@dataclass(frozen=True)
class Released:
    """A bitstream of a release.

    Parameters
    ----------
    preset : str
        Name of its design.
    record : BuildRecord
    """

    preset: str
    record: BuildRecord


def release(
    boards: Annotated[list[str] | None, typer.Option(
        help="Board to build for; may be repeated. Default: all.")] = None,
    preset: Annotated[str | None, typer.Option(
        help="Design to build for all of them. Default: each board's own.")] = None,
    lab: Annotated[bool, typer.Option(
        "--lab/--no-lab", help="Bring the lab as static files along.")] = True,
    output: Annotated[Path, typer.Option(help="Folder of releases.")] = Path("dist"),
):
    """Make a release: wheel, sdist, a proven bitstream for every board, the lab, checksums.

    A board that fails is named, the exit code is 1, and the release has all the others. A second
    run goes on with what is finished.

    Example: scripts/release --boards icebreaker --preset tiny --no-lab
    """
    names = list(dict.fromkeys(boards or BOARDS))
    targets = [(board(name), name) for name in names]
    designs = {target.name: target.design(name=preset)[0] for target, _ in targets}
    version = metadata.version("cortigate")
    archives = packed(WORK / "archives")
    place = WORK / source_of(archives[0])
    made, failed = [], {}
    for target, name in targets:
        design = designs[target.name]
        print(f"== {target.name}, {design}", flush=True)
        try:
            made.append(bitstream(target, name, design, place))
        except (ValueError, OSError, RuntimeError) as error:
            failed[target.name] = f"{design}: {error}".splitlines()[0]
            print(f"{target.name} failed: {error}", flush=True)
    folder = output / f"cortigate-{version}"
    with scratch(folder) as parent:
        new = parent / "new"
        new.mkdir()
        for path in archives:
            shutil.copy(path, new)
        for entry in made:
            into = new / BITSTREAMS / entry.record.path.parent.name
            into.mkdir(parents=True)
            for path in (entry.record.path, entry.record.bitstream):
                shutil.copy(path, into)
        if lab:
            Site().write(new / LAB)
        text = document(version, archives, made, failed, lab)
        (new / "RELEASE.md").write_text(text, encoding="utf-8")
        write_checksums(new)
        if folder.exists():
            folder.rename(parent / "old")
        new.rename(folder)
    print(f"{folder}: {len(made)} of {len(targets)} bitstreams")
    for name, reason in failed.items():
        print(f"not in it: {name}, {reason}", file=sys.stderr)
    raise typer.Exit(1 if failed else 0)


def packed(folder):
    """Paths of the wheel and of the sdist, checked.

    Raises
    ------
    RuntimeError
        They cannot be made, or an index would not take them.
    """
    shutil.rmtree(folder, ignore_errors=True)
    # With what the tests have installed. The wheel is made of the sdist, apart from this folder.
    _python("build", "--no-isolation", "--outdir", folder, ".")
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    _python("twine", "check", "--strict", wheel, sdist)
    return wheel, sdist


def _python(module, *words):
    """Run a module; RuntimeError with what it said if it fails."""
    done = subprocess.run([sys.executable, "-m", module, *map(str, words)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stdout}")


def source_of(wheel):
    """A name for the source in a wheel that makes bitstreams, the same for the same source."""
    with zipfile.ZipFile(wheel) as file:
        [record] = [name for name in file.namelist() if name.endswith(".dist-info/RECORD")]
        lines = file.read(record).decode().splitlines()
    kept = sorted(line for line in lines if line.startswith(MAKES))
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:16]


def bitstream(target, name, preset, folder):
    """`Released` of a board and a preset, built by `cortigate build` unless it is finished.

    Parameters
    ----------
    target : BoardSpec
    name : str
        Its name, or the Python file that defines it.
    preset : str
    folder : Path
        Of all builds from this source.

    Raises
    ------
    BuildError, ValueError, OSError
        As the command; or files for the chip are not read back, so that none can be proven.
    """
    place = folder / (target.name if preset == target.preset else f"{target.name}-{preset}")
    if not target.chip.readable:
        raise ValueError(not_read(target))
    if not place.is_dir():  # it appears complete
        build(name, preset_name=preset, output=place)
    record = BuildRecord.finished(place)
    proof = record["proof"]
    if proof is None or proof["samples"] < PROOF_SAMPLES:
        raise ValueError(f"{place} has not been proven: delete it, and run this again")
    return Released(preset, record)


def document(version, archives, made, failed, lab):
    """RELEASE.md, of what a release has.

    Parameters
    ----------
    version : str
    archives : sequence of Path
        Wheel and sdist.
    made : sequence of Released
    failed : dict of str to str
        Board -> why it is not there.
    lab : bool
        Whether the lab is there.
    """
    wheel, sdist = (path.name for path in archives)
    lines = [
        f"# cortigate {version}", "",
        f"- `{wheel}`: `pip install {wheel}`", f"- `{sdist}`: the source of it",
        *([f"- `{LAB}`: the lab, for any web server: `python -m http.server --directory {LAB}`"]
          if lab else []),
        "- `SHA256SUMS`: `sha256sum -c SHA256SUMS`", ""]
    if made:
        lines += [
            "## Bitstreams", "", *PROVEN, "",
            markdown([row(facts(entry.record, cycles)) for entry in made]), "",
            "| file | preset | design | SHA-256 |", "| --- | --- | --- | --- |"]
        for entry in made:
            path = entry.record.bitstream
            lines.append(f"| `{BITSTREAMS}/{path.parent.name}/{path.name}` | {entry.preset} | "
                         f"`{entry.record.design.digest}` | `{entry.record['sha256']}` |")
        lines.append("")
    if failed:
        lines += ["## Not in this release", "",
                  *(f"- {name}, {reason}" for name, reason in failed.items()), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(release)
    main(app)
