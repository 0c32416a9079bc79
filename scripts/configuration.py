"""The configuration file: defaults for the options of commands, by table."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import typer

from cortigate.boards.storage.lines import line_of
from cortigate.boards.storage.toml import placed, read_toml, tables_of

__all__ = ["SHARED", "Configuration", "place"]

VARIABLE = "CORTIGATE_CONFIG"
WHAT = "a configuration file"
MOST_BYTES = 1 << 16
EVERY = "default"  # the table of all commands
SHARED = ("quiet", "device", "baud")  # that may stand in it: they mean the same everywhere
# How the name of an option's type begins -> (types of TOML, in words); of any other type text.
KINDS = {"int": ((int,), "a whole number"), "float": ((int, float), "a number"),
         "bool": ((bool,), "true or false")}
TEXT = (str,), "text"


def place() -> Path | None:
    """Path of the file, which may not be there; None if CORTIGATE_CONFIG says that none is read."""
    named = os.environ.get(VARIABLE)
    if named == os.devnull:
        return None
    return Path(named) if named else platformdirs.user_config_path("cortigate") / "config.toml"


@dataclass(frozen=True)
class Configuration:
    """What the file says.

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
    def read(cls, commands: list[str]) -> "Configuration":
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
        found = cls(path, text, tables_of(text, path, WHAT))
        allowed = [EVERY, *commands]
        for name, table in found.tables.items():
            if name not in allowed:
                raise found.wrong((name,), f"no command is called {name!r}: a table must be one of "
                                           f"{', '.join(allowed)}")
            found.require_table((name,), table)
        for name in found.tables.get(EVERY, {}):
            if name not in SHARED:
                raise found.wrong((EVERY, name), f"[{EVERY}] has no {name!r}, only "
                                                 f"{', '.join(SHARED)}: name a command's table")
        return found

    def defaults(self, words: tuple[str, ...], command: Any) -> dict[str, Any]:
        """Parameter -> value for a command of these words, as its context's `default_map`.

        Raises
        ------
        ValueError
            Its table has something that is no option, or a value that the option does not take.
        """
        options = {option_name(one): one for one in command.params
                   if one.param_type_name == "option"}
        table: dict[str, Any] = self.tables
        for depth in range(len(words)):
            table = table.get(words[depth], {})
            self.require_table(words[:depth + 1], table)
        for name in table:
            if name not in options:
                raise self.wrong((*words, name), f"[{'.'.join(words)}] has no {name!r}, only "
                                                 f"{', '.join(options)}")
        shared = {name: value for name, value in self.tables.get(EVERY, {}).items()
                  if name in options and name not in table}
        for where, values in ((EVERY,), shared), (words, table):
            for name, value in values.items():
                self.require_value((*where, name), options[name], value)
        return {options[name].name: [value] if options[name].multiple and not
                isinstance(value, list) else value for name, value in (shared | table).items()}

    def require_table(self, path: tuple[str, ...], value: Any) -> None:
        """Raise ValueError if a value is no table."""
        if not isinstance(value, dict):
            raise self.wrong(path, f"{path[-1]} must be a table, [{'.'.join(path)}], not {value!r}")

    def require_value(self, path: tuple[str, ...], option: Any, value: Any) -> None:
        """Raise ValueError if an option does not take a value."""
        kinds, words = next((kind for start, kind in KINDS.items()
                             if option.type.name.startswith(start)), TEXT)
        several = isinstance(value, list) and option.multiple
        for one in value if several else [value]:
            if not isinstance(one, kinds) or isinstance(one, bool) and bool not in kinds:
                repeated = ", or a list of such" if option.multiple else ""
                raise self.wrong(path, f"{path[-1]} must be {words}{repeated}, not {one!r}")
            try:
                option.type(one, param=option)
            except typer.BadParameter as error:
                raise self.wrong(path, f"{path[-1]}: {error.message}") from None

    def wrong(self, path: tuple[str, ...], reason: str) -> ValueError:
        """The error about a name or a value, with its line."""
        return ValueError(f"{placed(self.path or '', line_of(self.text, path))}: {reason}")


def option_name(option: Any) -> str:
    """Name of an option in the file: the one on the command line, without hyphens before it."""
    return max(option.opts, key=len).lstrip("-")
