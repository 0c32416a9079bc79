"""Set-ups that begin at the same time: one installs, the others wait for it."""

import shutil
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
    assert sum("waiting for another set-up" in text for text in said) == 3
    assert not (folder / ".venv.lock").exists()


def test_the_lock_of_a_killed_one_is_taken_over(folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / ".venv.lock").mkdir()
    (folder / ".venv.lock" / "pid").write_text(f"{ended.pid}\n")
    with begun(folder) as process:
        assert process.wait(60) == 0
    assert (folder / "log").read_text().split() == ["begin", "end"]
    assert not (folder / ".venv.lock").exists()


def test_a_set_up_that_fails_leaves_no_lock(folder):
    command = folder / "scripts" / "command"
    command.write_text(COMMAND.replace("sleep 0.5", 'fail "no network"'))
    with begun(folder) as process:
        assert process.wait(60) == 1
    assert not (folder / ".venv.lock").exists()
    command.write_text(COMMAND)
    with begun(folder) as process:
        assert process.wait(60) == 0
