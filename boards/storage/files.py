"""Files that are there whole or not at all, and files that are read without a surprise."""

import errno
import os
import secrets
import stat
import time
from contextlib import suppress
from os import PathLike
from pathlib import Path

__all__ = ["Missing", "read_whole", "require_place", "write_whole"]

ASIDE = ".cortigate-{}.new"
LEFT_SECONDS = 3600.0  # after which nobody still writes such a file
KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
         (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))


class Missing(FileNotFoundError, ValueError):
    """A file is not there: also a ValueError, as every file that is not what it should be.

    Parameters
    ----------
    text : str
        The whole message.
    """

    def __init__(self, text: str):
        super().__init__(text)
        self.errno = errno.ENOENT


def read_whole(path: str | PathLike, most: int, what: str) -> bytes:
    """Content of a file, bytes.

    Parameters
    ----------
    path : path
    most : int
        Bytes that such a file may have; of a larger one nothing is kept.
    what : str
        What it should be, for the message: "a checkpoint".

    Raises
    ------
    Missing
        It is not there.
    ValueError
        It may not be read, is a folder, a pipe or a device, or is too large.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            size = found.st_size if stat.S_ISREG(found.st_mode) else 0
            data = file.read(size + 1) if size <= most else b""  # 1: it may grow meanwhile
    except FileNotFoundError as error:
        raise Missing(f"{path} cannot be read: {error.strerror}") from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # of the path itself
        raise ValueError(f"{path!r} cannot be read: {error}") from error
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path} is not {what} but {_kind(found.st_mode)}")
    if max(size, len(data)) > most:
        raise ValueError(f"{path} is too large for {what}: it has more than {most} bytes")
    return data


def _open_at_once(path, flags):
    """Open a file; a pipe without waiting for somebody who writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write_whole(path: str | PathLike, data: bytes, what: str) -> None:
    """Write bytes to a new file in the same folder, flush it to the disk, then rename it.

    Whatever goes wrong (a full disk, a power cut), `path` holds either what it held or all of
    `data`; of several writers at once, all of what one of them wrote. An older file's permissions
    stay, and a link goes on pointing to the file that is written.

    Parameters
    ----------
    path : path
    data : bytes
    what : str
        What it is, for the message: "the checkpoint".

    Raises
    ------
    OSError
        It could not be written, or `path` is a folder, a pipe, a device or write-protected; what
        was there is as it was.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _mode_of(target)
        # A name that nobody can have prepared, and no longer than any folder allows.
        aside = target.with_name(ASIDE.format(secrets.token_hex(8)))
        try:
            with open(aside, "xb") as file:
                if mode is not None:
                    os.chmod(aside, mode)  # before there is anything to read
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except FileExistsError:
            raise  # not ours
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(error.errno, f"could not save {what} ({error.strerror}); an older file of "
                                   "this name is unchanged", str(path)) from error
    _sync_folder(target.parent)
    _sweep(target.parent)


def require_place(path: str | PathLike, what: str) -> None:
    """OSError as of `write_whole` where it is plain beforehand that it could not write."""
    try:
        target = Path(os.path.realpath(path))
        _mode_of(target)
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, f"there is no folder {target.parent}")
    except OSError as error:
        raise OSError(error.errno, f"{what} could not be saved ({error.strerror})", str(path)
                      ) from error
    except ValueError as error:  # of the path itself
        raise ValueError(f"{what} could not be saved as {path!r}: {error}") from error


def _mode_of(target):
    """Permissions of a file that may be replaced, None if there is none; else OSError."""
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found):
        raise OSError(errno.EINVAL, f"it is {_kind(found)}")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected")
    return stat.S_IMODE(found)


def _kind(mode):
    """What is no regular file, in words."""
    return next((name for test, name in KINDS if test(mode)), "no regular file")


def _sweep(folder):
    """Remove what writers that were killed have left beside their targets."""
    with suppress(OSError):
        for path in folder.glob(ASIDE.format("?" * 16)):
            if time.time() - path.stat().st_mtime > LEFT_SECONDS:
                path.unlink()


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
