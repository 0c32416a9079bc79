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


@pytest.mark.parametrize("says", ["", "import sys; sys.stdout.write('por'); sys.stdout.flush();"])
def test_a_process_that_names_no_port_is_killed(short, says):
    board, began = Program(says + SLEEPS), time.monotonic()
    with pytest.raises(RuntimeError, match="did not start: it named no port within 1 s and was"):
        board.start()
    assert time.monotonic() - began < 10 and board.pid is None
    board.close()


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
