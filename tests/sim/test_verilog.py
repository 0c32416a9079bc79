"""A conversion that only the operating system refused is tried again, any other is not."""

import subprocess

import pytest
from amaranth.back import verilog

from cortigate.boards.board import board
from cortigate.boards.flow import flow
from cortigate.golden.spec import preset
from cortigate.hdl.core import Core
from cortigate.hdl.lib.yosys import ATTEMPTS, ConversionError
from cortigate.sim.verilog import from_rtlil, to_verilog

REFUSED = "wasmtime._error.WasmtimeError: cannot add seals to the memfd"


@pytest.fixture
def failing(monkeypatch):
    """Make the first runs of Yosys fail; the returned list counts them all."""
    run, calls = subprocess.run, []

    def install(failures, message):
        def run_or_fail(*args, **options):
            calls.append(options)
            if len(calls) <= failures:
                return subprocess.CompletedProcess(args, 1, "", f"Warning: old\n{message}\n")
            return run(*args, **options)

        monkeypatch.setattr(subprocess, "run", run_or_fail)
        return calls

    return install


def test_a_refused_seal_is_tried_again(failing):
    calls = failing(ATTEMPTS - 1, REFUSED)
    assert "module core(" in to_verilog(Core(preset("tiny")), "core")
    assert len(calls) == ATTEMPTS


def test_a_seal_that_stays_refused_is_reported(failing):
    calls = failing(ATTEMPTS, REFUSED)
    with pytest.raises(ConversionError, match="memfd; the machine is busy, try again$"):
        from_rtlil("")
    assert len(calls) == ATTEMPTS


def test_other_errors_are_reported_at_once(failing):
    calls = failing(1, "ERROR: Module `\\core' is not part of the design")
    with pytest.raises(ConversionError, match="^Amaranth's Yosys failed: .*not part of"):
        from_rtlil("")
    assert len(calls) == 1


def test_a_module_is_written_as_amaranth_writes_it():
    mine = to_verilog(Core(preset("tiny-pal")), "core")
    assert mine == verilog.convert(Core(preset("tiny-pal")), name="core", strip_internal_attrs=True)


def test_a_build_asks_again_too(monkeypatch):
    target, calls = board("icebreaker"), []
    build = target.platform.build

    def refused_once(self, *args, **options):
        calls.append(options)
        plan = build(self, *args, **options)
        if len(calls) == 1:
            raise verilog.YosysError(REFUSED)
        return plan

    monkeypatch.setattr(target.platform, "build", refused_once)
    design = preset("tiny")
    assert flow(target, target.core(design)).files["icebreaker.il"]
    assert len(calls) == 2
