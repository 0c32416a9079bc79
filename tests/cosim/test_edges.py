"""Faults at edges are found: within the scenes that `verify` plays with a rule's smallest design.

One simulator for each pipeline has all of its faults, of which an input chooses.
"""

import pytest

from cortigate.scripts.commands.verify import SCENES
from cortigate.sim.lockstep.runner import run_faults
from cortigate.sim.lockstep.seek import SMALLEST
from cortigate.sim.simulator import missing

from .edge_faults import FAULTS
from .planting import faulty_core, plant

pytestmark = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")


@pytest.mark.parametrize("pipeline", FAULTS)
def test_every_fault_at_an_edge_is_found(pipeline, monkeypatch, tmp_path):
    design, faults = SMALLEST[pipeline], FAULTS[pipeline]
    plant(monkeypatch, faults)
    right, *results = run_faults(design, faulty_core(design), range(len(faults) + 1),
                                 scenes=SCENES, folder=tmp_path)
    assert right.divergence is None
    missed = [fault for fault, result in zip(faults, results, strict=True)
              if result.divergence is None]
    assert not missed
