"""Commands that are the modules of a folder; each is imported when it is called."""

import ast
import inspect
import math
import pkgutil
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import typer
from typer.core import TyperGroup

__all__ = ["CONTEXT", "Group"]

CONTEXT = {"help_option_names": ["-h", "--help"]}


class Group(TyperGroup):
    """A group of commands; `--help` imports none of them, nor the extras that single ones need.

    Each command is a module of `package` that has something of its name: a function, or a
    `typer.Typer`, which is a group in turn. The first line of the module's docstring, or of the
    function's if there is one, says what the command does. Modules and functions have an
    underscore where the command has a hyphen.

    Attributes
    ----------
    package : module
        Set by a subclass.
    panels : dict
        Title of a part of the help -> names of its commands; empty: all are one part.
    """

    package: ModuleType
    panels: ClassVar[dict[str, tuple[str, ...]]] = {}

    @classmethod
    def names(cls):
        """Names of the commands, in order."""
        return sorted(name.replace("_", "-")
                      for _, name, _ in pkgutil.iter_modules(cls.package.__path__))

    @classmethod
    def function(cls, name):
        """The object that a command's module defines under its name; imports the module."""
        name = name.replace("-", "_")
        return getattr(import_module(f"{cls.package.__name__}.{name}"), name)

    @classmethod
    def functions(cls):
        """Words and function of every command, those of groups included; imports all modules."""
        for name in cls.names():
            function = cls.function(name)
            if isinstance(function, typer.Typer):
                kind = function.info.cls
                if not (isinstance(kind, type) and issubclass(kind, Group)):
                    raise TypeError(f"the group {name} must be of a class of {Group.__name__}, "
                                    f"not {kind!r}")
                for words, inner in kind.functions():
                    yield (name, *words), inner
            else:
                yield (name,), function

    @classmethod
    def summary(cls, name):
        """First line of the docstring of a command, read without importing its module."""
        function = name.replace("-", "_")
        place = Path(cls.package.__path__[0], function)
        source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        tree = ast.parse(source.read_text(encoding="utf-8"))
        found = [ast.get_docstring(node) for node in tree.body
                 if isinstance(node, ast.FunctionDef) and node.name == function]
        return ((found or [None])[0] or ast.get_docstring(tree) or "").partition("\n")[0]

    def help_of(self, name):
        """The help of a command above its options."""
        return inspect.getdoc(self.function(name))

    def list_commands(self, ctx):
        """Names of the commands."""
        return self.names()

    def get_command(self, ctx, cmd_name):
        """The command, imported now; None if there is none of this name."""
        if cmd_name not in self.names():
            return None
        function = self.function(cmd_name)
        if isinstance(function, typer.Typer):
            return typer.main.get_command(function)
        single = typer.Typer(add_completion=False, rich_markup_mode=None,
                             context_settings=CONTEXT)
        single.command(cmd_name, help=self.help_of(cmd_name))(_with_real_numbers(function))
        return typer.main.get_command(single)

    def format_commands(self, ctx, formatter):
        """Write the commands' sections of the help from their docstrings."""
        for title, names in (self.panels or {"Commands": self.names()}).items():
            with formatter.section(title):
                formatter.write_dl([(name, self.summary(name)) for name in names])


def _with_real_numbers(function):
    """A command that refuses numbers which only the command line knows.

    Those are infinity, NaN, and integers beyond 64 bits, of which nothing can be as many.
    """
    @wraps(function)
    def checked(**values):
        for name, value in values.items():
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, int) and not -(1 << 63) <= one < 1 << 63:
                    raise ValueError(f"{name} must be a number of at most 64 bits, not {one}")
                if isinstance(one, float) and not math.isfinite(one):
                    raise ValueError(f"{name} must be a finite number, not {one}")
        return function(**values)

    return checked
