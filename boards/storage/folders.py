"""The user's folders: what lasts, and what can be made again."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ...golden.spec.plain import Plain

__all__ = ["CACHE", "DATA", "Folder"]


@dataclass(frozen=True)
class Folder(Plain):
    """A folder of this program for one user.

    Parameters
    ----------
    variable : str
        Environment variable that names another place.
    usual : callable
        Returns the path where the system keeps such files.
    holds : str
        What is in it, for messages.
    """

    variable: str
    usual: Callable[[], Path]
    holds: str

    @property
    def path(self) -> Path:
        """Where it is; it may not be there."""
        named = os.environ.get(self.variable)
        return Path(named).absolute() if named else self.usual()

    def made(self, *names: str) -> Path:
        """Its path, or that of a folder in it, made if need be.

        Parameters
        ----------
        *names : str
            Of the folder in it.

        Raises
        ------
        OSError
            It cannot be made or written; the message names the variable to set.
        """
        path = self.path.joinpath(*names)
        if not path.is_absolute():  # an unknown home stays "~"
            raise self.refused(path, "you have no home folder")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.refused(path, error.strerror) from error
        if not os.access(path, os.W_OK | os.X_OK):
            raise self.refused(path, "it is not writable")
        return path

    def refused(self, path: Path, reason: str | None) -> OSError:
        """The error for a path that cannot be used; it names the variable to set."""
        return OSError(f"{self.holds} cannot be kept in {path} ({reason}): set {self.variable} to "
                       "a folder that you may write to")


DATA = Folder("CORTIGATE_DATA", lambda: platformdirs.user_data_path("cortigate"),
              "what lasts between commands")
CACHE = Folder("CORTIGATE_CACHE", lambda: platformdirs.user_cache_path("cortigate"),
               "compiled models")
