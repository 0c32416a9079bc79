"""`cortigate build`: what it asks of the flow."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from cortigate.boards import build as flow
from cortigate.boards.board import board
from cortigate.boards.record import recalled
from cortigate.boards.timing import Timing
from cortigate.scripts.commands.build import build
from cortigate.sim.proof import prove


@pytest.fixture
def asked(monkeypatch):
    """Designs that were to be built; nothing is."""
    designs = []

    def pretend(target, design, output, *, seeds, log, prove):
        designs.append((design, seeds, prove))
        return SimpleNamespace(report=SimpleNamespace(resources=(), achieved=50.0, seed=1),
                               timing=Timing(50.0, 0.1, None, True), comparison="0 differ",
                               proof=None if prove is None else flow.Proof(
                                   "bitstream", 24, 100, 24, 9_000),
                               bitstream=Path(output, "design.bit"))

    monkeypatch.setattr(flow, "build", pretend)
    return designs


def call(**options):
    build("icebreaker", **{"rule": None, "preset_name": None, "clock": None, "lanes": None,
                           "neuron_lanes": None, "seed": None, "seeds": 1, "proven": True,
                           "samples": 24, "output": None} | options)


def test_lanes_and_neuron_lanes_of_a_build(asked, capsys):
    call()
    call(lanes=6, neuron_lanes=2)
    assert [(d.lanes, d.neuron_lanes) for d, *_ in asked] == [(8, 1), (6, 2)]
    said = capsys.readouterr().out
    assert "6 lanes, 2 neuron lanes" in " ".join(said.split())
    assert asked[0][0].digest != asked[1][0].digest


def test_it_is_proven_or_says_that_it_is_not(asked, capsys):
    call(samples=7)
    said = " ".join(capsys.readouterr().out.split())
    assert "proven: bitstream, 24 samples" in said and "Fmax 50.00 MHz, margin 10 %" in said
    assert asked[0][2].func is prove and asked[0][2].keywords == {"samples": 7}
    call(proven=False)
    assert "NOT PROVEN: built with --no-proof" in capsys.readouterr().out
    assert asked[1][2] is None


def test_a_seed_that_is_named_comes_first(asked):
    call(seeds=2)
    call(seed=5, seeds=2)
    own = board("icebreaker").placements("digits", count=2)
    assert [seeds for _, seeds, _ in asked] == [own, (5, 6)]


def test_neuron_lanes_must_divide_the_lanes(asked):
    with pytest.raises(ValueError, match="neuron_lanes must divide the 6 lanes, not 4"):
        call(lanes=6, neuron_lanes=4)
    assert asked == []


def test_a_build_is_remembered_whatever_becomes_of_it(asked, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CORTIGATE_DATA", str(tmp_path / "data"))
    call(lanes=6, output=tmp_path / "here")
    design = asked[0][0]
    assert recalled(design.digest).design == design
    assert recalled(design.digest).folder == str(tmp_path / "here")
    assert "WARNING" not in capsys.readouterr().out
    file = tmp_path / "data" / "builds" / f"{design.digest}.json"
    monkeypatch.setenv("CORTIGATE_DATA", str(file))
    call(lanes=6, output=tmp_path / "here")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("WARNING: commands in other folders will know this board")
    assert "set CORTIGATE_DATA to a folder" in lines[-1] and len(asked) == 2
