"""Exported cores behind their buses: cocotbext's models drive them, the integer model judges."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cortigate.golden.spec import Network, QFormat, Rounding, Target, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.scripts.export import export
from cortigate.sim.compiling import clean_environment
from cortigate.sim.simulator import missing

pytest.importorskip("cocotbext.axi")
pytest.importorskip("cocotbext.wishbone")

TESTS = {"learns_and_infers", "refuses_what_it_must", "damaged_samples_are_not_learned",
         "nobody_takes_the_results", "reset_ends_everything", "accesses_take_as_long_as_they_say"}
# As few weights as possible: a bus takes its time for each.
SIZES = 3, 2, 2
GHOST = design_for(Network(SIZES), lanes=2)
# With generators.
STOCHASTIC = GHOST.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
# Inputs of 16 bits with sign, a vector as the target, results, two neuron lanes.
VECTOR = STOCHASTIC.replace(neuron_lanes=2, target=Target.VECTOR, results=True,
                            sample=QFormat(2, 8))


def outcomes(design, bus, folder, monkeypatch, tests=TESTS, **job):
    """Name of each of the bench's tests -> what went wrong, or None."""
    if missing("icarus"):
        pytest.skip(missing("icarus"))
    from cocotb_tools.runner import get_runner
    export(design, folder, bus=bus)
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setenv("EXPORT_JOB", json.dumps({"design": design.to_dict(), "bus": bus, **job}))
    runner, results = get_runner("icarus"), folder / "results.xml"
    runner.build(sources=[folder / "cortigate.v"], hdl_toplevel="cortigate", build_dir=folder,
                 build_args=["-g2005"], timescale=("1ns", "1ps"), log_file=folder / "build.log")
    try:
        runner.test(hdl_toplevel="cortigate", test_module="export_bench", build_dir=folder,
                    test_dir=folder, results_xml=str(results), log_file=folder / "run.log",
                    test_filter="|".join(f"{name}$" for name in sorted(tests)),
                    extra_env={"COCOTB_LOG_LEVEL": "WARNING",
                               "COCOTB_REWRITE_ASSERTION_FILES": ""})
    except SystemExit:
        pass  # the results say what failed
    assert results.exists(), (folder / "run.log").read_text(encoding="utf-8")[-3000:]
    found = {case.get("name"): [part for part in case if part.tag in ("failure", "error")]
             for case in ElementTree.parse(results).iter("testcase")}
    said = (folder / "run.log").read_text(encoding="utf-8")[-5000:]
    return {name: said if parts else None for name, parts in found.items()}


@pytest.mark.parametrize("bus, design", [
    ("axi", GHOST), ("wishbone", STOCHASTIC), ("bare", VECTOR)],
    ids=["axi", "wishbone", "bare"])
def test_the_core_behind_a_bus(bus, design, tmp_path, monkeypatch):
    assert outcomes(design, bus, tmp_path / "core", monkeypatch, samples=3) == dict.fromkeys(TESTS)


@pytest.mark.campaign
@pytest.mark.parametrize("bus", ["axi", "wishbone"])
def test_an_epoch_of_the_digits(bus, tmp_path, monkeypatch):
    name = "learns_an_epoch_of_the_digits"
    assert outcomes(preset("digits"), bus, tmp_path / "core", monkeypatch, {name}) == {name: None}
