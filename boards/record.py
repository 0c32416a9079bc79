"""Records of builds: what a build left behind, read in one place.

`boards.build` writes a report beside every bitstream; `remember` keeps the part of it that names
the design in the user's data folder, one file for each design, for whoever meets the board later.
"""

import hashlib
import json
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from ..golden.spec import Design
from ..golden.spec.plain import Plain
from .storage.files import read_whole, write_whole
from .storage.folders import DATA
from .storage.strict_json import parse

__all__ = ["PROOF_SAMPLES", "REPORT", "BuildRecord", "recalled", "remember"]

REPORT = "report.json"
PROOF_SAMPLES = 24  # learning samples of a proof, if nobody says; fewer are few
MOST_BYTES = 1 << 24


@dataclass(frozen=True)
class BuildRecord(Plain):
    """A build's record, checked where it is asked.

    Parameters
    ----------
    path : Path
        The file that it was read from.
    content : dict

    Raises
    ------
    ValueError
        From every attribute: the record does not have it, or it is damaged.

    Examples
    --------
    >>> BuildRecord.read("build/icebreaker").design.digest
    """

    path: Path
    content: dict

    @classmethod
    def read(cls, path: str | PathLike) -> "BuildRecord":
        """Record of a file, which ends in .json, or of the folder of a build.

        Raises
        ------
        ValueError
            There is no build in the folder; or the file cannot be read, is damaged, or is no record
            of a design and a board.
        """
        path = Path(path)
        if path.suffix != ".json":
            folder, path = path, path / REPORT
            try:
                path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                raise ValueError(f"there is no finished build in {folder}: make one with cortigate "
                                 "build") from None
            except OSError as error:
                raise ValueError(f"{path} cannot be read: {error.strerror}") from error
        data = read_whole(path, MOST_BYTES, "a record of a build")
        try:
            content = parse(data.decode())
        except ValueError as error:
            raise ValueError(f"{path} is damaged, or is not a record of a build: "
                             f"{error}") from error
        if not isinstance(content, dict):
            raise ValueError(f"{path} is damaged, or is not a record of a build: it holds no "
                             "object")
        record = cls(path, content)
        if record.design.digest != record["digest"]:
            raise ValueError(f"{path} is damaged: its design does not match its digest")
        _ = record.board
        return record

    @classmethod
    def finished(cls, path: str | PathLike) -> "BuildRecord":
        """`read`, and its bitstream is there, the one that was built; ValueError otherwise."""
        record = cls.read(path)
        _ = record.bitstream
        return record

    def __getitem__(self, name: str) -> Any:
        """An entry of the record, however it was written."""
        if name not in self.content:
            raise ValueError(f"{self.path} is damaged, or is not a record of a build: it has no "
                             f"{name!r}")
        return self.content[name]

    @property
    def design(self) -> Design:
        """The `Design` that was built."""
        said = self["design"]
        try:
            return Design.from_dict(said)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is damaged, or is not a record of a build: {error}"
                             ) from error

    @property
    def board(self) -> str:
        """Name of the board that it was built for."""
        return str(self["board"])

    @property
    def folder(self) -> str:
        """Where the build was written."""
        return str(self.content.get("folder", self.path.parent))

    @property
    def bitstream(self) -> Path:
        """Path of the bitstream, which is the one that was built."""
        path = self.path.with_name(str(self["bitstream"]))
        if not path.is_file():
            raise ValueError(f"{path} is missing: build it again")
        if hashlib.sha256(path.read_bytes()).hexdigest() != self["sha256"]:
            raise ValueError(f"{path} has changed since it was built: build it again")
        return path

    @property
    def fmax(self) -> tuple[float, float]:
        """(Reached, wanted) MHz of the design's clock; USB has others."""
        try:
            reached, wanted = min(self["report"]["fmax"].values(),
                                  key=lambda pair: abs(1e6 * pair[1] - self["clock_hz"]))
        except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise ValueError(f"{self.path} is damaged, or is not a record of a build: {error!r}"
                             ) from error
        return float(reached), float(wanted)

    def __str__(self):
        return f"{self.folder}, built for {self.board}"


def remember(design: Design, board: str, folder: str | PathLike) -> None:
    """Keep the design of a build for `recalled`.

    Parameters
    ----------
    design : Design
    board : str
    folder : path

    Raises
    ------
    OSError
        It could not be written.
    """
    place = DATA.made("builds")
    record = {"board": board, "folder": str(Path(folder).absolute()), "digest": design.digest,
              "design": design.to_dict()}
    write_whole(place / f"{design.digest}.json", (json.dumps(record, indent=1) + "\n").encode(),
                "the design")


def recalled(digest: str) -> BuildRecord | None:
    """`BuildRecord` of a design that was remembered, None if it was not.

    Raises
    ------
    ValueError
        Its file is damaged or cannot be read.
    """
    path = DATA.path / "builds" / f"{digest}.json"
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    record = BuildRecord.read(path)
    if record.design.digest != digest:
        raise ValueError(f"{path} holds another design than its name says: delete it")
    return record
