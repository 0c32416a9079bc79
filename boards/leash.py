"""Runs a command that ends when the process that wanted it ends, however that ends.

A script of the standard library alone: ``python leash.py WORD...``. Its standard input is a pipe,
on which the other process never writes. At its end, or at a signal, the command is killed with all
that it has begun. The exit code is the command's, 128 + N after signal N.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

__all__ = ["leashed"]


def leashed(words, **options):
    """Run a command as the module says, with options of Popen; returns the exit code."""
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True, **options)

    def kill(*_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    # Not ignored, which the command would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, kill)
    threading.Thread(target=lambda: (os.read(0, 1), kill()), daemon=True).start()
    code = process.wait()
    kill()  # what it may have left running
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(leashed(sys.argv[1:]))
