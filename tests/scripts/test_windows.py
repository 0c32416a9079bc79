"""Without what Python has on POSIX alone.

Windows itself is not at hand: its Python is this one without some modules.
"""

import os
import subprocess
import sys

import pytest

from cortigate.sim.compiling import CompileError, built

# pyserial and subprocess take other modules there.
COMMANDS = """
import importlib, multiprocessing.popen_fork, serial, subprocess, sys
sys.modules.update(dict.fromkeys(("fcntl", "termios", "tty", "pty")))
for name in sys.argv[1:]:
    importlib.import_module(f"cortigate.scripts.commands.{name}")
"""


def test_commands_that_need_no_simulator_start():
    done = subprocess.run([sys.executable, "-c", COMMANDS, "build", "devices", "explain", "flash"],
                          text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_is_compiled_there(monkeypatch, tmp_path):
    monkeypatch.setattr("cortigate.sim.compiling.build.os", FakeOs())
    with pytest.raises(CompileError, match="the model cannot be compiled on this system.*WSL"):
        built(tmp_path / "model", lambda folder: pytest.fail("begun"), "the model")
    assert not list(tmp_path.iterdir())


class FakeOs:
    """Module `os` as Windows has it."""

    name = "nt"

    def __getattr__(self, name):
        return getattr(os, name)
