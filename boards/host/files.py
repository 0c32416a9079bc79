"""Files that hold either what they held before or everything that was to be written."""

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path, data):
    """Write bytes to a new file in the same folder, flush it to the disk, then rename it.

    Whatever goes wrong (a full disk, a power cut), `path` holds either what it held or `data`.

    Raises
    ------
    OSError
        It could not be written; `path` is as it was.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(aside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder):
    """Make a rename survive a power cut, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
