"""A conversion that only the operating system refused is tried again, any other is not."""

import pytest
from amaranth.back import verilog

from cortigate.golden.spec import preset
from cortigate.hdl.core import Core
from cortigate.sim.verilog import ATTEMPTS, to_verilog

REFUSED = "wasmtime._error.WasmtimeError: cannot add seals to the memfd"


@pytest.fixture
def failing(monkeypatch):
    """Make the first conversions fail; the returned list counts them all."""
    convert, calls = verilog.convert, []

    def install(failures, message):
        def convert_or_fail(*args, **options):
            calls.append(options)
            if len(calls) <= failures:
                raise verilog.YosysError(message)
            return convert(*args, **options)

        monkeypatch.setattr(verilog, "convert", convert_or_fail)
        return calls

    return install


def test_a_refused_seal_is_tried_again(failing):
    calls = failing(ATTEMPTS - 1, REFUSED)
    assert "module core(" in to_verilog(Core(preset("tiny")), "core")
    assert len(calls) == ATTEMPTS


def test_a_seal_that_stays_refused_is_reported(failing):
    calls = failing(ATTEMPTS, REFUSED)
    with pytest.raises(verilog.YosysError, match="seals to the memfd"):
        to_verilog(None, "core")
    assert len(calls) == ATTEMPTS


def test_other_errors_are_reported_at_once(failing):
    calls = failing(1, "ERROR: Module `\\core' is not part of the design")
    with pytest.raises(verilog.YosysError, match="not part of the design"):
        to_verilog(None, "core")
    assert len(calls) == 1
