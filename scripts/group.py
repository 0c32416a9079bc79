"""Commands that are the modules of a folder; each is imported when it is called."""

import ast
import inspect
import math
import pkgutil
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, get_type_hints

import typer
from typer.core import TyperGroup

from .configuration import ConfigurationFile, options_of
from .document import shape_of
from .speaking import JsonOption, QuietOption, speaking

__all__ = ["CONTEXT", "Group", "as_called", "words_of"]

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
        single.command(cmd_name, help=self.help_of(cmd_name))(as_called(function))
        return typer.main.get_command(single)

    def resolve_command(self, ctx, args):
        """The command that is to run, with defaults of the environment and the user's file."""
        name, command, rest = super().resolve_command(ctx, args)
        asks = ctx.resilient_parsing or set(rest) & set(CONTEXT["help_option_names"])
        if name is None or command is None or asks:  # beside a wrong file --help still works
            return name, command, rest
        if ctx.obj is None:
            ctx.obj = ConfigurationFile.read(self.names())
        words = (*words_of(ctx), name)
        if not isinstance(command, Group):
            known = {one.name: one for one in command.params}
            options = options_of(as_called(self.function(name)))
            for said, option in options.items():
                known[option.name].envvar = "_".join(("cortigate", *words, said)
                                                     ).replace("-", "_").upper()
            ctx.default_map = {name: ctx.obj.defaults(
                words, options, lambda one, value: known[one.name].process_value(ctx, value))}
        return name, command, rest

    def format_commands(self, ctx, formatter):
        """Write the commands' sections of the help from their docstrings."""
        for title, names in (self.panels or {"Commands": self.names()}).items():
            with formatter.section(title):
                formatter.write_dl([(name, self.summary(name)) for name in names])


def words_of(ctx):
    """Words of a group on the command line; none of the program itself."""
    return () if ctx.parent is None else (*words_of(ctx.parent), f"{ctx.info_name}")


def as_called(function):
    """The function of a command as the command line calls it, with --quiet and perhaps --json.

    It refuses numbers that only the command line knows. An error of values that contradict each
    other says which of them the user's file gives.
    """
    own = inspect.signature(function)
    added = {"ctx": typer.Context, "quiet": QuietOption}
    added |= {} if shape_of(function) is None else {"as_json": JsonOption}
    defaults = {"ctx": inspect.Parameter.empty, "quiet": None, "as_json": False}

    @wraps(function)
    def called(ctx, quiet=None, as_json=False, **values):
        for name, value in values.items():
            require_real(name, value)
        if "ctx" in own.parameters:
            values["ctx"] = ctx
        everywhere = ctx.find_root().params.get("quiet")
        if everywhere is not None and ctx.get_parameter_source("quiet").name != "COMMANDLINE":
            quiet = everywhere
        try:
            with speaking(bool(quiet), as_json):
                return function(**values)
        except ValueError as error:
            given = [option.opts[0] for option in ctx.command.params
                     if ctx.get_parameter_source(option.name).name == "DEFAULT_MAP"]
            if given:
                error.add_note(f"({ctx.obj.path} gives {', '.join(given)})")
            raise

    known = [one for name, one in own.parameters.items() if name not in added]
    prepared: Any = called
    prepared.__signature__ = own.replace(parameters=[*known, *(
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind,
                          default=defaults[name]) for name, kind in added.items())])
    prepared.__annotations__ = get_type_hints(function, include_extras=True) | added
    return prepared


def require_real(name, value):
    """Raise ValueError for infinity, NaN and integers beyond 64 bits, of which none can be as many.
    """
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, int) and not -(1 << 63) <= one < 1 << 63:
            raise ValueError(f"{name} must be a number of at most 64 bits, not {one}")
        if isinstance(one, float) and not math.isfinite(one):
            raise ValueError(f"{name} must be a finite number, not {one}")
