"""Building one file by a command, in a folder that does not outlive it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ...boards.storage.folders import CACHE
from .guard import UNMOVED

__all__ = ["CompileError", "built", "failure", "plain_folder"]

GUARD = Path(__file__).with_name("guard.py")
# What make and shells take for something else than a letter of a name.
AWKWARD = re.compile(r"[^A-Za-z0-9_./+,@-]")
FULL = "No space left on device", "Disk quota exceeded"
WRONG = re.compile(r"\berror\b|undefined reference|cannot find|not found|fatal|\*\*\*|killed",
                   re.IGNORECASE)
NOISE = re.compile(r"\bwarning\b|%Warning|\bnote:", re.IGNORECASE)
MOST_LINES, LAST_LINES = 12, 8


class CompileError(RuntimeError):
    """A program did not compile; the message carries what the compiler found wrong."""


def built(target, fill, what, *, awkward=True):
    """Build a file; the path of a folder in which no space is, if need be, is found for it.

    It is there whole or not at all, and whatever happens to this process (Ctrl-C, SIGKILL),
    neither a process nor a folder is left.

    Parameters
    ----------
    target : path
        The file; its folder is there.
    fill : callable
        ``fill(folder)`` puts sources into the folder and returns (words of the command, name of the
        file that it makes there, its environment).
    what : str
        "the model", for messages.
    awkward : bool
        Whether the command must be kept from paths with spaces and the like.

    Raises
    ------
    CompileError
        The command failed, or this is Windows.
    OSError
        There is no room, or nowhere to build; the message names the variable to set.
    """
    if os.name != "posix":
        raise CompileError(f"{what} cannot be compiled on this system, since it is made for the "
                           "processes of Linux and macOS: use one of them, or WSL on Windows")
    target = Path(target)
    # As a file, not a module, and with the standard library alone: it starts in no time.
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", str(GUARD), str(_place(target.parent, awkward))], text=True,
        errors="replace", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True)
    assert guard.stdin is not None and guard.stdout is not None  # they are pipes
    try:
        folder = Path(guard.stdout.readline().rstrip("\n"))
        if not folder.is_dir():
            raise failure(f"{folder}\n{guard.stdout.read()}", what)
        command, made, environment = fill(folder)
        order = {"command": list(map(str, command)), "made": made, "target": str(target),
                 "environment": environment}
        guard.stdin.write(json.dumps(order) + "\n")
        guard.stdin.flush()
        said = guard.stdout.read()
        code = guard.wait()
    except OSError as error:
        raise _no_room(error.strerror) from error
    finally:
        guard.stdin.close()  # ends it, whatever it does
        guard.wait()
        guard.stdout.close()
    if code == UNMOVED:
        raise _no_room(said.splitlines()[-1])
    if code or not target.exists():
        raise failure(said, what)


def _place(folder, awkward):
    """A folder in which can be built: the target's, or one for such files whose path is plain."""
    if not (awkward and AWKWARD.search(str(folder))):
        return folder
    for other in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if not AWKWARD.search(other) and os.access(other, os.W_OK | os.X_OK):
            return other
    raise OSError(f"models cannot be compiled in {folder}, whose name make does not understand: "
                  "set TMPDIR to a folder without spaces in its path")


def plain_folder(folder):
    """The folder if make understands its path, else one of this user's own that it does.

    Raises
    ------
    OSError
        There is none, or it belongs to somebody else.
    """
    place = Path(_place(folder, awkward=True))
    if place == folder:
        return folder
    own = place / f"cortigate-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.is_symlink() or own.stat().st_uid != os.getuid():
        raise OSError(f"{own} belongs to somebody else: set TMPDIR to a folder of your own")
    return own


def failure(said, what):
    """The error for a command's output.

    Parameters
    ----------
    said : str
    what : str
        What it should have made.
    """
    if any(sign in said for sign in FULL):
        return _no_room(FULL[0])
    lines = [line.rstrip() for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if WRONG.search(line) and not NOISE.search(line)]
    shown = wrong[:MOST_LINES] or [line for line in lines if not NOISE.search(line)][-LAST_LINES:]
    return CompileError(f"{what} does not compile:\n" + "\n".join(line[:300] for line in shown))


def _no_room(reason):
    return CACHE.refused(CACHE.path, f"{reason}")
