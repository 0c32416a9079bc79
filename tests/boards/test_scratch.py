"""Folders beside a result: gone with whoever made them, or with the next who makes the same."""

import subprocess
import sys

import pytest

from cortigate.boards.storage.scratch import scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")

MAKER = ("import pathlib, sys; from cortigate.boards.storage.scratch import scratch\n"
         "with scratch(pathlib.Path(sys.argv[1])) as folder:\n"
         "    (folder / 'new').mkdir()\n"
         "    print(folder, flush=True)\n"
         "    sys.stdin.read()\n")


def maker(target):
    """A process that makes a target, and its folder."""
    process = subprocess.Popen([sys.executable, "-c", MAKER, target], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, target.parent / process.stdout.readline().strip()


def test_folders_of_killed_processes_are_deleted_by_the_next(tmp_path):
    target = tmp_path / "out" / "result"
    (dead, left), (alive, used), (_, other) = (
        maker(target), maker(target), killed := maker(target.with_name("result-2")))
    for process in (dead, killed[0]):
        process.kill()
        process.communicate()
    strange = target.with_name(".result-abcdefgh")  # whose lock is nobody's
    strange.mkdir()
    with scratch(target) as mine:
        assert set(target.parent.iterdir()) == {used, other, strange, mine}
        assert not left.exists() and (used / "new").is_dir()
    alive.communicate("")
    assert set(target.parent.iterdir()) == {other, strange}


def test_a_folder_is_gone_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), scratch(tmp_path / "result") as folder:
        (folder / "file").touch()
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
