"""Runs one command in a folder of its own and leaves nothing of either, whatever becomes of others.

A script of the standard library alone: ``python guard.py PARENT``. It makes the folder in PARENT
and prints its path. Whoever started it fills the folder, then writes one line of JSON to standard
input, ``{"command": [...], "made": NAME, "target": PATH, "environment": {...}}``. The command runs
in a session of its own, its output is the guard's. If it succeeds, the file that it made becomes
the target. The end of standard input, which comes even if its writer is killed, ends everything: no
process stays, and no folder. The guard's exit code is the command's.

Folders of guards that were killed themselves are deleted by the next one: nobody holds their lock.
"""

import contextlib
import errno
import json
import os
import runpy
import select
import shutil
import sys
import tempfile
import time
from pathlib import Path

with contextlib.suppress(ImportError):  # Windows, where `build.built` never starts it
    import fcntl

__all__ = ["LOCK", "PREFIX", "guarded", "sweep"]

PREFIX, LOCK = "building-", "lock"
LEASH = Path(__file__).parents[2] / "boards" / "leash.py"  # ends the command with this process
OLD_SECONDS = 3600.0  # after which a folder without a lock is nobody's: its maker died at once
UNMOVED = 120  # exit code: the file could not become the target


def sweep(parent):
    """Delete the folders in `parent` that guards, or earlier versions, have left."""
    for folder in Path(parent).iterdir():
        if folder.is_dir() and not folder.is_symlink() and _left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _left(folder):
    """Whether nobody works in a folder."""
    try:
        with open(folder / LOCK, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            return time.time() - folder.stat().st_mtime > OLD_SECONDS
        return False
    except OSError:
        return False


def guarded(parent):
    """Do what the module says; returns the exit code."""
    sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        lock = (folder / LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        print(folder, flush=True)
        order = sys.stdin.buffer.readline()
        if not order.endswith(b"\n"):
            return 1  # whoever wanted it is gone
        return _obey(folder, **json.loads(order))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _obey(folder, command, made, target, environment):
    # Neither script is imported: both run without the package.
    leashed = runpy.run_path(str(LEASH))["leashed"]
    if code := leashed(command, cwd=folder, env=environment):
        return code
    if select.select([0], [], [], 0)[0]:
        return 1  # nobody waits for it any more
    try:
        _move(folder / made, Path(target))
    except OSError as error:
        print(f"{target}: {error.strerror}", flush=True)
        return UNMOVED
    return 0


def _move(made, target):
    """Rename a file, or copy it where the target is on another disk: whole or not at all."""
    try:
        made.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
        try:
            shutil.copy(made, aside)
            os.replace(aside, target)
        except BaseException:
            os.unlink(aside)
            raise


if __name__ == "__main__":
    # A command whose output nobody reads any more must not end its guard.
    sys.exit(guarded(sys.argv[1]))
