"""Compilations leave nothing behind and say what is wrong; shell scripts stand in for compilers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cortigate.sim.compiling import (
    CompileError,
    built,
    clean_environment,
    plain_folder,
    toolchain,
)
from cortigate.sim.compiling.guard import LOCK, PREFIX, sweep

HOST = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
from cortigate.sim.compiling import built
def fill(folder):
    (folder / "source").write_text("x")
    print(folder, flush=True)
    return ["sh", "-c", sys.argv[2]], "made", {"PATH": sys.argv[3]}
built(sys.argv[1], fill, "the model")
"""


def build(target, script):
    built(target, lambda folder: (["sh", "-c", script], "made", {"PATH": os.environ["PATH"]}),
          "the model")


def until(true, what):
    """Wait for something that must come."""
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come")


def running(mark):
    """Whether a process has a word on its command line."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in entry.read_bytes().decode(errors="replace") and (
                    int(entry.parent.name) != os.getpid()):
                return True
        except OSError:
            continue  # it has ended meanwhile
    return False


def test_what_is_made_becomes_the_target_and_the_folder_goes(tmp_path):
    build(tmp_path / "model", "echo something; echo 1 > made")
    assert (tmp_path / "model").read_text() == "1\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "model"]


def test_a_path_that_make_does_not_understand_is_built_elsewhere(tmp_path):
    folder = tmp_path / "with a space"
    folder.mkdir()
    build(folder / "model", "pwd > made")
    assert " " not in (folder / "model").read_text()
    assert list(folder.iterdir()) == [folder / "model"]
    assert not Path((folder / "model").read_text().strip()).exists()


def test_the_error_is_shown_and_not_the_warnings(tmp_path):
    noise = "for i in 1 2 3; do echo top.cpp:1: warning: unused error variable; done"
    with pytest.raises(CompileError) as caught:
        build(tmp_path / "model", f"{noise}; echo top.cpp:7: error: expected a brace; exit 1")
    assert str(caught.value) == "the model does not compile:\ntop.cpp:7: error: expected a brace"
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_makes_nothing_is_an_error(tmp_path):
    with pytest.raises(OSError, match="CORTIGATE_CACHE"):
        build(tmp_path / "model", "true")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_names_the_variable(tmp_path):
    with pytest.raises(OSError, match="No space left on device.*set CORTIGATE_CACHE"):
        build(tmp_path / "model", "echo 'fatal error: ./a.o: No space left on device'; exit 1")


def test_a_folder_that_goes_away_is_one_error(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models").rmdir()
    with pytest.raises((CompileError, OSError), match="No such file"):
        build(tmp_path / "models" / "model", "echo 1 > made")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_killed_host_leaves_no_process_and_no_folder(tmp_path, number):
    mark = f"{tmp_path.name}-{int(number)}"
    # Grandchildren, as make has them, one of them deaf.
    script = f"trap '' TERM INT; sh -c 'sleep 60; : {mark}' & sh -c 'sleep 60; : {mark}'"
    host = subprocess.Popen([sys.executable, "-c", HOST, str(tmp_path / "model"), script,
                             os.environ["PATH"]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    folder = Path(host.stdout.readline().decode().strip())
    until(lambda: running(f": {mark}"), "the compiler")
    assert folder.is_dir()
    host.send_signal(number)
    host.wait()
    host.stdout.close()
    until(lambda: not running(mark) and not folder.exists(), "the end of everything")
    assert list(tmp_path.iterdir()) == []


def test_stale_folders_are_swept_and_others_left(tmp_path):
    stale, old, fresh = (tmp_path / name for name in (f"{PREFIX}a", "tmp_old", "tmp_new"))
    for folder in (stale, old, fresh):
        folder.mkdir()
    (stale / LOCK).touch()
    os.utime(old, (0, 0))
    (tmp_path / "model").touch()
    seen = []

    def fill(folder):
        sweep(tmp_path)
        seen.append(folder.is_dir())  # it is in use
        return ["sh", "-c", "echo 1 > made"], "made", {"PATH": os.environ["PATH"]}

    built(tmp_path / "other", fill, "the model")
    assert seen == [True]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "other", "tmp_new"]


def test_variables_left_in_the_shell_are_not_passed_on(monkeypatch):
    left = ("MAKEFLAGS", "MAKEFILES", "CXXFLAGS", "VERILATOR_ROOT", "VM_PARALLEL_BUILDS", "OPT",
            "COCOTB_TEST_MODULES", "USER_CPPFLAGS", "OBJCACHE", "TOPLEVEL", "SIM")
    for name in (*left, "LANG_OF_MINE"):
        monkeypatch.setenv(name, "x")
    clean = clean_environment(MORE="1")
    assert not set(left) & set(clean)
    assert clean["LANG_OF_MINE"] == "x" and clean["MORE"] == "1" and clean["PATH"]


def test_the_toolchain_names_machine_compiler_and_library():
    text = toolchain(("c++",))
    assert os.uname().machine in text and "/c++" in text


def test_a_folder_that_make_understands(tmp_path, monkeypatch):
    assert plain_folder(tmp_path) == tmp_path
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = plain_folder(tmp_path / "with a space")
    assert own == tmp_path / f"cortigate-{os.getuid()}" and own.stat().st_mode & 0o777 == 0o700
    assert plain_folder(tmp_path / "with a space") == own
    mine = os.getuid()
    own.rename(tmp_path / f"cortigate-{mine + 1}")
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(OSError, match="belongs to somebody else: set TMPDIR"):
        plain_folder(tmp_path / "with a space")
