"""The configuration file: defaults for the options of commands, by table."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import typer

from cortigate.boards.storage.lines import line_of
from cortigate.boards.storage.toml import in_line, read_toml, tables_of

from .parameters import Parameter, parameters

__all__ = ["SHARED", "ConfigurationFile", "options_of", "place"]

VARIABLE = "CORTIGATE_CONFIG"
WHAT = "a configuration file"
MOST_BYTES = 1 << 16
EVERY = "default"  # the table of all commands
SHARED = ("quiet", "device", "baud")  # that may stand in it: they mean the same everywhere
# Type of an option -> (types of TOML, in words); of any other type text.
KINDS = {int: ((int,), "a whole number"), float: ((int, float), "a number"),
         bool: ((bool,), "true or false")}
TEXT = (str,), "text"


def place() -> Path | None:
    """Path of the file, which may not be there; None if CORTIGATE_CONFIG says that none is read."""
    named = os.environ.get(VARIABLE)
    if named == os.devnull:
        return None
    return Path(named) if named else platformdirs.user_config_path("cortigate") / "config.toml"


@dataclass(frozen=True)
class ConfigurationFile:
    """Contents of the file.

    Parameters
    ----------
    path : Path or None
        None: there is none.
    text : str
    tables : dict
        Its tables.
    """

    path: Path | None
    text: str
    tables: dict[str, Any]

    @classmethod
    def read(cls, commands: list[str]) -> "ConfigurationFile":
        """The user's file, with its tables and the names in [default] checked.

        Parameters
        ----------
        commands : list of str
            Names of the commands.

        Raises
        ------
        ValueError
            It cannot be read, CORTIGATE_CONFIG names a file that is not there, or a table is not
            a command's.
        """
        path = place()
        if path is None or not (os.environ.get(VARIABLE) or os.path.lexists(path)):
            return cls(None, "", {})
        text = read_toml(path, MOST_BYTES, WHAT)
        return cls(path, text, tables_of(text, path, WHAT)).checked(commands)

    def checked(self, commands: list[str]) -> "ConfigurationFile":
        """Itself, if its tables are of commands; ValueError as of `read`."""
        allowed = [EVERY, *commands]
        for name, table in self.tables.items():
            if name not in allowed:
                raise self.wrong((name,), f"no command is called {name!r}: a table must be one of "
                                          f"{', '.join(allowed)}")
            self.require_table((name,), table)
        for name in self.tables.get(EVERY, {}):
            if name not in SHARED:
                raise self.wrong((EVERY, name), f"[{EVERY}] has no {name!r}, only "
                                                f"{', '.join(SHARED)}: name a command's table")
        return self

    def defaults(self, words: tuple[str, ...], options: dict[str, Parameter],
                 taken: Callable[[Parameter, Any], object]) -> dict[str, Any]:
        """Name -> value for the parameters of a command, as its context's `default_map`.

        Parameters
        ----------
        words : tuple of str
            Of the command.
        options : dict of str to Parameter
            See `options_of`.
        taken : callable
            Raises typer.BadParameter for a parameter and a value that it does not take.

        Raises
        ------
        ValueError
            Its table has something that is no option, or a value that the option does not take.
        """
        table: dict[str, Any] = self.tables
        for depth in range(len(words)):
            table = table.get(words[depth], {})
            self.require_table(words[:depth + 1], table)
        for name in table:
            if name not in options:
                raise self.wrong((*words, name), f"[{'.'.join(words)}] has no {name!r}, only "
                                                 f"{', '.join(options)}")
        found = {}
        for where, values in ((EVERY,), self.tables.get(EVERY, {})), (words, table):
            for name, value in values.items():
                if name in options and (where == words or name not in table):
                    option, path = options[name], (*where, name)
                    value = [value] if option.several and not isinstance(value, list) else value
                    self.require_kind(path, option, value)
                    try:
                        taken(option, value)
                    except typer.BadParameter as error:
                        raise self.wrong(path, f"{name}: {error.message}") from None
                    found[option.name] = value
        return found

    def require_table(self, path: tuple[str, ...], value: Any) -> None:
        """Raise ValueError if a value is no table."""
        if not isinstance(value, dict):
            raise self.wrong(path, f"{path[-1]} must be a table, [{'.'.join(path)}], not {value!r}")

    def require_kind(self, path: tuple[str, ...], option: Parameter, value: Any) -> None:
        """Raise ValueError if a value is not of the type of an option."""
        kinds, words = KINDS.get(option.kind, TEXT)
        for one in value if option.several else [value]:
            if type(one) not in kinds:
                also = ", or a list of such" if option.several else ""
                raise self.wrong(path, f"{path[-1]} must be {words}{also}, not {one!r}")

    def wrong(self, path: tuple[str, ...], reason: str) -> ValueError:
        """The error about a name or a value, with its line."""
        return ValueError(f"{in_line(self.path or '', line_of(self.text, path))}: {reason}")


def options_of(function: Callable) -> dict[str, Parameter]:
    """Options of a command by their names in the file: without the hyphens before them."""
    found = [one for one in parameters(function) if one.options]
    return {max(one.options[:1] if one.kind is bool else one.options, key=len).lstrip("-"): one
            for one in found}
