"""Records of builds: the design that a bitstream holds, for whoever meets its board later.

`boards.build` writes one beside every bitstream, its report; `remember` keeps the part of it that
names the design in the user's data folder, one file for each design.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from ..golden.spec import Design
from ..golden.spec.plain import Plain
from .storage.files import read_whole, write_whole
from .storage.folders import DATA
from .storage.strict_json import parse

__all__ = ["BuildRecord", "read_record", "recalled", "remember"]

MOST_BYTES = 1 << 24


@dataclass(frozen=True)
class BuildRecord(Plain):
    """What a record says.

    Parameters
    ----------
    design : Design
    board : str
        Name of the board that it was built for.
    folder : str
        Where the build was written.
    """

    design: Design
    board: str
    folder: str

    def __str__(self):
        return f"{self.folder}, built for {self.board}"


def read_record(path):
    """`BuildRecord` of a file, the report.json of a build, or of the folder of one.

    Raises
    ------
    ValueError
        It cannot be read, is no record of a build, or is damaged.
    """
    path = Path(path)
    try:
        if path.is_dir():
            path = path / "report.json"
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    data = read_whole(path, MOST_BYTES, "a record of a build")
    try:
        found = parse(data.decode())
        design = Design.from_dict(found["design"])
        record = BuildRecord(design, str(found["board"]), str(found.get("folder", path.parent)))
        intact = design.digest == found["digest"]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged, or no record of a build: {error}") from error
    if not intact:
        raise ValueError(f"{path} is damaged: its design does not match its digest")
    return record


def remember(design: Design, board, folder):
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


def recalled(digest):
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
    record = read_record(path)
    if record.design.digest != digest:
        raise ValueError(f"{path} is of another design than its name says: delete it")
    return record
