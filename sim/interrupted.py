"""Compilations of virtual boards that are killed: no process and no folder is left."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .compiling.guard import PREFIX
from .endure import EnduranceFailure

__all__ = ["endure_compilations"]

BEGIN_SECONDS = 300.0  # until a compilation has begun; a busy machine may take long
MOST_SECONDS = 8.0  # from then on to the signal
GONE_SECONDS = 20.0  # from the signal on until nothing is left
SIGNALS = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT)
HOST = ("from cortigate.golden.spec import preset\n"
        "from cortigate.sim.virtual_board import VirtualBoard\n"
        "VirtualBoard(preset('tiny')).start()\n")


def endure_compilations(count, seed=0, progress=None):
    """Kill programs that compile a virtual board, at random moments of that.

    Parameters
    ----------
    count, seed : int
    progress : callable or None
        Gets the outcomes so far after each.

    Returns
    -------
    Counter of str
        How often each signal came while it compiled, or after it was done.

    Raises
    ------
    EnduranceFailure
        A process or a folder is left.
    """
    if not Path("/proc/self/cwd").exists():
        raise RuntimeError("whether a process is left is looked up in /proc, which this system "
                           "does not have")
    rng, seen = random.Random(seed), Counter()
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            seen[_killed(Path(folder), SIGNALS[number % len(SIGNALS)], rng,
                         f"seed {seed}, compilation {number}")] += 1
        if progress is not None:
            progress(seen)
    return seen


def _killed(folder, number, rng, where):
    """What became of one compilation."""
    host = subprocess.Popen([sys.executable, "-c", HOST], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                            env=os.environ | {"CORTIGATE_CACHE": str(folder)})
    try:
        _until(lambda: building(folder) or host.poll() is not None, BEGIN_SECONDS,
               lambda: f"{where}: nothing was compiled")
        time.sleep(rng.uniform(0.0, MOST_SECONDS) ** 2 / MOST_SECONDS)  # more often early
        outcome = f"{number.name} {'while it compiled' if building(folder) else 'too late'}"
        host.send_signal(number)
    finally:
        if host.poll() is None and sys.exc_info()[0]:
            host.kill()
        host.wait()
    _until(lambda: not (building(folder) or inside(folder)), GONE_SECONDS,
           lambda: f"{where}, {outcome}: left are {building(folder)} and the processes "
                   f"{inside(folder)}")
    return outcome


def building(folder):
    """Folders of compilations."""
    return [path.name for path in folder.glob(f"*/{PREFIX}*")]


def inside(folder):
    """Numbers of the processes that work in a folder, or name it on their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            place = os.readlink(process / "cwd")
        except OSError:
            continue  # it has ended
        if str(folder).encode() in words or place.startswith(str(folder)):
            found.append(int(process.name))
    return found


def _until(true, seconds, message):
    """Wait for something; EnduranceFailure with `message()` if it does not come in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise EnduranceFailure(message())
        time.sleep(0.02)
