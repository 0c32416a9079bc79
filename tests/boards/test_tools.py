"""A tool that is given up ends with whatever it has begun."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cortigate.boards.tools import BuildError, run

# Says its child's number, then waits for it.
TOOL = """#!{python}
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(f"Info: child {{child.pid}}", flush=True)
child.wait()
"""


class GivesUp:
    """A log that is interrupted as soon as the tool says something."""

    child = None

    def __call__(self, text):
        """Nothing to say."""

    def status(self, text):
        self.child = int(text.split()[-1])
        raise KeyboardInterrupt


def alive(number):
    """True if a process runs; one that has ended and waits for its parent does not."""
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(number):
    """True if a process ends within seconds."""
    deadline = time.monotonic() + 10.0
    while alive(number) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(number)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="asks /proc who is alive")
def test_an_interrupted_tool_leaves_no_process(tmp_path, monkeypatch):
    program = tmp_path / "tool"
    program.write_text(TOOL.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(program))
    log = GivesUp()
    with pytest.raises(KeyboardInterrupt):
        run(["yosys"], tmp_path, "synthesis", log)
    assert ends(log.child)


HOST = """
import signal, sys
from cortigate.boards.tools import run

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # these tests may run under nohup

class Tells:
    def __call__(self, text): pass
    def status(self, text): print(text.split()[-1], flush=True)

run(["yosys"], sys.argv[1], "synthesis", Tells())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="asks /proc who is alive")
def test_a_killed_build_leaves_no_tool(tmp_path, monkeypatch, number):
    program = tmp_path / "tool"
    program.write_text(TOOL.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(program))
    with subprocess.Popen([sys.executable, "-c", HOST, tmp_path], text=True,
                          stdout=subprocess.PIPE) as host:
        child = int(host.stdout.readline())
        assert alive(child)
        host.send_signal(number)
    assert ends(child)


def test_a_tool_that_fails_is_quoted(tmp_path, monkeypatch):
    program = tmp_path / "tool"
    program.write_text(f"#!{sys.executable}\nprint('ERROR: no such cell')\nraise SystemExit(3)\n")
    program.chmod(0o755)
    monkeypatch.setenv("YOSYS", str(program))
    with pytest.raises(BuildError, match="synthesis: yosys failed: ERROR: no such cell"):
        run(["yosys"], tmp_path, "synthesis", lambda text: None)
