"""Exported cores behind their buses: cocotbext's models drive them, the integer model judges."""

import importlib
import inspect
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cortigate.golden.spec import Network, QFormat, Rounding, Target, preset
from cortigate.golden.spec.rules.ghost import design_for
from cortigate.hdl.buses import shell
from cortigate.scripts.export import export
from cortigate.sim.compiling import clean_environment
from cortigate.sim.simulator import find_verilator, missing

from ..campaign import some
from .planting import replant, run_again

pytest.importorskip("cocotbext.axi")
pytest.importorskip("cocotbext.wishbone")

# As few weights as possible: a bus takes its time for each.
SIZES = 3, 2, 2
GHOST = design_for(Network(SIZES), lanes=2)
# With generators.
STOCHASTIC = GHOST.replace(weight=QFormat(2, 14, rounding=Rounding.STOCHASTIC))
# Inputs of 16 bits with sign, a vector as the target, results, two neuron lanes.
VECTOR = STOCHASTIC.replace(neuron_lanes=2, target=Target.VECTOR, results=True,
                            sample=QFormat(2, 8))
REFUSALS, BURST, TLAST = ("refuses_what_it_must", "accesses_without_a_pause",
                          "damaged_samples_are_not_learned")
GIVEN_UP = "accesses_may_be_given_up"
TESTS = {"learns_and_infers", REFUSALS, BURST, TLAST, "nobody_takes_the_results",
         "reset_ends_everything", "accesses_take_as_long_as_they_say", GIVEN_UP}
# What is wrong -> the bus that it is looked at through, the test that finds it, and where it is.
FAULTS = {
    "acknowledges what is refused (AXI)": (
        "axi", REFUSALS, "buses.axi_lite", "window.refused, strobes.any())", "0, strobes.any())"),
    "acknowledges what is refused (Wishbone)": (
        "wishbone", REFUSALS, "buses.wishbone",
        "~window.refused),\n            wb.err_o.eq(answered & window.refused | asks",
        "1),\n            wb.err_o.eq(asks"),
    "does what it refuses": (
        "bare", REFUSALS, "buses.window", "is_register & write & ~fault", "is_register & write"),
    "drops a write that waits (AXI)": (
        "axi", BURST, "buses.axi_lite", "axi.wready.eq(0)",
        "axi.wready.eq(window.ready & window.write)"),
    "takes an access twice, so one is dropped": (
        "wishbone", BURST, "buses.window", "bus.valid & ~bus.ready", "bus.valid"),
    "ignores tlast": (
        "bare", TLAST, "buses.samples", "self.i.p.last & ~padding", "0 & ~padding"),
    "takes tlast for a whole sample's end": (
        "axi", TLAST, "buses.samples", "m.d.sync += padding.eq(1)", "m.d.sync += place.eq(0)"),
    "writes with a strobe of four (AXI)": (
        "axi", REFUSALS, "buses.axi_lite", "strobes.all()", "strobes.any()"),
    "writes with a strobe of four (Wishbone)": (
        "wishbone", REFUSALS, "buses.wishbone", "~wb.sel_i.all()", "~wb.sel_i.any()"),
    "answers an access that was given up": (
        "wishbone", GIVEN_UP, "buses.wishbone", "given_up | busy & ~asks", "0"),
    "hears a bus that asks for nothing": (
        "wishbone", REFUSALS, "buses.wishbone", "asks & partial & ~refused", "partial & ~refused"),
}


def outcomes(design, bus, folder, monkeypatch, tests, bench="export_bench", simulator="icarus",
             **job):
    """Name of each of a bench's tests -> what went wrong, or None."""
    if missing(simulator):
        pytest.skip(missing(simulator))
    from cocotb_tools.runner import get_runner
    export(design, folder, bus=bus)
    environment = {"icarus": clean_environment, "verilator": verilating}[simulator]()
    for name in set(os.environ) - set(environment):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setenv("EXPORT_JOB", json.dumps(
        {"design": design.to_dict(), "bus": bus, "undefined": simulator == "icarus", **job}))
    runner, results = get_runner(simulator), folder / "results.xml"
    runner.build(sources=[folder / "cortigate.v"], hdl_toplevel="cortigate", build_dir=folder,
                 build_args=["-g2005"] if simulator == "icarus" else ["-Wno-lint", "-Wno-fatal"],
                 timescale=("1ns", "1ps"), log_file=folder / "build.log")
    try:
        # Without rewritten assertions, which cost seconds: cocotb rewrites all that is imported.
        runner.test(hdl_toplevel="cortigate", test_module=bench, build_dir=folder,
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


def verilating():
    """The environment in which cocotb's make compiles what Verilator makes."""
    verilator = find_verilator()
    return verilator.environment | {"MAKEFLAGS": " ".join(verilator.make_variables)}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bus, design", [
    ("axi", GHOST), ("wishbone", STOCHASTIC), ("bare", VECTOR)], ids=["axi", "wishbone", "bare"])
def test_the_core_behind_a_bus(bus, design, tmp_path, monkeypatch):
    found = outcomes(design, bus, tmp_path / "core", monkeypatch, TESTS, samples=3)
    assert found == dict.fromkeys(TESTS)


def test_every_fault_has_its_place():
    for _, test, module, old, new in FAULTS.values():
        source = inspect.getsource(importlib.import_module(f"cortigate.hdl.{module}"))
        assert source.count(old) == 1 and new != old and test in TESTS


@pytest.mark.parametrize("fault", some(FAULTS, every=11))
def test_a_fault_is_found(fault, tmp_path, monkeypatch):
    bus, test, *place = FAULTS[fault]
    replant(monkeypatch, *place)
    run_again(monkeypatch, shell, inspect.getsource(shell))  # whose table names the adapters
    found = outcomes(GHOST, bus, tmp_path / "core", monkeypatch, {test})
    assert list(found) == [test] and found[test] is not None


@pytest.mark.campaign
@pytest.mark.parametrize("bus", ["axi", "wishbone"])
def test_an_epoch_of_the_digits(bus, tmp_path, monkeypatch):
    name, answer = "learns_an_epoch_of_the_digits", tmp_path / "answer.json"
    found = outcomes(preset("digits"), bus, tmp_path / "core", monkeypatch, {name},
                     "export_epoch", "verilator", answer=str(answer))
    assert found == {name: None}
    counted = json.loads(answer.read_text(encoding="utf-8"))
    print(bus, counted)
    assert counted["samples"] == 1437
