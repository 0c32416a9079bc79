"""The lockstep can fail: every single fault planted into the RTL is found within one sample.

The ordinary run plants every `ORDINARY`-th fault; `--campaign` plants all, for minutes.
"""

import importlib
import inspect
from functools import partial

import pytest

from cortigate.sim.lockstep.runner import run_lockstep
from cortigate.sim.simulator import missing

from ..campaign import some
from .faults import ALIGNING, DESIGNS, FAULTS, LATE_SEED, PAIRS, SEED, STREAMING, TINY
from .planting import replant

pytestmark = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")


ORDINARY = 9


@pytest.fixture
def plant(monkeypatch):
    """Run a module of cortigate.hdl again with one piece of its source replaced."""
    return partial(replant, monkeypatch)


def test_every_fault_has_its_place():
    """Those of campaigns, too: a change of the hardware that moves one is told at once."""
    faults = {name: fault[-3:] for name, fault in (FAULTS | STREAMING).items()}
    assert len(faults) == len(FAULTS) + len(STREAMING)
    for name, (module, old, new) in faults.items():
        source = inspect.getsource(importlib.import_module(f"cortigate.hdl.{module}"))
        assert source.count(old) == 1 and new != old, name


@pytest.mark.parametrize("fault", some([None, *STREAMING], every=ORDINARY))
def test_streaming_fault_is_found_within_a_few_samples(fault, plant, tmp_path):
    if fault is not None:
        plant(*STREAMING[fault])
    result = run_lockstep(ALIGNING, samples=20, seed=LATE_SEED, simulator="icarus",
                          folder=tmp_path / "run", waves_on_divergence=False)
    assert (result.divergence is not None) == (fault is not None), result.divergence


@pytest.mark.parametrize("fault", some(FAULTS, every=ORDINARY))
def test_single_fault_is_found_within_one_sample(fault, plant, tmp_path):
    design, module, old, new = FAULTS[fault]
    plant(module, old, new)
    result = run_lockstep(design, samples=1, seed=SEED, simulator="icarus", folder=tmp_path / "run",
                          waves_on_divergence=False)
    assert result.divergence is not None


@pytest.mark.parametrize("design", some(DESIGNS, every=ORDINARY))
def test_without_a_fault_the_same_sample_agrees(design, tmp_path):
    result = run_lockstep(design, samples=1, seed=SEED, simulator="icarus", folder=tmp_path / "run")
    assert result.divergence is None
    assert result.samples == 1


def test_divergence_names_place_value_and_unit_and_keeps_a_waveform(plant, tmp_path):
    _, module, old, new = FAULTS["nudges with the wrong sign"]
    plant(module, old, new)
    result = run_lockstep(TINY, samples=1, seed=SEED, simulator="icarus", folder=tmp_path / "run")
    first, *rest = result.divergence.splitlines()
    assert first.startswith("first divergence in sample 0, its cycle ")
    assert "port rate" in first or "port state" in first
    assert "layer 3, neuron 0" in result.divergence
    assert any(line.strip().startswith("expected") and line.count("=") == 2 for line in rest)
    assert any(line.strip().startswith("actual") for line in rest)
    assert result.waveform.exists()
    assert result.waveform.with_name("lockstep.gtkw").read_text().count("observed_") >= 20


def test_divergence_names_the_neuron_of_a_lane(plant, tmp_path):
    """Lane 1 gets the drives of the neurons before, the first of them that of neuron 0."""
    plant("synapse.array", "Mux(drains[k], lanes[k].sum_8,", "Mux(drains[k], lanes[0].sum_8,")
    result = run_lockstep(PAIRS, samples=1, seed=SEED, simulator="icarus", folder=tmp_path / "run",
                          waves_on_divergence=False)
    first, *rest = result.divergence.splitlines()
    assert first.endswith("port drive") and "  layer 1, neuron 1" in rest
    assert "  expected lane 1 " in result.divergence and "  actual lane 1 " in result.divergence
