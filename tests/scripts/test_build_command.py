"""`cortigate build`: what it asks of the flow."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from cortigate.boards import build as flow
from cortigate.scripts.commands.build import build


@pytest.fixture
def asked(monkeypatch):
    """Designs that were to be built; nothing is."""
    designs = []

    def pretend(target, design, output, *, seeds):
        designs.append(design)
        return SimpleNamespace(report=SimpleNamespace(resources=(), achieved=50.0, seed=1),
                               bitstream=Path(output, "design.bit"))

    monkeypatch.setattr(flow, "build", pretend)
    return designs


def call(**options):
    build("icebreaker", **{"rule": None, "preset_name": None, "clock": None, "lanes": None,
                           "neuron_lanes": None, "seed": 1, "seeds": 1, "output": None} | options)


def test_lanes_and_neuron_lanes_of_a_build(asked, capsys):
    call()
    call(lanes=6, neuron_lanes=2)
    assert [(d.lanes, d.neuron_lanes) for d in asked] == [(8, 1), (6, 2)]
    said = capsys.readouterr().out
    assert "6 lanes, 2 neuron lanes" in " ".join(said.split())
    assert asked[0].digest != asked[1].digest


def test_neuron_lanes_must_divide_the_lanes(asked):
    with pytest.raises(ValueError, match="neuron_lanes must divide the 6 lanes, not 4"):
        call(lanes=6, neuron_lanes=4)
    assert asked == []
