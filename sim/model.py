"""Compiles Verilog into an executable model: by Verilator and any C++ compiler, without make."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from .compiling import built, compiler, toolchain, zig_folders
from .runtime import RUNTIME, runtime
from .simulator import cache_folder, translator

__all__ = ["SPLIT", "build_executable"]

PROGRAM = Path(__file__).with_name("compiling") / "program.py"
# Statements in a C++ file. Large models take several, so that all cores compile; small ones take
# one, since each begins with headers that take seconds.
SPLIT = "40000"
OPTIONS = ["--cc", "-Wno-fatal", "--prefix", "Vtop", "-O3", "--x-assign", "fast", "--x-initial",
           "fast", "--output-split", SPLIT]


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
    verilator, tool = translator(), compiler()
    assert tool is not None  # the translator has found it
    kind = ["--no-timing", *(["--trace-vcd"] if trace else [])]
    flags = [*OPTIONS, *kind, "--top-module", top]
    sources = [Path(main), *sorted(Path(main).parent.glob("*.h"))]
    parts = [key, *(path.read_text(encoding="utf-8") for path in (*sources, PROGRAM)), *flags,
             repr(verilator.version), toolchain(tool)]
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
        order = {"verilate": [*map(str, verilator.words), *flags, "--Mdir", ".", "top.v"],
                 "compile": [*tool, *map(str, verilator.compile_options(kind))],
                 "main": sources[0].name, "objects": [RUNTIME], "made": "model"}
        return ([sys.executable, "-I", "-S", PROGRAM, json.dumps(order)], "model",
                verilator.environment | zig_folders(cache_folder("zig"), folder))

    built(executable, fill, "the model", awkward=False)
    return executable
