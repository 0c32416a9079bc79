"""The damaged-link campaign, in short."""

import pytest

from cortigate.golden.spec import Network, design_for, preset
from cortigate.sim.fuzz import Campaign, Failure, campaign, fuzz_link
from cortigate.sim.link_model import LinkModel
from cortigate.sim.simulator import missing

needs_verilator = pytest.mark.skipif(missing("verilator") is not None,
                                     reason=str(missing("verilator")))


@needs_verilator
def test_a_board_does_only_what_intact_frames_ask():
    result = fuzz_link(preset("tiny"), 500, seed=1)
    assert result.frames >= 500
    assert result.dropped > 100 and result.answers > 100


@needs_verilator
def test_a_board_that_knows_sparse_samples_does_no_more_than_that():
    result = fuzz_link(design_for(Network((256, 4, 2)), lanes=2, sample_capacity=8), 500, seed=4)
    assert result.frames >= 500
    assert result.dropped > 100 and result.answers > 100


@needs_verilator
def test_a_campaign_waits_for_a_late_board(monkeypatch):
    # Every answer is later than the campaign's patience before it asks again.
    monkeypatch.setattr(campaign, "ATTEMPT", 0.001)
    monkeypatch.setattr(campaign, "ATTEMPTS", 16)
    assert fuzz_link(preset("tiny"), 500, seed=1).frames >= 500


@needs_verilator
@pytest.mark.parametrize(("name", "wrong"), [
    ("_kept", lambda self, space, place, word: word ^ 1),
    ("_execute", lambda self, operation, payload: (0, b"")),
])
def test_a_campaign_can_fail(monkeypatch, name, wrong):
    monkeypatch.setattr(LinkModel, name, wrong)
    with pytest.raises(Failure, match="^seed 2, case [0-9]+: .* was answered "):
        fuzz_link(preset("tiny"), 500, seed=2)


@needs_verilator
def test_a_campaign_notices_a_lost_frame(monkeypatch):
    monkeypatch.setattr(Campaign, "compare", lambda self: setattr(
        self.result, "frames", self.result.frames + 1))
    with pytest.raises(Failure, match="^seed 3, case 50: .* was answered "):
        fuzz_link(preset("tiny"), 1000, seed=3)
