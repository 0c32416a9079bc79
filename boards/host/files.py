"""Files that are there whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path, data, what):
    """Write bytes to a new file in the same folder, flush it to the disk, then rename it.

    Whatever goes wrong (a full disk, a power cut), `path` holds either what it held or all of
    `data`.

    Parameters
    ----------
    path : path
    data : bytes
    what : str
        What it is, for the message: "the checkpoint".

    Raises
    ------
    OSError
        It could not be written; an older file of this name is as it was.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with open(aside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise OSError(error.errno, f"{what} was not saved ({error.strerror}); an older "
                      "one of this name is as it was", str(path)) from error
    _sync_folder(path.parent)


def _sync_folder(folder):
    """Make a rename survive a power cut, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):  # a file system that knows no folders' buffers
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
