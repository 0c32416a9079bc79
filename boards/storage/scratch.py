"""A folder beside a result while that is made; those of processes that were killed are deleted."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing says there whether a folder is still in use
    fcntl = None

__all__ = ["LOCK", "scratch"]

LOCK = "lock"


@contextmanager
def scratch(target: Path) -> Iterator[Path]:
    """A new folder beside a file or folder that is to be made, which disappears in the end.

    Whoever makes the same target next deletes the folder of one that was killed.

    Parameters
    ----------
    target : path
        Its folder is made if need be.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as name:
        folder, new = Path(name), Path(name, f"{LOCK}.new")
        with new.open("wb") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
                new.rename(folder / LOCK)  # under this name it is locked from the beginning
            yield folder


def _sweep(target):
    """Delete the folders of killed processes beside a target: their lock is there, but open."""
    named = re.compile(rf"\.{re.escape(target.name)}-[a-z0-9_]{{8}}")
    for folder in target.parent.iterdir():
        if named.fullmatch(folder.name) and not folder.is_symlink() and _left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _left(folder):
    """Whether nobody works in a folder any more."""
    if fcntl is None:
        return False
    try:
        with open(folder / LOCK, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
