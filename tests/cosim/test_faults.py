"""The lockstep can fail: every single fault planted into the RTL is found within one sample."""

import importlib
import inspect
import sys

import pytest

from cortigate.golden.spec import Network, QFormat, Rounding, preset
from cortigate.sim.lockstep.runner import run_lockstep
from cortigate.sim.simulator import missing

pytestmark = pytest.mark.skipif(missing("icarus") is not None, reason=missing("icarus") or "")

SEED = 11  # its first sample is dense, its learning rate high
TINY = preset("tiny")
STOCHASTIC = TINY.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
RELAXED = preset("digits-relax").replace(network=TINY.network, lanes=2, sample_capacity=4)
# A drive loses only 4 bits here, so that one in 16 is an exact half.
COARSE = TINY.replace(weight=QFormat(4, 4), rate=QFormat(2, 4), state=QFormat(4, 4),
                      sample=QFormat(1, 4, signed=False))
# Drives of up to 16 meet states below 2.
NARROW = TINY.replace(weight=QFormat(4, 12), state=QFormat(2, 8))
# At most 4 events a block, 8 rows to drain.
DRAINING = TINY.replace(network=Network((3, 9, 3, 2)), lanes=8)
LEARNED = TINY.replace(rule=preset("digits-learn").rule)

FAULTS = {
    "rounds down instead of to nearest": (TINY, "lib.requantise",
        "return value[shift - 1] & (value[:shift - 1].any() | value[shift])",
        "return Const(0, 1)"),
    "rounds halves up instead of to even": (COARSE, "lib.requantise",
        "(value[:shift - 1].any() | value[shift])", "1"),
    "wraps instead of saturating": (NARROW, "lib.requantise",
        "return Mux(outside, clipped, value)[:fmt.width]", "return value[:fmt.width]"),
    "block address off by one": (TINY, "sequencer",
        "Mux(backward, origin + 1, origin + columns)",
        "Mux(backward, origin + 1, origin + columns + 1)"),
    "drops one column event": (TINY, "synapse.events",
        "self.write & (self.rate != 0)", "self.write & (self.rate != 0) & (column != 2)"),
    "updates a stale weight": (TINY, "synapse.lane",
        "weight_6.eq(weight_5)", "weight_6.eq(self.weight_4)"),
    "ghost current not held while nudged": (TINY, "ghost.units",
        "self.valid & (self.mode == captures)", "self.valid"),
    "nudges with the wrong sign": (TINY, "neuron.pipeline",
        "target - nudged_rate", "nudged_rate - target"),
    "writes a weight one cycle late": (TINY, "synapse.array",
        "weights.write_enable.eq(write.replicate(P) | one_lane)",
        "weights.write_enable.eq(chain(write, 8, 9, 'late')[9].replicate(P) | one_lane)"),
    "starts before the pipelines are empty": (TINY, "sequencer",
        "m.Elif(~waits | self.empty)", "m.Elif(1)"),
    "overruns the drain registers": (DRAINING, "sequencer",
        "forward & last & (spacing > 1)", "0"),
    "wrong tap of the rounding generator": (STOCHASTIC, "lib.lfsr",
        "self.state[near - 1 - i]", "self.state[near - 2 - i]"),
    "integrates with the wrong step": (RELAXED, "neuron.pipeline",
        "total_4 - s_4, rule.step_shift", "total_4 - s_4, rule.step_shift + 1"),
    "ghosts learn at the neurons' rate shift": (LEARNED, "synapse.array",
        "Mux(ghost, self.ghost_update_shift, self.update_shift)", "self.update_shift"),
}


@pytest.fixture
def plant(monkeypatch):
    """Run a module of cortigate.hdl again with one piece of its source replaced."""
    def planted(name, old, new):
        module = importlib.import_module(f"cortigate.hdl.{name}")
        source = inspect.getsource(module)
        assert source.count(old) == 1, f"{name} must contain {old!r} exactly once"
        fresh = dict(module.__dict__)
        exec(compile(source.replace(old, new), module.__file__, "exec"), fresh)
        # Every module that has imported one of its names gets the faulty one.
        for other in [m for n, m in sys.modules.items() if n.startswith("cortigate.hdl")]:
            for key, value in list(vars(other).items()):
                if getattr(value, "__module__", None) == module.__name__ and key in fresh:
                    monkeypatch.setattr(other, key, fresh[key])
    return planted


@pytest.mark.parametrize("fault", FAULTS)
def test_single_fault_is_found_within_one_sample(fault, plant, tmp_path):
    design, module, old, new = FAULTS[fault]
    plant(module, old, new)
    result = run_lockstep(design, samples=1, seed=SEED, simulator="icarus", folder=tmp_path / "run",
                          waves_on_divergence=False)
    assert result.divergence is not None


@pytest.mark.parametrize("design", [TINY, STOCHASTIC, RELAXED, COARSE, NARROW, DRAINING, LEARNED])
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
