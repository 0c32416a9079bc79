"""The results of a sweep in a file of JSON lines: one for each run, there at once or not at all.

The first line says which sweep it is, `IDENTITY` and what follows it. A line counts when its end is
there: what a killed process has left of one is cut off, and its run is done again.
"""

import errno
import json
import os
from pathlib import Path
from typing import Any

from cortigate.boards.storage.files import read_whole, write_whole
from cortigate.boards.storage.strict_json import jsonable, parse

try:
    import fcntl
except ImportError:  # Windows: nothing says there whether another sweep writes
    fcntl = None

__all__ = ["ResultsFile"]

IDENTITY = "cortigate sweep"
VERSION = 1
MOST_BYTES = 1 << 28
NEEDED = {"run": str, "score": float | None}


class ResultsFile:
    """Rows of runs; a context manager that closes the file.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    identity : dict
        Of the sweep: what all of its rows have in common, and no other sweep's.

    Attributes
    ----------
    rows : dict of str to dict
        Key of a run -> its row.
    cut : bool
        The last line was half written, and is gone.

    Raises
    ------
    ValueError
        The file is that of another sweep, damaged, or written by another process just now.
    OSError
        It cannot be written.
    """

    def __init__(self, path: Path, identity: dict[str, Any]):
        self.path, self.rows, self.cut = path, {}, False
        head = {IDENTITY: VERSION} | jsonable(identity, "the sweep")
        self._new = not path.exists()
        if self._new:
            write_whole(path, _line(head), "the file of results")
        self._file = open(path, "r+b", buffering=0)
        try:
            self._lock()
            self._take_up(head)
        except BaseException:
            self.close()
            raise

    def add(self, row: dict[str, Any]) -> None:
        """Write a row, at once and through to the disk."""
        line = _line(jsonable(row, "the row"))
        if self._file.write(line) < len(line):  # a disk that is nearly full takes a part
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        self.rows[row["run"]] = row
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; a new one without a row, of a sweep that could not begin, is gone."""
        self._file.close()
        if self._new and not self.rows:
            self.path.unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _lock(self):
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"another sweep writes into {self.path} just now: wait for it, or "
                             "name another file with --output") from None

    def _take_up(self, head):
        """Read what is there, and cut off what is half a line."""
        content = read_whole(self.path, MOST_BYTES, "a file of results")
        whole, _, rest = content.rpartition(b"\n")
        lines = whole.split(b"\n")
        if self._parsed(1, lines[0]) != head:
            raise ValueError(f"{self.path} holds the results of another sweep, of other data or "
                             "another measure: name another file with --output")
        for number, line in enumerate(lines[1:], 2):
            row = self._parsed(number, line)
            if not all(name in row and isinstance(row[name], kind)
                       for name, kind in NEEDED.items()):
                raise ValueError(f"{self.path}, line {number}: this is no row of a sweep: delete "
                                 "the line, and its run is done again")
            self.rows[row["run"]] = row
        if rest:
            self.cut = True
            self._file.truncate(len(content) - len(rest))
        self._file.seek(0, os.SEEK_END)

    def _parsed(self, number, line):
        """The object of a line."""
        try:
            found = parse(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or number == 1 and IDENTITY not in found:
            raise ValueError(f"{self.path} is no file of results, or damaged in line {number}: "
                             + ("name another file with --output" if number == 1 else
                                "delete the line, and its run is done again"))
        return found


def _line(row):
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
