"""Virtual boards that are reset or stopped, and hosts that are killed; a few times each."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cortigate.boards.host import session
from cortigate.boards.host.link import LinkError, NoAnswer
from cortigate.sim.endure import (
    DESIGN,
    INPUTS,
    LABELS,
    WORK,
    EnduranceFailure,
    check,
    endure_kills,
    endure_resets,
    loaded,
    open_board,
    work_on,
)
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import VirtualBoard
from cortigate.sim.wire import Wire

pytestmark = pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))


def test_resets_at_random_moments():
    seen = endure_resets(5, seed=3)
    assert seen.total() == 5
    assert {name.partition(": ")[0] for name in seen} == set(WORK)
    assert {name.partition(": ")[2] for name in seen} <= {"BoardReset", "right"}
    assert sum(times for name, times in seen.items() if "BoardReset" in name) >= 3


def test_hosts_killed_at_random_moments():
    seen = endure_kills(4, seed=2)
    assert seen["ended"] == 2 and seen["idle"] + seen["running"] == 2


def test_a_wrong_result_would_be_told(monkeypatch):
    """Without the look at the session a reset is not noticed, and the results are wrong."""
    monkeypatch.setattr(session.Session, "_compare", lambda self, values: None)
    with pytest.raises((EnduranceFailure, LinkError)) as caught:
        # On a busy machine resets come too late to matter, and others are drawn.
        seen = [endure_resets(4, seed=seed) for seed in range(3, 9)]
        pytest.fail(f"{seen}")
    assert isinstance(caught.value, EnduranceFailure), caught.value


def test_results_are_compared():
    with pytest.raises(EnduranceFailure, match="the result is not the integer model's"):
        check("fit", [1, 2], [1, 3], "here")
    with pytest.raises(EnduranceFailure):
        check("fit", [1], [1, 3], "here")


@pytest.mark.parametrize("how", ["stopped", "silent"])
def test_a_board_that_stops_answering_ends_every_call(how):
    virtual = VirtualBoard(DESIGN)
    with virtual as port, Wire(port) as wire:
        board = open_board(wire.port)
        loaded(board, 1)
        if how == "stopped":
            os.kill(virtual.pid, signal.SIGSTOP)
        else:
            wire.swap("/dev/ptmx")  # a terminal that nobody is behind
        limit = 2 * 8 * 0.5 + 2
        for call in (board.counters, board.stop, board.read_weights, board.stream().__enter__,
                     lambda: board.predict(0, 4), lambda: board.write_samples(INPUTS, LABELS)):
            began = time.monotonic()
            with pytest.raises(NoAnswer):
                call()
            assert time.monotonic() - began < limit
        began = time.monotonic()
        board.close()
        assert time.monotonic() - began < 2
        os.kill(virtual.pid, signal.SIGCONT)
        if how == "stopped":  # it goes on as if nothing had been
            work_on("predict", wire.port, 5)


HOST = """
import os, sys, time
from cortigate.sim.endure import DESIGN
from cortigate.sim.virtual_board import VirtualBoard
board = VirtualBoard(DESIGN)
board.start()
child = os.fork()
if child == 0:
    time.sleep(60)
print(board.pid, child, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_board_dies_with_its_parent_though_forked_children_live():
    parent = subprocess.Popen([sys.executable, "-c", HOST], stdout=subprocess.PIPE, text=True)
    pid, child = map(int, parent.stdout.readline().split())
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    alive = not Path(f"/proc/{pid}").exists(), Path(f"/proc/{child}").exists()
    os.kill(child, signal.SIGKILL)
    parent.stdout.close()
    assert alive == (True, True), "the board is gone, the child was there all the time"
