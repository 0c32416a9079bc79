"""Faults at edges are found: within the scenes that `verify` plays with a rule's smallest design.

One simulator for each pipeline has all of its faults, of which an input chooses. The ordinary run
plants one fault in every `ORDINARY`-th expression; `--campaign` plants all, for five minutes.
"""

import importlib
import inspect

import pytest

from cortigate.scripts.commands.verify import SCENES
from cortigate.sim.lockstep.runner import run_faults
from cortigate.sim.lockstep.seek import SMALLEST
from cortigate.sim.simulator import missing

from .edge_faults import FAULTS
from .planting import faulty_core, plant

ORDINARY = 4
pytestmark = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")


def test_every_fault_has_its_place():
    """Those of campaigns, too: a change of the hardware that moves one is told at once."""
    for module, place, right, wrong in {fault for faults in FAULTS.values() for fault in faults}:
        source = inspect.getsource(importlib.import_module(f"cortigate.hdl.{module}"))
        assert place.replace("{}", right) in source and wrong != right, (module, place, right)


@pytest.mark.parametrize("pipeline", FAULTS)
def test_every_fault_at_an_edge_is_found(pipeline, request, monkeypatch, tmp_path):
    design, faults = SMALLEST[pipeline], FAULTS[pipeline]
    if not request.config.getoption("--campaign"):
        faults = list({fault[:3]: fault for fault in faults}.values())[::ORDINARY]
    plant(monkeypatch, faults)
    core, numbers = faulty_core(design), range(1, len(faults) + 1)
    # Without a fault the same core agrees.
    [right] = run_faults(design, core, [0], scenes=3, folder=tmp_path)
    assert right.divergence is None and right.samples == 3
    results = run_faults(design, core, numbers, scenes=SCENES, folder=tmp_path)
    missed = [fault for fault, result in zip(faults, results, strict=True)
              if result.divergence is None]
    assert not missed
