"""A release's folder: bitstreams with their records, and the checksums of all files.

::

    cortigate-0.1.0/
        SHA256SUMS                          as sha256sum writes it, of every other file
        bitstreams/BOARD/                   of a board's own design, BOARD-PRESET of another
            icebreaker.bin, report.json
"""

import hashlib
import re
from importlib import metadata
from os import PathLike
from pathlib import Path

from .extras import command_name
from .record import BuildRecord
from .storage.files import read_whole, write_whole
from .storage.folders import DATA

__all__ = ["BITSTREAMS", "SUMS", "checksums", "released", "usual_release", "write_checksums"]

BITSTREAMS, SUMS = "bitstreams", "SHA256SUMS"
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
MOST_BYTES = 1 << 20


def usual_release() -> Path:
    """Folder in which the release of this version is looked for if nobody names one."""
    return DATA.path / "releases" / f"cortigate-{metadata.version('cortigate')}"


def released(board: str, folder: str | PathLike) -> BuildRecord:
    """Record of a board's bitstream in a release; both are what was released.

    Parameters
    ----------
    board : str
        Name of the board. Its own design comes first, else the only other one for it.
    folder : path
        Of the release.

    Raises
    ------
    ValueError
        There is no such release, or none or several other bitstreams for the board in it; a file is
        damaged or missing, or of another board.
    """
    folder = Path(folder)
    place = _place(board, folder)
    sums = {folder / name: digest for name, digest in checksums(folder).items()}
    for path in (path for path in sums if path.parent == place):
        if not path.is_file():
            raise ValueError(f"{path} is missing: take the release anew")
        if sums[path] != _sha256(path):
            raise ValueError(f"{path} is not what was released, says {SUMS}: take the release anew")
    record = BuildRecord.finished(place)
    if record.board != board:
        raise ValueError(f"{record.path} is of the board {record.board}, not of {board}")
    for path in (record.path, record.bitstream):
        if path not in sums:
            raise ValueError(f"{folder / SUMS} has no checksum of {path}: take the release anew")
    return record


def _place(board, folder):
    """Folder of a board's bitstream in a release."""
    parent = folder / BITSTREAMS
    if not parent.is_dir():
        raise ValueError(f"{folder} is no release: it has no folder {BITSTREAMS}")
    if (own := parent / board).is_dir():
        return own
    found = [path for path in sorted(parent.glob(f"{board}-*")) if path.is_dir()
             and BuildRecord.read(path).board == board]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{folder} has several bitstreams of {board}, name the folder of one with "
                         f"--build: {', '.join(map(str, found))}")
    raise ValueError(f"{folder} has no bitstream of {board}: build one with "
                     f"{command_name()} build")


def checksums(folder: str | PathLike) -> dict[str, str]:
    """Checksums of a release: SHA-256 in hexadecimal, by path within its folder.

    Raises
    ------
    ValueError
        The file of checksums is missing, cannot be read, or is damaged.
    """
    path = Path(folder, SUMS)
    try:
        lines = read_whole(path, MOST_BYTES, "a list of checksums").decode().splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    found = {}
    for number, line in enumerate(lines, 1):
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path} is damaged: line {number} is no checksum and name of a file")
        found[match[2]] = match[1]
    return found


def write_checksums(folder: str | PathLike) -> None:
    """Write the checksums of all files of a release beside them; OSError if that fails."""
    folder = Path(folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    write_whole(folder / SUMS, "".join(lines).encode(), "the checksums")


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
