"""Runs that are killed and go on, a few times each, and what a wrong end would look like."""

import random
import signal

import numpy as np
import pytest

from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.comparison import differences
from cortigate.boards.learn.keeper import Keeper, Stopped
from cortigate.boards.learn.resumable import counters_from
from cortigate.golden.spec import RULES
from cortigate.scripts import course, interruptions
from cortigate.scripts.interruptions import Job, WrongEnd, design_of, endure, interrupt
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import VirtualBoard

MODELS = ("integer", "reference")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def test_runs_that_are_killed_go_on():
    seen = interrupt(6, seed=4, devices=MODELS)
    assert seen.total() == 6
    assert sum(times for name, times in seen.items() if "killed" in name) >= 3


@pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))
def test_a_run_on_a_virtual_board_goes_on(tmp_path):
    with VirtualBoard(design_of("pal")) as port:
        job = Job("portions", "pal", 3, 11, tmp_path / "file", {"pal": port})
        assert endure(job, "virtual", ("virtual", "integer"), random.Random(1), "here")


def in_pieces(job, monkeypatch):
    """(What a run comes to, pieces): one that is stopped at its second checkpoint, and goes on."""
    right = Keeper.keep

    def keep(self, *arguments, **position):
        self._asked = 15 if self.saved == 1 else None
        right(self, *arguments, **position)

    monkeypatch.setattr(Keeper, "keep", keep)
    for piece in range(1, 40):
        try:
            return job.run("integer"), piece
        except Stopped:
            assert Checkpoint.load(job.path)
    raise AssertionError("it does not get on")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", ["course", "portions", "stream"])
def test_a_run_in_pieces_is_the_whole(tmp_path, monkeypatch, kind, rule):
    if kind == "stream" and rule != "pal":
        pytest.skip("only samples of a rule that is always on are streamed")
    wanted = Job(kind, rule, 3, 5, tmp_path / "whole", {}).run("integer")
    found, pieces = in_pieces(Job(kind, rule, 3, 5, tmp_path / "part", {}), monkeypatch)
    assert pieces > 2
    for name, value in wanted.items():
        np.testing.assert_array_equal(found[name], value)
    ours, theirs = (Checkpoint.load(tmp_path / name) for name in ("part", "whole"))
    assert differences(ours, theirs) == []


@pytest.mark.parametrize("lost", ["generators", "shuffle", "epoch"])
def test_what_determines_the_course_is_all_needed(tmp_path, monkeypatch, lost):
    """A run that goes on without one of these ends otherwise."""
    wanted = Job("course", "pal", 3, 5, tmp_path / "whole", {}).run("integer")
    right = Checkpoint.restore

    def restore(self, device):
        right(self, device)
        if lost == "generators":
            device.write_generators(self.generators[::-1])

    monkeypatch.setattr(Checkpoint, "restore", restore)
    changes = {"shuffle": {"shuffle_state": 1}, "epoch": {"samples": 0}}.get(lost, {})
    monkeypatch.setattr(course, "counters_from", lambda record: counters_from(record | changes))
    job = Job("course", "pal", 3, 5, tmp_path / "part", {})
    if lost == "epoch":  # it would never end
        with pytest.raises(AssertionError, match="does not get on"):
            in_pieces(job, monkeypatch)
        return
    found, _ = in_pieces(job, monkeypatch)
    assert not all(np.array_equal(found[name], wanted[name]) for name in found)


def test_a_wrong_end_would_be_told(monkeypatch):
    monkeypatch.setattr(Checkpoint, "restore", lambda self, device: None)
    with pytest.raises(WrongEnd, match="not as of an undisturbed run"):
        interrupt(12, seed=4, devices=("integer",), rules=("pal",))


def test_a_stream_that_was_not_repeated_is_counted_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(interruptions, "MOST_TURNS", -1)
    job = Job("stream", "pal", 3, 5, tmp_path / "file", {})
    found = endure(job, "integer", ("integer",), random.Random(1), "here")
    assert found.endswith("stood too long to be repeated")


@pytest.mark.parametrize("code, cycles, right", [
    (interruptions.STOPPED, 110, True), (interruptions.STOPPED, 90, False),
    (-signal.SIGKILL, 110, False), (-signal.SIGKILL, 100, True)])
def test_only_a_run_that_was_stopped_between_samples_may_take_more_cycles(
        tmp_path, monkeypatch, code, cycles, right):
    monkeypatch.setattr(interruptions, "SIGNALS", (signal.SIGKILL,))
    monkeypatch.setattr(Job, "killed", lambda self, device, number, after: code)
    monkeypatch.setattr(Job, "run", lambda self, device: {
        "cycles": 100 if self.path.suffix == ".whole" else cycles})
    job = Job("portions", "microcircuit", 3, None, tmp_path / "file", {})
    if right:
        endure(job, "virtual", ("virtual",), random.Random(1), "here")
    else:
        with pytest.raises(WrongEnd, match="cycles not as of an undisturbed run"):
            endure(job, "virtual", ("virtual",), random.Random(1), "here")
