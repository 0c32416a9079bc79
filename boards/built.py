"""A finished build as its folder tells it: what was built, for which board, into which file."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from ..golden.spec import Design
from ..golden.spec.plain import Plain
from .table import record

__all__ = ["Built"]


@dataclass(frozen=True)
class Built(Plain):
    """A finished build.

    Parameters
    ----------
    board : str
        Its name.
    clock_hz : int
    baud : int or None
        As of `boards.board.Board`.
    design : Design
    bitstream : Path
    sha256 : str
        Of the bitstream.
    tools : dict or None
        Step -> what its tool calls itself; None if the build did not record that.
    """

    board: str
    clock_hz: int
    baud: int | None
    design: Design
    bitstream: Path
    sha256: str
    tools: dict | None

    @classmethod
    def read(cls, folder):
        """Build of a folder; its bitstream is the one that was built.

        Raises
        ------
        ValueError
            There is no finished build in the folder, its record is damaged, or the bitstream is
            missing or another one.
        """
        path = Path(folder, "report.json")
        try:
            found = record(folder)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is damaged ({error}): build it again") from error
        try:
            built = cls(found["board"], found["clock_hz"], found["baud"],
                        Design.from_dict(found["design"]), Path(folder, found["bitstream"]),
                        found["sha256"], found.get("tools"))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not that of a build of this version ({error}): build it "
                             "again") from error
        if not built.bitstream.is_file():
            raise ValueError(f"{built.bitstream} is missing: build it again")
        if hashlib.sha256(built.bitstream.read_bytes()).hexdigest() != built.sha256:
            raise ValueError(f"{built.bitstream} has changed since it was built: build it again")
        return built
