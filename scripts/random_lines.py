"""The command-line campaign: whatever is typed, the answer is a result or a sentence.

Lines are drawn from what the commands themselves declare, with values that are wrong in many ways
and right ones in between. Each runs in this process, in a folder of its own, before a terminal of a
random encoding. Nothing ever begins to work: where a process, a serial port or a pool of workers
would be opened, and after a moment of computing, the line has been accepted and is left.
"""

import io
import os
import pkgutil
import random
import signal
import socketserver
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from unittest import mock

import joblib
import serial

from cortigate import golden
from cortigate.boards.board import BOARDS
from cortigate.boards.learn.opening import device_names
from cortigate.golden.spec import PRESETS, RULES
from cortigate.hdl.core import Core
from cortigate.hdl.top import Top
from cortigate.scripts import cli
from cortigate.scripts.group import as_called
from cortigate.scripts.parameters import parameters

__all__ = ["CommandFailure", "drawn_line", "run_line", "try_lines"]

MOMENT = 0.3  # seconds of processor time after which a line counts as accepted
ENCODINGS = ("utf-8", "latin-1", "cp437", "ascii")
WHOLE = ("0", "-1", "1", "2", "3", "7", "8", "64", "255", "256", "1025", "65536", "2147483648",
         "9" * 30, "9" * 5000, "-" + "9" * 30, "1.5", "x", "", "0x10", "1e3", "\u0663", " 5", "+3",
         "1_0", "nan")
REAL = ("nan", "inf", "-inf", "1e400", "-1", "0", "0.25", "5e-324", "1e-30", "1e30", "1,5", "x", "",
        "12", "33", "1", "4")
NAMES = (*RULES, *PRESETS, *BOARDS, *device_names(), "eqprop", "C1", "A-copy", "N", "sweep",
         "relaxation", "rtl", "netlist", "verilator", "icarus", "rules", "mnist", "digits")
LAYERS = ("64-8-10", "64-32-10", "5-4-3-2", "64-10", "64--10", "-", "64-0-10", "64-\u0663-10",
          "64-8-1e3", "64-8-10-", "1025-8-10", f"64-{'9' * 30}-10", "64-8-257", "784-8-10")
STRANGE = ("", " ", "-", "--", "[/]", "[bold]", ":smile:", "ü", "≥ ±", "\udcff", "a" * 300, "%s",
           "{0}", "a\nb", "None", "/dev/tty\u00fc", "COM3", "socket://127.0.0.1:1", "foo://",
           "loop://", "0", "x")
PATHS = (".", "..", "", "file", "file.json", "picture.png", "missing/picture.png", "[/].png",
         "ü.png", "folder", "folder/report.json", "board.py", "raises.py", "exits.py", "missing.py",
         "own.toml", "wrong.toml", "a" * 300, "file/below", "folder.png", "text", "link")


class CommandFailure(RuntimeError):
    """A command line ended in a traceback or in an exit code that means nothing."""


class Accepted(BaseException):
    """A line has passed every check and begins to work; no `except Exception` may keep it."""


def commands():
    """Words of a command -> tuple of `Parameter`, of all commands, which are imported now.

    So is what they import when they need it: a line that is left must not leave it half imported.
    """
    for module in pkgutil.walk_packages(golden.__path__, f"{golden.__name__}."):
        import_module(module.name)
    return {words: parameters(as_called(function)) for words, function in cli.Commands.functions()}


def drawn_line(rng, known):
    """Words of a command line.

    Parameters
    ----------
    rng : random.Random
    known : dict
        As `commands` returns it.
    """
    command = rng.choice([*known])
    words = []
    for parameter in known[command]:
        often = parameter.required or not parameter.options
        if rng.random() > (0.9 if often else 0.3):
            continue
        value = drawn_value(rng, parameter)
        if not parameter.options:
            words.append(value)
        elif parameter.kind is bool:
            words.append(rng.choice(parameter.options))
        elif rng.random() < 0.3:
            words.append(f"{rng.choice(parameter.options)}={value}")
        else:
            words += [rng.choice(parameter.options), value]
    if rng.random() < 0.1:
        words.insert(rng.randint(0, len(words)), rng.choice((*STRANGE, "--nonsense", "--seed")))
    *group, name = command
    before = [rng.choice(("--quiet", "--no-quiet"))] if rng.random() < 0.1 else []
    return [*before, *group, name if rng.random() < 0.98 else rng.choice(STRANGE), *words]


