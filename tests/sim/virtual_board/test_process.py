"""Limits of a simulated board's process; programs of a few lines stand in for the simulation."""

import os
import sys
import time

import pytest

from cortigate.sim.virtual_board import BoardProcess, process


class Program(BoardProcess):
    """A Python program as a board."""

    def __init__(self, text):
        super().__init__()
        self._text = text

    def _command(self):
        return [sys.executable, "-c", self._text]


@pytest.fixture
def short(monkeypatch):
    """Lose patience soon."""
    monkeypatch.setattr(process, "START_SECONDS", 1.0)
    monkeypatch.setattr(process, "END_SECONDS", 1.0)


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


SLEEPS = "import time; time.sleep(60)"
PORT = "print('port /dev/pts/99', flush=True);"


@pytest.mark.parametrize("says", [
    "", "import sys; sys.stdout.write('por'); sys.stdout.flush();",
    "import time\nwhile True: print('.', end='', flush=True); time.sleep(0.01)\n"])
def test_a_process_that_names_no_port_is_killed(short, says):
    board, began = Program(says + SLEEPS), time.monotonic()
    with pytest.raises(RuntimeError, match="did not start: it named no port within 1 s and was"):
        board.start()
    assert time.monotonic() - began < 10 and board.pid is None
    board.close()


@pytest.mark.parametrize("says", ["print(flush=True);", "import os; os.close(1);",
                                  "print('other words', flush=True);"])
def test_a_process_that_says_something_else_and_goes_on_is_killed(short, says):
    board, began = Program(says + SLEEPS), time.monotonic()
    with pytest.raises(RuntimeError, match=r"does not run \(it ended with -9\)"):
        board.start()
    assert time.monotonic() - began < 10 and board.pid is None


def test_a_first_line_may_hold_any_bytes(short):
    board = Program("import os; os.write(1, b'\\xff\\xfe port\\n')")
    with pytest.raises(RuntimeError, match=r"does not run \(it ended with 0\)"):
        board.start()
    with Program(PORT + "import os; os.write(1, b'ended \\xff\\n')") as port:
        assert port == "/dev/pts/99"


@pytest.mark.parametrize("text, message", [
    ("print('error the circuit does not settle')", "did not start: the circuit does not settle"),
    ("", "did not start: it could open no pseudo-terminal"),
])
def test_a_process_that_fails_says_why(text, message):
    board = Program(text)
    with pytest.raises(RuntimeError, match=message):
        board.start()
    assert board.pid is None


def test_a_process_that_does_not_end_is_killed(short):
    board = Program(PORT + SLEEPS)
    assert board.start() == "/dev/pts/99"
    pid, began = board.pid, time.monotonic()
    with pytest.raises(RuntimeError, match="the virtual board on /dev/pts/99 had to be killed"):
        board.close()
    assert time.monotonic() - began < 10 and gone(pid)
    assert board.ended == "it did not end within 1 s and was killed" and board.port is None
    board.close()  # nothing is left to do


def test_an_error_on_its_way_is_not_hidden(short):
    with pytest.raises(ZeroDivisionError) as caught, Program(PORT + SLEEPS):
        raise ZeroDivisionError
    assert "had to be killed" in caught.value.__notes__[0]


def test_what_it_says_at_the_end_is_known(short):
    board = Program(PORT + "import sys; print('ended enough'); print('cycles 7 seconds 0.5');"
                    "sys.stdin.read()")
    with board as port:
        assert port == "/dev/pts/99" and board.pid
    assert (board.cycles, board.seconds, board.ended) == (7, 0.5, "enough")


class Compiled(Program):
    """A program in the cache of models, made by the second attempt alone or not at all."""

    def __init__(self, folder, contents):
        super().__init__("")
        self._path, self._contents, self.made = folder / "model", iter(contents), 0

    def _command(self):
        if not self._path.exists():
            self._path.write_text(next(self._contents))
            self._path.chmod(0o755)
            self.made += 1
        return [self._path]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CORTIGATE_CACHE", str(tmp_path))
    return tmp_path


GOOD = f"#!{sys.executable}\nimport sys\nprint('port /dev/pts/99', flush=True)\nsys.stdin.read()\n"
BAD = ["", "\x7fELF", "#!/no/such/loader\n", "#!/bin/sh\nexit 127\n", "#!/bin/sh\nkill -SEGV $$\n",
       "#!/bin/sh\necho other words\n"]


@pytest.mark.parametrize("bad", BAD)
def test_a_cached_model_that_does_not_run_is_compiled_once_more(cache, bad):
    with Compiled(cache, [bad, GOOD]) as port:
        assert port == "/dev/pts/99"


@pytest.mark.parametrize("bad", BAD)
def test_a_model_that_never_runs_is_named(cache, bad):
    board = Compiled(cache, [bad, bad])
    with pytest.raises(RuntimeError, match=f"{cache}/model does not run .*compiled again.*set "
                                           "CORTIGATE_CACHE to a folder where"):
        board.start()
    assert board.made == 2 and board.pid is None


def test_a_program_that_is_not_ours_is_not_deleted(cache, tmp_path_factory):
    board = Compiled(tmp_path_factory.mktemp("elsewhere"), [""])
    with pytest.raises(RuntimeError, match="does not run"):
        board.start()
    assert board._path.exists()
