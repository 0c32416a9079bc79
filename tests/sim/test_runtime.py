"""Verilator's library in the cache: compiled once, and once more if its file is damaged."""

from pathlib import Path

import pytest

from cortigate.sim import runtime as module
from cortigate.sim.compiling import CompileError
from cortigate.sim.runtime import runtime
from cortigate.sim.simulator import Verilator

VERILATOR = Verilator(Path("/root/bin/verilator"), (5, 48), Path("/root"))


@pytest.fixture
def compiled(monkeypatch):
    """Targets of the compilations, each of which makes a file of its own."""
    targets = []

    def built(target, fill, what, awkward):
        targets.append(target)
        target.write_bytes(b"object %d" % len(targets))

    monkeypatch.setattr(module, "built", built)
    return targets


def test_it_is_compiled_once(compiled, tmp_path):
    path = runtime(VERILATOR, ["--vpi"], tmp_path)
    assert path == runtime(VERILATOR, ["--vpi"], tmp_path) and compiled == [path]
    assert runtime(VERILATOR, ["--trace-vcd"], tmp_path) != path


@pytest.mark.parametrize("damage", [
    lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"object 9"),
    lambda path: path.unlink(),
    lambda path: path.with_name(path.name + ".sha256").write_bytes(b"\xff"),
    lambda path: path.with_name(path.name + ".sha256").unlink()])
def test_a_damaged_one_is_compiled_once_more(damage, compiled, tmp_path):
    path = runtime(VERILATOR, [], tmp_path)
    damage(path)
    assert runtime(VERILATOR, [], tmp_path) == path and compiled == [path, path]
    assert path.read_bytes() == b"object 2"
    assert runtime(VERILATOR, [], tmp_path) == path and len(compiled) == 2


def test_one_that_is_damaged_at_once_is_named(compiled, monkeypatch, tmp_path):
    digests = iter(["as it was compiled", "as it is read"])
    monkeypatch.setattr(module, "_digest", lambda path: next(digests))
    with pytest.raises(CompileError, match=rf"^{tmp_path}/\w+ does not hold .*CORTIGATE_CACHE"):
        runtime(VERILATOR, [], tmp_path)
    assert len(compiled) == 1