def drawn_value(rng, parameter):
    """A value for an option or argument: often of its kind, and wrong in some way."""
    pool = {int: WHOLE, float: REAL, Path: PATHS}.get(parameter.kind)
    if pool is None:
        hints = {"layers": LAYERS, "device": (*device_names(), *STRANGE), "data": PATHS,
                 "name": (*BOARDS, *PATHS)}
        pool = hints.get(parameter.name, NAMES)
    return rng.choice(pool if rng.random() < 0.85 else (*STRANGE, *NAMES, *PATHS))


def furnish(folder):
    """Put into a folder what the words of `PATHS` name."""
    (folder / "folder").mkdir()
    (folder / "folder.png").mkdir()
    for name, text in (("file", "x"), ("file.json", "{}"), ("folder/report.json", "[1]"),
                       ("text", "\udcff"), ("board.py", "BOARD = 3"), ("raises.py", "assert 0"),
                       ("exits.py", "raise SystemExit(0)"), ("wrong.toml", "network = 3"),
                       ("own.toml", f'network = "64-8-10"\nrule = "{next(iter(RULES))}"\n')):
        (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    (folder / "link").symlink_to("link")


@contextmanager
def harmless():
    """Nothing outside of this process is started or opened, and nothing lasts."""
    def leave(*_, **__):
        raise Accepted

    def no_port(*_, **__):
        raise serial.SerialException(2, "there is none here")

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        place = folder / "home" / "work"  # ".." is inside as well
        place.mkdir(parents=True)
        furnish(place)
        stack.callback(os.chdir, os.getcwd())
        os.chdir(place)
        stack.enter_context(mock.patch.dict(os.environ, {
            "CORTIGATE_DATA": str(folder / "data"), "CORTIGATE_CACHE": str(folder / "cache"),
            "CORTIGATE_CONFIG": os.devnull}))
        for target, name, instead in ((joblib.Parallel, "__call__", leave),
                                      (serial, "serial_for_url", no_port),
                                      (socketserver.BaseServer, "serve_forever", leave),
                                      (subprocess.Popen, "__init__", leave),
                                      (Top, "__new__", leave), (Core, "__new__", leave)):
            stack.enter_context(mock.patch.object(target, name, instead))
        yield


@contextmanager
def for_a_moment():
    """Raise `Accepted` after `MOMENT`, and again and again: a callback may lose an exception."""
    working = True

    def leave(*_):
        if working:
            raise Accepted

    before = signal.signal(signal.SIGPROF, leave)
    try:
        signal.setitimer(signal.ITIMER_PROF, MOMENT, 0.1)
        yield
    finally:
        working = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def run_line(words, encoding="utf-8"):
    """(exit code, or None if the line was accepted; what it said on standard error).

    Raises
    ------
    CommandFailure
        It ended in an exception.
    """
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    code = 0
    with (mock.patch.object(sys, "argv", ["cortigate", *words]),
          mock.patch.object(sys, "stdout", streams[0]),
          mock.patch.object(sys, "stderr", streams[1])):
        try:
            with for_a_moment():
                cli.main()
        except SystemExit as end:
            code = end.code or 0
        except Accepted:
            code = None
        except Exception as error:
            raise CommandFailure(f"cortigate {words!r}, {encoding}: {type(error).__name__}: {error}"
                          ) from error
    streams[1].flush()
    return code, streams[1].buffer.getvalue().decode(encoding, "replace")


def try_lines(count, seed=0, progress=None):
    """Run random command lines.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the number of lines so far after each.

    Returns
    -------
    Counter of str
        How often a line was "accepted", "done" or "refused".

    Raises
    ------
    CommandFailure
        A line ended in a traceback, was refused without a sentence, or in more than one.
    """
    rng, seen, known = random.Random(seed), Counter(), commands()
    for number in range(count):
        words, encoding = drawn_line(rng, known), rng.choice(ENCODINGS)
        with harmless():
            code, said = run_line(words, encoding)
        where = f"seed {seed}, line {number}: cortigate {words!r} ended with {code}: {said!r}"
        # What was left in the middle may have said anything.
        if code not in (None, 0, 1, 2) or code is not None and "Traceback" in said:
            raise CommandFailure(where)
        ours = [line for line in said.splitlines() if line.startswith("cortigate: ")]
        usage = said.startswith(("Usage: ", "Error: "))
        if code == 2 and not usage and (len(ours) != 1 or not said.endswith(f"{ours[0]}\n")):
            raise CommandFailure(where)
        seen["accepted" if code is None else "refused" if code == 2 else "done"] += 1
        if progress is not None:
            progress(number + 1)
    return seen
